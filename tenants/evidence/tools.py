"""The two tools that a firm runs on its own machine, as this installation hands them out: their bytes, never run here."""

from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Final

import tenants.ledger

NAMES: Final = {"keyhole_verify.py": "evidence-verify", "keyhole_witness.py": "evidence-watch"}
_FOLDER: Final = Path(tenants.ledger.__file__).parent


@dataclass(frozen=True, slots=True)
class Tool:
    """One tool: `page` is the name of the address that hands it out, `digest` the SHA-256 of its bytes in hex."""

    name: str
    page: str
    octets: bytes
    digest: str


@cache
def load_tool(name: str) -> Tool | None:
    """Return a tool by its file name, None for any other name."""
    if name not in NAMES:
        return None
    octets = (_FOLDER / name).read_bytes()
    return Tool(name, NAMES[name], octets, sha256(octets).hexdigest())


def list_tools() -> list[Tool]:
    """Return both tools."""
    return [tool for tool in map(load_tool, NAMES) if tool is not None]


def list_commands(*, key: str, address: str) -> dict[str, str]:
    """Return what to type, to the letter, by what it is for. `key` is the log's newest vkey, `address` this surface's."""
    trusted = f' --key "{key}"' if key else ""
    return {
        "install": "python -m pip install pycryptodome",
        "verify": f"python keyhole_verify.py evidence.zip --kept kept{trusted}",
        "keygen": "python keyhole_witness.py keygen --state witness --name audit.example",
        "watch": f"python keyhole_witness.py watch --state witness --url {address} --token-file token.txt --every 300{trusted}",
    }
