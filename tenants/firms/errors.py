"""What can go wrong around engagements. Not yours looks like not found."""

from django.utils.translation import gettext_lazy as _

from tenants.db.errors import KeyholeError


class OutsourcerUnknown(KeyholeError):
    """No outsourcer has exactly this handle."""

    code = "firms:outsourcer_unknown"
    message = _(
        "No outsourcer has this handle. Nothing was changed. Ask them for it, and type it letter by letter."
    )


class AlreadyEngaged(KeyholeError):
    """The firm has an engagement of this outsourcer that has not ended."""

    code = "firms:already_engaged"
    message = _(
        "You engage this outsourcer already. Nothing was added. Change that engagement, or end it first."
    )


class EngagementUnknown(KeyholeError):
    """No such engagement, or not one of this firm; the same for both."""

    code = "firms:engagement_unknown"
    message = _("We cannot find this engagement. Nothing was changed. Open the list and choose again.")


class EngagementEnded(KeyholeError):
    """What has ended does not change any more."""

    code = "firms:engagement_ended"
    message = _("This engagement has ended, so it was not changed. Engage the outsourcer anew.")


class WrongEngagementState(KeyholeError):
    """The engagement is not in the state this act starts from."""

    code = "firms:engagement_state"
    message = _("The engagement changed meanwhile. Nothing was changed. Open it again to see how it stands.")
