"""The launcher of PostgreSQL: from a folder anywhere, back after every crash, and silent about values."""

import os
import shutil
import signal
import stat
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from dialer.runtime import postgres_setup
from dialer.runtime.child import ServerError
from dialer.runtime.postgres import Postgres
from dialer.runtime.testcluster import free_port
from tenants.vault.sealed import SealedText

PASSWORD = "a-password-of-a-test"


def _make(folder: Path, port: int | None = None) -> Postgres:
    return Postgres(
        folder / "postgres",
        port=port or free_port(),
        superuser_password=SealedText(PASSWORD),
        log=folder / "log" / "postgres.log",
        durable=False,
    )


def _wait_until_ended(server: Postgres) -> None:
    for _ in range(500):
        if server.poll() is not None:
            return
        time.sleep(0.02)
    pytest.fail("the server did not end")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Postgres]:
    """A running server with one row in it."""
    made = _make(tmp_path)
    made.start()
    made.wait_ready()
    with psycopg.connect(made.superuser_dsn()) as conn:
        conn.execute("CREATE TABLE kept AS SELECT 7 AS seven")
    yield made
    made.stop()


def _kept(server: Postgres) -> object:
    with psycopg.connect(server.superuser_dsn()) as conn:
        return conn.execute("SELECT seven FROM kept").fetchone()


def test_it_comes_back_after_a_clean_stop(server: Postgres) -> None:
    folder = server.socket_folder
    server.stop()
    assert server.poll() == 0
    assert not folder.exists()
    server.start()
    server.wait_ready()
    assert _kept(server) == (7,)


def test_it_comes_back_after_being_killed(server: Postgres) -> None:
    address = server.socket_folder
    assert server.pid is not None
    os.kill(server.pid, signal.SIGKILL)
    _wait_until_ended(server)
    assert not server.answers()
    server.start()
    server.wait_ready()
    assert _kept(server) == (7,)
    assert server.socket_folder == address


def test_it_outlives_a_killed_backend(server: Postgres) -> None:
    with psycopg.connect(server.superuser_dsn()) as conn:
        os.kill(conn.info.backend_pid, signal.SIGKILL)
    server.wait_ready()
    assert server.poll() is None
    assert _kept(server) == (7,)


def test_it_asks_for_the_password_on_the_socket_and_on_the_port(server: Postgres) -> None:
    for host in (str(server.socket_folder), "127.0.0.1"):
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(server.superuser_dsn(), host=host, password="wrong")
        with pytest.raises(psycopg.OperationalError, match="no password supplied"):
            psycopg.connect(host=host, port=server.port, user="somebody", dbname="postgres")
    psycopg.connect(server.superuser_dsn()).close()


def test_the_superuser_is_refused_on_the_port(server: Postgres) -> None:
    with pytest.raises(psycopg.OperationalError, match="pg_hba"):
        psycopg.connect(server.superuser_dsn(), host="127.0.0.1")
    with psycopg.connect(server.superuser_dsn(), autocommit=True) as conn:
        conn.execute("CREATE ROLE somebody LOGIN PASSWORD 'else'")
    psycopg.connect(server.dsn("somebody", "else", "postgres"), host="127.0.0.1").close()


def test_it_runs_unprivileged_in_closed_folders(server: Postgres, tmp_path: Path) -> None:
    owner = Path(f"/proc/{server.pid}").stat().st_uid
    assert owner != 0
    for folder in (server.socket_folder, tmp_path / "postgres"):
        facts = folder.stat()
        assert (stat.S_IMODE(facts.st_mode), facts.st_uid) == (0o700, owner)


def test_no_password_is_in_arguments_or_environment(server: Postgres) -> None:
    shown = (
        Path(f"/proc/{server.pid}/cmdline").read_bytes() + Path(f"/proc/{server.pid}/environ").read_bytes()
    )
    assert b"unix_socket_directories" in shown
    assert PASSWORD.encode() not in shown


def test_no_value_reaches_the_log(server: Postgres, tmp_path: Path) -> None:
    number = "+48221000777"
    with psycopg.connect(server.superuser_dsn(), autocommit=True) as conn:
        conn.execute("CREATE TABLE phones (phone text PRIMARY KEY)")
        conn.execute("INSERT INTO phones VALUES (%s)", (number,))
        for statement, given in (
            ("INSERT INTO phones VALUES (%s)", (number,)),
            ("SELECT %s::int", (number,)),
            (f"SELECT '{number}'::int", None),
            (f"SELECT {number[1:]} FROM nowhere", None),
        ):
            with pytest.raises(psycopg.Error):
                conn.execute(statement.encode(), given)
        other = psycopg.connect(server.superuser_dsn())
        # The running statement would be repeated after a crash, were DETAIL not left out.
        other.pgconn.send_query(f"SELECT pg_sleep(5), '{number}'".encode())
        other.pgconn.flush()
        time.sleep(0.2)
        os.kill(other.info.backend_pid, signal.SIGKILL)
        other.close()
    server.wait_ready()
    text = (tmp_path / "log" / "postgres.log").read_text()
    assert "terminated by signal 9" in text
    assert number[1:] not in text


def test_two_run_side_by_side(server: Postgres, tmp_path: Path) -> None:
    other = _make(tmp_path / "other")
    other.start()
    try:
        other.wait_ready()
        with psycopg.connect(other.superuser_dsn()) as conn:
            assert conn.execute("SELECT to_regclass('kept')").fetchone() == (None,)
        assert _kept(server) == (7,)
    finally:
        other.stop()
    assert server.answers()


def test_it_says_that_the_port_is_taken(server: Postgres, tmp_path: Path) -> None:
    other = _make(tmp_path / "other", port=server.port)
    with pytest.raises(ServerError, match="KEYHOLE_PORT"):
        other.start()
    assert not (tmp_path / "other" / "postgres").exists()


def test_a_second_server_over_one_folder_is_refused(
    server: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Postgres._wait_for_predecessor, "__kwdefaults__", None)
    monkeypatch.setattr(Postgres._wait_for_predecessor, "__defaults__", (0.1,))
    with pytest.raises(ServerError, match="uses the folder"):
        _make(tmp_path).start()
    assert _kept(server) == (7,)


@pytest.mark.parametrize("name", ["with a space", "x" * 120, "żółw 'quoted'"])
def test_it_runs_under_a_closed_folder_of_any_name(name: str) -> None:
    outer = Path(tempfile.mkdtemp(prefix="keyhole-test-"))
    outer.chmod(0o700)
    made = _make(outer / name)
    try:
        made.start()
        made.wait_ready()
        assert stat.S_IMODE(outer.stat().st_mode) == 0o700
    finally:
        made.stop()
        shutil.rmtree(outer)


def test_it_copies_programs_that_its_user_cannot_reach(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_setup, "reachable", lambda binary, user: False)
    made = _make(tmp_path)
    try:
        made.start()
        made.wait_ready()
        assert "keyhole-" in str(Path(f"/proc/{made.pid}/exe").readlink())
    finally:
        made.stop()


def test_it_leaves_a_folder_alone_that_is_somebody_elses(tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "letter.txt").write_text("dear")
    made = _make(tmp_path)
    with pytest.raises(ServerError, match="holds files"):
        made.start()
    made.stop()
    assert (tmp_path / "postgres" / "letter.txt").read_text() == "dear"


def test_an_interrupted_creation_is_begun_again(tmp_path: Path) -> None:
    (tmp_path / "postgres.new").mkdir()
    (tmp_path / "postgres.new" / "PG_VERSION").write_text("18")
    made = _make(tmp_path)
    try:
        made.start()
        made.wait_ready()
        assert not (tmp_path / "postgres.new").exists()
    finally:
        made.stop()


def test_its_folder_for_sockets_is_tidied_after_a_killed_supervisor(server: Postgres, tmp_path: Path) -> None:
    left = server.socket_folder
    assert server.pid is not None
    os.kill(server.pid, signal.SIGKILL)
    _wait_until_ended(server)
    successor = _make(tmp_path, port=server.port)
    successor.start()
    try:
        successor.wait_ready()
        assert _kept(successor) == (7,)
        assert not left.exists()
    finally:
        successor.stop()
