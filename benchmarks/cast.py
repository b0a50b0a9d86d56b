"""Firms, agents with sessions and lists of any size, set on a figure's stage in bulk. Nobody here is real.

Sessions have keys that a script can compute, `agent_key(n)`: these databases live for one figure.
"""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from benchmarks.stage import Connection, connect
from dialer.env import read_env
from tenants.db.ids import new_id
from tenants.vault.envelope import DataKey, FieldContexts, FieldSealer, seal_data_key
from tenants.vault.index import firm_index_key, number_index
from tenants.vault.keyring import load_keyring

# In SQL and in pgbench's scripts: this text with the agent's number behind it.
AGENT_KEY: Final = "session-of-a-benchmark-that-lives-for-one-figure-"
FIRM_KEY: Final = "session-of-the-manager-that-lives-for-one-figure"
FIELDS: Final = ("first_name", "town", "postcode", "secret")
_MOST_SEATED: Final = 1_000
ZONES: Final = ("America/Chicago", "America/New_York", "America/Denver", "America/Los_Angeles")
_VISIBLE: Final = {"first_name": 0, "town": 1, "postcode": 2, "secret": 9}


def agent_key(number: int) -> str:
    """Session key of the agent of this number."""
    return f"{AGENT_KEY}{number}"


@dataclass(frozen=True, slots=True)
class Cast:
    """One firm that engages one outsourcer for one campaign, open at all hours."""

    firm_id: UUID
    outsourcer_id: UUID
    engagement_id: UUID
    campaign_id: UUID
    list_id: UUID
    manager_id: UUID


def make_cast(conn: Connection, *, agents: int) -> Cast:
    """Set the cast on the stage; agents are numbered from 0 and sit ready at their desks."""
    cast = Cast(new_id(), new_id(), new_id(), new_id(), new_id(), new_id())
    named = {name: getattr(cast, name) for name in Cast.__slots__}
    for statement in _HOUSES:
        conn.execute(statement, named)
    conn.execute(_AGENTS, {**named, "agents": agents, "key": AGENT_KEY})
    conn.execute(_DESKS, {**named, "key": AGENT_KEY})
    conn.execute("select dialer_create_bound(%s, 'engagement')", [cast.engagement_id])
    if agents <= _MOST_SEATED:
        # What taking a seat makes; where tens of thousands are needed, nobody claims.
        conn.execute("select dialer_create_bound(agent_id, 'answers') from dialer_desk")
    for position, name in enumerate(FIELDS):
        conn.execute(
            "insert into campaigns_column (firm_id, campaign_id, name, label, role, position, visible, question) "
            "values (%s, %s, %s, %s, 'other', %s, %s, '')",
            [cast.firm_id, cast.campaign_id, name, name, position, _VISIBLE[name]],
        )
    for position, kind in enumerate(("reached", "again")):
        conn.execute(
            "insert into campaigns_disposition (id, firm_id, campaign_id, position, label, kind, retry_s, archived) "
            "values (gen_random_uuid(), %s, %s, %s, %s, %s, 3600, false)",
            [cast.firm_id, cast.campaign_id, position, kind, kind],
        )
    return cast


def add_manager(conn: Connection, cast: Cast) -> None:
    """A manager of the firm with a session of full standing under FIRM_KEY."""
    conn.execute(
        "insert into tenants_person (id, firm_id, email, name, role, state, language, created_at) "
        "values (%s, %s, 'm@alder.example', 'Ines Carter', 'manager', 'active', 'en', now())",
        [cast.manager_id, cast.firm_id],
    )
    conn.execute(
        "insert into tenants_session (token_hash, ref, surface, person_id, stage, data, address, device, created_at, "
        "expires_at) values (sha256(convert_to(%s, 'UTF8')), 'B1B1', 'firm', %s, 2, '', '127.0.0.1', 'bench', now(), "
        "now() + interval '2 hours')",
        [FIRM_KEY, cast.manager_id],
    )


def add_contacts(conn: Connection, cast: Cast, count: int) -> None:
    """A ready list of contacts whose fields are bytes of the right length that nobody will open."""
    named = {name: getattr(cast, name) for name in Cast.__slots__}
    conn.execute(_LIST, {**named, "columns": list(FIELDS)})
    _add_keys(conn, cast)
    conn.execute(_OPAQUE_CONTACTS, {**named, "count": count, "zones": list(ZONES)})
    conn.execute(_OPAQUE_NUMBERS, named)
    enqueue()


def add_sealed_contacts(conn: Connection, cast: Cast, count: int) -> list[UUID]:
    """A ready list of contacts sealed as import seals them, so that gateway and agent surface can open them."""
    named = {name: getattr(cast, name) for name in Cast.__slots__}
    conn.execute(_LIST, {**named, "columns": list(FIELDS)})
    keys = _add_keys(conn, cast)
    index_key = firm_index_key(load_keyring(read_env().keys, "worker").index_master(), cast.firm_id)
    names = ("phone:0", *(f"field:{name}" for name in FIELDS))
    contexts = [
        FieldContexts(firm_id=cast.firm_id, list_id=cast.list_id, field=name, key_version=1) for name in names
    ]
    numbers, fields = FieldSealer(keys["number"]), FieldSealer(keys["fields"])
    contacts, phones = [], []
    for at in range(count):
        contact, number = new_id(), f"+1555{at:07d}"
        values = (f"Person{at}", "New Orleans", "70116", "never")
        sealed = [
            fields.seal(value.encode(), context.of(contact))
            for value, context in zip(values, contexts[1:], strict=True)
        ]
        contacts.append((contact, cast.firm_id, cast.list_id, at + 2, ZONES[at % len(ZONES)], sealed))
        phones.append(
            (cast.firm_id, cast.campaign_id, contact, number_index(index_key, number),
             numbers.seal(number.encode(), contexts[0].of(contact)))
        )  # fmt: skip
    with conn.transaction(), conn.cursor() as cursor:
        cursor.executemany(
            "insert into campaigns_contact (id, firm_id, list_id, line_no, zone, region, fields, digests) "
            "values (%s, %s, %s, %s, %s, 'US', %s, '{}')",
            contacts,
        )
        cursor.executemany(
            "insert into campaigns_contactnumber (firm_id, campaign_id, contact_id, position, number_index, sealed) "
            "values (%s, %s, %s, 0, %s, %s)",
            phones,
        )
    enqueue()
    return [contact[0] for contact in contacts]


def enqueue() -> None:
    """Bring ready lists into the queue, as the worker does."""
    with connect("worker") as worker:
        worker.execute("select dialer_enqueue_lists_v1()")


def _add_keys(conn: Connection, cast: Cast) -> dict[str, DataKey]:
    worker = load_keyring(read_env().keys, "worker")
    keys = {purpose: DataKey.generate() for purpose in ("number", "fields", "answers")}
    for purpose, key in keys.items():
        recipient = "gateway" if purpose == "number" else "agent"
        version, public = worker.public_key(recipient)
        sealed = seal_data_key(
            key, public, firm_id=cast.firm_id, list_id=cast.list_id, purpose=purpose, key_version=1
        )
        conn.execute(
            "insert into campaigns_listkey (firm_id, list_id, purpose, recipient, recipient_version, sealed) "
            "values (%s, %s, %s, %s, %s, %s)",
            [cast.firm_id, cast.list_id, purpose, recipient, version, sealed],
        )
    return keys


_HOUSES: Final = (
    "insert into tenants_firm (id, name, handle, country, time_zone, language, created_at) "
    "values (%(firm_id)s, 'Alder & Vale', 'alder', 'US', 'America/Chicago', 'en', now())",
    "insert into tenants_outsourcer (id, name, handle, created_at) "
    "values (%(outsourcer_id)s, 'Tern Contact', 'tern', now())",
    # Caps that are checked and never met: a benchmark has to go on.
    "insert into tenants_engagement (id, firm_id, outsourcer_id, state, state_reason, starts_on, ends_on, "
    "cap_agent_hour, cap_agent_day, cap_day, skip_budget_day, networks, created_at) "
    "values (%(engagement_id)s, %(firm_id)s, %(outsourcer_id)s, 'active', '', current_date - 2, current_date + 60, "
    "10000000, 10000000, 100000000, 5, '{127.0.0.0/8}', now())",
    "insert into campaigns_campaign (id, firm_id, name, state, state_reason, default_region, max_attempts, min_ring_s, "
    "max_ring_s, preview_s, wrap_up_s, verify_needed, script, plan_version, created_at, started_at) "
    "values (%(campaign_id)s, %(firm_id)s, 'Renewals', 'running', '', 'US', 5, 15, 30, 60, 60, 1, '{}', 1, now(), now())",
    "insert into campaigns_openhours (firm_id, campaign_id, weekday, opens, closes) "
    "select %(firm_id)s, %(campaign_id)s, d, '00:00', '23:59:59.999999' from generate_series(1, 7) d",
    "insert into campaigns_retryrule (firm_id, campaign_id, result, retry_s) select %(firm_id)s, %(campaign_id)s, r, 3600 "
    "from unnest(array['no_answer', 'busy', 'machine', 'unreachable', 'dropped', 'failed']) r",
    "insert into campaigns_engaged (firm_id, campaign_id, engagement_id) "
    "values (%(firm_id)s, %(campaign_id)s, %(engagement_id)s)",
)
_AGENTS: Final = """
with agents as (
  insert into tenants_person (id, outsourcer_id, email, name, role, state, language, created_at)
  select tenants_new_id(), %(outsourcer_id)s, 'a' || n || '@tern.example', 'Agent ' || n, 'agent', 'active', 'en', now()
  from generate_series(0, %(agents)s - 1) n returning id, email
)
insert into tenants_session (token_hash, ref, surface, person_id, stage, data, address, device, created_at, expires_at)
select sha256(convert_to(%(key)s || substring(email from '[0-9]+'), 'UTF8')), 'A1A1', 'agent', id, 2, '', '127.0.0.1',
  'bench', now(), now() + interval '2 hours'
from agents
"""
_DESKS: Final = """
insert into dialer_desk (agent_id, outsourcer_id, firm_id, campaign_id, engagement_id, state, reason, since, pause_after,
  extra_s, seen_at)
select p.id, p.outsourcer_id, %(firm_id)s, %(campaign_id)s, %(engagement_id)s, 'ready', '', now(), '', 0, now()
from tenants_person p where p.role = 'agent' and p.outsourcer_id = %(outsourcer_id)s
"""
_LIST: Final = """
insert into campaigns_contactlist (id, firm_id, campaign_id, name, state, key_version, columns, created_at)
values (%(list_id)s, %(firm_id)s, %(campaign_id)s, 'list', 'ready', 1, %(columns)s, now())
"""
_OPAQUE_CONTACTS: Final = """
insert into campaigns_contact (id, firm_id, list_id, line_no, zone, region, fields, digests)
select tenants_new_id(), %(firm_id)s, %(list_id)s, n + 2, (%(zones)s::text[])[1 + n %% 4], 'US',
  array_fill(sha256(n::text::bytea) || '\\x0000000000'::bytea, array[4]), '{}'
from generate_series(0, %(count)s - 1) n
"""
_OPAQUE_NUMBERS: Final = """
insert into campaigns_contactnumber (firm_id, campaign_id, contact_id, position, number_index, sealed)
select firm_id, %(campaign_id)s, id, 0, sha256(uuid_send(id)), sha256(uuid_send(id)) || '\\x0000000000'::bytea
from campaigns_contact where list_id = %(list_id)s
"""
