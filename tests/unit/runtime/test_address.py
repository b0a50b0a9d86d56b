"""Where processes find the database and the channel layer, and what they are started with."""

import json
from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict

from dialer.env import Env, read_env
from dialer.management.commands.run import wants_demo
from dialer.runtime.address import database_address, layer_address
from dialer.runtime.services import process_environment
from tenants.vault.sealed import SealedText

PASSWORD = SealedText("p@ss/word:%")


def _env(tmp_path: Path, **more: str) -> Env:
    return read_env({"KEYHOLE_VAR": str(tmp_path), "KEYHOLE_PORT": "9100", **more})


def test_the_embedded_database_is_on_its_loopback_port_until_it_wrote_its_socket_down(tmp_path: Path) -> None:
    env = _env(tmp_path)
    assert (database_address(env).host, database_address(env).port) == ("127.0.0.1", "9102")
    (tmp_path / "postgres.run.json").write_text(json.dumps({"socket": str(tmp_path)}))
    assert database_address(env).host == str(tmp_path)
    assert database_address(env, over_tcp=True).host == "127.0.0.1"


def test_a_socket_that_is_gone_is_not_used(tmp_path: Path) -> None:
    (tmp_path / "postgres.run.json").write_text(json.dumps({"socket": str(tmp_path / "gone")}))
    assert database_address(_env(tmp_path)).host == "127.0.0.1"


def test_a_database_of_the_operator_comes_first_with_all_it_asks_for(tmp_path: Path) -> None:
    address = database_address(
        _env(tmp_path, KEYHOLE_DATABASE_URL="postgresql://db.example.org:5433/calls?sslmode=verify-full")
    )
    assert (address.host, address.port, address.name) == ("db.example.org", "5433", "calls")
    assert address.options == {"sslmode": "verify-full"}


def test_a_connection_string_gives_back_what_went_in(tmp_path: Path) -> None:
    address = database_address(
        _env(tmp_path, KEYHOLE_DATABASE_URL="postgresql://[::1]/calls?sslmode=disable")
    )
    for text in (address.dsn("agent", PASSWORD), address.url("agent", PASSWORD)):
        assert conninfo_to_dict(text) == {
            **{"host": "::1", "port": "5432", "dbname": "calls", "sslmode": "disable"},
            **{"user": "keyhole_agent", "password": PASSWORD.open_text()},
        }


def test_the_channel_layer_is_the_operator_s_or_our_own(tmp_path: Path) -> None:
    theirs = "redis://layer.example.org/0"
    assert layer_address(_env(tmp_path, KEYHOLE_LAYER_URL=theirs), PASSWORD) == theirs
    (tmp_path / "valkey.run.json").write_text(json.dumps({"socket": "/run/keyhole/socket"}))
    assert layer_address(_env(tmp_path), SealedText("pw")) == "unix://:pw@/run/keyhole/socket?db=0"


def test_the_superuser_s_address_is_passed_to_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEYHOLE_SUPERUSER_URL", "postgresql://postgres:secret@db.example.org/postgres")
    monkeypatch.setenv("KEYHOLE_ALLOWED_HOSTS", "firm.example.org")
    given = process_environment("agent", demo=False)
    assert "KEYHOLE_SUPERUSER_URL" not in given
    assert (given["KEYHOLE_PROCESS"], given["KEYHOLE_DEMO"]) == ("agent", "0")
    assert given["KEYHOLE_ALLOWED_HOSTS"] == "firm.example.org"


def test_the_example_firm_needs_to_be_asked_for_and_never_exists_in_public(tmp_path: Path) -> None:
    assert wants_demo(_env(tmp_path), asked=True)
    assert not wants_demo(_env(tmp_path), asked=False)
    assert wants_demo(_env(tmp_path, KEYHOLE_DEMO="1"), asked=False)
    assert not wants_demo(_env(tmp_path, KEYHOLE_DEMO="0"), asked=True)
    assert not wants_demo(_env(tmp_path, KEYHOLE_FIRM_URL="https://firm.example.org"), asked=True)
