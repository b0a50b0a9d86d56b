"""A picture made small shows the same colours as long as there are no more than 256."""

import struct
import zlib

import pytest

from tests.browser.smallpng import shrink_png

PIXELS = [[(row * 40, at * 60 % 256, (row + at) * 30 % 256) for at in range(6)] for row in range(5)]


def _paeth(left: int, up: int, corner: int) -> int:
    base = left + up - corner
    return min((left, up, corner), key=lambda one: abs(base - one))


def _guess(kind: int, left: int, up: int, corner: int) -> int:
    return (0, left, up, (left + up) // 2, _paeth(left, up, corner))[kind]


def _png() -> bytes:
    """A picture whose five rows use the five filters of PNG."""
    rows, above = b"", [0] * 18
    for kind, row in enumerate(PIXELS):
        line = [part for pixel in row for part in pixel]
        around = zip(line, [0, 0, 0, *line], above, [0, 0, 0, *above], strict=False)
        rows += bytes(
            [kind, *((one - _guess(kind, left, up, corner)) % 256 for one, left, up, corner in around)]
        )
        above = line
    parts = (
        (b"IHDR", struct.pack(">IIBBBBB", 6, 5, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(rows)),
        (b"IEND", b""),
    )
    made = b"\x89PNG\r\n\x1a\n"
    for kind_of, body in parts:
        made += struct.pack(">I", len(body)) + kind_of + body + struct.pack(">I", zlib.crc32(kind_of + body))
    return made


def test_every_filter_is_undone_and_every_colour_kept() -> None:
    small = shrink_png(_png())
    palette_at = small.index(b"PLTE") + 4
    data_at = small.index(b"IDAT") + 4
    (length,) = struct.unpack_from(">I", small, data_at - 8)
    rows = zlib.decompress(small[data_at : data_at + length])
    shown = [
        [tuple(small[palette_at + 3 * index : palette_at + 3 * index + 3]) for index in rows[at + 1 : at + 7]]
        for at in range(0, len(rows), 7)
    ]
    assert shown == PIXELS


def test_what_is_no_picture_of_that_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="not a PNG"):
        shrink_png(b"GIF89a")
