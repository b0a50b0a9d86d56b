"""The demo's people acting through the product's own functions, each under the login of their surface.

Reads several key files, which no process of the product does: it plays every part, on one machine, before they start.
"""

import hashlib
import secrets
import time
from typing import Any
from uuid import UUID

import psycopg

from dialer.demo.cast import DemoPerson
from dialer.demo.entrance import free_step
from dialer.demo.secrets import DemoSecrets
from dialer.env import Env
from dialer.runtime.address import database_address
from tenants.identity.passwords import derive_password
from tenants.identity.totp import seal_secret
from tenants.vault.keyring import load_keyring

ADDRESS = "127.0.0.1"
DEVICE = "Demo"


class Stage:
    """Calls functions as any login, and lets people join and sign in."""

    def __init__(self, env: Env) -> None:
        self._env = env
        self._connections: dict[str, psycopg.Connection[tuple[Any, ...]]] = {}
        self.secrets = DemoSecrets(env.var)

    def call(self, login: str, name: str, *args: Any) -> Any:
        """Execute a function as a login in its own transaction; returns its first value, or its row as a tuple."""
        if login not in self._connections:
            password = load_keyring(self._env.keys, login).login_password
            dsn = database_address(self._env).dsn(login, password)
            self._connections[login] = psycopg.connect(dsn, autocommit=True)
        places = ", ".join(["%s"] * len(args))
        row = self._connections[login].execute(f"select * from {name}({places})", args).fetchone()  # noqa: S608 - a name of ours
        if row is None:
            return None
        return row[0] if len(row) == 1 else row

    def close(self) -> None:
        """Let every connection go."""
        for connection in self._connections.values():
            connection.close()

    def new_invite(self) -> tuple[str, bytes]:
        """Return an invitation's token and its hash."""
        token = secrets.token_urlsafe(32)
        return token, hashlib.sha256(token.encode()).digest()

    def invite(self, by: str, person: DemoPerson) -> None:
        """Invite a person into the house of whoever holds the session token `by`, and let them join."""
        token, digest = self.new_invite()
        surface = person.surface
        said = self.call(
            surface,
            "tenants_invite_person_v1",
            by,
            surface,
            person.email,
            person.name,
            str(person.role),
            digest,
        )
        self.join(person, UUID(said["person_id"]), token)

    def join(self, person: DemoPerson, person_id: UUID, invite: str) -> None:
        """Accept an invitation with the person's password and second factor."""
        secret = self._secret(person)
        keyring = load_keyring(self._env.keys, person.surface)
        salt = bytes(self.call(person.surface, "tenants_begin_signin_v1", person.email, person.surface))
        self.call(
            person.surface,
            "tenants_accept_invitation_v1",
            invite,
            person.surface,
            derive_password(secret.password, salt).open_bytes(),
            seal_secret(keyring, secret.totp, person_id=person_id),
            1,
            [],
            ADDRESS,
            DEVICE,
        )

    def sign_in(self, person: DemoPerson) -> str:
        """Sign in and return the session token; uses up the oldest code of the second factor that still works."""
        secret, surface = self._secret(person), person.surface
        first, second = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        raw = derive_password(
            secret.password, bytes(self.call(surface, "tenants_begin_signin_v1", person.email, surface))
        ).open_bytes()
        step = free_step(secret.last_step, time.time())
        if step is None:
            raise RuntimeError("every code of this minute was used")
        self.secrets.note_step(person.email, step)
        self.call(
            surface, "tenants_check_password_v1", "", first, surface, person.email, raw, ADDRESS, DEVICE
        )
        said = self.call(surface, "tenants_use_totp_v1", first, second, surface, step, ADDRESS, DEVICE)
        if said != "ok":
            raise RuntimeError("a person of the demo could not sign in")
        return second

    def _secret(self, person: DemoPerson) -> Any:
        secret = self.secrets.find(person.email)
        if secret is None:
            raise RuntimeError("a person of the demo has no secrets")
        return secret
