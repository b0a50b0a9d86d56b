"""What the demo's people know: a password and a second factor each, made at random at the first start.

One closed file under the run-time folder; exists only where the demo does.
"""

import json
import os
import secrets as random
from dataclasses import dataclass
from pathlib import Path

from tenants.identity.totp import new_secret
from tenants.vault.sealed import SealedBytes, SealedText


@dataclass(frozen=True, slots=True)
class DemoSecret:
    """A person's password and TOTP secret, and the last step that was used with it (0 for none)."""

    password: SealedText
    totp: SealedBytes
    last_step: int


class DemoSecrets:
    """The file of secrets, by e-mail."""

    def __init__(self, var: Path) -> None:
        self._path = var / "demo" / "people.json"

    def make(self, emails: list[str]) -> None:
        """Make secrets for people who have none yet."""
        known = self._read()
        for email in emails:
            made: dict[str, str | int] = {
                "password": random.token_urlsafe(18),
                "totp": new_secret().open_bytes().hex(),
                "last_step": 0,
            }
            known.setdefault(email, made)
        self._write(known)

    def find(self, email: str) -> DemoSecret | None:
        """Give a person's secrets, or None for somebody who is not of the demo."""
        row = self._read().get(email)
        if row is None:
            return None
        return DemoSecret(
            password=SealedText(str(row["password"])),
            totp=SealedBytes(bytes.fromhex(str(row["totp"]))),
            last_step=int(row["last_step"]),
        )

    def note_step(self, email: str, step: int) -> None:
        """Remember that a step is used up."""
        known = self._read()
        known[email]["last_step"] = step
        self._write(known)

    def _read(self) -> dict[str, dict[str, str | int]]:
        if not self._path.exists():
            return {}
        known: dict[str, dict[str, str | int]] = json.loads(self._path.read_text(encoding="utf-8"))
        return known

    def _write(self, known: dict[str, dict[str, str | int]]) -> None:
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh = self._path.with_suffix(f".{os.getpid()}.new")
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(known, file)
        fresh.replace(self._path)
