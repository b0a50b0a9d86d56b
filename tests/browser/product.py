"""One real instance of the product in a folder of its own: started by the supervisor, stopped by its process id."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from random import SystemRandom
from urllib.error import URLError
from urllib.request import urlopen

ROOT = Path(__file__).resolve().parents[2]
PORTS = 3
START_S = 240
STOP_S = 60


class Product:
    """A running instance with the demo in it. `speed` is how many times as fast as people its calls go."""

    def __init__(self, folder: Path, *, speed: float) -> None:
        self.var = folder
        self.port = free_ports()
        self.firm = f"http://127.0.0.1:{self.port}"
        self.agent = f"http://127.0.0.1:{self.port + 1}"
        self._speed = speed
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def process_id(self) -> int:
        """Process id of the supervisor."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start it and wait until both surfaces answer. Raises: AssertionError with what it said."""
        self.var.mkdir(parents=True, exist_ok=True)
        # The tests' own database and process are none of this instance's business.
        clean = {name: value for name, value in os.environ.items() if not name.startswith("KEYHOLE_")}
        own = {
            "KEYHOLE_VAR": str(self.var),
            "KEYHOLE_PORT": str(self.port),
            "KEYHOLE_EXCHANGE_SPEED": str(self._speed),
        }
        with (self.var / "said.log").open("wb") as said:
            self._process = subprocess.Popen(
                [sys.executable, "manage.py", "run", "--demo"],
                cwd=ROOT,
                env={**clean, **own},
                stdout=said,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        until = time.monotonic() + START_S
        while not (_answers(self.firm) and _answers(self.agent)):
            assert self._process.poll() is None, self.said()
            assert time.monotonic() < until, self.said()
            time.sleep(0.2)

    def said(self) -> str:
        """What the supervisor has printed so far."""
        return (self.var / "said.log").read_text(encoding="utf-8", errors="replace")[-4000:]

    def stop(self) -> None:
        """Stop it cleanly, or end its process group when it does not come to an end."""
        if self._process is None:
            return
        process, self._process = self._process, None
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def free_ports() -> int:
    """Find the first of three ports in a row that nobody listens on."""
    random = SystemRandom()
    while True:
        first = random.randrange(20000, 31000)
        if all(_is_free(first + more) for more in range(PORTS)):
            return first


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _answers(base: str) -> bool:
    try:
        with urlopen(f"{base}/healthz", timeout=5) as response:
            return bool(response.status == 200)
    except (URLError, OSError):
        return False
