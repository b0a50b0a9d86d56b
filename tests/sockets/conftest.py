"""The stage of the socket tests: the agent surface, people to call, an agent who is signed in."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID

import pytest

from dialer.console.keys import list_keys
from tenants.db.pool import close_pool
from tests.world import World


@dataclass
class Stage:
    """What a test starts from. `token` is the session of tern's first agent."""

    world: World
    campaign: UUID
    contacts: list[UUID]
    token: str


@pytest.fixture
async def stage(world: World, agent_surface: None) -> AsyncIterator[Stage]:
    """Three people to call for alder, and tern's agent signed in on the agent surface."""
    list_keys.cache_clear()
    campaign = world.campaign()
    contacts = world.contacts(campaign, 3)
    yield Stage(world, campaign, contacts, world.token(world.tern.people["agent"]))
    await close_pool()
    list_keys.cache_clear()
