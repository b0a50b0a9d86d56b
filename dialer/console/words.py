"""What the console says when it refuses: what happened, what was kept, what to do. Codes are stable."""

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

REFUSALS: Final[dict[str, Promise]] = {
    "bad_message": _("The page sent something we cannot read. Nothing was changed. Reload the page."),
    "unknown_verb": _("This page is older than the server. Nothing was changed. Reload the page."),
    "too_long": _("That is too long to be saved. It is kept here. Shorten it and try again."),
    "too_fast": _("That was too much at once. Nothing was changed. Wait a second and try again."),
    "unavailable": _("The server could not do this now. Nothing was changed. Try again in a moment."),
    "state": _("This does not fit what is going on any more. The page shows how it is now."),
    "not_ready": _("You are not ready. Press Go ready first."),
    "empty": _("Nobody is waiting to be called now. Stay ready, or pause."),
    "closed_hours": _("Nobody may be called now. Stay ready, or pause until the hours open."),
    "cap_hour": _(
        "You have had all the people you may get this hour. Stay ready; the next hour brings more."
    ),
    "cap_day": _("You have had all the people you may get today. Pause, and tell your supervisor."),
    "cap_engagement": _("Your firm’s share for today is used up. Pause, and tell your supervisor."),
    "no_skips": _("No skips left today. Call this person, or pause."),
    "campaign_paused": _(
        "The firm paused this campaign. No new person comes. Pause, or choose another campaign."
    ),
    "suspended": _("The firm suspended the work of your house. No new person comes. Tell your supervisor."),
    "network": _("Calls are not allowed from this network. Nothing was opened. Tell your supervisor."),
    "suppressed": _("This person may not be called any more. Nothing was dialled. Skip; it costs nothing."),
    "no_campaign": _("Choose a campaign first."),
    "no_lease": _("Nobody is open. Nothing was changed."),
    "no_outcome": _("Choose an outcome. Your note is kept."),
    "callback_time": _("Choose a day and time ahead, within the calling hours. Outcome and note are kept."),
    "card_number": _("This looks like a card number. It was not saved. Take it out, then save again."),
    "note_key": _(
        "Notes cannot be sealed now. Yours is kept here. Save without it, or tell your supervisor."
    ),
    "no_number": _("This person has no number left to call. Nothing was dialled. Skip, with a reason."),
    "not_found": _("This question is not asked any more. No try was used."),
    "empty_answer": _("Type what the person says, then press Compare. No try was used."),
    "no_tries": _("No tries left. The answers stay sealed. Go on without what needs verification."),
    "no_match": _("No match. Ask again."),
    "exchange_away": _("The exchange cannot be reached. Nothing was dialled. Try again in a moment."),
    "extended": _("You have had the longest time there is. Choose an outcome and save."),
    "unreadable": _("This record cannot be opened. Nothing was lost. Skip it and tell your supervisor."),
    "refused": _("This was not done. Nothing was changed. Try again, or tell your supervisor."),
}


def words_for(code: str) -> str:
    """Give the sentence of a refusal; an unknown code gets the general one."""
    return str(REFUSALS.get(code, REFUSALS["refused"]))
