"""The audit pack: what an auditor of the firm's protection asks for, of the last two years, in one report."""

from uuid import UUID

from django.utils.translation import gettext as _

from dialer.reports import audit_evidence as evidence
from dialer.reports import audit_tables as tables
from dialer.reports.access_reads import list_engagements, list_people
from dialer.reports.audit_reads import (
    list_acts,
    list_incidents,
    list_keys,
    list_monthly_checkpoints,
    list_reviews,
    list_witnesses,
    load_rules,
)
from dialer.reports.document import Report, Section
from dialer.reports.periods import Period
from dialer.reports.words import frame_words, language_of, verify_words
from tenants.firms.models import Firm
from tenants.ledger.events import Event
from tenants.retention.queries import load_keeping

_PEOPLE = (Event.PERSON_INVITED, Event.PERSON_JOINED, Event.PERSON_DISABLED, Event.PERSON_ENABLED)
_ENGAGEMENTS = (
    Event.ENGAGEMENT_CREATED,
    Event.ENGAGEMENT_CHANGED,
    Event.ENGAGEMENT_SUSPENDED,
    Event.ENGAGEMENT_RESUMED,
    Event.ENGAGEMENT_ENDED,
)
_RESTORES = (Event.RESTORE_NOTICED, Event.ROLLBACK_ACCEPTED)
_RULES = (Event.RULES_CHANGED, Event.ENTRIES_PRUNED)
_EXPORTS = (
    Event.EXPORT_REQUESTED,
    Event.EXPORT_APPROVED,
    Event.EXPORT_REFUSED,
    Event.EXPORT_CANCELLED,
    Event.EXPORT_MADE,
    Event.EXPORT_FAILED,
    Event.EXPORT_DOWNLOADED,
    Event.EXPORT_EXPIRED,
)


def build_audit_pack(firm: Firm, period: Period, *, months: evidence.ReviewedMonths) -> Report:
    """Build the pack in the language that is active now. `months` are those that a review is due for, newest first."""
    engagements = list_engagements(firm_id=firm.id)
    houses = {each.outsourcer_id: each.outsourcer.name for each in engagements}
    people = list_people(firm_id=firm.id, outsourcer_ids=houses)
    names = {person.id: person.name for person in people}
    return Report(
        code="audit",
        title=_("Audit pack"),
        language=language_of(firm.language),
        firm=firm.name,
        period=str(period),
        about=[(_("Firm"), firm.name), (_("Period"), f"{period}, {period.zone.key}")],
        sections=[
            Section(_("Roles and what each may do"), tables=[tables.permissions()]),
            Section(
                _("People and their roles"),
                tables=[
                    tables.people(people, houses, firm, period),
                    tables.people_acts(_acts(firm, period, names, _PEOPLE)),
                ],
            ),
            Section(
                _("Outsourcers and their terms"),
                tables=[
                    tables.engagements(engagements, period),
                    tables.engagement_acts(
                        _acts(firm, period, names, _ENGAGEMENTS),
                        {each.id: each.outsourcer.name for each in engagements},
                    ),
                ],
            ),
            *_evidence(firm, period, names, months),
        ],
        verify=verify_words(),
        words=frame_words(),
        is_wide=True,
    )


def _evidence(
    firm: Firm, period: Period, names: dict[UUID, str], months: evidence.ReviewedMonths
) -> list[Section]:
    incidents = list_incidents(firm_id=firm.id, period=period)
    return [
        Section(_("Keys that sign the record"), tables=[evidence.keys(list_keys(firm.id), period)]),
        Section(
            _("Checkpoints and witnesses"),
            tables=[
                evidence.checkpoints(list_monthly_checkpoints(firm_id=firm.id, period=period), period),
                evidence.witnesses(list_witnesses(firm.id), period),
            ],
        ),
        Section(
            _("Restores and rollbacks"),
            tables=[evidence.restores(_acts(firm, period, names, _RESTORES))],
        ),
        Section(_("Incidents"), tables=[evidence.incidents(incidents, period)]),
        Section(_("Access reviews"), tables=[evidence.reviews(months, list_reviews(firm.id), names, period)]),
        Section(
            _("How long the record is kept"),
            facts=tables.rules_facts(load_rules(firm.id), load_keeping()),
            tables=[tables.rules_acts(_acts(firm, period, names, _RULES))],
        ),
        Section(_("Exports of personal data"), tables=[tables.exports(_acts(firm, period, names, _EXPORTS))]),
    ]


def _acts(firm: Firm, period: Period, names: dict[UUID, str], events: tuple[Event, ...]) -> tables.Acts:
    told = list_acts(firm_id=firm.id, period=period, events=[str(event) for event in events])
    return tables.Acts(told, names, period.zone)
