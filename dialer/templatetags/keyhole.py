"""Template tags of every page: icons, short references, times, controls, navigation. No database."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import template
from django.forms import BoundField, CheckboxInput
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from tenants.identity.permissions import Action, allows

register = template.Library()

# Crockford's base 32 leaves out I, L, O and U, so a reference read out on the phone is not misheard.
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_ICON_SIZES = {
    "": "icon",
    "sm": "icon icon-sm",
    "lg": "icon icon-lg",
    "xl": "icon icon-xl",
}


@register.simple_tag
def icon(name: str, size: str = "") -> SafeString:
    """Draw one symbol of the sprite beside its words. Sizes: sm 16 px, none 20, lg 28, xl 40.

    Raises: KeyError for a size that does not exist.
    """
    return format_html(
        '<svg class="{}" aria-hidden="true"><use href="{}#{}"/></svg>',
        _ICON_SIZES[size],
        static("dialer/img/icons.svg"),
        name,
    )


@register.filter
def contact_ref(value: UUID | str | None) -> str:
    """Name a contact in eight letters, C-7K4Q-92XD: the last 40 bits of its id in Crockford's base 32."""
    if not value:
        return ""
    bits = (value if isinstance(value, UUID) else UUID(str(value))).int & ((1 << 40) - 1)
    letters = "".join(_CROCKFORD[(bits >> shift) & 31] for shift in range(35, -5, -5))
    return f"C-{letters[:4]}-{letters[4:]}"


@register.filter
def clock(seconds: float | None) -> str:
    """Write seconds as m:ss, or h:mm:ss from an hour on. Nothing for None."""
    if seconds is None:
        return ""
    minutes, rest = divmod(max(0, int(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


@register.filter
def initials(name: object) -> str:
    """Take the first letters of the first and the last word of a name."""
    words = str(name or "").split()
    return "".join(word[0] for word in dict.fromkeys((words[0], words[-1]))).upper() if words else ""


@register.filter
def control(field: BoundField) -> SafeString:
    """Render a form field's control with our classes and its hint and error named for screen readers."""
    described = []
    if field.help_text:
        described.append(f"{field.auto_id}_hint")
    if field.errors:
        described.append(f"{field.auto_id}_error")
    attrs: dict[str, str | bool] = {}
    if described:
        attrs["aria-describedby"] = " ".join(described)
    if field.errors:
        attrs["aria-invalid"] = "true"
    kind = getattr(field.field.widget, "input_type", "")
    if kind not in {"checkbox", "radio", "hidden", "file"}:
        asked = field.field.widget.attrs.get("class", "")
        ours = "select" if kind == "select" else "input"
        attrs["class"] = f"{ours} {asked}".strip()
    return field.as_widget(attrs=attrs)


@register.filter
def is_checkbox(field: BoundField) -> bool:
    """Tell whether the field is a single tick box, whose label stands after it."""
    return isinstance(field.field.widget, CheckboxInput)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the navigation: the page's URL name, its words, icon, and the action that opens it."""

    page: str
    label: str | Promise
    icon: str
    action: Action


NAVIGATION: tuple[tuple[str | Promise, tuple[Entry, ...]], ...] = (
    ("", (Entry("overview", _("Overview"), "home", Action.OVERVIEW_VIEW),)),
    (
        _("Calling"),
        (
            Entry("campaigns", _("Campaigns"), "campaign", Action.CAMPAIGN_VIEW),
            Entry("lists", _("Lists"), "list", Action.LIST_VIEW),
            Entry("outsourcers", _("Outsourcers"), "people", Action.ENGAGEMENT_VIEW),
        ),
    ),
    (
        _("Evidence"),
        (
            Entry("contacts", _("Who contacted whom"), "chain", Action.CONTACTS_AUDIT),
            Entry("live", _("Live now"), "preview", Action.LIVE_VIEW),
            Entry("evidence", _("Proof"), "proof", Action.EVIDENCE_VIEW),
            Entry("incidents", _("Incidents"), "alert", Action.INCIDENT_VIEW),
            Entry("reports", _("Reports and reviews"), "report", Action.REPORT_MAKE),
        ),
    ),
    (
        _("Firm"),
        (
            Entry("exports", _("Exports"), "download", Action.EXPORT_VIEW),
            Entry("people", _("People"), "person", Action.PEOPLE_VIEW),
            Entry("rules", _("Rules"), "shield", Action.RULES_VIEW),
            Entry("account", _("Account"), "gear", Action.ACCOUNT_VIEW),
        ),
    ),
)


def _entries(actor: Any, counts: Mapping[str, int], active: str) -> Iterator[dict[str, Any]]:
    for heading, entries in NAVIGATION:
        shown = []
        for entry in entries:
            if not allows(actor, entry.action):
                continue
            try:
                url = reverse(entry.page)
            except NoReverseMatch:
                # A surface without this page simply does not offer it.
                continue
            shown.append(
                {
                    "entry": entry,
                    "url": url,
                    "count": counts.get(entry.page),
                    "here": entry.page == active,
                }
            )
        if shown:
            yield {"heading": heading, "entries": shown}


@register.inclusion_tag("components/nav.html", takes_context=True)
def navigation(context: template.Context) -> dict[str, Any]:
    """Render the pages this actor may open. Counts come from `nav_counts`, the page from `nav_active`.

    Open incidents are counted on every page: nobody should have to look for them.
    """
    request = context.get("request")
    counts = dict(context.get("nav_counts") or {})
    incidents = getattr(context.get("open_incidents"), "count", 0)
    if incidents:
        counts["incidents"] = incidents
    active = str(context.get("nav_active") or "")
    return {"groups": list(_entries(getattr(request, "actor", None), counts, active))}
