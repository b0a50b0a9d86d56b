"""Finds a number in bytes, in every form in which one gets out unnoticed."""

import base64
import re
from urllib.parse import quote

_SEPARATORS = re.compile(rb"[\s().\-/]+")


def number_forms(number: str) -> dict[str, bytes]:
    """Name each form of an E.164 number (country code +44) and give the bytes to look for."""
    digits = number.removeprefix("+")
    national = "0" + digits.removeprefix("44")
    forms = {
        "digits": digits.encode(),
        "national": national.encode(),
        "reversed": digits[::-1].encode(),
        "reversed national": national[::-1].encode(),
        "url": quote(number, safe="").encode(),
        "hex": number.encode().hex().encode(),
        "hex digits": digits.encode().hex().encode(),
        "hex of the integer": f"{int(digits):x}".encode(),
        "bytes of the integer": int(digits).to_bytes(5, "big"),
    }
    for shift in range(3):
        # What is certain of the encoding, wherever in a longer text the digits begin.
        whole = base64.b64encode(b"\0" * shift + digits.encode())
        forms[f"base64 {shift}"] = whole[(0, 2, 3)[shift] : len(whole) - 4]
    return forms


def find_number(number: str, haystack: bytes) -> list[str]:
    """Name the forms of the number that are in the haystack, spaced and bracketed ones too."""
    joined = _SEPARATORS.sub(b"", haystack)
    lowered = (haystack.lower(), joined.lower())
    return [
        name
        for name, form in number_forms(number).items()
        if form in haystack or form in joined or any(form.lower() in text for text in lowered)
    ]
