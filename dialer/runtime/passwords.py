"""The password of the embedded PostgreSQL's superuser, in a file that no process of the product reads."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path

from dialer.runtime.child import ServerError
from tenants.vault.sealed import SealedText


def superuser_password(keys: Path) -> SealedText:
    """Read the password from `keys`/postgres.json, making the file (0600) when there is none.

    Raises: ServerError when the file is open to other users or damaged.
    """
    path = keys / "postgres.json"
    keys.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not path.exists():
        _write(path)
    if path.stat().st_mode & 0o077:
        raise ServerError(
            f"The file {path} can be read by other users. Nothing was started. Set its mode to 0600."
        )
    try:
        return SealedText(str(json.loads(path.read_text())["superuser_password"]))
    except (ValueError, KeyError, TypeError):
        # The cause holds the file's text, so it is not passed on.
        raise ServerError(
            f"The file {path} is damaged. Nothing was started. Restore it from its backup."
        ) from None


def _write(path: Path) -> None:
    fresh = path.with_name(f".{path.name}.tmp")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump({"superuser_password": secrets.token_urlsafe(32)}, file)
        file.flush()
        os.fsync(file.fileno())
    fresh.rename(path)
