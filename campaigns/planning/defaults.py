"""What a new campaign starts with besides its country's profile: outcomes, retries, a script to rewrite."""

from django.utils.translation import gettext as _

from campaigns.planning.models import Disposition, RetryRule
from campaigns.planning.plan import Outcome, Script

HOUR_S = 3600

RETRIES: tuple[tuple[str, int | None], ...] = (
    (RetryRule.Result.NO_ANSWER, 4 * HOUR_S),
    (RetryRule.Result.BUSY, 20 * 60),
    (RetryRule.Result.MACHINE, 4 * HOUR_S),
    (RetryRule.Result.UNREACHABLE, 24 * HOUR_S),
    (RetryRule.Result.INVALID, None),
    (RetryRule.Result.DROPPED, 5 * 60),
    (RetryRule.Result.FAILED, 5 * 60),
)


def default_outcomes() -> tuple[Outcome, ...]:
    """Return the outcomes of a new campaign, in the manager's language."""
    kind = Disposition.Kind
    made = (
        (_("Reached, agreed"), kind.REACHED),
        (_("Reached, will think about it"), kind.REACHED),
        (_("Call back at a time"), kind.CALLBACK),
        (_("Not now, try again"), kind.AGAIN),
        (_("Not interested"), kind.REFUSED),
        (_("Wrong person or number"), kind.WRONG),
        (_("Asked not to be called again"), kind.OBJECTION),
    )
    return tuple(Outcome(None, label, str(of), 4 * HOUR_S) for label, of in made)


def default_script() -> Script:
    """Return a script of four steps to be rewritten by the firm."""
    return {
        "steps": [
            {
                "title": _("Greeting"),
                "lines": [
                    {"kind": "say", "text": _("Good day, this is {agent_first_name}, calling for {firm}.")},
                    {"kind": "say", "text": _("Am I speaking with {first_name} {last_name}?")},
                    {"kind": "aside", "text": _("Say nothing about the matter before you know who it is.")},
                ],
            },
            {
                "title": _("Reason"),
                "lines": [{"kind": "say", "text": _("I am calling because …")}],
            },
            {
                "title": _("Close"),
                "lines": [
                    {"kind": "say", "text": _("Thank you for your time. Have a good day.")},
                    {"kind": "aside", "text": _("Choose the outcome before you leave the call.")},
                ],
            },
        ],
        "says": [
            {
                "question": _("Where did you get my number?"),
                "answer": _(
                    "{firm} gave it for this call. I do not see it. They can tell you more or erase it."
                ),
            },
            {
                "question": _("Do not call me again."),
                "answer": _("I will note that now, and nobody calls you again for {firm}."),
            },
        ],
    }
