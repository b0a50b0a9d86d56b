"""What the campaign's page draws: the bar of progress and the clocks of the zones, in units of SVG."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from campaigns.planning.hours import WeekHours, closing, is_open, next_opening, zones_of
from campaigns.planning.queries import Progress
from campaigns.zones import zone_label

MAX_ZONES = 6
# The chart's scale: midnight at 112, 15 units an hour; rows 30 apart from 22 on.
_LEFT, _HOUR, _TOP, _ROW = 112, 15, 22, 30
CHART_HOURS = tuple((_LEFT + _HOUR * hour, hour) for hour in (0, 6, 9, 12, 18, 21, 24))


@dataclass(frozen=True, slots=True)
class BarPart:
    """One stretch of a bar: its colour's name, words, count, and its place in per cent of the width."""

    colour: str
    words: str
    count: int
    x: str
    width: str


@dataclass(frozen=True, slots=True)
class ZoneClock:
    """One row of the hours chart, in its units, and in words."""

    label: str
    clock: str
    open: bool
    words: str
    top: int
    now_x: str
    windows: tuple[tuple[str, str], ...]
    people: int

    @property
    def middle(self) -> int:
        """Where the row's words stand."""
        return self.top + 14

    @property
    def above(self) -> int:
        """Where the mark of the present begins."""
        return self.top - 3


def progress_bar(progress: Progress) -> list[BarPart]:
    """Return the parts of the bar in order; people still to call are the bar's ground."""
    parts = (
        ("ok", _("Reached"), progress.reached),
        ("paused", _("Not reached"), progress.not_reached),
        ("danger", _("Closed"), progress.closed),
        ("info", _("Waiting for a retry"), progress.waiting),
        ("talking", _("In hand now"), progress.in_hand),
    )
    return bar_of(parts, progress.total)


def bar_of(parts: Sequence[tuple[str, str, int]], total: int) -> list[BarPart]:
    """Return the parts (colour, words, count) with their places on a bar of `total`."""
    made, before = [], 0
    for colour, words, count in parts:
        share = 100 / total if total else 0
        made.append(BarPart(colour, words, count, f"{before * share:.2f}%", f"{count * share:.2f}%"))
        before += count
    return made


def zone_clocks(zones: Sequence[tuple[str, int]], hours: WeekHours, at: datetime) -> list[ZoneClock]:
    """Return a clock for each of the zone keys with most people; unknown zones are left out."""
    known = [(key, people) for key, people in zones if zones_of(key)][:MAX_ZONES]
    return [_clock(row, key, people, hours, at) for row, (key, people) in enumerate(known)]


def chart_height(clocks: Sequence[ZoneClock]) -> int:
    """Return the height of a chart of so many rows."""
    return _TOP + _ROW * max(1, len(clocks))


def _clock(row: int, key: str, people: int, hours: WeekHours, at: datetime) -> ZoneClock:
    local = at.astimezone(zones_of(key)[0])
    opened = is_open(key, at, hours)
    return ZoneClock(
        label=zone_label(key),
        clock=f"{local:%H:%M}",
        open=opened,
        words=_words(key, hours, at, opened=opened),
        top=_TOP + _ROW * row,
        now_x=f"{_LEFT + (local.hour + local.minute / 60) * _HOUR - 2:.1f}",
        windows=tuple(
            (
                f"{_LEFT + (window.opens.hour + window.opens.minute / 60) * _HOUR:.1f}",
                f"{_span(window.opens, window.closes) * _HOUR:.1f}",
            )
            for window in hours.on(local.date())
        ),
        people=people,
    )


def _span(opens: time, closes: time) -> float:
    return (closes.hour - opens.hour) + (closes.minute - opens.minute) / 60


def _words(key: str, hours: WeekHours, at: datetime, *, opened: bool) -> str:
    if opened:
        ends = closing(key, at, hours)
        return _("open, %(time)s left") % {"time": span_words(ends - at)} if ends else _("open")
    opens = next_opening(key, at, hours)
    if opens is None:
        return _("closed for the coming weeks")
    if opens - at < timedelta(hours=12):
        return _("opens in %(time)s") % {"time": span_words(opens - at)}
    local = opens.astimezone(zones_of(key)[0])
    return _("opens %(time)s") % {"time": date_format(local.replace(tzinfo=None), "D H:i")}


def span_words(span: timedelta) -> str:
    """Write a length of time as '11 h 28 min', '28 min' or '14 days'."""
    minutes = max(1, round(span.total_seconds() / 60))
    if minutes % 1440 == 0:
        return _("%(days)d days") % {"days": minutes // 1440} if minutes > 1440 else _("24 h")
    whole, rest = divmod(minutes, 60)
    if whole and rest:
        return _("%(hours)d h %(minutes)d min") % {"hours": whole, "minutes": rest}
    return _("%(hours)d h") % {"hours": whole} if whole else _("%(minutes)d min") % {"minutes": rest}
