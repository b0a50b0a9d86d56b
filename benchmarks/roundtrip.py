"""Round trips over the console's socket: a beat and its answer, through uvicorn, from a client in another process.

Every agent has a socket of its own and one question open at a time. The limit is the barest echo under the same
server, the peer a JSON consumer of Channels. `idle_kib` is what one more quiet socket costs the server's process.
"""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import psutil

from benchmarks.cast import add_sealed_contacts, agent_key, make_cast
from benchmarks.figures import Result, Scale
from benchmarks.stage import set_stage
from dialer.env import REPOSITORY, read_env

SOCKETS: Final = 512
_OURS, _BARE, _PLAIN = "dialer.asgi:application", "benchmarks.echoes:bare", "benchmarks.echoes:plain"


def measure(scale: Scale) -> Result:
    """Round trips a second."""
    with set_stage() as conn:
        cast = make_cast(conn, agents=SOCKETS)
        add_sealed_contacts(conn, cast, 1)
        # Paused agents get nobody: what is measured is the socket.
        conn.execute("update dialer_desk set state = 'paused'")
    told = {name: _talk(name, scale) for name in (_OURS, _BARE, _PLAIN)}
    for name, said in told.items():
        if said["refused"] or said["lost"] or said["opened"] != SOCKETS:
            raise RuntimeError(f"{name}: not every socket stayed open: {said}")
    extra = {
        "idle_kib": told[_OURS]["idle_kib"], "idle_kib_bare": told[_BARE]["idle_kib"],
        "idle_kib_peer": told[_PLAIN]["idle_kib"], "sockets": SOCKETS, "too_fast": told[_OURS]["turned_away"],
    }  # fmt: skip
    return Result(told[_OURS]["per_s"], told[_BARE]["per_s"], told[_PLAIN]["per_s"], extra)


def _talk(application: str, scale: Scale) -> dict[str, Any]:
    order = {
        "port": 0, "path": "/ws/console", "cookies": [agent_key(n) for n in range(SOCKETS)],
        "seconds": scale.seconds,
    }  # fmt: skip
    with serve(application) as server:
        memory = psutil.Process(server.pid).memory_info
        order["port"] = read_env().agent_port
        # The first sockets bring what is made once: pools, layers, templates.
        _converse(order | {"cookies": order["cookies"][:8], "seconds": 0.2}, memory)
        return _converse(order, memory)


def _converse(order: dict[str, Any], memory: Any) -> dict[str, Any]:
    before = memory().rss
    client = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.wire"],
        cwd=REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    if client.stdin is None or client.stdout is None:
        raise RuntimeError("the client has no pipes")
    client.stdin.write(json.dumps(order) + "\n")
    client.stdin.flush()
    client.stdout.readline()
    time.sleep(1.0)
    idle = (memory().rss - before) / 1024 / len(order["cookies"])
    client.stdin.write("go\n")
    client.stdin.flush()
    said = client.communicate()[0]
    return {**json.loads(said), "idle_kib": round(idle, 1)}


@contextmanager
def serve(application: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run an application as the agent surface is run. Raises: RuntimeError when it does not answer."""
    env = read_env()
    argv = [
        sys.executable,
        "-m",
        "uvicorn",
        application,
        "--host",
        "127.0.0.1",
        "--port",
        str(env.agent_port),
    ]
    argv += ["--ws", "websockets-sansio", "--no-access-log", "--no-server-header", "--log-level", "warning"]
    server = subprocess.Popen([*argv, "--lifespan", "off"], cwd=REPOSITORY)
    try:
        wait_for_port(env.agent_port, server)
        yield server
    finally:
        server.terminate()
        server.wait(15)


def wait_for_port(port: int, server: "subprocess.Popen[bytes]", seconds: float = 30.0) -> None:
    """Wait until a process listens. Raises: RuntimeError when it ended or does not."""
    until = time.monotonic() + seconds
    while time.monotonic() < until and server.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError("the server did not begin to listen")
