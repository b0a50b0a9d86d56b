"""Records everything a browser receives: answers with their headers, frames of sockets, storage, the page as it stands."""

import json
from collections.abc import Iterator

from playwright.sync_api import BrowserContext, Error, Page, Response, WebSocket

_STORED = """async () => JSON.stringify({
  local: {...localStorage}, session: {...sessionStorage}, cookies: document.cookie, name: window.name,
  databases: (await indexedDB.databases()).map((one) => one.name),
  caches: await caches.keys(), workers: (await navigator.serviceWorker.getRegistrations()).length,
})"""


class Tape:
    """All that came to one window. The same body twice is kept once."""

    def __init__(self, context: BrowserContext) -> None:
        self._kept: dict[bytes, str] = {}
        self.frames = 0
        self.answers = 0
        self.unread: list[str] = []
        self._context = context
        context.on("response", self._answered)
        context.on("page", self._opened)

    def keep(self, place: str, data: bytes) -> None:
        """Add bytes that came from somewhere."""
        self._kept.setdefault(data, place)

    def keep_page(self, page: Page) -> None:
        """Add the page as it stands now, its storage and the window's cookies."""
        self.keep("page", page.content().encode())
        self.keep("storage", str(page.evaluate(_STORED)).encode())
        self.keep("cookies", json.dumps(self._context.cookies()).encode())

    @property
    def size(self) -> int:
        """Bytes kept."""
        return sum(map(len, self._kept))

    def parts(self) -> Iterator[tuple[str, bytes]]:
        """Every part with the place it came to."""
        for data, place in self._kept.items():
            yield place, data

    def has(self, data: bytes) -> bool:
        """Whether some part holds these bytes."""
        return any(data in part for part in self._kept)

    def _opened(self, page: Page) -> None:
        page.on("websocket", self._line)

    def _line(self, socket: WebSocket) -> None:
        socket.on("framereceived", self._frame)

    def _frame(self, frame: str | bytes) -> None:
        self.frames += 1
        self.keep("socket", frame.encode() if isinstance(frame, str) else frame)

    def _answered(self, response: Response) -> None:
        self.answers += 1
        try:
            self.keep("headers", json.dumps(response.headers_array()).encode())
            self.keep("address", response.url.encode())
            if not 300 <= response.status < 400:
                self.keep("body", response.body())
        except Error:
            self.unread.append(response.url)
