"""From bytes to text: find the encoding once, mark what it cannot decode, never guess a letter.

The choice waits for the first byte that is not ASCII, so a list whose first accent comes late is still read right.
"""

import codecs

from charset_normalizer import from_bytes

UNDECODABLE = "\ufdd0"  # a noncharacter: no honest text holds it

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# Alphabets beyond a-z. One code page is right when one language explains its letters: "ñ" and "ń" are the same
# byte, and a general detector takes Spanish for Central European.
_ALPHABETS = tuple(
    frozenset(letters + letters.upper())
    for letters in (
        "ąćęłńóśźż",
        "áčďéěíňóřšťúůýž",
        "áäčďéíĺľňóôŕšťúýž",
        "áéíóöőúüű",
        "ăâîşţ",
        "čćžšđ",
        "áéíóúñüç",
        "äöüß",
        "éèêëàâçîïôûùüÿœæ",
        "áàâãçéêíóôõúü",
        "àèéìíòóùú",
        "åäöéæø",
        "éëïóöüèê",
    )
)
_MARKS = frozenset("“”„‚‘’‹›«»–—…•·°ºª€£§®©™¿¡½¼²³\u00a0´")
_CANDIDATES = ("cp1252", "cp1250", "iso8859_15", "iso8859_2")
# What the general detector may answer: no wide encoding without its mark, no oddity that nobody exports.
_OTHER_SCRIPTS = frozenset(
    [
        "cp1251",
        "iso8859_5",
        "koi8_r",
        "koi8_u",
        "cp866",
        "mac_cyrillic",
        "cp1253",
        "iso8859_7",
        "cp1254",
        "iso8859_9",
        "cp1255",
        "iso8859_8",
        "cp1256",
        "iso8859_6",
        "cp1257",
        "iso8859_13",
        "cp1258",
        "cp874",
        "tis_620",
        "cp932",
        "shift_jis",
        "euc_jp",
        "gb18030",
        "gbk",
        "gb2312",
        "big5",
        "euc_kr",
        "cp949",
        "cp852",
        "cp850",
    ]
)
_ENOUGH = 0.75
_DETECT_BYTES = 64 * 1024


def _mark_undecodable(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return UNDECODABLE, error.end


codecs.register_error("keyhole-mark", _mark_undecodable)


class TextDecoder:
    """Decode a stream of chunks, choosing the encoding as late as the bytes allow."""

    def __init__(self, head: bytes) -> None:
        self.encoding = ""
        self._strip = 0
        self._decoder: codecs.IncrementalDecoder | None = None
        for bom, name in _BOMS:
            if head.startswith(bom):
                self._strip = len(bom)
                self._choose(name)
                return
        wide = _wide_without_bom(head)
        if wide:
            self._choose(wide)

    @property
    def chosen(self) -> str:
        """The encoding in use; plain ASCII counts as UTF-8."""
        return self.encoding or "utf-8"

    def decode(self, chunk: bytes, *, final: bool = False) -> str:
        """Return the chunk's text; each undecodable stretch becomes `UNDECODABLE`."""
        if self._strip:
            chunk, self._strip = chunk[self._strip :], 0
        decoder = self._decoder
        if decoder is None:
            if chunk.isascii():
                return chunk.decode("ascii")
            decoder = self._choose(detect_encoding(chunk))
        return decoder.decode(chunk, final)

    def _choose(self, name: str) -> codecs.IncrementalDecoder:
        self.encoding = name
        self._decoder = codecs.getincrementaldecoder(name)("keyhole-mark")
        return self._decoder


def _wide_without_bom(head: bytes) -> str:
    sample = head[:4096]
    if len(sample) < 4:
        return ""
    even, odd = sample[0::2], sample[1::2]
    even_nul, odd_nul = even.count(0) / len(even), odd.count(0) / len(odd)
    # A text in a Latin script has a zero in nearly every second byte; stray NUL bytes come nowhere near.
    if odd_nul > 0.6 and even_nul < 0.1:
        return "utf-16-le"
    if even_nul > 0.6 and odd_nul < 0.1:
        return "utf-16-be"
    return ""


def detect_encoding(chunk: bytes) -> str:
    """Return a codec name for bytes that are not plain ASCII."""
    if _is_utf8(chunk):
        return "utf-8"
    telling = b"\n".join(line for line in chunk.splitlines() if not line.isascii())[:_DETECT_BYTES]
    if _is_mostly_utf8(telling):
        return "utf-8"
    best, best_score = "", 0.0
    for name in _CANDIDATES:
        score = _latin_score(telling, name)
        if score > best_score:
            best, best_score = name, score
    if best_score >= _ENOUGH:
        return best
    found = from_bytes(telling).best()
    if found is not None and found.encoding in _OTHER_SCRIPTS and _latin_share(telling) < 0.5:
        return str(found.encoding)
    return best or "cp1252"


def _is_utf8(chunk: bytes) -> bool:
    try:
        codecs.getincrementaldecoder("utf-8")("strict").decode(chunk)
    except UnicodeDecodeError:
        return False
    return True


def _is_mostly_utf8(telling: bytes) -> bool:
    """Say whether the lines are UTF-8 with a few broken ones: those are rejected, not all re-read."""
    lines = telling.split(b"\n")
    good = sum(_is_utf8(line) for line in lines)
    return good * 2 >= len(lines)


def _latin_share(telling: bytes) -> float:
    """Return the share of ASCII letters among letters; a low share is another script."""
    ascii_letters = sum(chr(byte).isalpha() for byte in telling if byte < 128)
    high = sum(byte >= 128 for byte in telling)
    return ascii_letters / max(1, ascii_letters + high)


def _latin_score(telling: bytes, name: str) -> float:
    text = telling.decode(name, errors="replace")
    odd = [char for char in text if char > "\x7f" and char not in _MARKS]
    if not odd:
        return 1.0
    return max(sum(char in alphabet for char in odd) for alphabet in _ALPHABETS) / len(odd)
