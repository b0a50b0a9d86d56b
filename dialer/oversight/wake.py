"""Tells one desk to look again. A wake-up carries nothing and may be lost: SQL holds the state."""

import logging
from uuid import UUID

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.db import transaction

logger = logging.getLogger(__name__)


def wake_desk_after_commit(agent_id: UUID) -> None:
    """Wake an agent's desk once the running transaction is committed."""
    transaction.on_commit(lambda: _wake(agent_id))


def _wake(agent_id: UUID) -> None:
    layer = get_channel_layer()
    if layer is None:
        return
    try:
        async_to_sync(layer.group_send)(f"desk.{agent_id.hex}", {"type": "desk.wake"})
    except Exception:
        # What was committed holds without it: the desk is read again at the agent's next act.
        logger.warning("wake-up not sent: the channel layer is away", exc_info=True)
