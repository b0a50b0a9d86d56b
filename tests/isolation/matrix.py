"""What every address of both surfaces answers to everyone. Data; an address that is not here fails the tests.

A row: who may pass its door, then what a GET and an empty POST with unknown ids give to those who may. 405 stands for a
method that is not served. NOT_SENT: it would end the session that asks.
"""

from typing import Final

OPEN: Final = frozenset({"everyone"})
FIRM: Final = frozenset({"manager", "auditor", "data_officer"})
MANAGER: Final = frozenset({"manager"})
OFFICERS: Final = frozenset({"auditor", "data_officer"})
STOPPERS: Final = frozenset({"manager", "data_officer"})
HOUSE: Final = frozenset({"agent", "supervisor"})
AGENT: Final = frozenset({"agent"})
SUPERVISOR: Final = frozenset({"supervisor"})
NOT_SENT: Final = 0

Row = tuple[frozenset[str], int, int]


def _gates(members: frozenset[str]) -> dict[str, Row]:
    return {
        "sign-in": (OPEN, 302, 200),
        "sign-in-code": (OPEN, 302, 302),
        "sign-in-recovery": (OPEN, 302, 302),
        "sign-in-help": (OPEN, 200, 200),
        "sign-out": (OPEN, 405, NOT_SENT),
        "confirm": (members, 200, 200),
        "invitation": (OPEN, 200, 200),
        "invitation-password": (OPEN, 302, 302),
        "invitation-phone": (OPEN, 302, 302),
        "invitation-qr": (OPEN, 404, 405),
        "account": (members, 200, 405),
        "sign-out-everywhere": (members, 405, NOT_SENT),
        "favicon.ico": (OPEN, 302, 302),
    }


def _people(editors: frozenset[str]) -> dict[str, Row]:
    return {
        "person-invite": (editors, 200, 200),
        "person-renew": (editors, 404, 404),
        "person-disable": (editors, 404, 404),
        "person-enable": (editors, 404, 404),
    }


MATRIX: Final[dict[str, dict[str, Row]]] = {
    "firm": {
        **_gates(FIRM),
        **_people(MANAGER),
        "people": (FIRM, 200, 405),
        "tokens": (MANAGER, 200, 405),
        "token-new": (MANAGER, 200, 200),
        "token-revoke": (MANAGER, 405, 404),
        "outsourcers": (FIRM, 200, 405),
        "engagement-new": (MANAGER, 200, 200),
        "engagement": (FIRM, 404, 405),
        "engagement-edit": (MANAGER, 404, 404),
        "engagement-suspend": (MANAGER, 404, 404),
        "engagement-resume": (MANAGER, 404, 404),
        "engagement-end": (MANAGER, 404, 404),
        "overview": (FIRM, 200, 405),
        "campaigns": (FIRM, 200, 405),
        "campaign-new": (MANAGER, 200, 200),
        "campaign": (FIRM, 404, 405),
        "campaign-plan": (MANAGER, 404, 404),
        "campaign-start": (MANAGER, 405, 404),
        "campaign-pause": (MANAGER, 405, 404),
        "campaign-resume": (MANAGER, 405, 404),
        "campaign-finish": (MANAGER, 405, 404),
        "campaign-engage": (MANAGER, 405, 404),
        "campaign-disengage": (MANAGER, 405, 404),
        "lists": (FIRM, 200, 405),
        "list": (FIRM, 404, 405),
        "list-rows": (FIRM, 404, 405),
        "import-start": (MANAGER, 200, 422),
        "import-columns": (MANAGER, 404, 404),
        "import-progress": (FIRM, 404, 405),
        "import-result": (FIRM, 404, 405),
        "import-cancel": (MANAGER, 405, 404),
        "exports": (FIRM, 200, 405),
        "export-new": (STOPPERS, 200, 422),
        "export-tool": (FIRM, 200, 405),
        "export": (FIRM, 404, 405),
        "export-approve": (STOPPERS, 404, 404),
        "export-refuse": (STOPPERS, 404, 404),
        "export-cancel": (STOPPERS, 404, 404),
        "export-download": (STOPPERS, 405, 404),
        "contacts": (FIRM, 200, 405),
        "contacts-number": (OFFICERS, 405, 302),
        "contact": (FIRM, 404, 405),
        "contacts-agent": (FIRM, 404, 405),
        "contacts-campaign": (FIRM, 404, 405),
        "entry": (FIRM, 404, 405),
        "entry-proof": (FIRM, 404, 405),
        "evidence": (FIRM, 200, 405),
        "evidence-checkpoint": (FIRM, 302, 405),
        "evidence-download": (FIRM, 200, 422),
        "evidence-verify": (FIRM, 200, 405),
        "evidence-watch": (FIRM, 200, 405),
        "witness-new": (FIRM, 200, 422),
        "witness-retire": (FIRM, 404, 404),
        "live": (FIRM, 200, 405),
        "live-rows": (FIRM, 200, 405),
        "live-stop": (STOPPERS, 405, 302),
        "incidents": (FIRM, 200, 405),
        "incident-new": (FIRM, 200, 422),
        "incident": (FIRM, 404, 405),
        "incident-add": (FIRM, 405, 404),
        "rules": (FIRM, 200, 405),
        "rules-edit": (STOPPERS, 200, 422),
        "reports": (FIRM, 200, 405),
        "report-make": (FIRM, 405, 422),
        "report-language": (STOPPERS, 405, 422),
        "review": (FIRM, 404, 405),
        "review-sign": (OFFICERS, 404, 404),
        "api-schema": (OPEN, 200, 405),
        "api-lists": (FIRM, 200, 405),
        "api-list": (FIRM, 404, 405),
        "api-imports": (FIRM, 200, 400),
        "api-import": (FIRM, 404, 405),
        "api-rejects": (FIRM, 404, 405),
        "api-campaigns": (FIRM, 200, 405),
        "api-campaign": (FIRM, 404, 405),
        "api-campaign-pause": (MANAGER, 405, 404),
        "api-campaign-resume": (MANAGER, 405, 404),
        "api-engagements": (FIRM, 200, 405),
        "api-engagement": (FIRM, 404, 405),
        "api-engagement-suspend": (MANAGER, 405, 404),
        "api-engagement-resume": (MANAGER, 405, 404),
        "api-entries": (FIRM, 200, 405),
        "api-live": (FIRM, 200, 405),
        "api-checkpoint": (FIRM, 404, 405),
        "api-ledger-keys": (FIRM, 200, 405),
        "api-consistency": (FIRM, 400, 405),
        "api-entry-proof": (FIRM, 404, 405),
        "api-cosignatures": (FIRM, 405, 400),
        "api-refusals": (FIRM, 405, 400),
    },
    "agent": {
        **_gates(HOUSE),
        **_people(SUPERVISOR),
        "team": (SUPERVISOR, 200, 405),
        "console": (AGENT, 200, 405),
        "watermark": (AGENT, 200, 405),
        "floor": (SUPERVISOR, 200, 405),
        "floor-board": (SUPERVISOR, 200, 405),
        "home": (OPEN, 302, 302),
    },
}

# A POST of these needs another leave than their GET.
POST_OTHERWISE: Final = {"api-imports": MANAGER}
# Sent elsewhere instead of being refused: everyone's home is the console, and a supervisor's is the floor.
SENT_ELSEWHERE: Final = {("console", "supervisor"): 302}
# Views that no decorator marks: each only points somewhere else and holds nothing.
UNMARKED: Final = {"home": "a redirect to the console", "favicon.ico": "a redirect to a static file"}
SOCKETS: Final = {"firm": {}, "agent": {"ws/console": AGENT}}
