"""A small server of the firm over one log, and a witness with its folder, for the witness's tests. Holds no test."""

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from tenants.ledger import keyhole_witness
from tenants.ledger.checkpoint import COSIGNATURE, VerifyingKey
from tenants.ledger.proof import consistency_proof, inclusion_proof
from tests.unit.ledger.logbook import Logbook, entry, signing_key

TOKEN = "kt_0123456789abcdefghijklmnopqrstuv"
POOL = [entry(number) for number in range(600)]


class Firm:
    """The firm's server over one log, which a test may replace by another."""

    def __init__(self) -> None:
        self.log = Logbook(POOL[:300])
        self.rotations: list[dict[str, object]] = []
        self.cosignatures: list[dict[str, str]] = []
        self.refusals: list[dict[str, str]] = []
        self.asked: list[str] = []
        self.answer: tuple[int, bytes] | None = None
        self.failing: set[str] = set()
        self.keys: list[str] | None = None

    def get(self, path: str, query: dict[str, list[str]]) -> bytes:
        if path == "checkpoint":
            return self.log.checkpoint()
        if path == "keys":
            keys = [self.log.key.vkey] if self.keys is None else self.keys
            return json.dumps({"keys": keys, "rotations": self.rotations}).encode()
        old, new = int(query["old"][0]), int(query["new"][0])
        proof = consistency_proof(old, new, self.log)
        return json.dumps({"proof": [base64.b64encode(step).decode() for step in proof]}).encode()

    def post(self, path: str, body: dict[str, str]) -> None:
        {"cosignatures": self.cosignatures, "refusals": self.refusals}[path].append(body)


class Handler(BaseHTTPRequestHandler):
    """Hands requests to the firm; knows one token."""

    firm: Firm

    def answer(self, body: bytes | None) -> None:
        parts = urlsplit(self.path)
        name = parts.path.removeprefix("/api/v1/ledger/")
        self.firm.asked.append(name)
        status, octets = 200, b"{}"
        if self.headers["Authorization"] != f"Bearer {TOKEN}":
            status = 401
        elif name in self.firm.failing:
            status = 503
        elif self.firm.answer:
            status, octets = self.firm.answer
        elif body is None:
            octets = self.firm.get(name, parse_qs(parts.query))
        else:
            self.firm.post(name, json.loads(body))
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "http://127.0.0.1:9/elsewhere")
        self.send_header("Content-Length", str(len(octets)))
        self.end_headers()
        self.wfile.write(octets)

    def do_GET(self) -> None:
        self.answer(None)

    def do_POST(self) -> None:
        self.answer(self.rfile.read(int(self.headers["Content-Length"])))

    def log_message(self, *args: object) -> None:
        """Say nothing."""


class Place:
    """A witness with its folder, and the firm it watches."""

    def __init__(self, firm: Firm, url: str, folder: Path) -> None:
        self.firm, self.url, self.folder = firm, url, folder
        self.said: list[str] = []
        (folder / "token").write_text(TOKEN + "\n", encoding="utf-8")
        assert self.run("keygen", "--name", "audit.firm.example") == 0
        self.key = VerifyingKey.parse(self.said[-1].split("\n")[1], kind=COSIGNATURE)

    def run(self, *arguments: str) -> int:
        return keyhole_witness.main(["--state", str(self.folder / "state"), *arguments], self.said.append)

    def look(self, *arguments: str) -> int:
        given = ["watch", "--url", self.url, "--token-file", str(self.folder / "token"), "--once"]
        return self.run(*given, *arguments)

    def kept(self) -> list[int]:
        names = (path.name for path in (self.folder / "state" / "checkpoints").iterdir())
        return sorted(int(name.partition("-")[0]) for name in names)


@contextmanager
def watched(folder: Path) -> Iterator[Place]:
    """A witness that has its key, and a server that runs."""
    firm = Firm()
    handler = type("FirmHandler", (Handler,), {"firm": firm})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield Place(firm, f"http://127.0.0.1:{server.server_address[1]}", folder)
    server.shutdown()
    server.server_close()
    thread.join()


def rotate(firm: Firm, position: int, *, approve: bool = True) -> None:
    """Let the log's key change at a position; without approval the old key never signed for it."""
    old, new = signing_key("first"), signing_key("second")
    told = entry(position, "ledger:key:rotated", details={"old_key": old.vkey, "new_key": new.vkey})
    firm.log = Logbook([*POOL[:position], told, *POOL[position + 1 : 500]], key=new)
    size = position + 1
    note = firm.log.checkpoint(size, [old, new] if approve else [new])
    proof = inclusion_proof(position, size, firm.log)
    firm.rotations = [
        {
            "position": position,
            "entry": base64.b64encode(told).decode(),
            "note": note.decode(),
            "proof": [base64.b64encode(step).decode() for step in proof],
        }
    ]
