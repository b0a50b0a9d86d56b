"""Every address of the API x scope x role. An address that is missing here fails, and so does any leak."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from django.urls import URLPattern

from dialer import api_urls
from tenants.db.ids import new_id
from tenants.identity.api import ApiView
from tests.web.api_client import Program, make_token
from tests.web.evidence import entries_of
from tests.world import World

ROLES = ("manager", "auditor", "data_officer")
EVERYONE = frozenset(ROLES)
MANAGER = frozenset({"manager"})

# (URL name, method): the scope that opens it, and the roles it can open it to.
MATRIX = {
    ("api-lists", "GET"): ("lists:read", EVERYONE),
    ("api-list", "GET"): ("lists:read", EVERYONE),
    ("api-imports", "GET"): ("lists:read", EVERYONE),
    ("api-imports", "POST"): ("lists:write", MANAGER),
    ("api-import", "GET"): ("lists:read", EVERYONE),
    ("api-rejects", "GET"): ("lists:read", EVERYONE),
    ("api-campaigns", "GET"): ("campaigns:read", EVERYONE),
    ("api-campaign", "GET"): ("campaigns:read", EVERYONE),
    ("api-campaign-pause", "POST"): ("campaigns:write", MANAGER),
    ("api-campaign-resume", "POST"): ("campaigns:write", MANAGER),
    ("api-engagements", "GET"): ("engagements:read", EVERYONE),
    ("api-engagement", "GET"): ("engagements:read", EVERYONE),
    ("api-engagement-suspend", "POST"): ("engagements:write", MANAGER),
    ("api-engagement-resume", "POST"): ("engagements:write", MANAGER),
    ("api-entries", "GET"): ("contacts:read", EVERYONE),
    ("api-live", "GET"): ("contacts:read", EVERYONE),
    ("api-entry-proof", "GET"): ("contacts:read", EVERYONE),
    ("api-checkpoint", "GET"): ("evidence:read", EVERYONE),
    ("api-ledger-keys", "GET"): ("evidence:read", EVERYONE),
    ("api-consistency", "GET"): ("evidence:read", EVERYONE),
    ("api-cosignatures", "POST"): ("evidence:witness", EVERYONE),
    ("api-refusals", "POST"): ("evidence:witness", EVERYONE),
}
# A scope that opens what another opens too: a witness reads what it is to sign.
WIDER = {"evidence:witness": "evidence:read"}
SCOPES = [*sorted({scope for scope, _ in MATRIX.values()}), "", "everything:write", "contacts"]
# Open to anyone, since it holds nothing of any firm.
OPEN = {"api-schema"}


@pytest.fixture(autouse=True)
def counts_from_nothing() -> None:
    cache.clear()


def view_of(pattern: URLPattern) -> Any:
    return getattr(pattern.callback, "cls", None)


def test_every_address_of_the_api_is_in_the_matrix() -> None:
    found = set()
    for pattern in api_urls.urlpatterns:
        view = view_of(pattern)
        if view is None:
            assert pattern.name in OPEN
            continue
        assert issubclass(view, ApiView)
        handled = {method.upper() for method in view.http_method_names if hasattr(view, method)}
        assert handled == set(view.actions), pattern.name
        found |= {(pattern.name, method) for method in handled}
    assert found == set(MATRIX)


def send(program: Program, name: str, method: str) -> int:
    takes_id = name not in (
        "api-lists",
        "api-imports",
        "api-campaigns",
        "api-engagements",
        "api-entries",
        "api-live",
        "api-checkpoint",
        "api-ledger-keys",
        "api-consistency",
        "api-cosignatures",
        "api-refusals",
    )
    args = (new_id(),) if takes_id else ()
    answer = program.get(name, *args) if method == "GET" else program.post(name, *args, data={"reason": "x"})
    return answer.status_code


def test_scope_and_role_must_both_allow(world: World, surface: Callable[[str], None]) -> None:
    surface("firm")
    wrong = []
    refusals = 0
    for role in ROLES:
        for scope in SCOPES:
            program = Program(make_token(world, world.alder, scope, role=role))
            for (name, method), (needed, roles) in MATRIX.items():
                status = send(program, name, method)
                is_open = needed in (scope, WIDER.get(scope)) and role in roles
                refusals += not is_open
                if (status == 403) is is_open or status in (401, 500):
                    wrong.append((role, scope, name, method, status))
        cache.clear()
    assert wrong == []
    # Each refusal is on record, and nothing else was written by what was refused.
    assert len(entries_of(world, world.alder, "identity:access:denied")) == refusals


def test_a_token_of_no_scope_opens_nothing(world: World, surface: Callable[[str], None]) -> None:
    surface("firm")
    program = Program(make_token(world, world.alder))
    with world.definer() as conn:
        conn.execute("update tenants_apitoken set scopes = '{}'")
    assert {send(program, name, method) for name, method in MATRIX} == {403}
