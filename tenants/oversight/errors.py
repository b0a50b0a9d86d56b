"""What can go wrong when the record is looked at."""

from django.utils.translation import gettext_lazy as _

from tenants.db.errors import KeyholeError


class NumberUnreadable(KeyholeError):
    """What was typed is not a phone number. It was not kept."""

    code = "number_unreadable"
    message = _(
        "This is not a phone number we can read. It was not kept. "
        "Write it with its country, such as +44, and press Find."
    )
