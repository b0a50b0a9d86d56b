"""Guess what each column of a list is, from its header and its first values; a person confirms it.

A guess never reveals: what it does not recognise is suggested as 'never'.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass

_NAME_CHARS = 100
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]{2,}")
_PHONE_SHAPE = re.compile(
    r"(?:tel:)?'?[+(]?\d[\d\s().\-/\u00a0\u2010-\u2015]{5,22}\d(?:\s*(?:x|ext\.?|#)\s*\d+)?",
    re.IGNORECASE,
)
_EXCEL_SHAPE = re.compile(r"\d(?:[.,]\d+)?e\+?\d+|\d{7,15}[.,]0+", re.IGNORECASE)
_DATE_SHAPE = re.compile(r"\d{4}-\d\d-\d\d(?:[ T].*)?|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}")
_POSTCODE_SHAPE = re.compile(
    r"\d{5}(?:-\d{4})?|\d{2}-\d{3}|[A-Z]{1,2}\d[A-Z\d]?\s*\d[A-Z]{2}|[A-Z]\d[A-Z]\s*\d[A-Z]\d|\d{4}\s?[A-Z]{2}",
    re.IGNORECASE,
)

# Whole folded header names and, after '~', words that may stand anywhere in one. en, pl, es, de, fr.
_WORDS: dict[str, str] = {
    "first_name": "first name|firstname|forename|given name|givenname|fname|imie|nombre|nombre de pila|vorname|prenom",
    "last_name": "last name|lastname|surname|family name|lname|nazwisko|apellido|apellidos|primer apellido|nachname"
    "|familienname|nom de famille|nom",
    "name": "name|full name|fullname|contact|contact name|customer|customer name|client|client name|imie i nazwisko"
    "|nazwisko i imie|klient|nombre completo|nombre y apellidos|cliente|kunde|kundenname|vollstandiger name|nom complet"
    "|nom et prenom",
    "email": "~email|~e mail|~mail|~correo|~courriel|~adres e mail",
    "phone": "~phone|~phones|~telephone|~tel|~mobile|~mob|~cell|~cellphone|~landline|~msisdn|~number to call|~telefon"
    "|~komorka|~komorkowy|~nr tel|~telefono|~movil|~celular|~telefonnummer|~handy|~handynummer|~mobilnummer|~festnetz"
    "|~rufnummer|~portable|~mobilne",
    "postcode": "postcode|post code|postal code|postalcode|postal|zip|zip code|zipcode|kod pocztowy|kod|codigo postal|cp"
    "|plz|postleitzahl|code postal",
    "town": "town|city|town city|locality|miasto|miejscowosc|ciudad|poblacion|localidad|municipio|ort|stadt|wohnort|ville"
    "|commune|localite",
    "region": "region|state|county|province|wojewodztwo|powiat|provincia|comunidad|bundesland|land|kreis|departement",
    "country": "country|country code|kraj|panstwo|pais|staat|pays",
    "address": "~address|~address1|~address2|~street|~adres|~ulica|~direccion|~calle|~adresse|~strasse|~anschrift|~rue",
    "external_id": "id|uid|uuid|external id|customer id|client id|contact id|record id|reference|ref|account|account no"
    "|account number|customer number|respondent|identyfikator|numer klienta|nr klienta|referencia|id cliente|kundennummer"
    "|kunden nr|numero client|identifiant",
}
_NOT_PHONE = frozenset(["fax", "date", "type", "consent", "status", "note", "notes", "extension"])
_LABELS = {
    "phone": "Phone", "first_name": "First name", "last_name": "Last name", "name": "Name", "email": "E-mail",
    "postcode": "Postcode", "town": "Town", "region": "Region", "country": "Country", "external_id": "Reference",
}  # fmt: skip
_SEEN = {
    "first_name": "before", "last_name": "before", "name": "before", "town": "before",
    "email": "verified", "postcode": "verified", "address": "verified",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ColumnGuess:
    """One column: `confidence` is 0 to 1; `visibility` is 'before', 'verified' or 'never', a suggestion."""

    name: str
    role: str
    label: str
    confidence: float
    visibility: str


def fold(text: str) -> str:
    """Return the text without accents, case and punctuation, words apart by one space."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text).lower().replace("ł", "l").replace("ß", "ss")
    bare = "".join(char for char in unicodedata.normalize("NFKD", spaced) if not unicodedata.combining(char))
    return re.sub(r"[^a-z0-9]+", " ", bare).strip()


_EXACT: dict[str, str] = {}
_ANYWHERE: dict[str, str] = {}
for _role, _list in _WORDS.items():
    for _word in _list.split("|"):
        _target = _ANYWHERE if _word.startswith("~") else _EXACT
        _target[_word.lstrip("~")] = _role


def phone_like(cell: str) -> bool:
    """Say whether the cell could be a phone number: seven digits or more in a usual shape."""
    text = cell.strip()
    if not 7 <= len(text) <= 40 or _DATE_SHAPE.fullmatch(text):
        return False
    return bool(_PHONE_SHAPE.fullmatch(text) or _EXCEL_SHAPE.fullmatch(text))


def email_like(cell: str) -> bool:
    """Say whether the cell is one e-mail address."""
    return len(cell) <= 254 and bool(_EMAIL.fullmatch(cell.strip()))


def looks_like_value(cell: str) -> bool:
    """Say whether the cell is data rather than a header's word."""
    return phone_like(cell) or email_like(cell)


def name_columns(names: Sequence[str], width: int) -> list[str]:
    """Return `width` names, none empty, none twice, none longer than 100 characters."""
    made: list[str] = []
    taken: set[str] = set()
    for at in range(width):
        raw = names[at] if at < len(names) else ""
        clean = " ".join("".join(char if char.isprintable() else " " for char in raw).split())
        stem = clean[:_NAME_CHARS].strip() or f"Column {at + 1}"
        name, turn = stem, 2
        while name.casefold() in taken:
            name, turn = f"{stem} ({turn})", turn + 1
        taken.add(name.casefold())
        made.append(name)
    return made


def guess_columns(columns: Sequence[str], sample_rows: Sequence[Sequence[str]]) -> list[ColumnGuess]:
    """Return one guess per column, in file order; single-valued roles go to their most confident column."""
    drafts: list[tuple[str, float]] = []
    for at, name in enumerate(columns):
        values = [row[at].strip() for row in sample_rows if at < len(row) and row[at].strip()]
        drafts.append(_guess_one(name, values[:100]))
    best: dict[str, int] = {}
    for at, (role, confidence) in enumerate(drafts):
        if role not in best or confidence > drafts[best[role]][1]:
            best[role] = at
    guesses = []
    for at, (name, (role, confidence)) in enumerate(zip(columns, drafts, strict=True)):
        if role not in ("phone", "address", "other") and best[role] != at:
            role, confidence = "other", 0.3
        guesses.append(_finish(name, role, confidence, generated=_is_generated(name)))
    return guesses


def _finish(name: str, role: str, confidence: float, *, generated: bool) -> ColumnGuess:
    visibility = _SEEN.get(role, "never")
    shown = "other" if role == "address" else role
    label = _LABELS.get(role, name) if generated else _tidy(name)
    return ColumnGuess(name, shown, label, round(confidence, 2), visibility)


def _is_generated(name: str) -> bool:
    return re.fullmatch(r"Column \d+", name) is not None


def _tidy(name: str) -> str:
    words = re.sub(r"(?<=[a-z])(?=[A-Z0-9])|[_\s]+", " ", name).strip()
    return words[:1].upper() + words[1:] if words.islower() else words


def _guess_one(name: str, values: list[str]) -> tuple[str, float]:
    named = _role_by_name(name)
    seen, share = _role_by_values(values)
    if named == "phone" and values and seen != "phone" and _share(values, _has_digits) < 0.3:
        return "other", 0.4
    if named == "email" and values and seen != "email":
        return "other", 0.4
    if named:
        # With both in a list, the state names the region and the county is detail.
        doubt = 0.1 if "county" in fold(name) else 0.0
        return named, (0.95 if seen == named or not values else 0.85) - doubt
    if seen and not _NOT_PHONE & set(fold(name).split()):
        return seen, 0.7 * share
    return "other", 0.5


def _role_by_name(name: str) -> str:
    folded = re.sub(r"\s*\d+$", "", fold(name))
    if folded in _EXACT:
        return _EXACT[folded]
    words = folded.split()
    spans = {
        " ".join(words[i:j]) for i in range(len(words)) for j in range(i + 1, min(len(words), i + 3) + 1)
    }
    found = {_ANYWHERE[span] for span in spans if span in _ANYWHERE}
    # "e-mail address" and "telephone address" speak of the first word, not of a street.
    for role in ("email", "phone", "address"):
        if role in found and not (role == "phone" and _NOT_PHONE & set(words)):
            return role
    return ""


def _role_by_values(values: list[str]) -> tuple[str, float]:
    checks: tuple[tuple[str, Callable[[str], bool]], ...] = (
        ("email", email_like),
        ("phone", phone_like),
        ("postcode", lambda value: bool(_POSTCODE_SHAPE.fullmatch(value))),
    )
    if not values:
        return "", 0.0
    for role, check in checks:
        share = _share(values, check)
        if share >= 0.6:
            return role, share
    return "", 0.0


def _share(values: list[str], check: Callable[[str], bool]) -> float:
    return sum(map(check, values)) / len(values)


def _has_digits(value: str) -> bool:
    return sum(char.isdigit() for char in value) >= 3
