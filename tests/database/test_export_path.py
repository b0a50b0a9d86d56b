"""An export from the request to the opened list, each step under its own login and with its own keys."""

from pathlib import Path
from typing import Any

import psycopg
import pytest

from campaigns.exporting.folder import export_path
from campaigns.exporting.keytext import read_public_key
from tenants.vault.hpke import KeyPair
from tenants.vault.sealed import SealedBytes
from tests.database.exporting import Exporting, Surface, administrator, start_exporting
from tests.database.importing import e164, fiction, rows_of, run, write_list
from tests.unit.exporting.packages import make_key, open_with_script, read_csv
from tests.web.evidence import all_text
from tests.world import World


@pytest.fixture
def exporting(world: World, surface: Surface, tmp_path: Path, settings: Any) -> Exporting:
    return start_exporting(world, surface, tmp_path, settings)


def opened(exporting: Exporting, path: Path, key: Path) -> list[list[str]]:
    out = exporting.folder / "opened.csv"
    out.unlink(missing_ok=True)
    said = open_with_script("open", path, "--key", key, "--out", out, "--plain", cwd=exporting.folder)
    assert said.returncode == 0, said.stderr
    return read_csv(out)


def test_the_opened_list_is_the_imported_list(exporting: Exporting) -> None:
    private, text, _ = make_key(exporting.folder)
    exporting.key = KeyPair(private=SealedBytes(b"not here"), public=read_public_key(text))
    exporting.surface("worker")
    rows = [
        ("Ana", "New Orleans", fiction(1), fiction(2)),
        ("=HYPERLINK(1)", "Łódź", fiction(3), ""),
        ("Kurt", "", "", fiction(4)),
    ]
    done = run(exporting.world, exporting.world.campaign(), write_list(exporting.folder / "in.csv", rows))
    export_id = exporting.make(done.list_id)
    answer = exporting.download(export_id)
    path = exporting.folder / "downloaded.khx"
    path.write_bytes(b"".join(answer))
    found = opened(exporting, path, private)
    assert found[0] == ["line", "contact", "phone1", "phone2", "first_name", "town"]
    assert sorted([row[0], *row[2:]] for row in found[1:]) == [
        ["2", e164(1), e164(2), "Ana", "New Orleans"],
        ["3", e164(3), "", "=HYPERLINK(1)", "Łódź"],
        ["4", "", e164(4), "Kurt", ""],
    ]
    digest = exporting.one("select encode(digest, 'hex') from campaigns_export where id = %s", export_id)
    assert (
        digest
        in open_with_script("open", path, "--key", private, "--out", "again.csv", cwd=exporting.folder).stdout
    )


def test_each_step_is_one_entry_with_digests_for_words_and_key(exporting: Exporting) -> None:
    export_id = exporting.make(exporting.make_list())
    for member in (exporting.manager, exporting.officer):
        assert b"".join(exporting.download(export_id, member))
    assert [event.rsplit(":", 1)[1] for event, allowed, _ in exporting.entries() if allowed] == [
        "requested",
        "approved",
        "made",
        "downloaded",
        "downloaded",
    ]
    details = rows_of(
        exporting.world, "select details from tenants_entry where event like 'campaigns:export:%%'"
    )
    for (detail,) in details:
        assert detail["rows"] == 3
        assert len(detail["reason_sha256"]) == len(detail["key_sha256"]) == 64
    assert exporting.one("select downloads from campaigns_export where id = %s", export_id) == 2


def test_only_what_was_asked_for_is_in_the_file(exporting: Exporting) -> None:
    private, text, _ = make_key(exporting.folder)
    exporting.key = KeyPair(private=SealedBytes(b"not here"), public=read_public_key(text))
    list_id = exporting.make_list(2)
    numbers = opened(exporting, export_path(exporting.make(list_id, what=["numbers"])), private)
    assert numbers[0] == ["line", "contact", "phone1", "phone2"]
    assert {row[2] for row in numbers[1:]} == {e164(1), e164(2)}
    fields = opened(exporting, export_path(exporting.make(list_id, what=["fields"])), private)
    assert fields[0] == ["line", "contact", "first_name", "town"]
    assert {row[2] for row in fields[1:]} == {"Person1", "Person2"}


def test_each_holder_is_given_its_own_keys_alone(exporting: Exporting) -> None:
    export_id = exporting.request(exporting.make_list())
    taken = "select purpose from campaigns_take_reseals_v1()"
    for login in ("gateway", "agent"):
        with exporting.world.database.connect(login) as conn:
            assert conn.execute(taken).fetchall() == []
    exporting.approve(export_id)
    for login, purpose in (("gateway", "number"), ("agent", "fields")):
        with exporting.world.database.connect(login) as conn:
            assert conn.execute(taken).fetchall() == [(purpose,)]
    exporting.reseal("gateway")
    assert exporting.state(export_id) == "approved"
    exporting.reseal("agent")
    assert exporting.state(export_id) == "sealed"


def test_two_surfaces_at_once_keep_one_key(exporting: Exporting) -> None:
    export_id = exporting.request(exporting.make_list())
    exporting.approve(export_id)
    exporting.reseal("gateway")
    store = "select campaigns_store_reseal_v1(%s, 'fields', %s)"
    with (
        exporting.world.database.connect("agent", autocommit=False) as one,
        exporting.world.database.connect("agent") as two,
    ):
        assert one.execute(store, [export_id, b"1" * 80]).fetchone() == (True,)
        two.execute("set statement_timeout = '300ms'")
        with pytest.raises(psycopg.errors.QueryCanceled):
            two.execute(store, [export_id, b"2" * 80])
        one.commit()
        assert two.execute(store, [export_id, b"2" * 80]).fetchone() == (False,)
    assert exporting.one("select sealed from campaigns_exportkey where purpose = 'fields'") == b"1" * 80


def test_the_worker_is_asked_once_and_again_after_a_kill(exporting: Exporting) -> None:
    export_id = exporting.request(exporting.make_list())
    exporting.approve(export_id)
    assert exporting.tend() == []
    exporting.reseal()
    assert exporting.tend() == [export_id]
    assert exporting.tend() == [export_id]
    with exporting.world.definer() as conn:
        conn.execute("update campaigns_export set state = 'making'")
        conn.execute("delete from procrastinate_jobs")
    export_path(export_id).write_bytes(b"half a file")
    assert exporting.tend() == [export_id]
    exporting.write(export_id)
    assert exporting.state(export_id) == "ready"
    assert export_path(export_id).read_bytes()[:15] == b"KEYHOLE SPOOL 1"


def test_after_its_time_neither_file_nor_keys_are_left(exporting: Exporting) -> None:
    list_id = exporting.make_list()
    export_id, waiting = exporting.make(list_id), exporting.request(list_id)
    path = export_path(export_id)
    assert path.stat().st_mode & 0o077 == path.parent.stat().st_mode & 0o077 == 0
    assert path.stem == str(export_id)
    exporting.tend()
    assert path.exists()
    with exporting.world.definer() as conn:
        conn.execute("update campaigns_export set expires_at = now() where id = %s", [export_id])
    assert exporting.download(export_id).status_code == 302
    exporting.tend()
    assert not path.exists()
    assert exporting.state(export_id) == "expired"
    assert exporting.one("select count(*) from campaigns_exportkey") == 0
    assert exporting.state(waiting) == "requested"
    with administrator(exporting) as conn:
        conn.execute(
            "update campaigns_export set requested_at = now() - interval '8 days' where id = %s", [waiting]
        )
    exporting.tend()
    assert exporting.state(waiting) == "expired"
    assert exporting.entries("expired")[-1] == ("campaigns:export:expired", True, "too_late")


def test_a_list_whose_keys_are_destroyed_is_not_exported(exporting: Exporting) -> None:
    list_id = exporting.make_list()
    made, approved = exporting.make(list_id), exporting.request(list_id)
    exporting.approve(approved)
    exporting.reseal("gateway")
    with exporting.world.definer() as conn:
        conn.execute("delete from campaigns_listkey where list_id = %s", [list_id])
        conn.execute("update campaigns_contactlist set state = 'destroyed' where id = %s", [list_id])
    exporting.reseal("agent")
    assert exporting.state(approved) == "approved"
    assert exporting.download(made).status_code == 302
    exporting.tend()
    assert exporting.state(made) == exporting.state(approved) == "expired"
    assert not export_path(made).exists()
    assert exporting.one("select count(*) from campaigns_exportkey") == 0
    page = exporting.browser(exporting.manager).client.get(f"/exports/new?list={list_id}")
    assert b"The keys of this list were destroyed" in page.content


def test_a_full_disk_ends_it_in_words_and_a_broken_try_is_done_again(
    exporting: Exporting, monkeypatch: pytest.MonkeyPatch
) -> None:
    from campaigns.exporting import jobs
    from campaigns.exporting.errors import ExportInterrupted

    export_id = exporting.request(exporting.make_list())
    exporting.approve(export_id)
    exporting.reseal()

    def broken(*_: object) -> None:
        raise RuntimeError("a cell")

    def full(*_: object) -> None:
        raise OSError(28, "full")

    monkeypatch.setattr(jobs, "write_file", broken)
    with pytest.raises(ExportInterrupted):
        exporting.write(export_id)
    assert exporting.state(export_id) == "making"
    monkeypatch.setattr(jobs, "write_file", full)
    exporting.write(export_id)
    assert exporting.state(export_id) == "failed"
    page = exporting.browser(exporting.manager).get("export", export_id)
    assert b"The disk is full. Nothing of the file stays." in page.content
    assert exporting.entries("failed") == [("campaigns:export:failed", False, "disk_full")]


def test_no_clear_cell_and_no_private_key_is_in_the_database_or_the_file(exporting: Exporting) -> None:
    export_id = exporting.make(exporting.make_list())
    octets, text = export_path(export_id).read_bytes(), all_text(exporting.world)
    for secret in ("New Orleans", e164(1), fiction(1), exporting.key.private.open_bytes().hex()):
        assert secret.encode() not in octets
        assert secret not in text
    assert exporting.key.public.hex() in text
