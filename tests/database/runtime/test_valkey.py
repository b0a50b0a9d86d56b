"""The launcher of Valkey: a socket, a password, nothing on disk, back after a crash at the same address."""

import os
import signal
import stat
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from dialer.runtime import valkey as launcher
from dialer.runtime.child import ServerError
from dialer.runtime.valkey import Valkey
from tenants.vault.sealed import SealedText

PASSWORD = "a-password_of-a-test"


def _make(folder: Path) -> Valkey:
    return Valkey(
        folder / "valkey.run.json", password=SealedText(PASSWORD), log=folder / "log" / "valkey.log"
    )


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Valkey]:
    """A running server."""
    made = _make(tmp_path)
    made.start()
    made.wait_ready()
    yield made
    made.stop()


def test_it_serves_the_channel_layer(server: Valkey) -> None:
    import asyncio

    from channels_redis.pubsub import RedisPubSubChannelLayer  # type: ignore[import-untyped]

    async def pass_on() -> object:
        layer = RedisPubSubChannelLayer(hosts=[server.url()])
        name = await layer.new_channel()
        await layer.group_add("desk", name)
        await layer.group_send("desk", {"type": "desk.wake"})
        received = await asyncio.wait_for(layer.receive(name), 60)
        await layer.flush()
        return received

    assert asyncio.run(pass_on()) == {"type": "desk.wake"}


def test_it_refuses_whoever_lacks_the_password(server: Valkey) -> None:
    with pytest.raises(redis.AuthenticationError):
        redis.Redis(unix_socket_path=str(server.socket_path)).ping()
    assert redis.Redis.from_url(server.url()).ping()


def test_it_comes_back_at_the_same_address_after_being_killed(server: Valkey) -> None:
    url = server.url()
    assert server.pid is not None
    os.kill(server.pid, signal.SIGKILL)
    for _ in range(500):
        if server.poll() is not None:
            break
        time.sleep(0.02)
    assert not server.answers()
    server.start()
    server.wait_ready()
    assert server.url() == url
    assert redis.Redis.from_url(url).ping()


def test_it_runs_unprivileged_without_a_port_and_shows_no_password(server: Valkey) -> None:
    process = Path(f"/proc/{server.pid}")
    owner = process.stat().st_uid
    assert owner != 0
    assert stat.S_IMODE(server.socket_path.parent.stat().st_mode) == 0o700
    assert PASSWORD.encode() not in (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
    assert redis.Redis.from_url(server.url()).config_get("port") == {"port": "0"}


def test_it_keeps_nothing_on_disk(server: Valkey, tmp_path: Path) -> None:
    client = redis.Redis.from_url(server.url())
    client.set("desk", "wake")
    folder = server.socket_path.parent
    assert [path.name for path in folder.iterdir()] == ["socket"]
    server.stop()
    assert not folder.exists()
    assert "wake" not in "".join(path.read_text() for path in (tmp_path / "log").iterdir())


def test_two_run_side_by_side(server: Valkey, tmp_path: Path) -> None:
    other = _make(tmp_path / "other")
    other.start()
    try:
        other.wait_ready()
        redis.Redis.from_url(other.url()).set("whose", "other")
        assert redis.Redis.from_url(server.url()).get("whose") is None
    finally:
        other.stop()


def test_it_copies_a_program_that_its_user_cannot_reach(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(launcher, "reachable", lambda binary, user: False)
    made = _make(tmp_path)
    try:
        made.start()
        made.wait_ready()
        assert "keyhole-" in str(Path(f"/proc/{made.pid}/exe").readlink())
    finally:
        made.stop()


def test_it_refuses_a_password_that_its_configuration_would_misread(tmp_path: Path) -> None:
    made = Valkey(
        tmp_path / "run.json", password=SealedText('x\nrequirepass ""'), log=tmp_path / "valkey.log"
    )
    with pytest.raises(ServerError, match="letters"):
        made.start()
    made.stop()
