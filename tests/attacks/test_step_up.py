"""SQL under a person's own session: what asks for a fresh second factor on the page asks for it in the database too."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.database.register import ask_as
from tests.web.evidence import entries_of
from tests.web.months import begin, last_month
from tests.web.signing import Watcher
from tests.world import ADDRESS, DEVICE, Member, World

Act = Callable[[World, Member], Any]


def add_witness(world: World, member: Member) -> Any:
    return ask_as(world, member, "tenants_add_witness_v1", "Office", Watcher().vkey, 24, ADDRESS, DEVICE)


def retire_witness(world: World, member: Member) -> Any:
    with world.definer() as conn:
        found = conn.execute("select id from tenants_witness where firm_id = %s", [world.alder.id]).fetchone()
    assert found is not None
    return ask_as(world, member, "tenants_retire_witness_v1", found[0], ADDRESS, DEVICE)


def change_rules(world: World, member: Member) -> Any:
    return ask_as(world, member, "tenants_change_rules_v1", 48, 60, ADDRESS, DEVICE)


def sign_review(world: World, member: Member) -> Any:
    month = last_month().first
    digest = b"\0" * 32
    return ask_as(
        world, member, "tenants_sign_review_v1", month, "clean", "", digest, digest, ADDRESS, DEVICE
    )


def confirmed(world: World, ago: str | None) -> None:
    """Let every session have given its second factor so long ago (`None`: never again since its beginning)."""
    with world.definer() as conn:
        conn.execute("update tenants_session set stepped_up_at = now() - %s::interval", [ago])


@pytest.mark.parametrize(
    ("act", "event"),
    [
        (add_witness, "ledger:witness:added"),
        (retire_witness, "ledger:witness:retired"),
        (change_rules, "tenants:rules:changed"),
        (sign_review, "reports:review:signed"),
    ],
)
@pytest.mark.parametrize("ago", ["11 minutes", None])
def test_without_a_fresh_code_nothing_is_done_and_the_attempt_is_on_record(
    world: World, act: Act, event: str, ago: str | None
) -> None:
    begin(world)
    member = world.alder.people["data_officer"]
    world.token(member)
    if act is retire_witness:
        assert add_witness(world, member)["ok"]
    confirmed(world, ago)
    said = act(world, member)
    assert (said["ok"], said["code"]) == (False, "step_up")
    (entry,) = entries_of(world, world.alder, event)
    assert (entry["allowed"], entry["reason"], entry["actor_id"]) == (False, "step_up", member.id)
    # The control: the same act with a fresh code.
    confirmed(world, "9 minutes")
    assert act(world, member)["ok"]
