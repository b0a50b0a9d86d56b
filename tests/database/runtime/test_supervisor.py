"""The supervisor: it starts in order, brings back what dies, stops in reverse, and leaves nothing behind."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
import redis

from dialer.env import REPOSITORY
from dialer.runtime.child import ServerError
from dialer.runtime.folders import RunFile, remove_short_folder
from dialer.runtime.lock import hold_lock
from dialer.runtime.postgres import Postgres
from dialer.runtime.services import ProcessService
from dialer.runtime.supervisor import Supervisor, run_step
from dialer.runtime.testcluster import free_port
from dialer.runtime.valkey import Valkey
from tenants.vault.sealed import SealedText


def _process(code: str, log: Path, port: int | None = None) -> ProcessService:
    return ProcessService(
        [sys.executable, "-c", code],
        env={"PATH": os.environ["PATH"]},
        log=log,
        port=("127.0.0.1", port) if port else None,
    )


def _run(body: Callable[[Supervisor], Awaitable[None]]) -> list[str]:
    said: list[str] = []

    async def whole() -> None:
        supervisor = Supervisor(say=said.append)

        async def then_stop(running: Supervisor) -> None:
            await body(running)
            running.stop()

        await asyncio.wait_for(supervisor.run(then_stop), 60)

    asyncio.run(whole())
    return said


async def _until(condition: Callable[[], bool]) -> None:
    for _ in range(600):
        if await asyncio.to_thread(condition):
            return
        await asyncio.sleep(0.05)
    pytest.fail("it did not happen")


SLEEP = "import time; print('a line of the log', flush=True); time.sleep(600)"


def test_it_brings_back_each_server_that_is_killed(tmp_path: Path) -> None:
    password = SealedText("of-a-test")
    log = tmp_path / "log"
    postgres = Postgres(
        tmp_path / "postgres",
        port=free_port(),
        superuser_password=password,
        log=log / "pg.log",
        durable=False,
    )
    valkey = Valkey(tmp_path / "valkey.run.json", password=password, log=log / "valkey.log")

    async def body(supervisor: Supervisor) -> None:
        await supervisor.add("PostgreSQL", postgres, log=log / "pg.log")
        await supervisor.add("Valkey", valkey, log=log / "valkey.log")
        for service in (postgres, valkey):
            before = service.pid
            assert before is not None
            os.kill(before, signal.SIGKILL)
            await _until(lambda s=service, b=before: s.pid != b and s.answers())  # type: ignore[misc]
        assert redis.Redis.from_url(valkey.url()).ping()

    said = _run(body)
    for name in ("PostgreSQL", "Valkey"):
        assert any(line.startswith(f"{name} was ended by SIGKILL") for line in said)
    assert said[-1] == "Everything has stopped."
    assert (postgres.poll(), valkey.poll()) == (0, 0)


def test_it_starts_a_process_again_and_shows_its_last_lines(tmp_path: Path) -> None:
    log = tmp_path / "worker.log"
    service = _process(SLEEP, log)

    async def body(supervisor: Supervisor) -> None:
        await supervisor.add("The worker", service, log=log)
        first = service.pid
        assert first is not None
        await _until(lambda: "a line" in log.read_text())
        os.kill(first, signal.SIGKILL)
        await _until(lambda: service.pid != first and service.poll() is None)

    said = _run(body)
    assert any("The worker was ended by SIGKILL" in line and "a line of the log" in line for line in said)
    assert service.poll() is not None


def test_a_process_that_keeps_dying_is_tried_with_growing_pauses(tmp_path: Path) -> None:
    log = tmp_path / "worker.log"
    marker = tmp_path / "starts"
    # Steady at first, so that it is taken in; then it dies at once each time.
    code = (
        f"import pathlib, time; p = pathlib.Path({str(marker)!r}); "
        "n = len(p.read_text()) if p.exists() else 0; "
        "p.write_text('x' * (n + 1)); time.sleep(1.0 if n == 0 else 0); raise SystemExit(3)"
    )

    async def body(supervisor: Supervisor) -> None:
        await supervisor.add("The worker", _process(code, log), log=log)
        await _until(lambda: marker.exists() and len(marker.read_text()) >= 4)

    pauses = [
        line.split(" again in ")[1].split(" s")[0] for line in _run(body) if "ended with code 3" in line
    ]
    assert pauses[:3] == ["0.2", "0.4", "0.8"]


def test_it_stops_everything_when_one_does_not_start(tmp_path: Path) -> None:
    good = _process(SLEEP, tmp_path / "good.log")
    bad = _process("raise SystemExit('no such table')", tmp_path / "bad.log", port=free_port())

    async def body(supervisor: Supervisor) -> None:
        await supervisor.add("The gateway", good, log=tmp_path / "good.log")
        await supervisor.add("The worker", bad, log=tmp_path / "bad.log")

    with pytest.raises(ServerError, match="no such table"):
        _run(body)
    assert good.poll() is not None


def test_it_stops_in_reverse_order(tmp_path: Path) -> None:
    order: list[str] = []

    class Noting(ProcessService):
        def stop(self) -> None:
            order.append(self.name)
            super().stop()

        name = ""

    async def body(supervisor: Supervisor) -> None:
        for name in ("first", "second", "third"):
            service = Noting([sys.executable, "-c", SLEEP], env={}, log=tmp_path / name)
            service.name = name
            await supervisor.add(name, service, log=tmp_path / name)

    _run(body)
    assert order == ["third", "second", "first"]


def test_a_step_that_fails_says_what_it_wrote(tmp_path: Path) -> None:
    log = tmp_path / "owner.log"
    script = tmp_path / "manage.py"
    script.write_text(
        "import sys; print('the table is locked'); sys.exit(4 if sys.argv[1] == 'migrate' else 0)"
    )
    asyncio.run(run_step([sys.executable, str(script), "check"], env={}, cwd=tmp_path, log=log))
    with pytest.raises(ServerError, match="the table is locked"):
        asyncio.run(run_step([sys.executable, str(script), "migrate"], env={}, cwd=tmp_path, log=log))


def test_a_second_supervisor_over_one_folder_is_refused(tmp_path: Path) -> None:
    with hold_lock(tmp_path):
        with pytest.raises(ServerError, match=f"process {os.getpid()}"), hold_lock(tmp_path):
            pytest.fail("two held it")
        with hold_lock(tmp_path / "other"):
            pass
    with hold_lock(tmp_path):
        pass


SCRIPT = """
import asyncio, sys
from pathlib import Path
from dialer.runtime.services import ProcessService
from dialer.runtime.supervisor import Supervisor
from dialer.runtime.valkey import Valkey
from tenants.vault.sealed import SealedText

folder = Path(sys.argv[1])

async def body(supervisor):
    valkey = Valkey(folder / "valkey.run.json", password=SealedText("of-a-test"), log=folder / "valkey.log")
    await supervisor.add("Valkey", valkey, log=folder / "valkey.log")
    sleep = [sys.executable, "-c", "import time; time.sleep(600)"]
    process = ProcessService(sleep, env={}, log=folder / "p.log")
    await supervisor.add("The worker", process, log=folder / "p.log")
    print("ready", valkey.pid, process.pid, flush=True)

asyncio.run(Supervisor(say=lambda line: print(line, flush=True)).run(body))
"""


def _is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_no_child_outlives_it_however_it_ends(tmp_path: Path, number: signal.Signals) -> None:
    supervisor = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(tmp_path)], cwd=REPOSITORY, stdout=subprocess.PIPE, text=True
    )
    assert supervisor.stdout is not None
    with supervisor, supervisor.stdout:
        pids = [int(word) for word in supervisor.stdout.readline().split()[1:]]
        assert len(pids) == 2
        assert all(map(_is_alive, pids))
        supervisor.send_signal(number)
        supervisor.wait(30)
    for _ in range(500):
        if not any(map(_is_alive, pids)):
            break
        time.sleep(0.02)
    assert not any(map(_is_alive, pids))
    assert supervisor.returncode == (-9 if number == signal.SIGKILL else 0)
    # What a killed supervisor could not tidy is written down for its successor.
    remove_short_folder(RunFile(tmp_path / "valkey.run.json").read().get("folder"))
