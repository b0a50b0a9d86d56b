"""The agent's page: an empty frame and its words. Whom it shows comes by socket; nobody is in here."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.html import format_html
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from dialer.console.page_words import page_words
from tenants.identity.access import agent_page
from tenants.identity.actor import Actor
from tenants.identity.models import Role
from tenants.identity.permissions import Action, require

# Wide enough for the sans-serif letters of a 13 px line; a name longer than the tile is cut, never spilled.
_LETTER_PX = 8
_GAP_PX = 40


@require_safe
@never_cache
@agent_page(Action.ACCOUNT_VIEW)
def console(request: HttpRequest) -> HttpResponse:
    """Show the console to an agent; take a supervisor to the floor."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if actor.role == Role.SUPERVISOR:
        return redirect("floor")
    require(actor, Action.CONSOLE_USE)
    return render(request, "dialer/console.html", {"words": page_words()})


@require_safe
@never_cache
@agent_page(Action.CONSOLE_USE)
def watermark(request: HttpRequest) -> HttpResponse:
    """Draw the tile behind the person: the agent's name and session, so that a photograph says whose."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    words = f"{actor.name[:40]} {actor.session_ref}"
    half = len(words) * _LETTER_PX + _GAP_PX
    svg = format_html(
        '<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="120">'
        '<g fill="#7d8b94" fill-opacity=".12" font-family="sans-serif" font-size="13" font-weight="600">'
        '<text x="8" y="58" transform="rotate(-16 8 58)">{words}</text>'
        '<text x="{half}" y="116" transform="rotate(-16 {half} 116)">{words}</text></g></svg>',
        width=half * 2,
        half=half,
        words=words,
    )
    return HttpResponse(svg, content_type="image/svg+xml")
