"""What can go wrong around witnesses. Not yours looks like not found."""

from django.utils.translation import gettext_lazy as _

from tenants.db.errors import KeyholeError


class WitnessKnown(KeyholeError):
    """The firm has a witness with this key, perhaps a retired one."""

    code = "witness:known"
    message = _("A witness has this key already. Nothing was added. Make a new key for a new witness.")


class WitnessUnknown(KeyholeError):
    """No such witness, or not one of this firm, or retired; the same for all."""

    code = "witness:not_found"
    message = _("We cannot find this witness. Nothing was changed. Open the page Proof and choose again.")


class NotCountersigned(KeyholeError):
    """What was sent is no countersignature of one of the firm's witnesses under one of its checkpoints."""

    code = "witness:not_countersigned"
    message = _(
        "This is not a countersignature of a witness of yours under a checkpoint of your log. Nothing was kept. Check that "
        "the witness is registered and not retired, and that its clock is right."
    )
