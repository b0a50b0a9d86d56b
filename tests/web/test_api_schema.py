"""The API's description: the committed file equals the code, and what it promises is what is answered."""

from collections.abc import Callable
from pathlib import Path

import pytest
import schemathesis
import yaml
from django.core.cache import cache
from django.core.wsgi import get_wsgi_application
from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

from dialer.openapi import render_schema
from tests.conftest import FULL
from tests.web.api_client import make_token
from tests.world import World

COMMITTED = Path(__file__).resolve().parents[2] / "docs" / "api.yaml"
EXAMPLES = 25 if FULL else 3


@pytest.fixture
def described(surface: Callable[[str], None], database: object) -> bytes:
    surface("firm")
    return render_schema()


def test_the_committed_description_equals_the_code(described: bytes) -> None:
    assert COMMITTED.read_bytes() == described, "run: python manage.py spectacular --file docs/api.yaml"


def test_it_is_served_to_anyone_and_names_no_other_host(described: bytes) -> None:
    answer = Client().get("/api/schema/")
    assert answer.status_code == 200
    assert answer.content == described
    assert b"http://" not in described
    assert b"https://" not in described


def test_every_operation_names_its_scope_and_its_errors(described: bytes) -> None:
    description = yaml.safe_load(described)
    operations = [(path, op) for path, ops in description["paths"].items() for op in ops.values()]
    assert len(operations) == 22
    for path, operation in operations:
        assert "Scope: `" in operation["description"], path
        assert {"400", "401", "403", "404", "429"} <= set(operation["responses"]), path
        assert operation["security"] == [{"token": []}], path


def test_answers_to_anything_fit_the_description(
    world: World, described: bytes, spool: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rates = {"address": "1000000/min", "token": "1000000/min"}
    monkeypatch.setattr("rest_framework.throttling.SimpleRateThrottle.THROTTLE_RATES", rates)
    cache.clear()
    world.contacts(world.campaign(), 1)
    token = make_token(world, world.alder)
    schema = schemathesis.openapi.from_dict(yaml.safe_load(described))
    schema.app = get_wsgi_application()
    tried = 0
    for found in schema.get_all_operations():
        operation = found.ok()

        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            derandomize=True,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy())
        def answers_fit(case: schemathesis.Case) -> None:
            nonlocal tried
            tried += 1
            # A cursor is opaque and a list must be one: what the schema allows may be refused all the same.
            case.call_and_validate(
                headers={"Authorization": f"Bearer {token}", "Host": "testserver"},
                excluded_checks=[positive_data_acceptance],
            )

        answers_fit()
    assert tried >= EXAMPLES
