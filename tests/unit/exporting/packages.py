"""What the tests of export files share: a list sealed in memory, its package, and keyhole_open.py run as its own process."""

import csv
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from campaigns.exporting.package import SealedRow, Written, write_package
from campaigns.exporting.reseal import LABEL
from tenants.db.ids import new_id
from tenants.vault.context import data_key_context, join_parts
from tenants.vault.envelope import DataKey, field_context, seal_field
from tenants.vault.hpke import seal_to

OPENER = Path(__file__).resolve().parents[3] / "campaigns" / "exporting" / "keyhole_open.py"


def open_with_script(
    *arguments: str | Path, cwd: Path, bare: bool = False
) -> "subprocess.CompletedProcess[str]":
    """Run the standalone script as a firm would: alone, in a folder of its own, without this project on its path.

    `bare` is a machine with pycryptodome and nothing else.
    """
    script = cwd / "keyhole_open.py"
    script.write_bytes(OPENER.read_bytes())
    clean = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")}
    if bare:
        absent = cwd / "absent" / "cryptography"
        absent.mkdir(parents=True, exist_ok=True)
        (absent / "__init__.py").write_text("raise ImportError\n")
        clean["PYTHONPATH"] = str(absent.parent)
    command = [sys.executable, "-P", str(script), *map(str, arguments)]
    return subprocess.run(
        command, cwd=cwd, env=clean, capture_output=True, text=True, check=False, timeout=120
    )


def make_key(folder: Path, name: str = "export-key.txt") -> tuple[Path, str, str]:
    """Let the script make a key pair; returns the private file, the public line, the fingerprint."""
    said = open_with_script("keygen", "--out", name, cwd=folder)
    assert said.returncode == 0, said.stderr
    lines = dict(line.split(":", 1) for line in said.stdout.splitlines() if ":" in line)
    return folder / name, lines["Public key"].strip(), lines["Fingerprint"].strip()


@dataclass
class Sample:
    """A list of rows (phones, cells) sealed under keys of its own."""

    phones: Sequence[str] = ("phone1",)
    columns: Sequence[str] = ("first_name", "town")
    firm_id: UUID = field(default_factory=new_id)
    list_id: UUID = field(default_factory=new_id)
    export_id: UUID = field(default_factory=new_id)
    number_key: DataKey = field(default_factory=DataKey.generate)
    fields_key: DataKey = field(default_factory=DataKey.generate)

    def row(self, line_no: int, phones: Sequence[str], cells: Sequence[str]) -> SealedRow:
        """Seal one row as the import does."""
        contact = new_id()

        def seal(key: DataKey, name: str, text: str) -> bytes:
            context = field_context(
                firm_id=self.firm_id, list_id=self.list_id, contact_id=contact, field=name, key_version=1
            )
            return seal_field(key, text.encode(), context=context)

        numbers = [(at, seal(self.number_key, f"phone:{at}", text)) for at, text in enumerate(phones) if text]
        fields = [
            seal(self.fields_key, f"field:{name}", text) if text else None
            for name, text in zip(self.columns, cells, strict=True)
        ]
        return SealedRow(contact, line_no, numbers, fields)

    def header(self, public: bytes) -> dict[str, object]:
        """The header of the file, with the keys re-sealed to the public key."""
        keys = {}
        for purpose, key in (("number", self.number_key), ("fields", self.fields_key)):
            context = data_key_context(
                firm_id=self.firm_id, list_id=self.list_id, purpose=purpose, key_version=1
            )
            associated = join_parts(self.export_id.bytes, context)
            keys[purpose] = seal_to(
                public, info=LABEL, associated=associated, plaintext=key.open_bytes()
            ).hex()
        return {
            "format": 1,
            "export_id": str(self.export_id),
            "firm_id": str(self.firm_id),
            "list_id": str(self.list_id),
            "list": "autumn",
            "key_version": 1,
            "made_at": "2026-11-22T07:00:00Z",
            "phones": list(self.phones),
            "columns": list(self.columns),
            "keys": keys,
        }

    def write(self, path: Path, public: bytes, rows: Sequence[SealedRow]) -> Written:
        """Write the package."""
        return write_package(path, public, self.header(public), iter(rows))


def read_csv(path: Path) -> list[list[str]]:
    """The rows of an opened list, heading first."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))
