"""The floor as rows: who needs help first, then longest in a state. Pure; never the people called."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

# The order of the tiles: from the busiest state to the one that needs most help.
STATES: Final = ("talking", "held", "dialling", "preview", "ready", "wrapup", "paused", "lost")
AWAY: Final = "away"
_BARS: Final = {"ready": "ok", "wrapup": "warn", "lost": "danger"}


@dataclass(frozen=True, slots=True)
class Seat:
    """One agent's place. Times in seconds; `wrap_up_s` is what the campaign gives; totals are of today."""

    id: str
    name: str
    state: str
    reason: str
    campaign: str
    firm: str
    for_s: int
    wrap_up_s: int
    calls: int
    talk_s: int
    outcomes: int
    skips: int
    help: str


@dataclass(frozen=True, slots=True)
class Tile:
    """How many agents are in a state, and the stretch of the bar it takes, in percent of its width."""

    state: str
    count: int
    start: float
    width: float

    @property
    def bar(self) -> str:
        """The colour of the state's stretch of the bar, as the charts name it."""
        return _BARS.get(self.state, self.state)


@dataclass(frozen=True, slots=True)
class Board:
    """The whole floor."""

    seats: list[Seat]
    tiles: list[Tile]
    campaigns: list[Mapping[str, Any]]
    signed_in: int
    away: int

    @property
    def needing(self) -> list[Seat]:
        """Those who need help, in the order of the rows."""
        return [seat for seat in self.seats if seat.help]


def read_board(floor: Mapping[str, Any], *, now: datetime) -> Board:
    """Turn what dialer_load_floor_v1 returned into rows and tiles."""
    everyone = [_seat(agent, now) for agent in floor["agents"]]
    seats = sorted((seat for seat in everyone if seat.state != AWAY), key=_order)
    return Board(
        seats=seats,
        tiles=_tiles(seats),
        campaigns=list(floor["campaigns"]),
        signed_in=len(seats),
        away=len(everyone) - len(seats),
    )


def _seat(agent: Mapping[str, Any], now: datetime) -> Seat:
    since = datetime.fromisoformat(agent["since"]) if agent["since"] else now
    for_s = max(0, int((now - since).total_seconds()))
    wrap_up_s = int(agent["wrap_up_s"] or 0)
    return Seat(
        id=str(agent["id"]),
        name=str(agent["name"]),
        state=str(agent["state"]),
        reason=str(agent["reason"]),
        campaign=str(agent["campaign"] or ""),
        firm=str(agent["firm"] or ""),
        for_s=for_s,
        wrap_up_s=wrap_up_s,
        calls=int(agent["calls_today"]),
        talk_s=int(agent["talk_s_today"]),
        outcomes=int(agent["outcomes_today"]),
        skips=int(agent["skips_today"]),
        help=_help(str(agent["state"]), for_s, wrap_up_s),
    )


def _help(state: str, for_s: int, wrap_up_s: int) -> str:
    if state == "lost":
        return "lost"
    if state == "wrapup" and for_s > wrap_up_s:
        return "wrapup"
    return ""


def _order(seat: Seat) -> tuple[bool, int, str]:
    return not seat.help, -seat.for_s, seat.name


def _tiles(seats: list[Seat]) -> list[Tile]:
    tiles: list[Tile] = []
    start = 0.0
    for state in STATES:
        count = sum(seat.state == state for seat in seats)
        share = 100 * count / len(seats) if seats else 0.0
        tiles.append(Tile(state, count, round(start, 2), round(share, 2)))
        start += share
    return tiles
