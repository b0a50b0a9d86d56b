"""Many agents, many records and many connections at once: the stage of the races. Holds no test."""

import secrets
import threading
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

import psycopg
from psycopg_pool import ConnectionPool

from tenants.db.ids import new_id
from tests.attacks.hostile import set_rows
from tests.world import World, call_as


def at_once(count: int, act: Callable[[Any, int], Any], world: World, login: str) -> list[Any]:
    """Do something `count` times at once, each on a connection of its own. Returns what each got, errors included."""
    gate = threading.Barrier(count)
    got: list[Any] = [None] * count

    def run(n: int) -> None:
        with world.database.connect(login) as conn:
            gate.wait()
            try:
                got[n] = act(conn, n)
            except psycopg.Error as error:
                got[n] = error

    threads = [threading.Thread(target=run, args=(n,)) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return got


def add_agents(world: World, count: int) -> list[str]:
    """Agents of tern with a session each, set on the stage in one statement. Returns their tokens."""
    tokens = [secrets.token_urlsafe(32) for _ in range(count)]
    set_rows(
        world,
        "with made as (select tenants_new_id() as id, n, t from unnest(%s::text[]) with ordinality x (t, n)), who as ("
        " insert into tenants_person (id, outsourcer_id, email, name, role, state, language, created_at)"
        " select id, %s, 'agent' || n || '@race.example', 'Agent ' || n, 'agent', 'active', 'en', now() from made)"
        " insert into tenants_session (token_hash, ref, surface, person_id, stage, data, device, created_at, expires_at)"
        " select sha256(convert_to(t, 'UTF8')), 'RACE', 'agent', id, 2, '', '', now(), now() + interval '1 hour' from made",
        tokens,
        world.tern.id,
    )
    return tokens


def add_records(world: World, campaign: UUID, count: int) -> None:
    """A ready list of cheap records, put into the queue by the product."""
    list_id = new_id()
    set_rows(
        world,
        "insert into campaigns_contactlist (id, firm_id, campaign_id, name, state, columns, key_version, created_at)"
        " values (%s, %s, %s, 'race', 'ready', '{}', 1, now())",
        list_id,
        world.alder.id,
        campaign,
    )
    set_rows(
        world,
        "with made as (insert into campaigns_contact (id, firm_id, list_id, line_no, zone, region, fields, digests)"
        " select tenants_new_id(), %s, %s, n, 'America/Chicago', 'US', array['x'::bytea], '{}'"
        " from generate_series(1, %s) n returning id)"
        " insert into campaigns_contactnumber (firm_id, campaign_id, contact_id, position, number_index, sealed)"
        " select %s, %s, id, 0, uuid_send(id), 'x' from made",
        world.alder.id,
        list_id,
        count,
        world.alder.id,
        campaign,
    )
    with world.database.connect("worker") as conn:
        call_as(conn, "dialer_enqueue_lists_v1")
        call_as(conn, "dialer_refill_hoppers_v1", 500, 1000)


# No gateway takes part: the stage ends each lease, and its contact does not come back.
END = (
    "with l as (update dialer_lease set closed_at = clock_timestamp(), closed_how = 'outcome' where id = %s"
    " returning agent_id) update dialer_desk d set lease_id = null, state = 'ready', reason = ''"
    " from l where d.agent_id = l.agent_id"
)


def be_definer(conn: Any) -> None:
    """Make a connection of the stage's the functions' owner's."""
    conn.autocommit = True
    conn.execute("set role keyhole_definer")


class Race:
    """Clients that take records until there are none, while the worker refills and sweeps."""

    def __init__(self, world: World, clients: int, records: int) -> None:
        self.world = world
        self.records = records
        self.left = records
        self.lock = threading.Lock()
        self.errors: list[str] = []
        self.stage = ConnectionPool(
            world.database.dsn("owner"), max_size=12, timeout=120, configure=be_definer, open=False
        )
        campaign = world.campaign()
        add_records(world, campaign, records)
        self.tokens = add_agents(world, clients)

    def run(self) -> None:
        """Run the race to its end."""
        set_rows(self.world, "update tenants_engagement set cap_agent_hour = 1000000, cap_day = 1000000")
        threads = [threading.Thread(target=self.client, args=(token,)) for token in self.tokens]
        upkeep = threading.Thread(target=self.upkeep)
        with self.stage:
            for thread in [*threads, upkeep]:
                thread.start()
            for thread in [*threads, upkeep]:
                thread.join()

    def client(self, token: str) -> None:
        """Take records one by one; each is ended by the stage."""
        try:
            with self.world.database.connect("agent") as conn:
                call_as(conn, "dialer_load_desk_v1", token)
                call_as(conn, "dialer_go_ready_v1", token)
                while self.left > 0:
                    said = call_as(conn, "dialer_reserve_contact_v1", token)
                    if not said["ok"]:
                        assert said["code"] == "empty", said
                        time.sleep(0.05)
                        continue
                    with self.lock:
                        self.left -= 1
                    with self.stage.connection() as stage:
                        stage.execute(END, [said["lease_id"]])
        except (psycopg.Error, AssertionError) as error:
            with self.lock:
                self.errors.append(f"{type(error).__name__}: {error}")
                self.left = 0

    def upkeep(self) -> None:
        """Refill the hopper and rescue strays, as the worker does."""
        with self.world.database.connect("worker") as conn:
            while self.left > 0:
                call_as(conn, "dialer_refill_hoppers_v1", 500, 1000)
                call_as(conn, "dialer_rescue_strays_v1")
                time.sleep(0.02)
