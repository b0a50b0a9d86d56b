"""The contact report of one outsourcer: totals by campaign and agent, results, outcomes, hours, and every event."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from dialer.reports.contact_reads import (
    ContactAct,
    count_contact_acts,
    count_contacts,
    load_agent_names,
    load_campaign_names,
    load_outcome_labels,
    load_work,
    sum_talks,
    walk_contact_events,
)
from dialer.reports.document import Column, Report, Section, Table, Value, cell_text
from dialer.reports.periods import Period
from dialer.reports.words import (
    event_words,
    frame_words,
    language_of,
    local,
    reason_words,
    utc,
    verify_words,
)
from dialer.templatetags.keyhole import clock, contact_ref
from tenants.firms.models import Firm, Outsourcer
from tenants.oversight.wording import STAGES

_COUNTED = {
    "dialer:contact:reserved": "received",
    "dialer:call:dialled": "dialled",
    "dialer:call:answered": "answered",
    "dialer:outcome:recorded": "outcomes",
    "dialer:contact:skipped": "skips",
    "dialer:contact:lapsed": "lapsed",
    "dialer:contact:stopped": "stopped",
}


@dataclass(frozen=True, slots=True)
class Names:
    """What ids are called in one report."""

    campaigns: dict[UUID, str]
    agents: dict[UUID, str]
    outcomes: dict[str, str]

    def campaign(self, campaign_id: UUID | None) -> str:
        """Return a campaign's name, or its id."""
        return self.campaigns.get(campaign_id, str(campaign_id)) if campaign_id else ""

    def agent(self, agent_id: UUID | None) -> str:
        """Return a person's name, or the id."""
        return self.agents.get(agent_id, str(agent_id)) if agent_id else ""


def build_contact_report(firm: Firm, outsourcer: Outsourcer, period: Period) -> Report:
    """Build the report in the language that is active now. Its last table reads the record while it is written."""
    language = language_of(firm.language)
    asked: dict[str, Any] = {"firm_id": firm.id, "outsourcer_id": outsourcer.id, "period": period}
    names = Names(
        load_campaign_names(firm.id),
        load_agent_names(firm_id=firm.id, outsourcer_id=outsourcer.id),
        load_outcome_labels(firm.id),
    )
    acts = count_contact_acts(**asked)
    events = sum(act.count for act in acts)
    return Report(
        code="contacts",
        title=_("Contact report"),
        language=language,
        firm=firm.name,
        period=str(period),
        about=[
            (_("Firm"), firm.name),
            (_("Outsourcer"), outsourcer.name),
            (_("Period"), f"{period}, {period.zone.key}"),
            (_("Contact events"), events),
        ],
        sections=[
            Section(_("By campaign"), tables=[_campaigns(acts, count_contacts(**asked), names)]),
            Section(
                _("By agent"),
                tables=[
                    _agents(acts, sum_talks(**asked), names),
                    _hours(firm, outsourcer, period, acts, names),
                ],
            ),
            Section(_("Results of calls"), tables=[_results(acts, names)]),
            Section(_("Outcomes"), tables=[_outcomes(acts, names)]),
            Section(
                _("Every contact event"),
                tables=[_events(firm, outsourcer, period, names, cell_text(events, language))],
            ),
        ],
        verify=verify_words(),
        words=frame_words(),
        is_wide=True,
    )


def _sums(acts: list[ContactAct]) -> dict[str, int]:
    sums = dict.fromkeys([*_COUNTED.values(), "refused"], 0)
    for act in acts:
        name = _COUNTED.get(act.event)
        if not act.allowed:
            # An answer that did not match was compared, not refused.
            name = None if act.event == "dialer:answer:checked" else "refused"
        if name:
            sums[name] += act.count
    return sums


def _grouped(
    acts: list[ContactAct], *, by_agent: bool
) -> dict[tuple[UUID | None, UUID | None], list[ContactAct]]:
    groups: dict[tuple[UUID | None, UUID | None], list[ContactAct]] = {}
    for act in acts:
        groups.setdefault((act.campaign_id, act.agent_id if by_agent else None), []).append(act)
    return groups


def _labels() -> list[str]:
    return [
        _("Records received"),
        _("Calls dialled"),
        _("Calls answered"),
        _("Outcomes"),
        _("Skips"),
        _("Taken back"),
        _("Stopped by the firm"),
        _("Refused"),
    ]


def _campaigns(acts: list[ContactAct], contacts: dict[UUID | None, int], names: Names) -> Table:
    rows: list[list[Value]] = [
        [names.campaign(campaign), contacts.get(campaign, 0), *_sums(own).values()]
        for (campaign, _agent), own in _grouped(acts, by_agent=False).items()
    ]
    rows.sort(key=lambda row: str(row[0]))
    if rows:
        rows.append([_("All campaigns"), sum(contacts.values()), *_sums(acts).values()])
    columns = [Column(_("Campaign"), 3), Column(_("Contacts")), *(Column(label) for label in _labels())]
    return Table("", columns, rows, empty=_("The outsourcer had to do with no contact in this period."))


def _agents(acts: list[ContactAct], talks: dict[tuple[UUID, UUID], int], names: Names) -> Table:
    rows: list[list[Value]] = []
    for (campaign, agent), own in _grouped(acts, by_agent=True).items():
        talked = talks.get((campaign, agent), 0) if campaign and agent else 0
        rows.append([names.campaign(campaign), names.agent(agent), *_sums(own).values(), clock(talked)])
    rows.sort(key=lambda row: (str(row[0]), str(row[1])))
    columns = [
        Column(_("Campaign"), 2.5),
        Column(_("Agent"), 2),
        *(Column(label) for label in _labels()),
        Column(_("Talked, h:mm:ss")),
    ]
    return Table(_("By campaign and agent"), columns, rows, empty=_("No agent acted in this period."))


def _hours(firm: Firm, outsourcer: Outsourcer, period: Period, acts: list[ContactAct], names: Names) -> Table:
    agents = sorted({act.agent_id for act in acts if act.agent_id}, key=names.agent)
    work = load_work(firm_id=firm.id, outsourcer_id=outsourcer.id, agents=agents, period=period)
    rows: list[list[Value]] = []
    for agent in agents:
        worked, talked = work.get(agent, (0, 0))
        rows.append([names.agent(agent), clock(worked), clock(talked)])
    if rows:
        sums = [sum(pair[place] for pair in work.values()) for place in (0, 1)]
        rows.append([_("Everybody"), clock(sums[0]), clock(sums[1])])
    columns = [Column(_("Agent"), 3), Column(_("At work, h:mm:ss")), Column(_("Of it in calls, h:mm:ss"))]
    return Table(
        _("Hours"),
        columns,
        rows,
        empty=_("No agent acted in this period."),
        note=_("Time between two changes of an agent's state, for this firm. Pauses are left out."),
    )


def _results(acts: list[ContactAct], names: Names) -> Table:
    sums: dict[tuple[str, str], int] = {}
    for act in acts:
        if act.event == "dialer:call:ended":
            key = (names.campaign(act.campaign_id), reason_words(act.reason))
            sums[key] = sums.get(key, 0) + act.count
    rows: list[list[Value]] = [[*key, count] for key, count in sorted(sums.items())]
    columns = [Column(_("Campaign"), 3), Column(_("Result"), 3), Column(_("Calls"))]
    return Table("", columns, rows, empty=_("No call ended in this period."))


def _outcomes(acts: list[ContactAct], names: Names) -> Table:
    sums: dict[tuple[str, str, str], int] = {}
    for act in acts:
        if act.event == "dialer:outcome:recorded":
            label = names.outcomes.get(act.disposition or "", "")
            key = (names.campaign(act.campaign_id), label, reason_words(act.reason))
            sums[key] = sums.get(key, 0) + act.count
    rows: list[list[Value]] = [[*key, count] for key, count in sorted(sums.items())]
    columns = [Column(_("Campaign"), 3), Column(_("Outcome"), 3), Column(_("Kind"), 2), Column(_("Times"))]
    return Table("", columns, rows, empty=_("No outcome was recorded in this period."))


def _events(firm: Firm, outsourcer: Outsourcer, period: Period, names: Names, count: str) -> Table:
    columns = [
        Column(label)
        for label in (
            _("When, UTC"),
            _("When, firm's time"),
            _("Contact"),
            _("Campaign"),
            _("Agent"),
            _("What"),
            _("Verdict"),
            _("Result or reason"),
            _("Outcome"),
            _("What was open"),
            _("Session"),
            _("Entry ID"),
        )
    ]
    return Table(
        "",
        columns,
        _event_rows(firm, outsourcer, period, names),
        empty=_("There was none."),
        only_csv=True,
        elsewhere=_("%(count)s events. The CSV of this report lists each by its contact's reference.")
        % {"count": count},
    )


def _event_rows(firm: Firm, outsourcer: Outsourcer, period: Period, names: Names) -> Iterator[list[Value]]:
    # Words are few and looked up once: a million rows ask for the same.
    events: dict[str, str] = {}
    reasons: dict[str, str] = {"": ""}
    verdicts = {True: _("Allowed"), False: _("Denied")}
    stages = {str(stage): str(words) for stage, words in STAGES.items()}
    reference = lru_cache(maxsize=4096)(contact_ref)
    for entry in walk_contact_events(firm_id=firm.id, outsourcer_id=outsourcer.id, period=period):
        what = events.get(entry.event) or events.setdefault(entry.event, event_words(entry.event))
        if entry.reason not in reasons:
            reasons[entry.reason] = reason_words(entry.reason)
        yield [
            utc(entry.at),
            local(entry.at, period.zone),
            reference(entry.contact_id),
            names.campaign(entry.campaign_id),
            names.agent(entry.actor_id),
            what,
            verdicts[entry.allowed],
            reasons[entry.reason],
            names.outcomes.get(entry.disposition, "") if entry.disposition else "",
            stages.get(entry.stage or "", ""),
            entry.session_ref,
            str(entry.id),
        ]
