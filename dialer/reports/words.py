"""The words of reports: languages, roles, actions, events and reasons. Never a word about a called person."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dialer.reports.document import Fact, Language
from tenants.identity.models import Role
from tenants.identity.permissions import Action
from tenants.oversight.wording import ACTORS, CODES, act_of

Text = str | Promise

# Spreadsheets of Poland and Spain write 1,5 and split cells by semicolons.
LANGUAGES: Final[Mapping[str, Language]] = {
    "en": Language("en", ",", ","),
    "pl": Language("pl", "\u00a0", ";"),
    "es": Language("es", "\u00a0", ";"),
}
# Each in its own words, as people look for it.
LANGUAGE_NAMES: Final = (("en", "English"), ("pl", "Polski"), ("es", "Español"))

ROLE_ORDER: Final = (Role.MANAGER, Role.AUDITOR, Role.DATA_OFFICER, Role.SUPERVISOR, Role.AGENT)

ACTIONS: Final[Mapping[Action, Text]] = {
    Action.OVERVIEW_VIEW: gettext_lazy("See the overview"),
    Action.CAMPAIGN_VIEW: gettext_lazy("See campaigns"),
    Action.CAMPAIGN_EDIT: gettext_lazy("Change plans of campaigns"),
    Action.CAMPAIGN_RUN: gettext_lazy("Start, pause and finish campaigns"),
    Action.LIST_VIEW: gettext_lazy("See lists, without their people"),
    Action.LIST_IMPORT: gettext_lazy("Import lists"),
    Action.SUPPRESSION_EDIT: gettext_lazy("Suppress numbers"),
    Action.ENGAGEMENT_VIEW: gettext_lazy("See outsourcers and terms"),
    Action.ENGAGEMENT_EDIT: gettext_lazy("Engage outsourcers, change terms, suspend"),
    Action.PEOPLE_VIEW: gettext_lazy("See the firm's people"),
    Action.PEOPLE_EDIT: gettext_lazy("Invite, disable and enable people"),
    Action.CONTACTS_AUDIT: gettext_lazy("See who contacted whom"),
    Action.NUMBER_SEARCH: gettext_lazy("Look for a phone number in the record"),
    Action.LIVE_VIEW: gettext_lazy("See which records are open now"),
    Action.LEASE_STOP: gettext_lazy("Stop an open record"),
    Action.TOKEN_MANAGE: gettext_lazy("Make and revoke API tokens"),
    Action.ACCOUNT_VIEW: gettext_lazy("See one's own account"),
    Action.CONSOLE_USE: gettext_lazy("Call people, one at a time"),
    Action.FLOOR_VIEW: gettext_lazy("See the floor, without called people"),
    Action.TEAM_EDIT: gettext_lazy("Invite, disable and enable agents"),
    Action.EVIDENCE_VIEW: gettext_lazy("See the proof of the record"),
    Action.EVIDENCE_EXPORT: gettext_lazy("Download evidence"),
    Action.WITNESS_EDIT: gettext_lazy("Add and retire witnesses"),
    Action.WITNESS_SIGN: gettext_lazy("Hand in countersignatures"),
    Action.INCIDENT_VIEW: gettext_lazy("See incidents"),
    Action.INCIDENT_EDIT: gettext_lazy("Open incidents and add to them"),
    Action.REPORT_MAKE: gettext_lazy("Make reports"),
    Action.REVIEW_SIGN: gettext_lazy("Sign access reviews"),
    Action.RULES_VIEW: gettext_lazy("See the firm's rules"),
    Action.RULES_EDIT: gettext_lazy("Change the firm's rules"),
    Action.EXPORT_VIEW: gettext_lazy("See exports"),
    Action.EXPORT_REQUEST: gettext_lazy("Ask for exports of personal data"),
    Action.EXPORT_APPROVE: gettext_lazy("Approve exports of personal data"),
}

# What the pages show as a code, and a report in words.
_REASONS: Final[Mapping[str, Text]] = {
    "password": gettext_lazy("a wrong password"),
    "locked": gettext_lazy("locked after wrong tries"),
    "code": gettext_lazy("a wrong code"),
    "code_used": gettext_lazy("a code used before"),
    "recovery": gettext_lazy("a wrong recovery code"),
    "no_number": gettext_lazy("no number was left to call"),
    "clean": gettext_lazy("nothing unusual"),
    "findings": gettext_lazy("with findings"),
}

# What a column of a list holds, as the import names it.
_COLUMN_ROLES: Final[Mapping[str, Text]] = {
    "phone": gettext_lazy("Telephone number"),
    "first_name": gettext_lazy("First name"),
    "last_name": gettext_lazy("Last name"),
    "name": gettext_lazy("Name"),
    "email": gettext_lazy("E-mail address"),
    "postcode": gettext_lazy("Postal code"),
    "town": gettext_lazy("Town"),
    "region": gettext_lazy("Region"),
    "country": gettext_lazy("Country"),
    "external_id": gettext_lazy("Reference of the firm"),
    "other": gettext_lazy("Other"),
}


def language_of(code: str) -> Language:
    """Return how a language writes; an unknown one is English."""
    return LANGUAGES.get(code, LANGUAGES["en"])


def role_words(role: str) -> str:
    """Return a role in words; an unknown one shows itself."""
    return str(Role(role).label) if role in Role.values else role


def event_words(event: str) -> str:
    """Return what happened in words."""
    return str(act_of(event, allowed=True).words)


def reason_words(reason: str) -> str:
    """Return a reason in words; an unknown one shows itself."""
    return str(_REASONS.get(reason) or CODES.get(reason) or reason.replace("_", " "))


def column_role_words(role: str) -> str:
    """Return what a column holds in words; an unknown one shows itself."""
    return str(_COLUMN_ROLES.get(role, role))


def actor_words(kind: str) -> str:
    """Return what kind of actor it was."""
    return str(ACTORS.get(kind, kind))


def local(at: datetime | None, zone: ZoneInfo) -> str:
    """Write a time in a zone to the second; nothing for None."""
    return at.astimezone(zone).isoformat(" ", "seconds")[:19] if at else ""


def utc(at: datetime) -> str:
    """Write a time as UTC, ISO 8601, to the millisecond."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


def making_facts(*, name: str, role: str, at: datetime, zone: ZoneInfo, checkpoint: str) -> list[Fact]:
    """Return who made a report, when, and at which checkpoint of the record."""
    return [
        (_("Made by"), f"{name}, {role_words(role)}"),
        (_("Made at"), f"{at.astimezone(UTC).strftime('%Y-%m-%d %H:%M:%S')} UTC"),
        (_("In the firm's own time"), f"{local(at, zone)} {zone.key}"),
        (_("Checkpoint"), checkpoint),
    ]


def checkpoint_words(size: int, root: bytes, language: Language) -> str:
    """Name a checkpoint by its size and the beginning of its root."""
    if size == 0:
        return _("None yet: the record has not been signed so far.")
    figure = f"{size:,}".replace(",", language.thousands)
    return _("%(size)s entries, root %(root)s …") % {"size": figure, "root": root.hex()[:16]}


def verify_words() -> str:
    """Say how what a report tells can be checked by somebody who trusts nobody."""
    return _(
        "How to check: every figure here is a count of entries of the firm's record. Download the evidence of the "
        "period on the page Proof, run keyhole_verify.py on it on your own machine, and compare the checkpoint above "
        "with one you kept before. The CSV of this report names the same entries without a cut."
    )


def frame_words() -> dict[str, str]:
    """Return the words that stand around every PDF."""
    return {
        "page": _("Page"),
        "foot": _(
            "Made by Keyhole from the firm's record of access. It holds no number and no called person's name."
        ),
        "cut": _("The first {shown} of {total} rows. The CSV of this report holds them all."),
    }
