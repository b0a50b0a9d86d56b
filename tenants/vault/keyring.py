"""What one process may open and prove: its own key file, read once. It must never show or pass on a key."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from tenants.vault.errors import KeyFileError
from tenants.vault.keyfile import Document, damaged, key_path, read_document, read_versions
from tenants.vault.provision import add_key_version, add_signing_version, create_keyrings
from tenants.vault.sealed import SealedBytes, SealedText

__all__ = [
    "KeySet",
    "Keyring",
    "PublicKeys",
    "add_key_version",
    "add_signing_version",
    "create_keyrings",
    "load_keyring",
]


@dataclass(frozen=True, slots=True, eq=False)
class KeySet:
    """Secret keys of 32 bytes by version, from 1; the current one is used for what is new."""

    current: int
    keys: Mapping[int, SealedBytes]


@dataclass(frozen=True, slots=True, eq=False)
class PublicKeys:
    """Public keys of one process by version, 32 raw bytes each."""

    current: int
    keys: Mapping[int, bytes]


@dataclass(frozen=True, slots=True, eq=False)
class Keyring:
    """The keys of one process. What the process does not hold is absent, and asking for it is an error."""

    process: str
    login_name: str
    login_password: SealedText
    django_secret: SealedText | None
    layer_password: SealedText | None
    hpke: KeySet | None
    totp: KeySet | None
    master: KeySet | None
    signing: KeySet | None
    public: Mapping[str, PublicKeys]

    def private_key(self, version: int | None = None) -> SealedBytes:
        """Give the private key of a version, or the current one.

        Raises: KeyFileError when this process has no such key.
        """
        return self._secret(self.hpke, "private key", version)

    def private_keys(self) -> tuple[SealedBytes, ...]:
        """Give every private key still held, newest first, for what does not name its version."""
        if self.hpke is None:
            raise self._absent("private key")
        return tuple(self.hpke.keys[version] for version in sorted(self.hpke.keys, reverse=True))

    def public_key(self, name: str) -> tuple[int, bytes]:
        """Give the version and the 32 bytes of the key to seal to for a process.

        Raises: KeyFileError when this process does not seal to that one.
        """
        if name not in self.public:
            raise self._absent(f"public key of {name}")
        held = self.public[name]
        return held.current, held.keys[held.current]

    def index_master(self, version: int | None = None) -> SealedBytes:
        """Give the master key from which each firm's index key is derived.

        Raises: KeyFileError when this process has no such key.
        """
        return self._secret(self.master, "master key of the index", version)

    def totp_key(self, version: int | None = None) -> SealedBytes:
        """Give the key that seals second-factor secrets at rest.

        Raises: KeyFileError when this process has no such key.
        """
        return self._secret(self.totp, "key for second factors", version)

    def signing_seeds(self) -> KeySet:
        """Give the seeds of Ed25519 with which checkpoints of the ledger are signed, by version.

        Raises: KeyFileError when this process signs nothing.
        """
        if self.signing is None:
            raise self._absent("key to sign the ledger with")
        return self.signing

    def _secret(self, held: KeySet | None, what: str, version: int | None) -> SealedBytes:
        if held is None:
            raise self._absent(what)
        wanted = held.current if version is None else version
        if wanted not in held.keys:
            raise self._absent(f"{what} of version {wanted}")
        return held.keys[wanted]

    def _absent(self, what: str) -> KeyFileError:
        return KeyFileError(
            f"The {self.process} process holds no {what}. If it was added lately, restart the process; "
            "otherwise this work belongs to another process."
        )


def load_keyring(folder: Path, process: str) -> Keyring:
    """Read the key file of a process.

    Raises: KeyFileError when the file is missing, open to others, damaged or not of this process.
    """
    document = read_document(folder, process)
    path = key_path(folder, process)
    login = document["login"]
    if not isinstance(login, dict) or not isinstance(login.get("name"), str):
        raise damaged(path, "login")
    password = _text(login, "password", path)
    if password is None:
        raise damaged(path, "login")
    return Keyring(
        process=process,
        login_name=login["name"],
        login_password=password,
        django_secret=_text(document, "django_secret", path),
        layer_password=_text(document, "layer_password", path),
        hpke=_key_set(document, "hpke", "private", path),
        totp=_key_set(document, "totp", "keys", path),
        master=_key_set(document, "index_master", "keys", path),
        signing=_key_set(document, "signing", "seeds", path),
        public=_publics(document, path),
    )


def _text(section: Document, name: str, path: Path) -> SealedText | None:
    if name not in section:
        return None
    text = section[name]
    if not isinstance(text, str) or len(text) < 32:
        raise damaged(path, name)
    return SealedText(text)


def _key_set(document: Document, name: str, member: str, path: Path) -> KeySet | None:
    if name not in document:
        return None
    current, keys = read_versions(document[name], member, path, name)
    sealed = {version: SealedBytes(octets) for version, octets in keys.items()}
    return KeySet(current=current, keys=MappingProxyType(sealed))


def _publics(document: Document, path: Path) -> Mapping[str, PublicKeys]:
    section = document.get("public", {})
    if not isinstance(section, dict):
        raise damaged(path, "public")
    publics: dict[str, PublicKeys] = {}
    for name, held in section.items():
        current, keys = read_versions(held, "keys", path, f"the public key of {name}")
        publics[name] = PublicKeys(current=current, keys=MappingProxyType(keys))
    return MappingProxyType(publics)
