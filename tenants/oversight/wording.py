"""The words, icon and colour of every event, reason and detail. It must never hide an unknown one."""

from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tenants.ledger.events import Event

Text = str | Promise


@dataclass(frozen=True, slots=True)
class Act:
    """What happened in words, with an icon's name and a state's colour class."""

    words: Text
    icon: str
    tone: str = "s-info"


EVENTS: Final[dict[Event, Act]] = {
    Event.SESSION_OPENED: Act(_("Signed in"), "key", "s-ok"),
    Event.SESSION_REFUSED: Act(_("Tried to sign in"), "no", "s-danger"),
    Event.SESSION_CLOSED: Act(_("Signed out"), "key", "s-paused"),
    Event.SESSIONS_ENDED: Act(_("Signed out everywhere"), "key", "s-paused"),
    Event.STEP_UP_CONFIRMED: Act(_("Confirmed who they are"), "shield", "s-ok"),
    Event.STEP_UP_REFUSED: Act(_("Did not confirm who they are"), "no", "s-danger"),
    Event.PERSON_INVITED: Act(_("Invited a person"), "person"),
    Event.PERSON_JOINED: Act(_("A person joined"), "person", "s-ok"),
    Event.PERSON_DISABLED: Act(_("Disabled a person"), "person", "s-warn"),
    Event.PERSON_ENABLED: Act(_("Enabled a person"), "person"),
    Event.TOKEN_CREATED: Act(_("Made an API token"), "key"),
    Event.TOKEN_REVOKED: Act(_("Revoked an API token"), "key", "s-paused"),
    Event.ACCESS_DENIED: Act(_("Tried what is not allowed"), "no", "s-danger"),
    Event.FIRM_CREATED: Act(_("The firm was set up"), "home"),
    Event.ENGAGEMENT_CREATED: Act(_("Engaged an outsourcer"), "people"),
    Event.ENGAGEMENT_CHANGED: Act(_("Changed an engagement"), "people"),
    Event.ENGAGEMENT_SUSPENDED: Act(_("Suspended an outsourcer"), "pause", "s-warn"),
    Event.ENGAGEMENT_RESUMED: Act(_("Resumed an outsourcer"), "play", "s-ok"),
    Event.ENGAGEMENT_ENDED: Act(_("Ended an engagement"), "people", "s-paused"),
    Event.CAMPAIGN_CREATED: Act(_("Made a campaign"), "campaign"),
    Event.CAMPAIGN_STARTED: Act(_("Started a campaign"), "play", "s-ok"),
    Event.CAMPAIGN_PAUSED: Act(_("Paused a campaign"), "pause", "s-warn"),
    Event.CAMPAIGN_RESUMED: Act(_("Resumed a campaign"), "play", "s-ok"),
    Event.CAMPAIGN_FINISHED: Act(_("Finished a campaign"), "campaign", "s-paused"),
    Event.CAMPAIGN_ENGAGED: Act(_("Put an outsourcer on a campaign"), "people"),
    Event.CAMPAIGN_DISENGAGED: Act(_("Took an outsourcer off a campaign"), "people", "s-paused"),
    Event.PLAN_CHANGED: Act(_("Changed a plan"), "campaign"),
    Event.LIST_UPLOADED: Act(_("Uploaded a list"), "upload"),
    Event.LIST_PREVIEWED: Act(_("Saw the preview of a list"), "preview", "s-preview"),
    Event.LIST_CANCELLED: Act(_("Cancelled an import"), "list", "s-paused"),
    Event.LIST_IMPORTED: Act(_("Imported a list"), "list", "s-ok"),
    Event.LIST_FAILED: Act(_("An import failed"), "alert", "s-danger"),
    Event.SUPPRESSION_ADDED: Act(_("Suppressed a number"), "no", "s-warn"),
    Event.CONTACT_RESERVED: Act(_("Saw the record"), "preview", "s-preview"),
    Event.CONTACT_REFUSED: Act(_("Asked for a record"), "no", "s-danger"),
    Event.CONTACT_REVEALED: Act(_("Saw more of the record"), "unlock", "s-ok"),
    Event.CONTACT_SKIPPED: Act(_("Skipped"), "skip", "s-warn"),
    Event.CONTACT_LAPSED: Act(_("The record was taken back: the agent was gone"), "undo", "s-warn"),
    Event.CONTACT_STOPPED: Act(_("The firm stopped the record"), "no", "s-warn"),
    Event.DIAL_REQUESTED: Act(_("Asked to call"), "dialling", "s-dialling"),
    Event.DIAL_REFUSED: Act(_("Tried to call"), "no", "s-danger"),
    Event.CALL_DIALLED: Act(_("Called"), "dialling", "s-dialling"),
    Event.CALL_ANSWERED: Act(_("Answered"), "talking", "s-talking"),
    Event.CALL_ENDED: Act(_("Call ended"), "end", "s-paused"),
    Event.ANSWER_CHECKED: Act(_("Compared an answer"), "proof", "s-ok"),
    Event.OUTCOME_RECORDED: Act(_("Outcome"), "wrapup", "s-ok"),
    Event.CONTACTS_VIEWED: Act(_("Looked at who contacted whom"), "chain", "s-preview"),
    Event.ENTRY_VIEWED: Act(_("Looked at an entry"), "chain", "s-preview"),
    Event.NUMBER_SEARCHED: Act(_("Looked for a phone number"), "search", "s-preview"),
    Event.LIVE_VIEWED: Act(_("Looked at the records open now"), "preview", "s-preview"),
    Event.EVIDENCE_VIEWED: Act(_("Looked at the proof of the record"), "chain", "s-preview"),
    Event.INCIDENTS_VIEWED: Act(_("Looked at an incident"), "preview", "s-preview"),
    Event.KEY_ADDED: Act(_("The key that signs the record was set"), "key"),
    Event.KEY_ROTATED: Act(_("The key that signs the record was changed"), "key", "s-warn"),
    Event.RESTORE_NOTICED: Act(_("The database was restored or moved"), "warn", "s-warn"),
    Event.ROLLBACK_ACCEPTED: Act(_("The operator went on from an older state"), "warn", "s-danger"),
    Event.ENTRIES_PRUNED: Act(_("Old entries were let go"), "clock", "s-paused"),
    Event.CHECKPOINT_KEPT: Act(_("Downloaded a checkpoint"), "shield", "s-ok"),
    Event.EVIDENCE_EXPORTED: Act(_("Downloaded evidence"), "shield"),
    Event.WITNESS_ADDED: Act(_("Added a witness"), "shield", "s-ok"),
    Event.WITNESS_RETIRED: Act(_("Retired a witness"), "shield", "s-paused"),
    Event.WITNESS_REFUSED: Act(_("A witness refused the record"), "warn", "s-danger"),
    Event.WITNESS_MISSED: Act(_("A witness was not heard of"), "warn", "s-warn"),
    Event.RULES_CHANGED: Act(_("Changed the firm's rules"), "gear"),
    Event.INCIDENT_OPENED: Act(_("Opened an incident"), "warn", "s-warn"),
    Event.INCIDENT_ADDED: Act(_("Added to an incident"), "wrapup"),
    Event.INCIDENT_CLOSED: Act(_("Closed an incident"), "check", "s-ok"),
    Event.INCIDENT_REOPENED: Act(_("Opened an incident again"), "warn", "s-warn"),
    Event.INCIDENT_REMINDED: Act(_("An incident's clock ran on"), "clock", "s-warn"),
    Event.REPORT_MADE: Act(_("Made a report"), "list"),
    Event.REVIEW_SIGNED: Act(_("Signed an access review"), "check", "s-ok"),
    Event.EXPORT_REQUESTED: Act(_("Asked for an export"), "lock"),
    Event.EXPORT_APPROVED: Act(_("Approved an export"), "check", "s-warn"),
    Event.EXPORT_REFUSED: Act(_("Refused an export"), "no", "s-paused"),
    Event.EXPORT_CANCELLED: Act(_("Took an export back"), "x", "s-paused"),
    Event.EXPORT_MADE: Act(_("An export was made"), "lock", "s-warn"),
    Event.EXPORT_FAILED: Act(_("An export could not be made"), "no", "s-danger"),
    Event.EXPORT_DOWNLOADED: Act(_("Downloaded an export"), "lock", "s-warn"),
    Event.EXPORT_EXPIRED: Act(_("An export expired"), "clock", "s-paused"),
}

CODES: Final[dict[str, Text]] = {
    "no_answer": _("no answer"),
    "busy": _("busy"),
    "machine": _("answering machine"),
    "unreachable": _("not reachable"),
    "invalid": _("number not in use"),
    "dropped": _("cut off"),
    "failed": _("exchange failed"),
    "cancelled": _("ended before the answer"),
    "answered": _("answered"),
    "reached": _("reached"),
    "refused": _("not interested"),
    "wrong": _("wrong person"),
    "callback": _("call back"),
    "again": _("try again"),
    "objection": _("do not call again"),
    "known_person": _("the agent knows the person"),
    "language": _("another language"),
    "bad_time": _("a bad time"),
    "data_wrong": _("the data is wrong"),
    "other": _("another reason"),
    "empty": _("nobody was left to call"),
    "closed_hours": _("outside calling hours"),
    "cap_hour": _("the cap per hour was reached"),
    "cap_day": _("the cap per day was reached"),
    "cap_engagement": _("the outsourcer's cap was reached"),
    "no_skips": _("no skips were left"),
    "campaign_paused": _("the campaign was paused"),
    "suspended": _("the outsourcer was suspended"),
    "network": _("an address outside the allowed networks"),
    "not_ready": _("the agent was not ready"),
    "not_allowed": _("the role does not allow it"),
    "state": _("not possible in this state"),
    "suppressed": _("the number is suppressed"),
    "stopped_by_firm": _("stopped by the firm"),
    "pace": _("faster than people work"),
    "complaint": _("a complaint"),
    "wrong_data": _("the wrong record"),
    "doubt": _("doubt about the agent"),
    "match": _("match"),
    "no_match": _("no match"),
    "gone": _("the agent was gone"),
    "unreadable": _("not a phone number"),
    "preview_over": _("the preview was over"),
    "exhausted": _("tried as often as the plan allows"),
    "no_zone": _("the time zone is not known"),
    "contact": _("by contact"),
    "agent": _("by agent"),
    "agents": _("agents"),
    "all": _("all entries"),
    "api": _("the API"),
    "new_session": _("a new session of the same agent"),
    "before": _("before the call"),
    "verified": _("after verification"),
    "text": _("no text, or too much"),
    "title": _("no title"),
    "kind": _("an unknown kind"),
    "discovered": _("discovered in the future"),
    "happened": _("happened after the discovery"),
    "told": _("told before the discovery or in the future"),
    "closed": _("the incident is closed"),
    "open": _("the incident is open"),
    "no_effects": _("the effects were missing"),
    "no_measures": _("the measures were missing"),
    "no_authority": _("the authority was not told, without a reason"),
    "clock": _("an hour count out of bounds"),
    "keep": _("a time to keep entries out of bounds"),
    "witness_refused": _("a witness refused the record"),
    "witness_missed": _("a witness was not heard of"),
    "entry_changed": _("an entry does not fit the signed tree"),
    "review": _("monthly review"),
    "audit": _("audit"),
    "authority": _("an authority asked"),
    "incident": _("an incident"),
    "forked": _("two different records were signed"),
    "cut": _("a longer record was signed"),
    "unproven": _("not proven by the checkpoints sent"),
}

STAGES: Final[dict[int, Text]] = {
    0: _("before the call"),
    1: _("after answer"),
    2: _("after verification"),
}

SUBJECTS: Final[dict[str, Text]] = {
    "attempt": _("Call"),
    "campaign": _("Campaign"),
    "contact": _("Contact"),
    "engagement": _("Engagement"),
    "entry": _("Entry"),
    "firm": _("Firm"),
    "import": _("Import"),
    "lease": _("Hand-out"),
    "list": _("List"),
    "person": _("Person"),
    "token": _("API token"),
    "witness": _("Witness"),
    "incident": _("Incident"),
    "review": _("Access review"),
    "export": _("Export"),
    "report": _("Report"),
}

ACTORS: Final[dict[str, Text]] = {
    "person": _("Person"),
    "token": _("API token"),
    "worker": _("Keyhole, for a person"),
    "gateway": _("The gateway"),
    "operator": _("The operator"),
    "system": _("Keyhole"),
}

PROCESSES: Final[dict[str, Text]] = {
    "firm": _("firm surface"),
    "agent": _("agent surface"),
    "gateway": _("gateway"),
    "worker": _("worker"),
    "ledger": _("ledger"),
    "owner": _("command line"),
}


def act_of(event: str, *, allowed: bool) -> Act:
    """Return the words of an event; a refused act looks refused, an unknown event shows its own name."""
    try:
        act = EVENTS[Event(event)]
    except ValueError:
        act = Act(event, "dot", "s-paused")
    return act if allowed else Act(act.words, "no", "s-danger")


def code_words(code: str) -> Text:
    """Return the words of a reason or result; an unknown code shows itself."""
    return CODES.get(code, code.replace("_", " "))
