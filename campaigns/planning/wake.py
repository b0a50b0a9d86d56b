"""Tells open desks of a campaign to look again. A wake-up carries nothing and may be lost."""

from uuid import UUID

import structlog
from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.db import transaction

logger = structlog.get_logger(__name__)


def wake_campaign_after_commit(campaign_id: UUID) -> None:
    """Wake the desks of a campaign once the running transaction is committed."""
    transaction.on_commit(lambda: _wake(campaign_id))


def _wake(campaign_id: UUID) -> None:
    layer = get_channel_layer()
    if layer is None:
        return
    try:
        async_to_sync(layer.group_send)(f"campaign.{campaign_id.hex}", {"type": "desk.wake"})
    except Exception:
        # What was committed holds without it: the claim itself checks the campaign's state.
        logger.warning("wake_not_sent", campaign_id=str(campaign_id))
