"""Making and renewing key files must lose no key and replace no file, wherever it is cut short."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tenants.vault import keyfile, provision
from tenants.vault.errors import KeyFileError, SealError
from tenants.vault.hpke import open_from, public_of, seal_to
from tenants.vault.keyring import (
    Keyring,
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


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def change(folder: Path, process: str, edit: Callable[[dict[str, Any]], object]) -> None:
    path = folder / f"{process}.json"
    document: dict[str, Any] = json.loads(path.read_text())
    edit(document)
    path.write_text(json.dumps(document))


def test_a_new_version_keeps_the_old_key_and_is_handed_out(folder: Path) -> None:
    _, old_public = load_keyring(folder, "firm").public_key("gateway")
    sealed = seal_to(old_public, info=b"test", associated=b"", plaintext=b"number")
    others = {
        name: octets for name, octets in bytes_of(folder).items() if name in ("agent.json", "owner.json")
    }

    assert add_key_version(folder, "gateway") == 2
    gateway = load_keyring(folder, "gateway")
    assert open_from(gateway.private_key(1), info=b"test", associated=b"", sealed=sealed) == b"number"
    with pytest.raises(SealError):
        open_from(gateway.private_key(), info=b"test", associated=b"", sealed=sealed)
    for sender in ("firm", "worker"):
        assert load_keyring(folder, sender).public_key("gateway") == (2, public_of(gateway.private_key(2)))
        assert load_keyring(folder, sender).public["gateway"].keys[1] == old_public
    assert gateway.private_keys() == (gateway.private_key(2), gateway.private_key(1))
    assert {name: bytes_of(folder)[name] for name in others} == others
    with pytest.raises(KeyFileError, match="version 3"):
        gateway.private_key(3)


@pytest.mark.parametrize("process", RECIPIENTS)
def test_every_recipient_can_be_renewed(folder: Path, process: str) -> None:
    assert [add_key_version(folder, process), add_key_version(folder, process)] == [2, 3]
    assert load_keyring(folder, "worker").public_key(process)[0] == 3


def test_the_owner_has_no_key_to_renew(folder: Path) -> None:
    with pytest.raises(KeyFileError, match="no key pair"):
        add_key_version(folder, "owner")
    with pytest.raises(KeyFileError, match="no process"):
        add_key_version(folder, "nobody")


@pytest.mark.parametrize("process", RECIPIENTS)
def test_it_refuses_to_replace_a_lost_file_whose_key_is_in_use(folder: Path, process: str) -> None:
    (folder / f"{process}.json").unlink()
    before = bytes_of(folder)
    with pytest.raises(KeyFileError, match=rf"{process}\.json is gone"):
        create_keyrings(folder)
    assert bytes_of(folder) == before


def test_it_makes_a_lost_owner_file_again(folder: Path) -> None:
    (folder / "owner.json").unlink()
    before = bytes_of(folder)
    create_keyrings(folder)
    assert load_keyring(folder, "owner").login_name == "keyhole_owner"
    assert {name: octets for name, octets in bytes_of(folder).items() if name != "owner.json"} == before


@pytest.mark.parametrize("written", range(11))
def test_it_can_be_killed_after_any_file_and_run_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: int
) -> None:
    folder, write, count = tmp_path / "keys", keyfile.write_document, 0

    def write_some(where: Path, process: str, document: dict[str, Any]) -> None:
        nonlocal count
        if count == written:
            raise KeyboardInterrupt
        count += 1
        write(where, process, document)

    with monkeypatch.context() as patch:
        patch.setattr(provision, "write_document", write_some)
        if written < 10:
            with pytest.raises(KeyboardInterrupt):
                create_keyrings(folder)
        else:
            create_keyrings(folder)
    early = bytes_of(folder)
    (folder / ".agent.json.tmp").write_text("left by a killed writer")
    create_keyrings(folder)
    rings: dict[str, Keyring] = {process: load_keyring(folder, process) for process in PROCESSES}
    for recipient in RECIPIENTS:
        expected = (1, public_of(rings[recipient].private_key()))
        assert rings["firm"].public_key(recipient) == rings["worker"].public_key(recipient) == expected
    # These four also hold public keys, which they are given as they are made.
    for name in set(early) - {"firm.json", "worker.json", "agent.json", "gateway.json"}:
        assert (folder / name).read_bytes() == early[name]
    assert not list(folder.glob(".*"))


def test_a_version_whose_hand_out_was_cut_short_is_handed_out_later(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(provision, "_hand_out_publics", lambda *_: None)
        add_key_version(folder, "gateway")
    assert load_keyring(folder, "firm").public_key("gateway")[0] == 1
    create_keyrings(folder)
    assert load_keyring(folder, "firm").public_key("gateway")[0] == 2


@pytest.mark.parametrize(
    "edit",
    [
        lambda d: d.update(layer_password="x" * 43),
        lambda d: d["index_master"]["keys"].update({"1": "A" * 43}),
        lambda d: d["public"]["gateway"]["keys"].update({"1": d["public"]["agent"]["keys"]["1"]}),
        lambda d: d["public"]["gateway"]["keys"].update({"2": d["public"]["agent"]["keys"]["1"]}),
    ],
)
def test_it_refuses_files_that_disagree(folder: Path, edit: Callable[[dict[str, Any]], object]) -> None:
    change(folder, "firm", edit)
    before = bytes_of(folder)
    with pytest.raises(KeyFileError, match="disagree"):
        create_keyrings(folder)
    assert bytes_of(folder) == before


def test_a_failed_write_leaves_the_old_file_and_no_scrap(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = bytes_of(folder)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", full)
        with pytest.raises(OSError, match="No space"):
            add_key_version(folder, "gateway")
    assert bytes_of(folder) == before
