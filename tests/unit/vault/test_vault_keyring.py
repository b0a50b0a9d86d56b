"""Each process reads its own keys from a file that nobody else can read, and holds no more than it needs."""

import json
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tenants.vault.errors import KeyFileError
from tenants.vault.hpke import open_from, seal_to
from tenants.vault.keyring import (
    add_key_version,
    create_keyrings,
    load_keyring,
)

PROCESSES = ("firm", "agent", "gateway", "worker", "ledger", "owner")
RECIPIENTS = ("agent", "gateway", "worker", "firm")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    keys = tmp_path / "keys"
    create_keyrings(keys)
    return keys


def read(folder: Path, process: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((folder / f"{process}.json").read_text())
    return document


def change(folder: Path, process: str, edit: Callable[[dict[str, Any]], object]) -> None:
    document = read(folder, process)
    edit(document)
    (folder / f"{process}.json").write_text(json.dumps(document))


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def secrets_in(value: object) -> list[str]:
    if isinstance(value, dict):
        return [text for member in value.values() for text in secrets_in(member)]
    return [value] if isinstance(value, str) and len(value) > 40 else []


def test_it_makes_one_closed_file_per_process(folder: Path) -> None:
    assert {path.name for path in folder.iterdir()} == {f"{process}.json" for process in PROCESSES}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


def test_files_are_closed_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        create_keyrings(tmp_path / "keys")
    finally:
        os.umask(before)
    assert {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "keys").iterdir()} == {0o600}


def test_running_it_again_changes_nothing(folder: Path) -> None:
    before = bytes_of(folder)
    create_keyrings(folder)
    assert bytes_of(folder) == before


def test_each_process_can_open_what_is_sealed_to_it(folder: Path) -> None:
    for sender in ("firm", "worker"):
        for recipient in RECIPIENTS:
            version, public = load_keyring(folder, sender).public_key(recipient)
            private = load_keyring(folder, recipient).private_key(version)
            sealed = seal_to(public, info=b"test", associated=b"", plaintext=b"secret")
            assert open_from(private, info=b"test", associated=b"", sealed=sealed) == b"secret"


@pytest.mark.parametrize(
    ("process", "held"),
    [
        ("firm", {"private_key", "public_key", "index_master", "totp_key"}),
        ("agent", {"private_key", "totp_key"}),
        ("gateway", {"private_key"}),
        ("worker", {"private_key", "public_key", "index_master"}),
        ("owner", set()),
    ],
)
def test_a_process_holds_only_what_it_needs(folder: Path, process: str, held: set[str]) -> None:
    keyring = load_keyring(folder, process)
    asks: dict[str, Callable[[], object]] = {
        "private_key": keyring.private_key,
        "public_key": lambda: keyring.public_key("gateway"),
        "index_master": keyring.index_master,
        "totp_key": keyring.totp_key,
    }
    # By the firm's public key the agent surface seals notes, and both know a warrant for an export.
    assert ("firm" in keyring.public) == (process in ("firm", "agent", "gateway", "worker"))
    for name, ask in asks.items():
        if name in held:
            ask()
        else:
            with pytest.raises(KeyFileError, match=f"The {process} process holds no"):
                ask()
    assert (keyring.layer_password is None) == (keyring.django_secret is None) == (process == "owner")
    assert keyring.login_name == f"keyhole_{process}"


def test_secrets_are_shared_only_where_they_must_be(folder: Path) -> None:
    seen: dict[str, set[str]] = {}
    for process in PROCESSES:
        for secret in secrets_in({k: v for k, v in read(folder, process).items() if k != "public"}):
            seen.setdefault(secret, set()).add(process)
    shared = sorted(sorted(holders) for holders in seen.values() if len(holders) > 1)
    assert shared == [["agent", "firm", "gateway", "worker"], ["firm", "worker"]]
    assert load_keyring(folder, "firm").index_master() == load_keyring(folder, "worker").index_master()
    assert load_keyring(folder, "firm").totp_key() != load_keyring(folder, "agent").totp_key()


def test_no_private_key_is_in_another_file(folder: Path) -> None:
    for process in RECIPIENTS:
        private = read(folder, process)["hpke"]["private"]["1"]
        holders = [other for other in PROCESSES if private in (folder / f"{other}.json").read_text()]
        assert holders == [process]


@pytest.mark.parametrize("process", PROCESSES)
def test_a_keyring_prints_no_secret(folder: Path, process: str) -> None:
    shown = repr(load_keyring(folder, process))
    document = {k: v for k, v in read(folder, process).items() if k != "public"}
    assert "<sealed>" in shown
    assert not any(secret in shown for secret in secrets_in(document))


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o601, 0o644])
def test_it_refuses_a_file_open_to_others(folder: Path, mode: int) -> None:
    (folder / "agent.json").chmod(mode)
    with pytest.raises(KeyFileError, match="chmod 600"):
        load_keyring(folder, "agent")
    (folder / "agent.json").chmod(0o600)
    load_keyring(folder, "agent")


def test_it_refuses_a_folder_open_to_others(folder: Path) -> None:
    folder.chmod(0o755)
    with pytest.raises(KeyFileError, match="chmod 700"):
        load_keyring(folder, "agent")
    with pytest.raises(KeyFileError, match="chmod 700"):
        create_keyrings(folder)


def test_it_refuses_a_file_of_another_user(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: folder.stat().st_uid + 1)
    with pytest.raises(KeyFileError, match="another user"):
        load_keyring(folder, "agent")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_root_keeps_the_owner_of_the_files(folder: Path) -> None:
    os.chown(folder, 65534, 65534)
    os.chown(folder / "gateway.json", 65534, 65534)
    (folder / "owner.json").unlink()
    add_key_version(folder, "gateway")
    create_keyrings(folder)
    assert (folder / "gateway.json").stat().st_uid == 65534
    assert (folder / "owner.json").stat().st_uid == 65534
    assert (folder / "agent.json").stat().st_uid == 0


DAMAGE: list[Callable[[dict[str, Any]], object]] = [
    lambda d: d.update(format=2),
    lambda d: d.update(process="firm"),
    lambda d: d.update(login="x"),
    lambda d: d["login"].update(password="short"),
    lambda d: d["login"].pop("password"),
    lambda d: d.pop("django_secret"),
    lambda d: d["hpke"].update(current=2),
    lambda d: d["hpke"].update(current="1"),
    lambda d: d["hpke"].update(current=True),
    lambda d: d["hpke"]["private"].update({"1": "c2hvcnQ"}),
    lambda d: d["hpke"]["private"].update({"1": "!" * 43}),
    lambda d: d["hpke"]["private"].update({"1": 5}),
    lambda d: d["hpke"]["private"].update({"01": d["hpke"]["private"]["1"]}),
    lambda d: d["hpke"]["private"].update({"": d["hpke"]["private"]["1"]}),
    lambda d: d["totp"].update(keys=[]),
    lambda d: d.update(index_master={"current": 1, "keys": {"1": d["totp"]["keys"]["1"]}}),
    lambda d: d.update(surprise="x"),
]


@pytest.mark.parametrize("damage", DAMAGE)
def test_it_refuses_a_damaged_file_without_showing_it(
    folder: Path, damage: Callable[[dict[str, Any]], object]
) -> None:
    secrets = secrets_in(read(folder, "agent"))
    load_keyring(folder, "agent")
    change(folder, "agent", damage)
    with pytest.raises(KeyFileError) as refused:
        load_keyring(folder, "agent")
    said = str(refused.value)
    assert "agent.json" in said
    assert not any(secret in said for secret in [*secrets, *secrets_in(read(folder, "agent")), "c2hvcnQ"])


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe", b"null"])
def test_it_refuses_what_is_no_key_file(folder: Path, content: bytes) -> None:
    (folder / "agent.json").write_bytes(content)
    with pytest.raises(KeyFileError, match=r"agent\.json"):
        load_keyring(folder, "agent")


def test_it_says_what_to_do_about_a_missing_file_or_process(tmp_path: Path) -> None:
    with pytest.raises(KeyFileError, match="Restore it from its backup, or create"):
        load_keyring(tmp_path, "agent")
    with pytest.raises(KeyFileError, match="Use one of: agent"):
        load_keyring(tmp_path, "../agent")
