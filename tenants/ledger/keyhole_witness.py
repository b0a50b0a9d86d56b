"""Watches a firm's log from the firm's own machine: keeps every checkpoint that continues the last, and countersigns it.

It signs nothing that it has not checked, and never prints the token. Needs keyhole_verify.py beside it, and pycryptodome.
"""

import argparse
import base64
import http.client
import json
import os
import re
import ssl
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from Crypto.PublicKey import ECC
from Crypto.Signature import eddsa

if __package__:
    from tenants.ledger import keyhole_verify as verify
else:
    import keyhole_verify as verify  # type: ignore[import-not-found, no-redef]

LIMIT = 1 << 20  # bytes of an answer
PATIENCE_S = 60  # for a whole answer
AGAIN_S = 3_600  # an unchanged log is countersigned anew after this time
LOOPBACK = {"localhost", "127.0.0.1", "::1"}


class Refusal(Exception):
    """The log does not continue what was kept. Nothing was signed."""


class Unreachable(verify.CannotCheck):
    """The firm's server gave no answer that can be used. Nothing was signed, and nothing is held against the log."""


# ---- Proofs ----------------------------------------------------------------------------------------------------


def extends(old: tuple[int, bytes], new: tuple[int, bytes], proof: Sequence[bytes]) -> bool:
    """Whether the tree `new` (size, root) begins with the whole tree `old`. Source: RFC 6962, section 2.1.2."""
    steps = list(proof)

    def walk(size: int, total: int, whole: bool) -> tuple[bytes, bytes]:
        # Both roots over this part, from the proof's far end inwards; `whole` while the old tree is all of this part.
        if size == total:
            both = old[1] if whole else steps.pop()
            return both, both
        half = 1 << ((total - 1).bit_length() - 1)
        far = steps.pop()
        if size <= half:
            before, after = walk(size, half, whole)
            return before, verify.top([after, far])
        before, after = walk(size - half, total - half, False)
        return verify.top([far, before]), verify.top([far, after])

    if not 0 < old[0] < new[0]:
        return not steps and (old == new if old[0] == new[0] else old == (0, verify.top([])))
    try:
        return walk(old[0], new[0], True) == (old[1], new[1]) and not steps
    except IndexError:
        return False


def contains(entry: bytes, index: int, size: int, root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether the entry stands at `index` in the tree. Source: RFC 6962, section 2.1.1."""
    steps = list(proof)

    def walk(at: int, total: int) -> bytes:
        if total == 1:
            return verify.leaf(entry)
        half = 1 << ((total - 1).bit_length() - 1)
        far = steps.pop()
        return verify.top([walk(at, half), far] if at < half else [far, walk(at - half, total - half)])

    try:
        return 0 <= index < size and walk(index, size) == root and not steps
    except IndexError:
        return False


# ---- The firm's server -----------------------------------------------------------------------------------------


class Server:
    """The firm's Keyhole over HTTPS. Follows no redirect, and reads no more and waits no longer than it must."""

    def __init__(self, url: str, token: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("https", "http") or not parts.hostname or parts.username or parts.query:
            raise verify.CannotCheck("the address is not of the form https://firm.example")
        if parts.scheme == "http" and parts.hostname not in LOOPBACK:
            raise verify.CannotCheck(
                "the address must begin with https://, so that nobody on the way can answer for it"
            )
        if not re.fullmatch(r"[\x21-\x7e]{1,512}", token):
            raise verify.CannotCheck("the token file does not hold one token")
        self.secure, self.host, self.port = parts.scheme == "https", parts.hostname, parts.port
        self.prefix, self._token = parts.path.rstrip("/") + "/api/v1/ledger/", token

    def ask(self, path: str, body: Mapping[str, str] | None = None) -> bytes:
        """GET, or POST a JSON body; gives what was answered. Raises: Unreachable for anything but a good answer."""
        line: http.client.HTTPConnection
        if self.secure:
            context = ssl.create_default_context()
            line = http.client.HTTPSConnection(self.host, self.port, timeout=20, context=context)
        else:
            line = http.client.HTTPConnection(self.host, self.port, timeout=20)
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        what = path.partition("?")[0]
        try:
            line.request(
                "POST" if body else "GET", self.prefix + path, json.dumps(body) if body else None, headers
            )
            answer = line.getresponse()
            octets, until = b"", time.monotonic() + PATIENCE_S
            while chunk := answer.read1(65_536):
                octets += chunk
                if len(octets) > LIMIT or time.monotonic() > until:
                    raise Unreachable(f"the answer about {what} is too long or too slow")
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise Unreachable(f"no answer about {what} ({type(error).__name__})") from None
        finally:
            line.close()
        if not 200 <= answer.status < 300:
            raise Unreachable(f"the server answered {answer.status} about {what}; redirects are not followed")
        return octets

    def ask_json(self, path: str) -> Any:
        """GET a JSON object."""
        try:
            said = json.loads(self.ask(path))
        except (ValueError, RecursionError):
            raise Unreachable(f"the answer about {path.partition('?')[0]} is not JSON") from None
        return said if isinstance(said, dict) else {}


def unpack(values: object) -> list[bytes]:
    """Read a list of base64 texts. Raises: Unreachable for anything else."""
    try:
        if not isinstance(values, list) or len(values) > 200:
            raise ValueError
        return [verify.unbase64(value) for value in values]
    except (ValueError, TypeError, AttributeError):
        raise Unreachable("a proof is not a list of hashes") from None


# ---- What is kept ----------------------------------------------------------------------------------------------


class State:
    """A folder: this witness's key, the log's keys, the last checkpoint, and every one that was ever accepted."""

    def __init__(self, path: Path) -> None:
        self.path = path
        for folder in (path, path / "checkpoints", path / "refused"):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def read(self, name: str) -> bytes | None:
        """A file of the folder, None if there is none yet."""
        path = self.path / name
        return path.read_bytes() if path.exists() else None

    def write(self, name: str, octets: bytes) -> None:
        """Write a file whole or not at all, for its owner alone."""
        path = self.path / name
        handle, fresh = tempfile.mkstemp(dir=path.parent, prefix=".new-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(octets)
                file.flush()
                os.fsync(file.fileno())
            Path(fresh).replace(path)
        except BaseException:
            Path(fresh).unlink(missing_ok=True)
            raise

    def last(self) -> verify.Note | None:
        """The last checkpoint that was accepted."""
        octets = self.read("latest")
        return None if octets is None else verify.read_note(octets, "the checkpoint kept last")

    def keys(self) -> list[verify.Key]:
        """The log's keys, oldest first; only the last one counts now."""
        lines = (self.read("keys") or b"").decode().splitlines()
        return [verify.read_key(line) for line in lines if line]

    def secret(self) -> tuple[str, Any]:
        """This witness's name and secret key."""
        words = (self.read("witness.key") or b"").decode().split()
        if len(words) != 2:
            raise verify.CannotCheck(
                "this witness has no key yet; make one with: keyhole_witness.py keygen --state DIR"
            )
        return words[0], ECC.construct(curve="Ed25519", seed=base64.b64decode(words[1]))


def make_key(state: State, name: str, say: Callable[[str], object]) -> int:
    """Make this witness's key, once."""
    if state.read("witness.key"):
        raise verify.CannotCheck("this witness has a key already; it was kept")
    seed = os.urandom(32)
    name = name or f"witness/{sha256(seed + b'name').hexdigest()[:12]}"
    if not verify.NAME.fullmatch(name):
        raise verify.CannotCheck("the name of a witness has no space and no plus")
    state.write("witness.key", f"{name} {base64.b64encode(seed).decode()}\n".encode())
    say(f"Give this line to your firm's page of witnesses:\n{public_line(*state.secret())}")
    return 0


def public_line(name: str, key: Any) -> str:
    """The public key of a witness as text (signature type 4, C2SP tlog-cosignature)."""
    public = key.public_key().export_key(format="raw")
    number = verify.key_id(name, b"\x04", public).hex()
    return f"{name}+{number}+{base64.b64encode(bytes([4]) + public).decode()}"


def cosign(name: str, key: Any, note: verify.Note, now_s: int) -> str:
    """The line that says: at this time, this was the newest checkpoint I had seen, and it continued the others."""
    message = f"cosignature/v1\ntime {now_s}\n{note.text}".encode()
    signature = now_s.to_bytes(8, "big") + eddsa.new(key, "rfc8032").sign(message)
    number = verify.key_id(name, b"\x04", key.public_key().export_key(format="raw"))
    return f"\u2014 {name} {base64.b64encode(number + signature).decode()}\n"


# ---- One round -------------------------------------------------------------------------------------------------


def trust(
    state: State, server: Server, given: str | None, note: verify.Note, say: Callable[[str], object]
) -> None:
    """Make sure that the checkpoint is signed by the log's key; learn the key at first, follow it when it is changed."""
    keys = state.keys()
    if given and (not keys or keys[-1].vkey != verify.read_key(given).vkey):
        keys = [*keys, verify.read_key(given)]
    elif not keys:
        said = server.ask_json("keys").get("keys")
        offered = (
            [verify.read_key(key) for key in said if isinstance(key, str)] if isinstance(said, list) else []
        )
        keys = [key for key in offered if verify.signed_by(note, key)][:1]
        if not keys:
            raise Unreachable("the server named no key that signed its checkpoint")
        say(
            f"First start: the log's key was taken from the server itself. Compare it with your firm's: {keys[0].vkey}"
        )
    if verify.signed_by(note, keys[-1]) is None and state.keys():
        keys = follow(keys, server.ask_json("keys").get("rotations"), say)
    if keys[-1].name != note.origin or not verify.signed_by(note, keys[-1]):
        raise Refusal("the checkpoint is not signed by the log's key")
    if keys != state.keys():
        state.write("keys", "".join(f"{key.vkey}\n" for key in keys).encode())


def follow(keys: list[verify.Key], rotations: object, say: Callable[[str], object]) -> list[verify.Key]:
    """Add the keys that took over: each by an entry in a checkpoint that the old key and the new one signed."""
    for rotation in rotations if isinstance(rotations, list) else []:
        try:
            note = verify.read_note(str(rotation["note"]).encode(), "a checkpoint of two keys")
            (entry,), position = unpack([rotation["entry"]]), rotation["position"]
            fields = json.loads(entry)
            new = verify.read_key(fields["details"]["new_key"])
            named = fields["event"] == "ledger:key:rotated" and fields["details"]["old_key"] == keys[-1].vkey
            there = type(position) is int and contains(
                entry, position, note.size, note.root, unpack(rotation["proof"])
            )
        except (ValueError, TypeError, KeyError, RecursionError, verify.CannotCheck):
            continue
        if named and there and verify.signed_by(note, keys[-1]) and verify.signed_by(note, new):
            keys = [*keys, new]
            say(
                f"The log's key was changed at entry {position}, vouched for by the old one. It is now: {new.vkey}"
            )
    return keys


def compare(server: Server, old: verify.Note, new: verify.Note) -> None:
    """Check that the new checkpoint continues the old one. Raises: Refusal if it does not."""
    if new.origin != old.origin:
        raise Refusal(f"this is the log {new.origin}, and {old.origin} was kept")
    if new.size < old.size:
        raise Refusal(f"the log has {new.size} entries, and {old.size} were kept: it was cut or set back")
    proof: list[bytes] = []
    if 0 < old.size < new.size:
        said = server.ask_json(f"consistency?old={old.size}&new={new.size}")
        proof = unpack(said.get("proof"))
    if not extends((old.size, old.root), (new.size, new.root), proof):
        raise Refusal(f"its {new.size} entries do not begin with the {old.size} that were kept")


def look(state: State, server: Server, given: str | None, say: Callable[[str], object]) -> int:
    """One round: fetch, compare, keep, countersign. Gives 0 when all is well, 1 when the log was refused."""
    name, key = state.secret()
    octets = server.ask("checkpoint")
    note = verify.read_note(octets, "the checkpoint of the server")
    old = state.last()
    try:
        trust(state, server, given, note, say)
        if old:
            compare(server, old, note)
    except Refusal as refusal:
        return refuse(state, server, octets, str(refusal), say)
    if old is None or (note.size, note.root) != (old.size, old.root):
        state.write(f"checkpoints/{note.size}-{note.root.hex()[:8]}", octets)
        state.write("latest", octets)
    now = int(time.time())
    size, _, when = (state.read("cosigned") or b"").decode().partition(" ")
    if size == str(note.size) and when.isdecimal() and 0 <= now - int(when) < AGAIN_S:
        say(f"{note.size} entries, as before.")
        return 0
    body = {"checkpoint": octets.decode(), "cosignature": cosign(name, key, note, now)}
    server.ask("cosignatures", body)
    state.write("cosigned", f"{note.size} {now}".encode())
    say(f"{note.size} entries: they continue what was kept. Kept and countersigned.")
    return 0


def refuse(state: State, server: Server, offered: bytes, why: str, say: Callable[[str], object]) -> int:
    """Keep both checkpoints, tell the firm's server, and say it."""
    kept = state.read("latest") or b""
    stamp = sha256(offered).hexdigest()[:12]
    state.write(f"refused/{stamp}-offered", offered)
    state.write(f"refused/{stamp}-kept", kept)
    say(
        f"REFUSED: {why}. Nothing was signed. Both checkpoints are in {state.path / 'refused'}; keep them, they are proof."
    )
    try:
        server.ask(
            "refusals", {"kept": kept.decode(errors="replace"), "offered": offered.decode(errors="replace")}
        )
    except Unreachable as error:
        say(f"The server could not be told: {error}. Tell your firm's auditor yourself.")
    return 1


def main(arguments: Sequence[str] | None = None, say: Callable[[str], object] = print) -> int:
    """Run from the command line. Exit code: 0 all is well, 1 the log was refused, 2 it could not be looked at."""
    parser = argparse.ArgumentParser(description="Watch and countersign a Keyhole log.")
    parser.add_argument("command", nargs="?", choices=["watch", "keygen"], default="watch")
    parser.add_argument("--state", required=True, type=Path, help="a folder of this witness alone")
    parser.add_argument(
        "--name", default="", help="with keygen: a name for this witness, such as audit.firm.example"
    )
    parser.add_argument("--url", help="address of the firm's Keyhole, such as https://firm.example")
    parser.add_argument("--token-file", type=Path, help="a file that holds an API token of the firm")
    parser.add_argument("--key", help="the log's public key, as your firm gave it to you")
    parser.add_argument("--every", type=int, default=0, metavar="SECONDS", help="go on, with this pause")
    parser.add_argument("--once", action="store_true", help="look once (the default)")
    given = parser.parse_args(arguments)
    try:
        state = State(given.state)
        if given.command == "keygen":
            return make_key(state, given.name, say)
        if not given.url or not given.token_file:
            raise verify.CannotCheck("--url and --token-file are needed")
        server = Server(given.url, given.token_file.read_text(encoding="utf-8").strip())
        while True:
            code = attempt(state, server, given.key, say)
            if code == 1 or given.once or not given.every:
                return code
            time.sleep(max(1, given.every))
    except (verify.CannotCheck, OSError, ValueError) as error:
        say(f"Could not look: {error if isinstance(error, verify.CannotCheck) else type(error).__name__}.")
        return 2
    except KeyboardInterrupt:
        return 2


def attempt(state: State, server: Server, key: str | None, say: Callable[[str], object]) -> int:
    """One round whose failures are told and do not end a watch."""
    try:
        return look(state, server, key, say)
    except (verify.CannotCheck, OSError) as error:
        say(f"Could not look: {error}. Nothing was signed that was not checked.")
        return 2


if __name__ == "__main__":
    sys.exit(main())
