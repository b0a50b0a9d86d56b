"""One person is opened with the agent surface's key, only what was granted; a moved field does not open."""

from typing import Any
from uuid import UUID

import pytest

from dialer.console.person import FIELD_PREFIX, KEEP_KEYS_S, ListKeys, open_person
from dialer.console.state import compose_state
from tenants.db.ids import new_id
from tenants.vault.envelope import DataKey, field_context, seal_data_key, seal_field
from tenants.vault.errors import SealError
from tenants.vault.hpke import KeyPair, generate_key_pair


class Ring:
    """The part of a keyring that opens list keys; it counts how often it is asked."""

    def __init__(self, pair: KeyPair) -> None:
        self.pair = pair
        self.asked = 0

    def private_key(self, version: int | None = None) -> Any:
        assert version == 3
        self.asked += 1
        return self.pair.private


@pytest.fixture
def pair() -> KeyPair:
    return generate_key_pair()


def revealed(pair: KeyPair, **changes: Any) -> dict[str, Any]:
    ids = {"firm_id": new_id(), "list_id": new_id(), "contact_id": new_id()}
    key = DataKey.generate()

    def seal(name: str, text: str) -> str:
        context = field_context(**ids, field=FIELD_PREFIX + name, key_version=1)
        return seal_field(key, text.encode(), context=context).hex()

    def wrap(purpose: str) -> str:
        wrapped = seal_data_key(
            key, pair.public, firm_id=ids["firm_id"], list_id=ids["list_id"], purpose=purpose, key_version=1
        )
        return wrapped.hex()

    def column(name: str, role: str, visible: int, sealed: str | None) -> dict[str, Any]:
        shown = sealed is not None
        return {
            "name": name,
            "label": name.title(),
            "role": role,
            "visible": visible,
            "shown": shown,
            "sealed": sealed,
        }

    return {
        "lease_id": str(new_id()), **{name: str(value) for name, value in ids.items()}, "key_version": 1,
        "fields_key": wrap("fields"), "fields_key_version": 3,
        "answers_key": wrap("answers"), "answers_key_version": 3,
        "columns": [
            column("forename", "first_name", 0, seal("forename", "Helen")),
            column("surname", "last_name", 0, seal("surname", "Łukasik")),
            column("town", "town", 0, seal("town", "New Orleans")),
            column("tariff", "other", 1, None),
            column("email", "email", 2, None),
        ],
        **changes,
    }  # fmt: skip


def test_it_opens_what_is_shown_and_locks_the_rest(pair: KeyPair) -> None:
    person = open_person(revealed(pair), ListKeys(Ring(pair)))  # type: ignore[arg-type]
    assert person.name == "Helen Łukasik"
    assert person.fields == (
        {"label": "Town", "value": "New Orleans"},
        {"label": "Tariff", "locked": "answered"},
        {"label": "Email", "locked": "verified"},
    )
    assert person.values["first_name"] == "Helen"
    assert person.values["forename"] == "Helen"
    assert "tariff" not in person.values or person.values["tariff"] == ""


def test_it_prints_as_nothing(pair: KeyPair) -> None:
    person = open_person(revealed(pair), ListKeys(Ring(pair)))  # type: ignore[arg-type]
    assert "Helen" not in repr(person) + str(person)


def test_a_field_of_another_contact_does_not_open(pair: KeyPair) -> None:
    moved = revealed(pair, contact_id=str(new_id()))
    with pytest.raises(SealError):
        open_person(moved, ListKeys(Ring(pair)))  # type: ignore[arg-type]


def test_keys_are_unwrapped_once_and_again_when_the_time_is_over(pair: KeyPair) -> None:
    now = [0.0]
    ring = Ring(pair)
    keys = ListKeys(ring, clock=lambda: now[0])  # type: ignore[arg-type]
    found = revealed(pair)
    for _ in range(3):
        open_person(found, keys)
    assert ring.asked == 1
    now[0] = KEEP_KEYS_S + 1
    open_person(found, keys)
    assert ring.asked == 2


def test_the_state_carries_known_names_only(pair: KeyPair) -> None:
    found = revealed(pair)
    person = open_person(found, ListKeys(Ring(pair)))  # type: ignore[arg-type]
    said = "{agent_first_name} {firm} {forename}"
    snapshot = {
        "state": "preview",
        "number": "+15550100",
        "me": {"id": "1", "name": "Marta Nowak", "session_ref": "7F3A", "x": 1},
        "firm": {"name": "Alder & Vale"},
        "lease": {"id": found["lease_id"], "contact_id": found["contact_id"]},
        "script": {"steps": [{"title": "G", "lines": [{"kind": "say", "text": said}]}]},
    }
    state = compose_state(snapshot, person)
    assert "number" not in state
    assert "x" not in state["me"]
    assert "contact_id" not in state["lease"]
    parts = state["script"]["steps"][0]["lines"][0]["parts"]
    assert [part["value"] for part in parts if "merge" in part] == ["Marta", "Alder & Vale", "Helen"]
    assert UUID(state["lease"]["id"])


def test_without_a_lease_there_is_no_person_and_no_script() -> None:
    state = compose_state({"state": "ready", "script": {"steps": []}, "lease": None}, None)
    assert state["person"] is None
    assert state["script"] is None


def test_a_column_cannot_speak_for_the_agent_or_the_firm(pair: KeyPair) -> None:
    found = revealed(pair)
    person = open_person(found, ListKeys(Ring(pair)))  # type: ignore[arg-type]
    values = {**person.values, "firm": "Another firm", "agent_first_name": "Nobody"}
    object.__setattr__(person, "values", values)
    script = {"steps": [{"title": "G", "lines": [{"text": "{firm} {agent_first_name}"}]}]}
    snapshot = {
        "lease": {"id": "x"},
        "me": {"name": "Marta Nowak"},
        "firm": {"name": "Alder"},
        "script": script,
    }
    parts = compose_state(snapshot, person)["script"]["steps"][0]["lines"][0]["parts"]
    assert [part["value"] for part in parts if "merge" in part] == ["Alder", "Marta"]
