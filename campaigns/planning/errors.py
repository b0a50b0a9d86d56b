"""What can go wrong with a campaign or its plan, in words for the manager."""

from django.utils.translation import gettext_lazy as _

from tenants.db.errors import KeyholeError


class CampaignNotFound(KeyholeError):
    """No such campaign in this firm; it reads the same whether it is another firm's or nobody's."""

    code = "campaign_not_found"
    message = _("We cannot find this campaign. Nothing was changed. Choose one from your list.")


class WrongState(KeyholeError):
    """The campaign is not in a state from which it can go there."""

    code = "campaign_state"
    message = _("The campaign changed in the meantime. Nothing was changed now. Look at its page again.")


class ReasonMissing(KeyholeError):
    """A pause without a reason."""

    code = "reason_missing"
    message = _("Give a reason, for the record. The campaign was left as it is.")


class NotReadyToStart(KeyholeError):
    """A campaign without a list, hours or an outsourcer cannot call anyone."""

    code = "campaign_not_ready"
    message = _("The campaign needs a list, calling hours and an outsourcer before it can start.")


class NameTaken(KeyholeError):
    """Two campaigns of one firm with one name."""

    code = "campaign_name_taken"
    message = _("You have a campaign of this name. Nothing was stored. Give this one another name.")


class PlanChanged(KeyholeError):
    """Somebody else saved the plan while it was open here."""

    code = "plan_changed"
    message = _(
        "Somebody changed this plan while you had it open. Nothing of yours was saved. Open it again."
    )


class PlanInvalid(KeyholeError):
    """The plan contradicts itself; `code` says where."""

    code = "plan_invalid"
    message = _("The plan does not fit together. Nothing was saved. Check the hours, outcomes and times.")


class EngagementNotFound(KeyholeError):
    """No such open engagement in this firm."""

    code = "engagement_not_found"
    message = _("We cannot find this engagement. Nothing was changed. Choose one from your list.")
