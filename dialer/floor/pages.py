"""The floor of an outsourcer, for its supervisors. It must never hold personal data of the people called."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from dialer.floor.board import Board, read_board
from dialer.floor.wording import reason_words, state_words
from tenants.db.functions import call
from tenants.identity.access import agent_page
from tenants.identity.permissions import Action


@require_safe
@agent_page(Action.FLOOR_VIEW)
def floor(request: HttpRequest) -> HttpResponse:
    """Show the floor."""
    return render(request, "dialer/floor.html", _context(request))


@require_safe
@agent_page(Action.FLOOR_VIEW)
def floor_board(request: HttpRequest) -> HttpResponse:
    """Answer the page that watches with the board alone."""
    return render(request, "dialer/floor_board.html", _context(request))


def _context(request: HttpRequest) -> dict[str, Any]:
    floor = call("dialer_load_floor_v1", request.session.session_key)
    now = datetime.fromisoformat(floor["server_time"])
    board = read_board(floor, now=now)
    return {
        "now": now,
        "board": board,
        "rows": [
            {"seat": seat, "state": state_words(seat.state), "reason": reason_words(seat.reason)}
            for seat in board.seats
        ],
        "tiles": [{"tile": tile, "words": state_words(tile.state)} for tile in board.tiles],
        "summary": _summary(board),
    }


def _summary(board: Board) -> str:
    states = ", ".join(f"{tile.count} {state_words(tile.state)}" for tile in board.tiles if tile.count)
    needing = len(board.needing)
    helped = ngettext("%(count)d person needs you", "%(count)d people need you", needing) % {"count": needing}
    return f"{states}. {helped}." if states else f"{helped}."
