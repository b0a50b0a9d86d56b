"""No act without its entry: every service and every function a login may call comes to one, or stands here with a reason."""

import re
from typing import Any

import pytest

from tests.conftest import Database
from tests.house.reach import Code, product, reaching, read_module, shipped_sql, sql_graph

LOGINS = (
    "'keyhole_firm', 'keyhole_agent', 'keyhole_gateway', 'keyhole_worker', 'keyhole_ledger', 'keyhole_owner'"
)
# What a function that touches these may show or change is what the record is about.
PROTECTED = re.compile(
    r"\b(campaigns_contact|campaigns_contactnumber|campaigns_listkey|campaigns_export\w*|dialer_lease|dialer_note"
    r"|tenants_session|tenants_credential|tenants_recoverycode|tenants_invitation|tenants_apitoken|tenants_worktoken)\b"
)

# Public functions that write or stand among services and come to no entry, each with its reason.
SILENT = {
    "campaigns.importing.leave.take_leave": "the worker's leave for an import whose upload and end are entries",
    "campaigns.importing.leave.extend_leave": "the same leave, longer",
    "campaigns.importing.leave.give_back_leave": "the same leave, given back",
    "campaigns.importing.listkeys.make_list_keys": "sealed keys of a list whose import is an entry",
    "campaigns.importing.services.as_planned": "works on values, writes nothing",
    "campaigns.importing.services.check_columns": "works on values, writes nothing",
    "campaigns.importing.services.choose_columns": "settings of an upload; who sees what is settled by start_import",
    "campaigns.importing.services.describe_file": "fills a row that take_upload writes with its entry",
    "campaigns.importing.services.lock_import": "finds a row for the acts of this module",
    "campaigns.importing.services.prepare_list": "a part of start_import",
    "campaigns.importing.services.read_header_differently": "shows nothing; record_preview is the look and its entry",
    "campaigns.importing.services.settle_columns": "a part of start_import, which tells of a changed plan",
    "dialer.reports.services.csv_digest": "works on values, writes nothing",
    "dialer.runtime.services.command": "starts processes of this machine, no act of a person",
    "dialer.runtime.services.process_environment": "starts processes of this machine, no act of a person",
    "dialer.runtime.services.surface": "starts processes of this machine, no act of a person",
    "dialer.telephony.store.DatabaseStore.finish": "ticks a command off; what it did is an event of the call",
    "tenants.evidence.services.proof_fields": "works on values, writes nothing",
    "tenants.identity.founding.found_outsourcer": "there is no firm yet in whose record it could stand",
    "tenants.identity.services.people_action": "names an action, writes nothing",
    "tenants.identity.sessions.SessionStore.save": "signed page state; standing is raised by other functions alone",
    "tenants.witness.services.get_active": "finds a row for the acts of this module",
    "tenants.witness.services.keep_cosignature": "a signed statement of the witness, evidence by itself",
}

# Functions of the database that a login may call and that come to no entry, each with its reason.
SILENT_SQL = {
    "campaigns_create_import_v1": "an import by the operator, whose end is an entry; nothing is stored yet",
    "campaigns_start_import_v1": "the worker's leave for an import whose end is an entry",
    "campaigns_extend_import_v1": "the same leave, longer",
    "campaigns_end_import_v1": "the same leave, given back",
    "campaigns_find_sealed_exports_v1": "ids of exports that two people approved on record",
    "campaigns_keep_exports_v1": "which of these exports are still to be kept; ids alone",
    "campaigns_store_reseal_v1": "a key sealed anew for an export that was approved on record",
    "campaigns_take_reseals_v1": "sealed keys for exports that were approved on record",
    "dialer_beat_v1": "that somebody is there; no record is touched",
    "dialer_check_sessions_v1": "whether sessions go on, by hashes the caller holds",
    "dialer_choose_campaign_v1": "an agent's seat; no record is touched",
    "dialer_command_call_v1": "a wish; what comes of it is an event of the call",
    "dialer_count_engagements_v1": "figures of the firm's own, no record",
    "dialer_count_progress_v1": "figures of the firm's own, no record",
    "dialer_count_zones_v1": "figures of the firm's own, no record",
    "dialer_enqueue_lists_v1": "puts ids in order; who gets one is an entry",
    "dialer_extend_wrap_up_v1": "time at a desk; no record is touched",
    "dialer_find_reference_v1": "ids of the firm's own for a reference it typed; the page that asks is an entry",
    "dialer_finish_command_v1": "ticks a command off; what it did is an event of the call",
    "dialer_go_ready_v1": "the state of a desk; no record is touched",
    "dialer_load_desk_v1": "a desk without a personal field; refuses what was granted by the same transaction",
    "dialer_load_floor_v1": "states of desks without a personal field",
    "dialer_pause_v1": "the state of a desk; no record is touched",
    "dialer_promote_waiting_v1": "puts ids in order; who gets one is an entry",
    "dialer_read_answer_v1": "refuses before the entry of the guess is committed",
    "dialer_refill_hoppers_v1": "puts ids in order; who gets one is an entry",
    "dialer_rescue_strays_v1": "puts ids in order; who gets one is an entry",
    "dialer_reveal_contact_v1": "refuses before the entry of the grant is committed",
    "tenants_check_login_v2": "what the calling login may do",
    "tenants_check_sessions_v1": "whether sessions go on, by hashes the caller holds",
    "tenants_create_outsourcer_v1": "there is no firm yet in whose record it could stand",
    "tenants_extend_log_v1": "signs what is written; the log is the record",
    "tenants_find_outsourcer_v1": "the name of an outsourcer by its exact handle",
    "tenants_keep_cosignature_v1": "a signed statement of the witness, evidence by itself",
    "tenants_list_team_v1": "a supervisor's own people",
    "tenants_load_api_token_v1": "who a token acts for, to its holder",
    "tenants_load_keeping_v1": "how long the firm's entries are kept",
    "tenants_load_person_v1": "who a session belongs to, to its holder",
    "tenants_load_rules_v1": "the firm's own rules",
    "tenants_load_session_v1": "the page state of a session, to its holder",
    "tenants_load_totp_v1": "a sealed secret, to the holder of a session that waits for its code",
    "tenants_open_invitation_v1": "the invited person's own name, to the holder of the link; joining is an entry",
    "tenants_read_own_log_v1": "the firm's own entries, which its login reads anyway; the page that asks is an entry",
    "tenants_save_session_v1": "signed page state; standing is raised by other functions alone",
    "tenants_sequence_entries_v1": "places what is written; the log is the record",
    "tenants_thin_checkpoints_v1": "lets go of signed sizes that never left the house; no act on a record",
}


def is_public(name: str) -> bool:
    return not any(part.startswith("_") for part in name.split("."))


def unrecorded(code: Code, sql: dict[str, str]) -> set[str]:
    """Public functions that write, or stand in a services module, and come to no entry."""
    calls, writes, entries = sql_graph(sql)
    told = reaching({**code.calls, **calls}, entries)
    services = {name for name in code.calls if re.fullmatch(r"\w+\.\w+\.services\.[a-z]\w*", name)}
    writers = {name for name, called in code.calls.items() if name in code.acts or called & writes}
    return {name for name in services | writers if is_public(name)} - told


def test_every_service_comes_to_an_entry() -> None:
    found = unrecorded(product(), shipped_sql())
    assert found - set(SILENT) == set()
    assert set(SILENT) - found == set(), "no reason is needed any more"


PLANTED = """
from tenants.db.functions import call
from tenants.ledger.services import append_entry

def take_all(*, actor):
    Contact.objects.filter(firm_id=1).delete()

def take_one(*, actor):
    return call("dialer_beat_v1", 1)

def take_on_record(*, actor):
    _tell(actor)

def _tell(actor):
    append_entry(actor=actor)
"""


def test_a_planted_service_that_tells_nobody_is_found() -> None:
    code = product()
    read_module(code, "campaigns.planted.services", PLANTED)
    found = {name for name in unrecorded(code, shipped_sql()) if ".planted." in name}
    assert found == {"campaigns.planted.services.take_all", "campaigns.planted.services.take_one"}


def test_a_service_whose_entry_is_taken_out_is_found() -> None:
    code = product()
    name = "tenants.firms.services.suspend_engagement"
    assert name not in unrecorded(code, shipped_sql())
    code.calls["tenants.firms.services._record"] = set()
    assert name in unrecorded(code, shipped_sql())


@pytest.fixture
def bodies(database: Database) -> dict[str, str]:
    """Every function of ours as it is in the database, whatever a file says."""
    with database.connect("owner") as conn:
        rows = conn.execute(
            "select proname, prosrc from pg_proc where pronamespace = 'public'::regnamespace"
            " and proname ~ '^(tenants|campaigns|dialer)_'"
        ).fetchall()
    return {str(name): str(body) for name, body in rows}


@pytest.fixture
def callable_names(database: Database) -> set[str]:
    with database.connect("owner") as conn:
        rows: Any = conn.execute(
            "select distinct p.proname from pg_proc p, aclexplode(p.proacl) a join pg_roles r on r.oid = a.grantee"
            f" where r.rolname in ({LOGINS}) and p.proname ~ '^(tenants|campaigns|dialer)_.*_v[0-9]+$'"
        ).fetchall()
    return {str(name) for (name,) in rows}


def silent_functions(bodies: dict[str, str], names: set[str]) -> set[str]:
    """Functions of these that write, or touch what is protected, and come to no entry."""
    calls, writes, entries = sql_graph(bodies)
    touches = reaching(calls, [name for name, body in bodies.items() if PROTECTED.search(body)])
    return ((writes | touches) & names) - entries


def test_every_function_a_login_may_call_comes_to_an_entry(
    bodies: dict[str, str], callable_names: set[str]
) -> None:
    found = silent_functions(bodies, callable_names)
    assert found - set(SILENT_SQL) == set()
    assert set(SILENT_SQL) - found == set(), "no reason is needed any more"
    assert len(callable_names) > 60


def test_the_files_and_the_database_hold_the_same_functions(bodies: dict[str, str]) -> None:
    assert {name: body.strip() for name, body in shipped_sql().items()} == {
        name: body.strip() for name, body in bodies.items()
    }


def test_a_planted_function_that_tells_nobody_is_found(
    bodies: dict[str, str], callable_names: set[str]
) -> None:
    planted = {
        "dialer_take_all_v1": "select fields from campaigns_contact",
        "dialer_close_all_v1": "begin perform dialer_close_lease(null, '', '', null); end",
        "dialer_say_so_v1": "begin update dialer_desk set state = ''; perform tenants_write_entry(); end",
    }
    found = silent_functions({**bodies, **planted}, {*callable_names, *planted})
    assert found - set(SILENT_SQL) == {"dialer_take_all_v1", "dialer_close_all_v1"}
