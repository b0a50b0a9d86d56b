"""The cast of the tests, made through the product's own functions under its own logins.

Firms alder and birch; outsourcers tern (serves alder) and wren (serves birch). Manager, auditor and data officer of
each firm, agents and a supervisor of each outsourcer, and a stranger who is invited nowhere.
"""

import hashlib
import os
import secrets
import time
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from dialer.demo.entrance import free_step
from tenants.db.ids import new_id
from tenants.identity.passwords import derive_password
from tenants.identity.totp import new_secret, seal_secret
from tenants.vault.envelope import DataKey, field_context, seal_data_key, seal_field
from tenants.vault.index import answer_digest, firm_index_key, number_index
from tenants.vault.keyring import load_keyring
from tenants.vault.sealed import SealedBytes, SealedText

if TYPE_CHECKING:
    from tests.conftest import Database

PASSWORD = "a quiet harbour at noon"
ADDRESS = "203.0.113.24"
DEVICE = "Testbrowser 1"
_RAW: dict[bytes, bytes] = {}


def raw_password(salt: bytes, password: str = PASSWORD) -> bytes:
    """Argon2id of the cast's password, derived once a salt: it is dear on purpose."""
    key = salt + password.encode()
    if key not in _RAW:
        _RAW[key] = derive_password(SealedText(password), salt).open_bytes()
    return _RAW[key]


@dataclass
class Member:
    """One of the cast. `secret` is the second factor's, for codes; `step` the last one used."""

    world: "World"
    id: UUID
    email: str
    surface: str
    secret: SealedBytes
    step: int = 0

    def next_step(self) -> int:
        """A TOTP step that was not used yet and that the database takes now (the one to come, at the latest)."""
        step = free_step(self.step, time.time())
        if step is None:
            self.world.forget_steps(self)
            step = int(time.time() // 30)
        self.step = step
        return step

    def sign_in(self) -> str:
        """Sign in through the functions and return the session token."""
        with self.world.database.borrow(self.surface) as conn:
            one, two = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
            salt = bytes(_value(conn, "tenants_begin_signin_v1", self.email, self.surface))
            raw = raw_password(salt)
            said = _value(
                conn, "tenants_check_password_v1", "", one, self.surface, self.email, raw, ADDRESS, DEVICE
            )
            assert said == "ok", said
            step = self.next_step()
            said = _value(conn, "tenants_use_totp_v1", one, two, self.surface, step, ADDRESS, DEVICE)
            assert said == "ok", said
        return two


@dataclass
class House:
    """A firm or an outsourcer and its people by role."""

    id: UUID
    handle: str
    people: dict[str, Member] = field(default_factory=dict)


class World:
    """The cast and helpers to set a stage: campaigns, lists, desks. Times are aware UTC."""

    def __init__(self, database: "Database") -> None:
        self.database = database
        self.alder = self._firm("alder", "Alder & Vale Energy")
        self.birch = self._firm("birch", "Birch Insurance")
        self.tern = self._outsourcer("tern", "Tern Contact")
        self.wren = self._outsourcer("wren", "Wren Calls")
        for firm in (self.alder, self.birch):
            for role in ("auditor", "data_officer"):
                firm.people[role] = self._invited(firm.people["manager"], role, firm.handle)
        for outsourcer in (self.tern, self.wren):
            supervisor = outsourcer.people["supervisor"]
            outsourcer.people["agent"] = self._invited(supervisor, "agent", outsourcer.handle)
            outsourcer.people["agent2"] = self._invited(
                supervisor, "agent", f"{outsourcer.handle}2", role_email="agent"
            )
        self.engagement = self.engage(self.alder, self.tern)
        self.engagement_birch = self.engage(self.birch, self.wren)

    # People

    def _firm(self, handle: str, name: str) -> House:
        invite = secrets.token_urlsafe(32)
        email = f"manager@{handle}.example"
        with self.database.borrow("owner") as conn:
            row = _value(
                conn,
                "tenants_create_firm_v1",
                handle,
                name,
                "GB",
                "Europe/London",
                email,
                "Ines Carter",
                _hash(invite),
            )
        house = House(UUID(row["firm_id"]), handle)
        house.people["manager"] = self._join(UUID(row["person_id"]), email, "firm", invite)
        return house

    def _outsourcer(self, handle: str, name: str) -> House:
        invite = secrets.token_urlsafe(32)
        email = f"supervisor@{handle}.example"
        with self.database.borrow("owner") as conn:
            row = _value(
                conn, "tenants_create_outsourcer_v1", handle, name, email, "Luis Ortega", _hash(invite)
            )
        house = House(UUID(row["outsourcer_id"]), handle)
        house.people["supervisor"] = self._join(UUID(row["person_id"]), email, "agent", invite)
        return house

    def _invited(self, by: Member, role: str, handle: str, *, role_email: str | None = None) -> Member:
        token, invite = self.token(by), secrets.token_urlsafe(32)
        email = f"{role_email or role}@{handle}.example"
        with self.database.borrow(by.surface) as conn:
            said = _value(
                conn,
                "tenants_invite_person_v1",
                token,
                by.surface,
                email,
                f"{role.title()} {handle.title()}",
                role,
                _hash(invite),
            )
        assert said["ok"], said
        return self._join(UUID(said["person_id"]), email, by.surface, invite)

    def _join(self, person_id: UUID, email: str, surface: str, invite: str) -> Member:
        secret = new_secret()
        keyring = load_keyring(self.database.keys, surface)
        with self.database.borrow(surface) as conn:
            salt = bytes(_value(conn, "tenants_begin_signin_v1", email, surface))
            done = _value(
                conn,
                "tenants_accept_invitation_v1",
                invite,
                surface,
                raw_password(salt),
                seal_secret(keyring, secret, person_id=person_id),
                1,
                [_hash(f"code{n}") for n in range(10)],
                ADDRESS,
                DEVICE,
            )
        assert done
        return Member(self, person_id, email, surface, secret)

    def forget_steps(self, member: Member) -> None:
        """Let a member sign in once more within the same minute: the steps of the clock are used up."""
        with self.definer() as conn:
            conn.execute("update tenants_credential set totp_last_step = 1 where person_id = %s", [member.id])

    def token(self, member: Member) -> str:
        """A session token of full standing, made once a member."""
        if not hasattr(member, "_token"):
            member._token = member.sign_in()  # type: ignore[attr-defined]
        return member._token  # type: ignore[attr-defined, no-any-return]

    def definer(self) -> Any:
        """A connection that sets a stage as the functions' owner. Never what is tested."""
        conn = self.database.connect("owner")
        conn.execute("set role keyhole_definer")
        return conn

    # What firms have

    def engage(self, firm: House, outsourcer: House, **values: Any) -> UUID:
        """An active engagement of a firm and an outsourcer."""
        row = {
            "id": new_id(),
            "firm_id": firm.id,
            "outsourcer_id": outsourcer.id,
            "state": "active",
            "state_reason": "",
            "starts_on": date.today() - timedelta(days=1),
            "ends_on": date.today() + timedelta(days=60),
            "cap_agent_hour": 1000,
            "cap_agent_day": 10000,
            "cap_day": 100000,
            "skip_budget_day": 5,
            "networks": [],
            "created_at": datetime.now(UTC),
            **values,
        }
        self.insert("tenants_engagement", row)
        return row["id"]  # type: ignore[no-any-return]

    def insert(self, table: str, row: dict[str, Any]) -> None:
        """Set a row on the stage, as the functions' owner."""
        from psycopg import sql

        with self.definer() as conn:
            conn.execute(
                sql.SQL("insert into {} ({}) values ({})").format(
                    sql.Identifier(table),
                    sql.SQL(", ").join(map(sql.Identifier, row)),
                    sql.SQL(", ").join(sql.Placeholder() * len(row)),
                ),
                list(row.values()),
            )

    def campaign(self, firm: House | None = None, engagement: UUID | None = None, **values: Any) -> UUID:
        """A running campaign, open at all hours, with columns, outcomes and retry rules, and an engagement on it."""
        firm = firm or self.alder
        engagement = engagement or (self.engagement if firm is self.alder else self.engagement_birch)
        campaign = new_id()
        now = datetime.now(UTC)
        self.insert(
            "campaigns_campaign",
            {
                "id": campaign,
                "firm_id": firm.id,
                "name": f"Campaign {str(campaign)[-8:]}",
                "state": "running",
                "state_reason": "",
                "default_region": "US",
                "max_attempts": 5,
                "min_ring_s": 15,
                "max_ring_s": 30,
                "preview_s": 60,
                "wrap_up_s": 60,
                "verify_needed": 1,
                "script": "{}",
                "plan_version": 1,
                "created_at": now,
                "started_at": now,
                **values,
            },
        )
        for weekday in range(1, 8):
            self.insert(
                "campaigns_openhours",
                {
                    "firm_id": firm.id,
                    "campaign_id": campaign,
                    "weekday": weekday,
                    "opens": "00:00",
                    "closes": "23:59:59.999999",
                },
            )
        kinds = ("reached", "refused", "wrong", "callback", "again", "objection")
        for position, kind in enumerate(kinds):
            self.insert(
                "campaigns_disposition",
                {
                    "id": new_id(),
                    "firm_id": firm.id,
                    "campaign_id": campaign,
                    "position": position,
                    "label": kind,
                    "kind": kind,
                    "retry_s": 3600,
                    "archived": False,
                },
            )
        for result in ("no_answer", "busy", "machine", "unreachable", "dropped", "failed"):
            self.insert(
                "campaigns_retryrule",
                {"firm_id": firm.id, "campaign_id": campaign, "result": result, "retry_s": 3600},
            )
        columns = [
            ("first_name", "first_name", 0, ""),
            ("town", "town", 1, ""),
            ("postcode", "postcode", 2, "What is your post code?"),
            ("secret", "other", 9, ""),
        ]
        for position, (name, role, visible, question) in enumerate(columns):
            self.insert(
                "campaigns_column",
                {
                    "firm_id": firm.id,
                    "campaign_id": campaign,
                    "name": name,
                    "label": name,
                    "role": role,
                    "position": position,
                    "visible": visible,
                    "question": question,
                },
            )
        self.insert(
            "campaigns_engaged", {"firm_id": firm.id, "campaign_id": campaign, "engagement_id": engagement}
        )
        return campaign

    def contacts(
        self, campaign: UUID, count: int, firm: House | None = None, *, zone: str = "America/Chicago"
    ) -> list[UUID]:
        """A ready list of `count` sealed contacts with numbers from a range reserved for fiction; queued and in the hopper."""
        firm = firm or self.alder
        worker = load_keyring(self.database.keys, "worker")
        list_id = new_id()
        keys = {purpose: DataKey.generate() for purpose in ("number", "fields", "answers")}
        self.insert(
            "campaigns_contactlist",
            {
                "id": list_id,
                "firm_id": firm.id,
                "campaign_id": campaign,
                "name": "list",
                "state": "ready",
                "key_version": 1,
                "columns": ["first_name", "town", "postcode", "secret"],
                "created_at": datetime.now(UTC),
            },
        )
        for purpose, key in keys.items():
            recipient = "gateway" if purpose == "number" else "agent"
            version, public = worker.public_key(recipient)
            self.insert(
                "campaigns_listkey",
                {
                    "firm_id": firm.id,
                    "list_id": list_id,
                    "purpose": purpose,
                    "recipient": recipient,
                    "recipient_version": version,
                    "sealed": seal_data_key(
                        key, public, firm_id=firm.id, list_id=list_id, purpose=purpose, key_version=1
                    ),
                },
            )
        index_key = firm_index_key(worker.index_master(), firm.id)
        made = []
        answers = (
            SealedBytes(keys["answers"].open_bytes())
            if hasattr(keys["answers"], "open_bytes")
            else keys["answers"]
        )
        for n in range(count):
            contact = new_id()
            made.append(contact)
            number = f"+1555{int.from_bytes(os.urandom(4), 'big') % 10**7:07d}"

            def seal(key: DataKey, name: str, value: str, contact: UUID = contact) -> bytes:
                context = field_context(
                    firm_id=firm.id, list_id=list_id, contact_id=contact, field=name, key_version=1
                )
                return seal_field(key, value.encode(), context=context)

            values = {
                "first_name": f"Person{n}",
                "town": "New Orleans",
                "postcode": "CT2 7PP",
                "secret": f"never-{n}",
            }
            self.insert(
                "campaigns_contact",
                {
                    "id": contact,
                    "firm_id": firm.id,
                    "list_id": list_id,
                    "line_no": n + 2,
                    "zone": zone,
                    "region": "US",
                    "fields": [
                        seal(keys["fields"], f"field:{name}", value) for name, value in values.items()
                    ],
                    "digests": [
                        None,
                        None,
                        answer_digest(answers, contact_id=contact, field="postcode", answer="CT2 7PP"),
                        None,
                    ],
                },
            )
            self.insert(
                "campaigns_contactnumber",
                {
                    "firm_id": firm.id,
                    "campaign_id": campaign,
                    "contact_id": contact,
                    "position": 0,
                    "number_index": number_index(index_key, number),
                    "sealed": seal(keys["number"], "phone:0", number),
                },
            )
        with self.database.connect("worker") as conn:
            _value(conn, "dialer_enqueue_lists_v1")
            _value(conn, "dialer_refill_hoppers_v1", 500, 1000)
        return made


def _hash(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def _value(conn: Any, name: str, *args: Any) -> Any:
    row = conn.execute(f"select {name}({', '.join(['%s'] * len(args))})", args).fetchone()
    return row[0] if row else None


call_as = _value
