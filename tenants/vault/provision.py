"""Making key files and adding key versions. It never replaces or drops a secret that exists."""

import secrets
from pathlib import Path
from typing import Final

from tenants.vault.errors import KeyFileError
from tenants.vault.hpke import generate_key_pair, public_of
from tenants.vault.keyfile import (
    FORMAT,
    HOLDINGS,
    KEY_BYTES,
    Document,
    key_path,
    locked_folder,
    new_secret,
    read_document,
    read_versions,
    write_document,
    write_versions,
)
from tenants.vault.sealed import SealedBytes

# Who can be sealed to. Public keys are handed out last, so an interrupted run leaves none whose private
# key was never written.
RECIPIENTS: Final = ("agent", "gateway", "worker", "firm")
# To whom a process seals: the agent surface to the firm alone, for what an agent writes about a call. By the firm's key
# the gateway and the agent surface also know the firm surface's word about an export.
_SEALS_TO: Final = {"firm": RECIPIENTS, "worker": RECIPIENTS, "agent": ("firm",), "gateway": ("firm",)}
_ORDER: Final = (*RECIPIENTS, "ledger", "owner")
# Secrets that several processes hold alike.
_SHARED: Final = ("layer_password", "index_master")


def create_keyrings(folder: Path) -> None:
    """Create the key files that are missing, each 0600, and hand every public key to those that seal.

    Running it again changes nothing. Run it where all the files are, before handing them out to
    their machines: a file kept elsewhere looks missing here.

    Raises: KeyFileError when a file is unusable, or when one is gone whose public key is in use.
    """
    with locked_folder(folder):
        documents = _existing(folder)
        _refuse_lost(folder, documents)
        shared = {name: _shared_value(folder, documents, name) for name in _SHARED}
        for process in _ORDER:
            if process not in documents:
                documents[process] = _fresh(process, shared)
                write_document(folder, process, documents[process])
        _hand_out_publics(folder, documents)


def add_key_version(folder: Path, process: str) -> int:
    """Give a process a new key pair, keep its older ones, and hand out the new public key.

    Restart the process itself first, then those that seal to it (firm, worker): the other way
    round they would seal to a key it has not read yet. Returns the new version.

    Raises: KeyFileError when the process has no key pair or a file is unusable.
    """
    path = key_path(folder, process)
    if process not in RECIPIENTS:
        raise KeyFileError(f"The process {process} has no key pair, so there is nothing to renew.")
    with locked_folder(folder):
        documents = _existing(folder)
        document = read_document(folder, process)
        _, keys = read_versions(document["hpke"], "private", path, "hpke")
        version = max(keys) + 1
        keys[version] = generate_key_pair().private.open_bytes()
        document["hpke"] = write_versions(version, "private", keys)
        write_document(folder, process, document)
        documents[process] = document
        _hand_out_publics(folder, documents)
    return version


def add_signing_version(folder: Path) -> int:
    """Give the ledger a new key to sign with and keep its older ones; returns the new version.

    Restart the ledger process afterwards: it makes the key known in every log and has the old one vouch for it.

    Raises: KeyFileError when the file is unusable.
    """
    with locked_folder(folder):
        document = read_document(folder, "ledger")
        _, seeds = read_versions(document["signing"], "seeds", key_path(folder, "ledger"), "signing")
        version = max(seeds) + 1
        seeds[version] = secrets.token_bytes(KEY_BYTES)
        document["signing"] = write_versions(version, "seeds", seeds)
        write_document(folder, "ledger", document)
    return version


def _existing(folder: Path) -> dict[str, Document]:
    return {
        process: read_document(folder, process) for process in _ORDER if key_path(folder, process).exists()
    }


def _refuse_lost(folder: Path, documents: dict[str, Document]) -> None:
    # A new key pair under the old version number would let data be sealed to a key that nobody holds.
    for holder, document in documents.items():
        for name in document.get("public", {}):
            if name in RECIPIENTS and name not in documents:
                raise KeyFileError(
                    f"The key file {key_path(folder, name)} is gone, but {key_path(folder, holder)} still "
                    "seals to its key. Nothing was created. Restore the missing file from its backup, or run "
                    "this where all the key files are."
                )


def _shared_value(folder: Path, documents: dict[str, Document], name: str) -> object:
    held = {process: document[name] for process, document in documents.items() if name in document}
    values = list(held.values())
    if any(value != values[0] for value in values):
        raise KeyFileError(
            f"The key files in {folder} disagree on {name} ({', '.join(sorted(held))}). Nothing was "
            "created. Restore all of them from the same backup."
        )
    if values:
        return values[0]
    return new_secret() if name == "layer_password" else _new_versions("keys")


def _fresh(process: str, shared: dict[str, object]) -> Document:
    login = {"name": f"keyhole_{process}", "password": new_secret()}
    document: Document = {"format": FORMAT, "process": process, "login": login}
    held = HOLDINGS[process]
    if "django_secret" in held:
        document["django_secret"] = new_secret()
    if "hpke" in held:
        private = generate_key_pair().private.open_bytes()
        document["hpke"] = write_versions(1, "private", {1: private})
    if "totp" in held:
        document["totp"] = _new_versions("keys")
    if "signing" in held:
        # Any 32 random bytes are a seed of Ed25519.
        document["signing"] = _new_versions("seeds")
    if "public" in held:
        document["public"] = {}
    document.update({name: value for name, value in shared.items() if name in held})
    return document


def _new_versions(member: str) -> Document:
    return write_versions(1, member, {1: secrets.token_bytes(KEY_BYTES)})


def _hand_out_publics(folder: Path, documents: dict[str, Document]) -> None:
    publics = {name: _publics_of(folder, name, documents[name]) for name in RECIPIENTS if name in documents}
    for holder, wanted in _SEALS_TO.items():
        document = documents.get(holder)
        if document is None:
            continue
        before = dict(document.setdefault("public", {}))
        for name in wanted:
            if name not in publics:
                continue
            current, keys = publics[name]
            known: dict[int, bytes] = {}
            if name in before:
                path = key_path(folder, holder)
                _, known = read_versions(before[name], "keys", path, f"the public key of {name}")
            if any(keys.get(version) != public for version, public in known.items()):
                raise KeyFileError(
                    f"The key files in {folder} disagree on the key of {name}. Restore all of them from the "
                    "same backup."
                )
            document["public"][name] = write_versions(current, "keys", keys)
        if document["public"] != before:
            write_document(folder, holder, document)


def _publics_of(folder: Path, process: str, document: Document) -> tuple[int, dict[int, bytes]]:
    current, keys = read_versions(document["hpke"], "private", key_path(folder, process), "hpke")
    return current, {version: public_of(SealedBytes(private)) for version, private in keys.items()}
