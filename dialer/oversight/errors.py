"""What can go wrong when the firm stops a record that is open."""

from django.utils.translation import gettext_lazy as _

from tenants.db.errors import KeyholeError


class LeaseGone(KeyholeError):
    """The record is not open any more, or not one of this firm; the same for both."""

    code = "lease_gone"
    message = _("This record is not open any more. Nothing was changed. The list shows what is open now.")
