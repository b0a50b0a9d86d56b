"""What the console's socket is measured against: the barest echo of ASGI, and the consumer that Channels offers."""

from typing import Any

import django
from channels.generic.websocket import AsyncJsonWebsocketConsumer
from channels.routing import ProtocolTypeRouter, URLRouter
from django.urls import path


async def bare(scope: Any, receive: Any, send: Any) -> None:
    """Echo text, nothing else: the most a server gives."""
    if scope["type"] != "websocket":
        return
    while True:
        message = await receive()
        if message["type"] == "websocket.connect":
            await send({"type": "websocket.accept"})
        elif message["type"] == "websocket.receive":
            await send({"type": "websocket.send", "text": message["text"]})
        else:
            return


class Echo(AsyncJsonWebsocketConsumer):
    """The JSON consumer as its documentation shows it."""

    async def receive_json(self, content: Any, **kwargs: Any) -> None:
        """Send back what came."""
        await self.send_json({"re": content["id"], "do": content["do"], "ok": True})


def make_plain() -> Any:
    """The application of the peer, over the same settings."""
    django.setup()
    return ProtocolTypeRouter({"websocket": URLRouter([path("ws/console", Echo.as_asgi())])})


def __getattr__(name: str) -> Any:
    # Made when the server asks for it: the bare echo must not pay for Django.
    if name == "plain":
        return make_plain()
    raise AttributeError(name)
