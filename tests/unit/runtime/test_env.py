"""The environment is read in one place: known names, safe values, and nothing secret shown."""

from pathlib import Path

import pytest

from dialer.env import REPOSITORY, EnvError, is_loopback, read_env


def test_it_works_without_any_setting() -> None:
    env = read_env({})
    assert env.var == REPOSITORY / "var"
    assert env.keys == REPOSITORY / "var" / "keys"
    assert (env.firm_port, env.agent_port, env.postgres_port) == (8000, 8001, 8002)
    assert (env.firm_url, env.agent_url) == ("http://127.0.0.1:8000", "http://127.0.0.1:8001")
    assert (env.process, env.demo, env.debug, env.database_url) == ("owner", None, False, None)
    assert env.is_local


def test_it_moves_everything_with_two_settings(tmp_path: Path) -> None:
    env = read_env({"KEYHOLE_VAR": str(tmp_path), "KEYHOLE_PORT": "9100"})
    assert (env.var, env.keys, env.log) == (tmp_path, tmp_path / "keys", tmp_path / "log")
    assert env.agent_url == "http://127.0.0.1:9101"


def test_a_blank_value_counts_as_not_set() -> None:
    assert read_env({"KEYHOLE_PORT": "", "KEYHOLE_DEMO": " "}) == read_env({})


def test_it_refuses_a_name_it_does_not_know() -> None:
    with pytest.raises(EnvError, match="KEYHOLE_PROT"):
        read_env({"KEYHOLE_PROT": "9000"})
    assert read_env({"PORT": "9000", "HOME": "/nowhere"}).port == 8000


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("KEYHOLE_PORT", "80"),
        ("KEYHOLE_PORT", "65534"),
        ("KEYHOLE_PORT", "eighty"),
        ("KEYHOLE_PORT", "\u0668\u0660\u0660\u0660"),
        ("KEYHOLE_PROCESS", "root"),
        ("KEYHOLE_DEMO", "maybe"),
        ("KEYHOLE_ALLOWED_HOSTS", "firm.example.org, *"),
        ("KEYHOLE_DATABASE_URL", "mysql://db.example.org/keyhole"),
        ("KEYHOLE_LAYER_URL", "http://layer.example.org"),
        ("KEYHOLE_FIRM_URL", "firm.example.org"),
        ("KEYHOLE_FIRM_URL", "https://firm.example.org/keyhole"),
        ("KEYHOLE_AGENT_URL", "http://agents.example.org"),
    ],
)
def test_it_refuses_a_value_it_cannot_use(name: str, value: str) -> None:
    with pytest.raises(EnvError, match=name):
        read_env({name: value})


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://keyhole_agent:hunter2@db.example.org/keyhole",
        "postgresql://db.example.org/keyhole?password=hunter2",
        "postgresql://postgres@db.example.org/keyhole",
    ],
)
def test_it_refuses_credentials_in_the_address_without_repeating_them(url: str) -> None:
    with pytest.raises(EnvError) as refused:
        read_env({"KEYHOLE_DATABASE_URL": url})
    assert "hunter2" not in str(refused.value)
    assert (
        read_env({"KEYHOLE_DATABASE_URL": "postgresql://db.example.org:5433/calls"}).database_url is not None
    )


def test_it_never_shows_the_address_of_the_channel_layer() -> None:
    env = read_env({"KEYHOLE_LAYER_URL": "redis://:hunter2@layer.example.org/0"})
    assert env.layer_url == "redis://:hunter2@layer.example.org/0"
    assert "hunter2" not in repr(env)


@pytest.mark.parametrize("name", ["KEYHOLE_DEBUG", "KEYHOLE_DEMO"])
@pytest.mark.parametrize(
    "public",
    [
        {"KEYHOLE_HOST": "0.0.0.0"},
        {"KEYHOLE_HOST": "::"},
        {"KEYHOLE_HOST": "10.0.0.5"},
        {"KEYHOLE_ALLOWED_HOSTS": "firm.example.org"},
        {"KEYHOLE_FIRM_URL": "https://firm.example.org"},
        {"KEYHOLE_AGENT_URL": "https://agents.example.org"},
    ],
)
def test_it_refuses_debug_and_demo_where_others_can_connect(name: str, public: dict[str, str]) -> None:
    with pytest.raises(EnvError, match=name):
        read_env({name: "1", **public})
    assert not read_env({name: "0", **public}).is_local
    assert read_env({name: "1", "KEYHOLE_ALLOWED_HOSTS": "localhost"}).is_local


def test_only_addresses_of_this_machine_are_loopback() -> None:
    assert all(map(is_loopback, ("localhost", "firm.localhost", "127.0.0.1", "127.9.9.9", "::1", "[::1]")))
    assert not any(
        map(is_loopback, ("", "0.0.0.0", "::", "10.0.0.1", "localhost.example.org", "127.0.0.1.example"))
    )
