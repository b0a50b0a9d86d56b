"""The one place that reads environment variables.

Pure and typed: it turns a mapping into `Env` or says in words what is wrong. It must never hold a secret:
secrets live in key files, one for each process.
"""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal, get_args
from urllib.parse import urlsplit

REPOSITORY: Final = Path(__file__).resolve().parent.parent

Process = Literal["firm", "agent", "gateway", "worker", "ledger", "owner"]
PROCESSES: Final[tuple[Process, ...]] = get_args(Process)

KNOWN_NAMES: Final = frozenset(
    {
        "KEYHOLE_VAR",
        "KEYHOLE_KEYS",
        "KEYHOLE_PORT",
        "KEYHOLE_HOST",
        "KEYHOLE_PROCESS",
        "KEYHOLE_DATABASE_URL",
        "KEYHOLE_LAYER_URL",
        "KEYHOLE_DEMO",
        "KEYHOLE_DEBUG",
        "KEYHOLE_ALLOWED_HOSTS",
        "KEYHOLE_FIRM_URL",
        "KEYHOLE_AGENT_URL",
        "KEYHOLE_EXCHANGE_SPEED",
        "KEYHOLE_EXCHANGE_SEED",
        # Read by the bootstrap command alone, from the mapping it is given.
        "KEYHOLE_SUPERUSER_URL",
        # Read by the tests alone.
        "KEYHOLE_TESTS_FULL",
    }
)

_TRUE: Final = frozenset({"1", "true", "yes", "on"})
_FALSE: Final = frozenset({"0", "false", "no", "off"})


class EnvError(ValueError):
    """The environment asks for something that cannot be done; the text says what to change."""


@dataclass(frozen=True, slots=True)
class Env:
    """What the operator chose. Invariant: `debug` and `demo` are true only where nobody else can connect."""

    var: Path
    keys: Path
    host: str
    port: int
    process: Process
    database_url: str | None
    # May carry the password of a Redis or Valkey that the operator runs, so it is never shown.
    layer_url: str | None = field(repr=False)
    demo: bool | None
    debug: bool
    allowed_hosts: tuple[str, ...]
    firm_url: str
    agent_url: str
    # Of the simulated exchange: how many times as fast as people its calls go, and what they are drawn from.
    exchange_speed: float = 1.0
    exchange_seed: int = 1

    @property
    def firm_port(self) -> int:
        """Port of the firm surface: the first port."""
        return self.port

    @property
    def agent_port(self) -> int:
        """Port of the agent surface: the one after the firm surface."""
        return self.port + 1

    @property
    def postgres_port(self) -> int:
        """Loopback port of the embedded PostgreSQL, for processes that cannot reach its socket."""
        return self.port + 2

    @property
    def log(self) -> Path:
        """Folder of the log files, one for each process."""
        return self.var / "log"

    @property
    def is_local(self) -> bool:
        """Whether only this machine can reach the surfaces, as far as the settings tell."""
        names = [
            urlsplit(self.firm_url).hostname,
            urlsplit(self.agent_url).hostname,
            self.host,
            *self.allowed_hosts,
        ]
        return all(is_loopback(name or "") for name in names)


def is_loopback(host: str) -> bool:
    """Whether `host` can only be reached from this machine. Unknown names count as public."""
    host = host.strip("[]")
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def read_env(environ: Mapping[str, str] | None = None) -> Env:
    """Read and check every `KEYHOLE_` variable of `environ` (default: the process's own).

    Raises: EnvError when a name is unknown, a value cannot be read, or debug or demo is asked for in public.
    """
    environ = os.environ if environ is None else environ
    _refuse_unknown(environ)
    # Blank counts as not set: service files and make targets pass empty values on.
    given = {name: value.strip() for name, value in environ.items() if name in KNOWN_NAMES and value.strip()}
    host = given.get("KEYHOLE_HOST", "127.0.0.1")
    port = _read_port(given.get("KEYHOLE_PORT", "8000"))
    var = Path(given.get("KEYHOLE_VAR", str(REPOSITORY / "var"))).expanduser().absolute()
    keys = Path(given["KEYHOLE_KEYS"]).expanduser().absolute() if "KEYHOLE_KEYS" in given else var / "keys"
    shown = f"[{host}]" if ":" in host else host
    env = Env(
        var=var,
        keys=keys,
        host=host,
        port=port,
        process=_read_process(given.get("KEYHOLE_PROCESS", "owner")),
        database_url=_read_database_url(given.get("KEYHOLE_DATABASE_URL")),
        layer_url=_read_layer_url(given.get("KEYHOLE_LAYER_URL")),
        demo=_read_switch(given, "KEYHOLE_DEMO"),
        debug=bool(_read_switch(given, "KEYHOLE_DEBUG")),
        allowed_hosts=_read_hosts(given.get("KEYHOLE_ALLOWED_HOSTS", "")),
        firm_url=_read_base_url(given, "KEYHOLE_FIRM_URL", f"http://{shown}:{port}"),
        agent_url=_read_base_url(given, "KEYHOLE_AGENT_URL", f"http://{shown}:{port + 1}"),
        exchange_speed=_read_speed(given.get("KEYHOLE_EXCHANGE_SPEED", "1")),
        exchange_seed=_read_seed(given.get("KEYHOLE_EXCHANGE_SEED", "1")),
    )
    _refuse_public_debug(env)
    return env


def _refuse_unknown(environ: Mapping[str, str]) -> None:
    unknown = sorted(name for name in environ if name.startswith("KEYHOLE_") and name not in KNOWN_NAMES)
    if unknown:
        raise EnvError(
            f"Keyhole does not know the setting {', '.join(unknown)}. Nothing was started. "
            f"Correct the name or remove it; the known names are {', '.join(sorted(KNOWN_NAMES))}."
        )


def _refuse_public_debug(env: Env) -> None:
    if env.is_local:
        return
    for name, is_on in (("KEYHOLE_DEBUG", env.debug), ("KEYHOLE_DEMO", bool(env.demo))):
        if is_on:
            raise EnvError(
                f"{name} is on, and the host or the addresses set for Keyhole can be reached from "
                f"other machines. Nothing was started. Turn {name} off, or listen on 127.0.0.1 without "
                "public addresses."
            )


def _read_port(text: str) -> int:
    # Three ports in a row are used, so the first must leave room.
    if not text.isascii() or not text.isdigit() or not 1024 <= int(text) <= 65533:
        raise EnvError(f"KEYHOLE_PORT must be a number from 1024 to 65533, not {text!r}.")
    return int(text)


def _read_speed(text: str) -> float:
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    # Slower than life has no use, and faster than this no call would be seen.
    if not 1.0 <= speed <= 1000.0:
        raise EnvError(f"KEYHOLE_EXCHANGE_SPEED must be a number from 1 to 1000, not {text!r}.")
    return speed


def _read_seed(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise EnvError(f"KEYHOLE_EXCHANGE_SEED must be a whole number of up to 18 digits, not {text!r}.")
    return int(text)


def _read_process(text: str) -> Process:
    if text not in PROCESSES:
        raise EnvError(f"KEYHOLE_PROCESS must be one of {', '.join(PROCESSES)}, not {text!r}.")
    return text


def _read_switch(given: Mapping[str, str], name: str) -> bool | None:
    text = given.get(name, "").lower()
    if not text:
        return None
    if text not in _TRUE | _FALSE:
        raise EnvError(f"{name} must be 1 or 0.")
    return text in _TRUE


def _read_hosts(text: str) -> tuple[str, ...]:
    hosts = tuple(part for part in text.replace(",", " ").split() if part)
    if "*" in hosts:
        raise EnvError("KEYHOLE_ALLOWED_HOSTS must name the hosts: * would let any name in.")
    return hosts


def _read_database_url(text: str | None) -> str | None:
    if text is None:
        return None
    parts = urlsplit(text)
    if parts.scheme not in ("postgresql", "postgres"):
        raise EnvError("KEYHOLE_DATABASE_URL must begin with postgresql://")
    # The value is not repeated in the message: it may hold a password.
    if parts.username or parts.password or "password=" in parts.query or "user=" in parts.query:
        raise EnvError(
            "KEYHOLE_DATABASE_URL must not name a user or a password: each process has a login of its own, "
            "kept in its key file. Give the host, the port and the database alone."
        )
    return text


def _read_layer_url(text: str | None) -> str | None:
    if text is None:
        return None
    if urlsplit(text).scheme not in ("redis", "rediss", "unix", "valkey", "valkeys"):
        raise EnvError("KEYHOLE_LAYER_URL must begin with redis://, rediss:// or unix://")
    return text


def _read_base_url(given: Mapping[str, str], name: str, default: str) -> str:
    text = given.get(name, default).rstrip("/")
    parts = urlsplit(text)
    if (
        parts.scheme not in ("http", "https")
        or not parts.hostname
        or parts.path
        or parts.query
        or parts.fragment
    ):
        raise EnvError(f"{name} must be an address such as https://firm.example.org, without a path.")
    if parts.scheme == "http" and not is_loopback(parts.hostname) and name in given:
        raise EnvError(f"{name} must begin with https:// unless it is an address of this machine.")
    return text
