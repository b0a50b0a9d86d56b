"""The addresses of the console: on the agent surface only."""

from typing import Any

from django.urls import URLPattern, path

from dialer.console.consumers import ConsoleConsumer
from dialer.console.pages import console, watermark

agent_urlpatterns: list[URLPattern] = [
    path("console", console, name="console"),
    path("watermark.svg", watermark, name="watermark"),
]

websocket_urlpatterns: list[Any] = [path("ws/console", ConsoleConsumer.as_asgi(), name="ws-console")]
