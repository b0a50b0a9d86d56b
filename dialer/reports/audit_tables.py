"""The tables of the audit pack. Words and rows alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from dialer.reports.document import Column, Fact, Table, Value
from dialer.reports.periods import Period
from dialer.reports.words import (
    ACTIONS,
    ROLE_ORDER,
    actor_words,
    event_words,
    local,
    reason_words,
    role_words,
)
from tenants.firms.models import Engagement, Firm
from tenants.identity.models import Person
from tenants.identity.permissions import GRANTS, Action
from tenants.ledger.models import Entry
from tenants.oversight.models import Rules
from tenants.retention.queries import Keeping


@dataclass(frozen=True, slots=True)
class Acts:
    """Entries of one kind, the names of people in them, and the firm's zone."""

    entries: Sequence[Entry]
    names: Mapping[UUID, str]
    zone: ZoneInfo

    def who(self, entry: Entry) -> str:
        """Name who acted."""
        return self.name(entry.actor_id) or actor_words(entry.actor_kind)

    def name(self, person_id: UUID | None) -> str:
        """Name a person; one whose name is not to be seen by the id."""
        return self.names.get(person_id, str(person_id)) if person_id else ""


def permissions() -> Table:
    """Every action of the code's own table, and the roles it is granted to."""
    columns = [Column(_("What"), 4), *(Column(role_words(role)) for role in ROLE_ORDER)]
    rows: list[list[Value]] = [
        [str(ACTIONS[action]), *(_("yes") if action in GRANTS[role] else "" for role in ROLE_ORDER)]
        for action in Action
    ]
    return Table(
        "",
        columns,
        rows,
        empty="",
        note=_(
            "As the running code has it. What is not granted here is refused, and the attempt is on record."
        ),
    )


def people(found: Sequence[Person], houses: Mapping[UUID, str], firm: Firm, period: Period) -> Table:
    """Everybody who has or had access, as they stand now."""
    columns = [
        Column(_("Name"), 3),
        Column(_("Role"), 2),
        Column(_("Works for"), 3),
        Column(_("State now"), 1.5),
        Column(_("Since"), 1.5),
        Column(_("Person ID"), only_csv=True),
    ]
    rows: list[list[Value]] = [
        [
            person.name,
            role_words(person.role),
            houses.get(person.outsourcer_id, "") if person.outsourcer_id else firm.name,
            str(Person.State(person.state).label),
            local(person.created_at, period.zone)[:10],
            str(person.id),
        ]
        for person in found
    ]
    return Table(_("Everybody, as they stand now"), columns, rows, empty=_("Nobody."))


def people_acts(acts: Acts) -> Table:
    """When people came, went and came back."""
    columns = [
        Column(_("When"), 2),
        Column(_("What"), 2),
        Column(_("Whom"), 2),
        Column(_("By"), 2),
        entry_column(),
    ]
    rows: list[list[Value]] = [
        [
            local(each.at, acts.zone),
            event_words(each.event),
            acts.name(each.subject_id),
            acts.who(each),
            str(each.id),
        ]
        for each in acts.entries
    ]
    return Table(_("Changes in the period"), columns, rows, empty=_("Nobody came or went."))


def engagements(found: Sequence[Engagement], period: Period) -> Table:
    """Every engagement with its terms as they stand now."""
    columns = [
        Column(_("Outsourcer"), 3),
        Column(_("State now"), 1.5),
        Column(_("From"), 1.5),
        Column(_("Until"), 1.5),
        Column(_("Agent, hour")),
        Column(_("Agent, day")),
        Column(_("All, day")),
        Column(_("Skips, day")),
        Column(_("Networks"), 2),
    ]
    rows: list[list[Value]] = [
        [
            each.outsourcer.name,
            str(Engagement.State(each.state).label),
            each.starts_on.isoformat(),
            each.ends_on.isoformat(),
            each.cap_agent_hour,
            each.cap_agent_day,
            each.cap_day,
            each.skip_budget_day,
            ", ".join(each.networks) or _("Any"),
        ]
        for each in found
    ]
    return Table(_("Terms as they stand now"), columns, rows, empty=_("No outsourcer was ever engaged."))


def engagement_acts(acts: Acts, houses: Mapping[UUID, str]) -> Table:
    """Every change of terms, with the terms it set."""
    columns = [
        Column(_("When"), 2),
        Column(_("What"), 2),
        Column(_("Outsourcer"), 2),
        Column(_("By"), 2),
        Column(_("Terms set"), 4),
        entry_column(),
    ]
    rows: list[list[Value]] = [
        [
            local(each.at, acts.zone),
            event_words(each.event),
            houses.get(each.subject_id, "") if each.subject_id else "",
            acts.who(each),
            _terms(each),
            str(each.id),
        ]
        for each in acts.entries
    ]
    return Table(_("Changes in the period"), columns, rows, empty=_("No terms were changed."))


def _terms(entry: Entry) -> str:
    told = entry.details
    if "starts_on" not in told:
        return ""
    return _(
        "%(starts_on)s to %(ends_on)s; %(cap_agent_hour)s an hour and %(cap_agent_day)s a day for an agent, "
        "%(cap_day)s a day for all, %(skip_budget_day)s skips; %(networks)s networks"
    ) % {name: told.get(name, "") for name in _TERM_NAMES}


_TERM_NAMES = (
    "starts_on",
    "ends_on",
    "cap_agent_hour",
    "cap_agent_day",
    "cap_day",
    "skip_budget_day",
    "networks",
)


def rules_facts(rules: Rules | None, keeping: Keeping | None) -> list[Fact]:
    """What is in force: how long entries are kept, and the clock of incidents."""
    facts: list[Fact] = []
    if keeping is not None:
        facts = [
            (_("Entries are kept, months"), keeping.keep_months),
            (_("Never less than, months"), keeping.floor_months),
            (_("Entries let go so far"), keeping.pruned_until),
        ]
    return [*facts, (_("An incident's clock, hours"), rules.incident_clock_h if rules else 72)]


def rules_acts(acts: Acts) -> Table:
    """Changes of the rules, and every time entries were let go."""
    columns = [
        Column(_("When"), 2),
        Column(_("What"), 3),
        Column(_("By"), 2),
        Column(_("Set to"), 4),
        entry_column(),
    ]
    rows: list[list[Value]] = [
        [local(each.at, acts.zone), event_words(each.event), acts.who(each), _details(each), str(each.id)]
        for each in acts.entries
    ]
    return Table(
        _("Changes in the period"), columns, rows, empty=_("No rule was changed, and no entry was let go.")
    )


def exports(acts: Acts) -> Table:
    """Every step of every export."""
    columns = [
        Column(_("When"), 2),
        Column(_("What"), 3),
        Column(_("By"), 2),
        Column(_("Verdict"), 1.5),
        Column(_("Why"), 2),
        Column(_("Export"), 2),
        entry_column(),
    ]
    rows: list[list[Value]] = [
        [
            local(each.at, acts.zone),
            event_words(each.event),
            acts.who(each),
            _("Allowed") if each.allowed else _("Denied"),
            reason_words(each.reason),
            str(each.subject_id or "")[-8:],
            str(each.id),
        ]
        for each in acts.entries
    ]
    return Table("", columns, rows, empty=_("Nothing personal was exported."))


def _details(entry: Entry) -> str:
    return ", ".join(f"{name}={value}" for name, value in sorted(entry.details.items()))


def entry_column() -> Column:
    """The id of an entry, for the CSV alone: with it the entry is found and proven."""
    return Column(_("Entry ID"), only_csv=True)
