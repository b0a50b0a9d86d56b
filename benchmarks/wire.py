"""A WebSocket client that costs as little as it can: one frame out, one frame back, hundreds of connections a process.

A comfortable client would be the slower end and hide the server. `python -m benchmarks.wire` runs it apart from the
server's process and from the one that measures. Source: RFC 6455, sections 5.2 and 5.3.
"""

import asyncio
import json
import struct
import sys
import time
from typing import Any, Final

_WARM_S: Final = 1.5
_GREETING: Final = (
    "GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
    "Origin: http://127.0.0.1:{port}\r\nCookie: keyhole_agent={cookie}\r\n\r\n"
)


def frame_of(text: str) -> bytes:
    """A masked text frame of at most 65,535 bytes; the mask is zeros, which the RFC allows a test."""
    payload = text.encode()
    if len(payload) < 126:
        return bytes([0x81, 0x80 | len(payload)]) + bytes(4) + payload
    return bytes([0x81, 0xFE]) + struct.pack(">H", len(payload)) + bytes(4) + payload


def take_frame(buffer: bytearray) -> tuple[int, bytes] | None:
    """Take one whole frame (opcode, payload) off the front of the buffer, None while it is not whole."""
    if len(buffer) < 2:
        return None
    size, start = buffer[1] & 0x7F, 2
    if size == 126:
        if len(buffer) < 4:
            return None
        size, start = struct.unpack_from(">H", buffer, 2)[0], 4
    elif size == 127:
        if len(buffer) < 10:
            return None
        size, start = struct.unpack_from(">Q", buffer, 2)[0], 10
    if len(buffer) < start + size:
        return None
    opcode, payload = buffer[0] & 0x0F, bytes(buffer[start : start + size])
    del buffer[: start + size]
    return opcode, payload


class Line(asyncio.Protocol):
    """One connection that asks again as soon as it is answered, while the clock runs."""

    def __init__(self, clock: "Clock", number: int, port: int, path: str, cookie: str) -> None:
        self.clock = clock
        self.greeting = _GREETING.format(path=path, port=port, cookie=cookie).encode()
        self.ask = frame_of(json.dumps({"id": number, "do": "beat"}))
        self.buffer = bytearray()
        self.is_open = False
        self.transport: Any = None

    def connection_made(self, transport: Any) -> None:
        """Greet the server."""
        self.transport = transport
        transport.write(self.greeting)

    def data_received(self, data: bytes) -> None:
        """Count each answer and ask again."""
        self.buffer += data
        if not self.is_open:
            end = self.buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            if not self.buffer.startswith(b"HTTP/1.1 101"):
                self.clock.refused += 1
                self.transport.close()
                return
            del self.buffer[: end + 4]
            self.is_open = True
            self.clock.opened += 1
        while frame := take_frame(self.buffer):
            self.clock.heard(self, *frame)

    def connection_lost(self, exc: Exception | None) -> None:
        """Remember that it was lost while it was needed."""
        self.clock.lost += self.is_open and not self.clock.over


class Clock:
    """Counts answers of all lines of one run."""

    def __init__(self) -> None:
        self.opened = self.refused = self.lost = self.answers = self.turned_away = 0
        self.running = self.over = False

    def heard(self, line: Line, opcode: int, payload: bytes) -> None:
        """One frame: an answer to a request is counted and asked again; a pushed state is not an answer."""
        if opcode != 1 or not self.running or (b'"beat"' not in payload and b'"re":' not in payload):
            return
        if b'"too_fast"' in payload:
            self.turned_away += 1
        else:
            self.answers += 1
        line.transport.write(line.ask)


async def converse(*, port: int, path: str, cookies: list[str], seconds: float) -> dict[str, Any]:
    """Open a line for each cookie, wait for a word on the standard input, then ask for `seconds`."""
    loop, clock = asyncio.get_running_loop(), Clock()
    lines: list[Line] = []
    for number, cookie in enumerate(cookies):
        line = Line(clock, number, port, path, cookie)
        await loop.create_connection(lambda line=line: line, "127.0.0.1", port)  # type: ignore[misc]
        lines.append(line)
        while clock.opened + clock.refused <= number - 16:
            await asyncio.sleep(0.005)
    until = time.monotonic() + 60
    while clock.opened + clock.refused < len(cookies) and time.monotonic() < until:
        await asyncio.sleep(0.01)
    print("open", flush=True)
    await loop.run_in_executor(None, sys.stdin.readline)
    clock.running = True
    for line in lines:
        line.transport.write(line.ask)
    # Unmeasured at first: every console's first beat goes to the database, the next ones seconds later.
    await asyncio.sleep(_WARM_S)
    clock.answers, began = 0, time.monotonic()
    await asyncio.sleep(seconds)
    clock.running = False
    took = time.monotonic() - began
    clock.over = True
    for line in lines:
        line.transport.close()
    return {
        "per_s": clock.answers / took,
        **{n: getattr(clock, n) for n in ("opened", "refused", "lost", "turned_away")},
    }


def main() -> None:
    """Read the order from the first line of the standard input and write what came of it."""
    order = json.loads(sys.stdin.readline())
    print(json.dumps(asyncio.run(converse(**order))), flush=True)


if __name__ == "__main__":
    main()
