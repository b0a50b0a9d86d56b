"""One supervisor over one folder: a lock that the kernel lets go of when its holder dies."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dialer.runtime.child import ServerError


@contextmanager
def hold_lock(var: Path) -> Iterator[None]:
    """Hold the folder `var` while the block runs.

    Raises: ServerError when another supervisor holds it.
    """
    var.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(var / "supervisor.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(descriptor, 32).decode().strip() or "unknown"
            raise ServerError(
                f"Keyhole already runs over the folder {var} (process {holder}). Nothing was started. "
                "Stop that one, or set KEYHOLE_VAR and KEYHOLE_PORT to run another beside it."
            ) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(descriptor)
