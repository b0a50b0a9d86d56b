"""Which sockets each surface has. A surface without sockets refuses every one."""

from typing import Any

from django.urls import path

from dialer.console.consumers import ConsoleConsumer

websocket_urlpatterns: dict[str, list[Any]] = {
    "agent": [path("ws/console", ConsoleConsumer.as_asgi())],
    "firm": [],
}
