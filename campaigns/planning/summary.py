"""A plan in a few words, for the campaign's page. Reads nothing by itself."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from campaigns.planning.figures import span_words
from campaigns.planning.forms import WEEKDAYS
from campaigns.planning.models import Column, RetryRule
from campaigns.planning.plan import Plan

_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Summary:
    """Lines of (what, how) about calling and about what an agent sees, and the week in words."""

    calling: tuple[tuple[str, str], ...]
    seen: tuple[tuple[str, str], ...]
    never: str
    week: str


def summarise_plan(plan: Plan) -> Summary:
    """Return the plan in words."""
    by_visible = {
        visible: [column.label for column in plan.columns if column.visible == visible]
        for visible in Column.Visible.values
    }
    shown = (Column.Visible.BEFORE, Column.Visible.ANSWERED, Column.Visible.VERIFIED)
    hidden = len(by_visible[Column.Visible.NEVER])
    return Summary(
        calling=tuple(_calling(plan)),
        seen=tuple((str(visible.label), _names(by_visible[visible])) for visible in shown),
        never=_("number, %(count)d more") % {"count": hidden} if hidden else _("number"),
        week=_week(plan),
    )


def _calling(plan: Plan) -> Iterator[tuple[str, str]]:
    yield _("Attempts"), _("%(count)d at most") % {"count": plan.max_attempts}
    for result, wait in plan.retries:
        if result in (RetryRule.Result.NO_ANSWER, RetryRule.Result.BUSY, RetryRule.Result.MACHINE):
            yield str(RetryRule.Result(result).label), _again(wait)
    yield _("Rings"), _("%(least)d to %(most)d s") % {"least": plan.min_ring_s, "most": plan.max_ring_s}
    yield _("Matches to verify"), str(plan.verify_needed)


def _again(wait_s: int | None) -> str:
    if wait_s is None:
        return _("never again")
    return _("again after %(time)s") % {"time": span_words(timedelta(seconds=wait_s))}


def _names(labels: list[str]) -> str:
    if not labels:
        return pgettext("fields an agent sees", "nothing")
    words = ", ".join(labels[:_SHOWN])
    more = len(labels) - _SHOWN
    return _("%(words)s, %(count)d more") % {"words": words, "count": more} if more > 0 else words


def _week(plan: Plan) -> str:
    """Write the week as 'Monday to Friday 9:00 to 20:00; Saturday 10:00 to 17:00'."""
    days = dict(WEEKDAYS)
    spans = [
        (
            weekday,
            ", ".join(
                _("%(opens)s to %(closes)s")
                % {"opens": window.opens.strftime("%H:%M"), "closes": window.closes.strftime("%H:%M")}
                for window in plan.hours
                if window.weekday == weekday
            ),
        )
        for weekday in days
    ]
    parts = []
    for span, group in groupby(spans, key=lambda pair: pair[1]):
        run = [weekday for weekday, _span in group]
        if not span:
            continue
        first, last = str(days[run[0]]), str(days[run[-1]])
        name = first if len(run) == 1 else _("%(first)s to %(last)s") % {"first": first, "last": last}
        parts.append(f"{name} {span}")
    return "; ".join(parts) or _("no hours: nobody may be called")
