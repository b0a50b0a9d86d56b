"""Every page of both surfaces that a person can open by an address, and who opens it."""

from dataclasses import dataclass

from playwright.sync_api import Page

from tests.browser.visit import Visit


@dataclass(frozen=True)
class Place:
    """A page: who opens it (None: nobody signed in), on which surface, and whether it fits without scrolling."""

    name: str
    person: str | None
    path: str
    surface: str
    fits: bool = False


FIRM, AGENT = "firm", "agent"
PLACES = (
    Place("sign-in", None, "/sign-in", FIRM, fits=True),
    Place("sign-in-help", None, "/sign-in/help", FIRM),
    Place("demo", None, "/demo", FIRM),
    Place("invitation", None, "/invitation", FIRM),
    Place("agent-sign-in", None, "/sign-in", AGENT, fits=True),
    Place("agent-demo", None, "/demo", AGENT),
    Place("overview", "ines", "/", FIRM),
    Place("campaigns", "ines", "/campaigns", FIRM),
    Place("campaign-new", "ines", "/campaigns/new", FIRM),
    Place("campaign", "ines", "/campaigns/<first>", FIRM),
    Place("plan", "ines", "/campaigns/<first>/plan", FIRM),
    Place("lists", "ines", "/lists", FIRM),
    Place("list", "ines", "/lists/<first>", FIRM),
    Place("import-file", "ines", "/imports/new", FIRM, fits=True),
    Place("outsourcers", "ines", "/outsourcers", FIRM),
    Place("engagement-new", "ines", "/outsourcers/new", FIRM),
    Place("engagement", "ines", "/outsourcers/<first>", FIRM),
    Place("people", "ines", "/people", FIRM),
    Place("person-invite", "ines", "/people/invite", FIRM),
    Place("account", "ines", "/account", FIRM),
    Place("tokens", "ines", "/account/tokens", FIRM),
    Place("contacts", "olga", "/contacts", FIRM),
    Place("contacts-by-agent", "olga", "/contacts?view=agent", FIRM),
    Place("contacts-entries", "olga", "/contacts?view=entries", FIRM),
    Place("contact", "olga", "/contacts/<first>", FIRM),
    Place("live", "olga", "/live", FIRM),
    Place("auditor-overview", "olga", "/", FIRM),
    Place("find-by-number", "hugo", "/contacts", FIRM),
    Place("proof", "olga", "/evidence", FIRM),
    Place("evidence", "olga", "/evidence/download", FIRM),
    Place("witness-new", "olga", "/evidence/witnesses/new", FIRM),
    Place("incidents", "olga", "/incidents", FIRM),
    Place("incident-new", "hugo", "/incidents/new", FIRM),
    Place("reports", "olga", "/reports", FIRM),
    Place("rules", "ines", "/rules", FIRM),
    Place("exports", "ines", "/exports", FIRM),
    Place("export-new", "ines", "/exports/new", FIRM),
    Place("nothing-here", "ines", "/nothing-here", FIRM),
    Place("not-allowed", "olga", "/imports/new", FIRM),
    Place("console", "marta", "/console", AGENT, fits=True),
    Place("agent-account", "marta", "/account", AGENT),
    Place("floor", "dana", "/floor", AGENT, fits=True),
    Place("team", "dana", "/team", AGENT),
)


def open_place(visit: Visit, place: Place, page: Page) -> None:
    """Go to a page; `<first>` is the first thing of its overview."""
    base = visit.product.agent if place.surface == AGENT else visit.product.firm
    if "<first>" not in place.path:
        page.goto(base + place.path)
    else:
        folder, _, rest = place.path.partition("/<first>")
        page.goto(base + folder)
        link = (
            page.locator(f"main a[href^='{folder}/']")
            .filter(has_not_text="New")
            .and_(page.locator("a[href*='-7']"))
        )
        address = link.first.get_attribute("href")
        assert address
        page.goto(f"{base}{address.rstrip('/')}{rest}")
    if place.name == "console":
        page.wait_for_function("() => document.getElementById('word').textContent !== 'Connecting'")
