"""The record of processing of the firm as controller, and of each outsourcer as processor. Source: GDPR, Article 30.

It tells what Keyhole knows. What only the firm knows is a line to fill in, and says so.
"""

from datetime import date

from django.utils.translation import gettext as _

from campaigns.planning.models import Campaign, Column
from dialer.reports.document import Blank, Fact, Report, Section, Table, Value
from dialer.reports.document import Column as TableColumn
from dialer.reports.processing_reads import Purpose, list_processors, list_purposes
from dialer.reports.words import column_role_words, frame_words, language_of
from tenants.firms.models import Engagement, Firm
from tenants.retention.queries import load_keeping


def build_processing_record(firm: Firm, *, today: date) -> Report:
    """Build the record in the language that is active now, as things stand now."""
    purposes = list_purposes(firm.id)
    return Report(
        code="processing",
        title=_("Record of processing"),
        language=language_of(firm.language),
        firm=firm.name,
        period=_("as of %(day)s") % {"day": today.isoformat()},
        about=[(_("Firm"), firm.name), (_("As of"), today.isoformat())],
        sections=[
            _controller(firm),
            _purposes(purposes),
            _data(purposes),
            _recipients(firm),
            _keeping(),
            _measures(),
            _processors(firm),
        ],
        verify=_(
            "This record tells what Keyhole knows of calling by outsourcers. What only the firm knows is a "
            "line to fill "
            "in. Other processing of the firm, such as its customer system, is not in it."
        ),
        words=frame_words(),
        is_wide=True,
    )


def _fill(hint: str) -> Blank:
    return Blank(_("To fill in: %(what)s") % {"what": hint})


def _controller(firm: Firm) -> Section:
    return Section(
        _("The controller"),
        facts=[
            (_("Name"), firm.name),
            (_("Country"), firm.country),
            (_("Contact"), _fill(_("address, e-mail and telephone of the firm"))),
            (_("Joint controllers"), _fill(_("names and contact, or: none"))),
            (_("Representative"), _fill(_("name and contact, or: not needed"))),
            (_("Data protection officer"), _fill(_("name and contact"))),
        ],
    )


def _purposes(purposes: list[Purpose]) -> Section:
    rows: list[list[Value]] = [
        [
            each.campaign.name,
            str(Campaign.State(each.campaign.state).label),
            each.campaign.started_at.date().isoformat() if each.campaign.started_at else _("not started"),
            each.lists,
            each.destroyed,
            ", ".join(each.outsourcers) or _("nobody"),
            _fill(_("purpose and legal basis")),
        ]
        for each in purposes
    ]
    columns = [
        TableColumn(_("Campaign"), 3),
        TableColumn(_("State"), 1.3),
        TableColumn(_("Started"), 1.5),
        TableColumn(_("Lists")),
        TableColumn(_("Destroyed")),
        TableColumn(_("Called by"), 2),
        TableColumn(_("Purpose and legal basis"), 4),
    ]
    return Section(
        _("Purposes"),
        sentences=[_("Each campaign is a purpose: people of its lists are called by telephone.")],
        tables=[Table("", columns, rows, empty=_("The firm has no campaign."))],
    )


def _data(purposes: list[Purpose]) -> Section:
    rows: list[list[Value]] = []
    for each in purposes:
        rows.append(
            [
                each.campaign.name,
                _("Telephone number"),
                _("Telephone number"),
                _("Never; the exchange alone dials it"),
            ]
        )
        for label, role, visible in each.columns:
            rows.append(
                [each.campaign.name, label, column_role_words(role), str(Column.Visible(visible).label)]
            )
    columns = [
        TableColumn(_("Campaign"), 3),
        TableColumn(_("Column"), 3),
        TableColumn(_("Kind of data"), 3),
        TableColumn(_("Agents see it"), 3),
    ]
    return Section(
        _("People and data"),
        facts=[
            (_("Categories of people"), _fill(_("such as customers of the firm, former customers"))),
            (_("Special categories of data"), _fill(_("which, or: none"))),
        ],
        sentences=[_("Besides these, results and outcomes of calls, and notes that only the firm can open.")],
        tables=[Table(_("Categories of data"), columns, rows, empty=_("No list was mapped yet."))],
    )


def _recipients(firm: Firm) -> Section:
    rows: list[list[Value]] = [
        [
            engagement.outsourcer.name,
            str(Engagement.State(engagement.state).label),
            engagement.starts_on.isoformat(),
            engagement.ends_on.isoformat(),
            _fill(_("country, and the safeguard of a transfer")),
        ]
        for engagement, _campaigns in list_processors(firm.id)
    ]
    columns = [
        TableColumn(_("Outsourcer"), 3),
        TableColumn(_("State"), 1.5),
        TableColumn(_("From"), 1.5),
        TableColumn(_("Until"), 1.5),
        TableColumn(_("Country and safeguard"), 4),
    ]
    return Section(
        _("Recipients"),
        sentences=[
            _(
                "Outsourcers see one person at a time, field by field, and never a telephone number, a list"
                " or an export."
            )
        ],
        facts=[
            (_("Other recipients"), _fill(_("such as the operator of this system, the telephone company")))
        ],
        tables=[Table("", columns, rows, empty=_("No outsourcer was ever engaged."))],
    )


def _keeping() -> Section:
    keeping = load_keeping()
    facts: list[Fact] = [
        (_("Lists and contacts"), _fill(_("when lists are destroyed"))),
        (_("Notes and outcomes"), _fill(_("when they are erased"))),
    ]
    if keeping is not None:
        facts.append((_("The record of access, months"), keeping.keep_months))
    return Section(_("How long data is kept"), facts=facts)


def _measures() -> Section:
    return Section(
        _("Security measures"),
        sentences=[
            _(
                "Every personal field and number is encrypted with a key of its list (AES-256-GCM); a "
                "database or backup that is stolen opens none."
            ),
            _(
                "Telephone numbers can be opened by the telephone gateway alone. Nobody at an outsourcer is"
                " shown one."
            ),
            _(
                "An agent gets one person at a time, within caps an hour and a day; nothing can be listed, "
                "searched or exported."
            ),
            _(
                "Every look, refusal and change is an entry in a record that only grows, with checkpoints "
                "signed by Ed25519 and kept by the firm and its witnesses."
            ),
            _(
                "Firms are kept apart by row-level security in the database, whatever the program above it "
                "does."
            ),
            _(
                "Everybody signs in with a password (Argon2id) and a second factor; acts of weight ask for "
                "it again."
            ),
            _("What a role may do is one closed table; the audit pack prints it."),
            _(
                "Exports of personal data need a reason and a second person, are encrypted to a key of the "
                "firm, and expire."
            ),
            _("Incidents have a register with a clock; a review of access is due every month."),
        ],
        facts=[(_("Measures of the firm itself"), _fill(_("such as training, contracts, buildings")))],
    )


def _processors(firm: Firm) -> Section:
    rows: list[list[Value]] = [
        [
            engagement.outsourcer.name,
            ", ".join(campaigns) or _("none"),
            f"{engagement.starts_on.isoformat()} – {engagement.ends_on.isoformat()}",
            ", ".join(engagement.networks) or _("Any"),
            _fill(_("contact, officer, further processors")),
        ]
        for engagement, campaigns in list_processors(firm.id)
    ]
    columns = [
        TableColumn(_("Outsourcer"), 2.5),
        TableColumn(_("Calls for"), 3),
        TableColumn(_("Term"), 2),
        TableColumn(_("Networks"), 2),
        TableColumn(_("Of the outsourcer"), 4),
    ]
    return Section(
        _("The processors' part"),
        sentences=[
            _(
                "Each outsourcer processes on behalf of the firm: it calls by telephone the people whom "
                "Keyhole hands out, and records an outcome. The measures above hold for it too."
            )
        ],
        tables=[Table("", columns, rows, empty=_("No outsourcer was ever engaged."))],
    )
