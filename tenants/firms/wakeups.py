"""Tells the desks of an engagement to look again. A wake-up carries nothing and is trusted for nothing."""

from functools import partial
from uuid import UUID

import structlog
from asgiref.sync import async_to_sync
from channels.exceptions import ChannelFull
from channels.layers import get_channel_layer
from django.db import transaction
from redis.exceptions import RedisError

from tenants.firms.models import Engagement

_log = structlog.get_logger(__name__)


def wake_engaged_desks(*, firm_id: UUID, engagement_id: UUID) -> None:
    """Once the running transaction is committed, wake the desks of every campaign the engagement works on.

    Without the channel layer nothing is lost: SQL refuses the next claim either way.
    """
    campaigns = (
        Engagement.objects.filter(firm_id=firm_id, pk=engagement_id, engaged__isnull=False)
        .values_list("engaged__campaign_id", flat=True)
        .distinct()
    )
    groups = [f"campaign.{campaign_id.hex}" for campaign_id in campaigns]
    if groups:
        transaction.on_commit(partial(_send_all, groups))


def _send_all(groups: list[str]) -> None:
    layer = get_channel_layer()
    if layer is None:
        return
    send = async_to_sync(layer.group_send)
    for group in groups:
        try:
            send(group, {"type": "desk.wake"})
        except (ChannelFull, RedisError, OSError) as error:
            _log.warning("desks_not_woken", reason=type(error).__name__)
            return
