"""What each role may do: one closed table of role x action. What it does not know is denied."""

from enum import StrEnum

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext_lazy as _

from tenants.db.errors import KeyholeError
from tenants.identity.actor import Actor
from tenants.identity.models import Role


class Action(StrEnum):
    """Every act that needs leave. The value is also what a denied entry names."""

    OVERVIEW_VIEW = "overview.view"
    CAMPAIGN_VIEW = "campaign.view"
    CAMPAIGN_EDIT = "campaign.edit"
    CAMPAIGN_RUN = "campaign.run"
    LIST_VIEW = "list.view"
    LIST_IMPORT = "list.import"
    SUPPRESSION_EDIT = "suppression.edit"
    ENGAGEMENT_VIEW = "engagement.view"
    ENGAGEMENT_EDIT = "engagement.edit"
    PEOPLE_VIEW = "people.view"
    PEOPLE_EDIT = "people.edit"
    CONTACTS_AUDIT = "contacts.audit"
    NUMBER_SEARCH = "number.search"
    LIVE_VIEW = "live.view"
    LEASE_STOP = "lease.stop"
    TOKEN_MANAGE = "token.manage"  # noqa: S105 - the name of an action
    ACCOUNT_VIEW = "account.view"
    CONSOLE_USE = "console.use"
    FLOOR_VIEW = "floor.view"
    TEAM_EDIT = "team.edit"
    EVIDENCE_VIEW = "evidence.view"
    EVIDENCE_EXPORT = "evidence.export"
    WITNESS_EDIT = "witness.edit"
    WITNESS_SIGN = "witness.sign"
    INCIDENT_VIEW = "incident.view"
    INCIDENT_EDIT = "incident.edit"
    REPORT_MAKE = "report.make"
    REVIEW_SIGN = "review.sign"
    RULES_VIEW = "rules.view"
    RULES_EDIT = "rules.edit"
    EXPORT_VIEW = "export.view"
    EXPORT_REQUEST = "export.request"
    EXPORT_APPROVE = "export.approve"


_VIEWS = frozenset(
    {
        Action.OVERVIEW_VIEW,
        Action.CAMPAIGN_VIEW,
        Action.LIST_VIEW,
        Action.ENGAGEMENT_VIEW,
        Action.CONTACTS_AUDIT,
        Action.LIVE_VIEW,
        Action.ACCOUNT_VIEW,
        Action.EVIDENCE_VIEW,
        Action.EVIDENCE_EXPORT,
        Action.WITNESS_EDIT,
        Action.WITNESS_SIGN,
        Action.INCIDENT_VIEW,
        Action.INCIDENT_EDIT,
        Action.REPORT_MAKE,
        Action.RULES_VIEW,
        Action.EXPORT_VIEW,
    }
)

GRANTS: dict[Role, frozenset[Action]] = {
    Role.MANAGER: _VIEWS
    | {
        Action.CAMPAIGN_EDIT,
        Action.CAMPAIGN_RUN,
        Action.LIST_IMPORT,
        Action.SUPPRESSION_EDIT,
        Action.ENGAGEMENT_EDIT,
        Action.PEOPLE_VIEW,
        Action.PEOPLE_EDIT,
        Action.LEASE_STOP,
        Action.TOKEN_MANAGE,
        Action.RULES_EDIT,
        Action.EXPORT_REQUEST,
        Action.EXPORT_APPROVE,
    },
    Role.AUDITOR: _VIEWS | {Action.PEOPLE_VIEW, Action.NUMBER_SEARCH, Action.REVIEW_SIGN},
    Role.DATA_OFFICER: _VIEWS
    | {
        Action.PEOPLE_VIEW,
        Action.NUMBER_SEARCH,
        Action.SUPPRESSION_EDIT,
        Action.LEASE_STOP,
        Action.REVIEW_SIGN,
        Action.RULES_EDIT,
        Action.EXPORT_REQUEST,
        Action.EXPORT_APPROVE,
    },
    Role.AGENT: frozenset({Action.CONSOLE_USE, Action.ACCOUNT_VIEW}),
    Role.SUPERVISOR: frozenset({Action.FLOOR_VIEW, Action.TEAM_EDIT, Action.ACCOUNT_VIEW}),
}

# What a token's scope opens on top of, never beyond, what its person's role allows.
SCOPES: dict[str, frozenset[Action]] = {
    "lists:read": frozenset({Action.LIST_VIEW}),
    "lists:write": frozenset({Action.LIST_IMPORT}),
    "campaigns:read": frozenset({Action.CAMPAIGN_VIEW}),
    "campaigns:write": frozenset({Action.CAMPAIGN_RUN}),
    "engagements:read": frozenset({Action.ENGAGEMENT_VIEW}),
    "engagements:write": frozenset({Action.ENGAGEMENT_EDIT}),
    "contacts:read": frozenset({Action.CONTACTS_AUDIT, Action.LIVE_VIEW}),
    "evidence:read": frozenset({Action.EVIDENCE_VIEW}),
    "evidence:witness": frozenset({Action.EVIDENCE_VIEW, Action.WITNESS_SIGN}),
}


class NotAllowed(KeyholeError, PermissionDenied):
    """A person asked for something their role does not allow."""

    code = "not_allowed"
    message = _("Your role does not allow this. Nothing was changed. Ask a manager of your firm.")

    def __init__(self, action: str) -> None:
        super().__init__(self.code)
        self.action = action


def allows(actor: Actor | None, action: object) -> bool:
    """Tell whether the actor may do this. Unknown actor, role, action or scope: no."""
    if actor is None or not isinstance(action, Action):
        return False
    if action not in GRANTS.get(actor.role, frozenset()):
        return False
    if actor.scopes is None:
        return True
    return any(action in SCOPES.get(scope, frozenset()) for scope in actor.scopes)


def require(actor: Actor | None, action: Action) -> Actor:
    """Return the actor, or refuse.

    Raises: NotAllowed.
    """
    if actor is None or not allows(actor, action):
        raise NotAllowed(str(action))
    return actor
