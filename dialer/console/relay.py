"""Wake-ups to the gateway over the channel layer. They carry a dial token at most and decide nothing."""

import logging

from channels.exceptions import ChannelFull
from channels.layers import get_channel_layer
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

GATEWAY = "gateway"
_AWAY = (RedisError, ChannelFull, OSError)


async def dial_softphone(dial_token: str) -> bool:
    """Hand a dial token to the gateway, as a softphone would. False when the exchange is away."""
    layer = get_channel_layer()
    if layer is None:
        return False
    try:
        await layer.send(GATEWAY, {"type": "softphone.dial", "token": dial_token})
    except _AWAY as error:
        # The token was not dialled and dies by itself.
        logger.warning("dial not sent: %s", type(error).__name__)
        return False
    return True


async def wake_gateway() -> None:
    """Tell the gateway that a command waits. Lost wake-ups cost time only: it looks by itself as well."""
    layer = get_channel_layer()
    if layer is None:
        return
    try:
        await layer.group_send(GATEWAY, {"type": "gateway.wake"})
    except _AWAY as error:
        logger.warning("gateway not woken: %s", type(error).__name__)
