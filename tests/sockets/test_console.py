"""The console's socket on the main path: one person, one call, one outcome, the next person."""

import asyncio
import json

import pytest
from channels.layers import get_channel_layer

from dialer.console.relay import GATEWAY
from dialer.console.verbs import NOTE_LABEL
from tenants.vault.hpke import open_from
from tenants.vault.keyring import load_keyring
from tests.sockets.conftest import Stage
from tests.sockets.console import Console, console, redeem, report


async def _talk(stage: Stage, window: Console) -> str:
    """Go ready, call the person who comes, be answered; gives the attempt."""
    await window.act("go_ready")
    answer = await window.ask("call")
    assert answer["ok"], answer
    attempt = redeem(stage.world.database, answer["dial_token"])
    report(stage.world.database, attempt, "ringing", "answered")
    state = await window.act("refresh")
    assert state["state"] == "talking"
    return str(attempt)


async def test_an_agent_who_is_ready_gets_one_person_without_naming_one(stage: Stage) -> None:
    async with console(stage.token) as window:
        assert window.states[-1]["state"] == "paused"
        assert window.states[-1]["person"] is None
        state = await window.act("go_ready")
        assert state["state"] == "preview"
        assert state["person"]["name"] == "Person0"
        assert state["person"]["fields"] == [
            {"label": "town", "locked": "answered"},
            {"label": "postcode", "locked": "verified"},
        ]


async def test_nothing_that_is_not_shown_yet_is_ever_sent(stage: Stage) -> None:
    async with console(stage.token) as window:
        await window.act("go_ready")
        heard = "".join(window.heard)
        assert "Person0" in heard
        for kept in ("New Orleans", "CT2 7PP", "never-0", "Person1", "+1555", str(stage.contacts[0])):
            assert kept not in heard, kept
        await _answered(stage, window)
        assert "New Orleans" in "".join(window.heard)
        assert "CT2 7PP" not in "".join(window.heard)
        assert "never-0" not in "".join(window.heard)


async def _answered(stage: Stage, window: Console) -> None:
    answer = await window.ask("call")
    report(stage.world.database, redeem(stage.world.database, answer["dial_token"]), "ringing", "answered")
    await window.act("refresh")


async def test_the_dial_reaches_the_gateway_as_a_token(stage: Stage) -> None:
    layer = get_channel_layer()
    async with console(stage.token) as window:
        await window.act("go_ready")
        granted = await window.ask("call")
        hearing = asyncio.create_task(layer.receive(GATEWAY))
        for _ in range(50):
            # What is sent before the listener is there is lost, as it is for the gateway.
            assert (await window.ask("dial", dial_token=granted["dial_token"]))["ok"]
            done, _ = await asyncio.wait([hearing], timeout=0.1)
            if done:
                break
        assert await hearing == {"type": "softphone.dial", "token": granted["dial_token"]}


async def test_the_state_is_the_same_after_a_reload(stage: Stage) -> None:
    async with console(stage.token) as window:
        await _talk(stage, window)
        before = window.states[-1]
    async with console(stage.token) as window:
        after = window.states[-1]
    changing = ("server_time",)
    assert {k: v for k, v in after.items() if k not in changing} == {
        k: v for k, v in before.items() if k not in changing
    }


async def test_verification_says_match_or_not_and_then_shows_more(stage: Stage) -> None:
    async with console(stage.token) as window:
        await _talk(stage, window)
        wrong = await window.ask("check_answer", column="postcode", answer="SW1A 1AA")
        assert (wrong["ok"], wrong["match"], wrong["tries_left"]) == (True, False, 2)
        empty = await window.ask("check_answer", column="postcode", answer=" - ")
        assert empty["code"] == "empty_answer"
        right = await window.ask("check_answer", column="postcode", answer="ct2-7pp")
        assert right["match"]
        assert right["verified"]
        state = await window.state(lambda s: s["lease"]["stage"] == 2)
        assert {"label": "postcode", "value": "CT2 7PP"} in state["person"]["fields"]
        assert "never-0" not in json.dumps(state)


async def test_an_outcome_brings_the_next_person(stage: Stage) -> None:
    async with console(stage.token) as window:
        attempt = await _talk(stage, window)
        report(stage.world.database, attempt, "ended_answered")  # type: ignore[arg-type]
        state = await window.act("refresh")
        assert state["state"] == "wrapup"
        empty = {"disposition_id": None, "callback_at": None, "callback_own": False, "note": ""}
        missing = await window.ask("save_outcome", **empty)
        assert missing["code"] == "no_outcome"
        assert "Choose an outcome" in missing["message"]
        reached = next(one["id"] for one in state["dispositions"] if one["kind"] == "reached")
        state = await window.act("save_outcome", **{**empty, "disposition_id": reached})
        while state["state"] != "preview":
            state = await window.state()
        assert state["person"]["name"] == "Person1"


async def test_a_note_is_sealed_to_the_firm_and_a_card_number_is_refused(stage: Stage) -> None:
    async with console(stage.token) as window:
        attempt = await _talk(stage, window)
        report(stage.world.database, attempt, "ended_answered")  # type: ignore[arg-type]
        state = await window.act("refresh")
        lease = state["lease"]["id"]
        outcome = {
            "disposition_id": state["dispositions"][0]["id"],
            "callback_at": None,
            "callback_own": False,
            "note": "pays with 4111 1111 1111 1111",
        }
        refused = await window.ask("save_outcome", **outcome)
        assert refused["code"] == "card_number"
        await window.act("save_outcome", **{**outcome, "note": "Will read it with her partner."})
    with stage.world.definer() as conn:
        row = conn.execute("select lease_id, key_version, sealed from dialer_note").fetchone()
    assert str(row[0]) == lease
    assert b"partner" not in row[2]
    firm = load_keyring(stage.world.database.keys, "firm")
    opened = open_from(
        firm.private_key(row[1]), info=NOTE_LABEL, associated=row[0].bytes, sealed=bytes(row[2])
    )
    assert opened == b"Will read it with her partner."


async def test_a_callback_is_meant_at_the_called_person(stage: Stage) -> None:
    async with console(stage.token) as window:
        attempt = await _talk(stage, window)
        report(stage.world.database, attempt, "ended_answered")  # type: ignore[arg-type]
        state = await window.act("refresh")
        callback = next(one["id"] for one in state["dispositions"] if one["kind"] == "callback")
        outcome = {"disposition_id": callback, "callback_own": True, "note": ""}
        past = await window.ask("save_outcome", **outcome, callback_at="2020-01-01T12:00")
        assert past["code"] == "callback_time"
        at = _tomorrow_noon_in_chicago()
        assert (await window.ask("save_outcome", **outcome, callback_at=at.strftime("%Y-%m-%dT%H:%M")))["ok"]
    with stage.world.definer() as conn:
        row = conn.execute("select due_at, agent_id from dialer_waiting where kind = 'callback'").fetchone()
    assert row[0] == at
    assert row[1] == stage.world.tern.people["agent"].id


def _tomorrow_noon_in_chicago():  # type: ignore[no-untyped-def]
    from datetime import datetime, timedelta
    from zoneinfo import ZoneInfo

    zone = ZoneInfo("America/Chicago")
    return (datetime.now(zone) + timedelta(days=1)).replace(hour=12, minute=0, second=0, microsecond=0)


async def test_a_skip_needs_its_reason_and_brings_the_next(stage: Stage) -> None:
    async with console(stage.token) as window:
        first = await window.act("go_ready")
        assert first["skips"] == {"left": 5, "of": 5}
        second = await window.act("skip", reason="bad_time")
        assert second["lease"]["id"] != first["lease"]["id"]
        assert second["skips"]["left"] == 4
        assert (await window.ask("skip", reason="because"))["code"] == "bad_message"


async def test_pausing_during_a_call_takes_effect_after_it(stage: Stage) -> None:
    async with console(stage.token) as window:
        await _talk(stage, window)
        state = await window.act("pause", reason="lunch")
        assert (state["state"], state["pause_after"]) == ("talking", "lunch")
        state = await window.act("pause", reason="lunch")
        assert state["pause_after"] == ""


async def test_a_wake_up_makes_it_look_for_itself(stage: Stage) -> None:
    layer = get_channel_layer()
    async with console(stage.token) as window:
        attempt = await _talk(stage, window)
        report(stage.world.database, attempt, "held")  # type: ignore[arg-type]
        agent = stage.world.tern.people["agent"].id
        await layer.group_send(f"desk.{agent.hex}", {"type": "desk.wake"})
        assert (await window.state())["state"] == "held"


async def test_the_firms_pause_reaches_a_waiting_agent(stage: Stage) -> None:
    with stage.world.definer() as conn:
        conn.execute("update campaigns_campaign set state = 'paused' where id = %s", [stage.campaign])
    async with console(stage.token) as window:
        state = await window.act("go_ready")
        assert state["state"] == "ready"
        assert state["trouble"] == "campaign_paused"
        assert state["person"] is None
        with stage.world.definer() as conn:
            conn.execute("update campaigns_campaign set state = 'running' where id = %s", [stage.campaign])
        await get_channel_layer().group_send(f"campaign.{stage.campaign.hex}", {"type": "desk.wake"})
        assert (await window.state(lambda s: s["state"] == "preview"))["person"]["name"] == "Person0"


@pytest.mark.parametrize("verb", ["hold", "mute", "end_call"])
async def test_a_command_without_a_call_is_refused_in_words(stage: Stage, verb: str) -> None:
    async with console(stage.token) as window:
        answer = await window.ask(verb)
        assert answer["code"] == "state"
        assert answer["message"]
