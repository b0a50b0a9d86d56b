"""Makes a screenshot small enough for a repository: 256 colours, the most used ones kept exactly. Pure.

Source: PNG specification, third edition, sections 9 (filters) and 11 (chunks).
"""

import struct
import zlib
from collections import Counter

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_CHANNELS = {2: 3, 6: 4}
Colour = tuple[int, int, int]


def shrink_png(data: bytes) -> bytes:
    """Turn a PNG of 8-bit colour, not interlaced, into one of 256 colours. Raises: ValueError for another kind."""
    width, height, channels, packed = _read(data)
    pixels = _unfilter(zlib.decompress(packed), width * channels, channels, height)
    colours = list(zip(pixels[0::channels], pixels[1::channels], pixels[2::channels], strict=True))
    common = [colour for colour, _count in Counter(colours).most_common(256)]
    places = {colour: at for at, colour in enumerate(common)}
    for colour in set(colours) - places.keys():
        places[colour] = min(range(len(common)), key=lambda at, one=colour: _distance(common[at], one))
    indexes = bytes(places[colour] for colour in colours)
    rows = b"".join(b"\0" + indexes[at : at + width] for at in range(0, len(indexes), width))
    return b"".join(
        (
            _SIGNATURE,
            _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
            _chunk(b"PLTE", b"".join(bytes(colour) for colour in common)),
            _chunk(b"IDAT", zlib.compress(rows, 9)),
            _chunk(b"IEND", b""),
        )
    )


def _read(data: bytes) -> tuple[int, int, int, bytes]:
    if not data.startswith(_SIGNATURE):
        raise ValueError("not a PNG")
    at, parts, header = len(_SIGNATURE), [], b""
    while at < len(data):
        (length,) = struct.unpack_from(">I", data, at)
        kind, body = data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        if kind == b"IHDR":
            header = body
        elif kind == b"IDAT":
            parts.append(body)
        at += 12 + length
    width, height, depth, colour, _compression, _filter, interlace = struct.unpack(">IIBBBBB", header)
    if depth != 8 or colour not in _CHANNELS or interlace:
        raise ValueError("another kind of PNG")
    return width, height, _CHANNELS[colour], b"".join(parts)


def _unfilter(raw: bytes, stride: int, step: int, height: int) -> bytearray:
    out = bytearray()
    above = bytearray(stride)
    for row in range(height):
        start = row * (stride + 1)
        kind, line = raw[start], bytearray(raw[start + 1 : start + 1 + stride])
        if kind == 1:
            for at in range(step, stride):
                line[at] = line[at] + line[at - step] & 255
        elif kind == 2:
            line = bytearray(one + up & 255 for one, up in zip(line, above, strict=True))
        elif kind in (3, 4):
            for at in range(stride):
                left = line[at - step] if at >= step else 0
                corner = above[at - step] if at >= step else 0
                guess = left + above[at] >> 1 if kind == 3 else _paeth(left, above[at], corner)
                line[at] = line[at] + guess & 255
        out += line
        above = line
    return out


def _paeth(left: int, up: int, corner: int) -> int:
    base = left + up - corner
    return min((left, up, corner), key=lambda one: abs(base - one))


def _distance(one: Colour, other: Colour) -> int:
    return sum((a - b) ** 2 for a, b in zip(one, other, strict=True))


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
