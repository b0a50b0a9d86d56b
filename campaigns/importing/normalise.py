"""From a cell to an E.164 number, or to the reason why not.

Never guesses a country, never drops or invents a digit, and never shows the number: readings print as <sealed>.
"""

import re
from dataclasses import dataclass
from typing import Any, Literal

import phonenumbers
from phonenumbers import (
    NumberParseException,
    PhoneNumberType,
    ValidationResult,
    shortnumberinfo,
)

from campaigns.importing.engines import Engine, EngineName, load_engine
from campaigns.importing.phonetext import digit_count, tidy_cell
from campaigns.importing.reasons import Reason

Status = Literal["valid", "possible", "invalid"]

# Nothing but a number in usual punctuation; what Excel made a decimal or a date goes the careful way.
_PLAIN = re.compile(
    r"(?!\d+[.,]0+\s*$)(?!(?:19|20)\d\d-[01]\d-[0-3]\d\b)\+?[\d \t().\-/]{7,24}",
    re.ASCII,
)
_TRUNK_ZERO = re.compile(r"\(\s*0\s*\)")
_ONE_REGION = {
    code: regions[0]
    for code, regions in phonenumbers.COUNTRY_CODE_TO_REGION_CODE.items()
    if len(regions) == 1
}
# Mobile numbers that are tied to a place, as phonenumbers has it for time zones.
# Source: phonenumbers, phonenumberutil.is_number_type_geographical.
_PLACED_MOBILES = frozenset({52, 54, 55, 62, 86})
# Countries that withdrew ranges between the two libraries' number plans: the reference decides there.
_ASK_REFERENCE = frozenset({45, 263, 506})
_ASK_PREFIXES = tuple(f"+{code}" for code in _ASK_REFERENCE)
_UNKNOWN = PhoneNumberType.UNKNOWN
_PREMIUM = PhoneNumberType.PREMIUM_RATE
_PLACED = (PhoneNumberType.FIXED_LINE, PhoneNumberType.FIXED_LINE_OR_MOBILE)
_PARSE_REASONS = {
    NumberParseException.INVALID_COUNTRY_CODE: Reason.UNKNOWN_COUNTRY,
    NumberParseException.NOT_A_NUMBER: Reason.NOT_A_NUMBER,
    NumberParseException.TOO_SHORT_AFTER_IDD: Reason.TOO_SHORT,
    NumberParseException.TOO_SHORT_NSN: Reason.TOO_SHORT,
    NumberParseException.TOO_LONG: Reason.TOO_LONG,
}
_LENGTH_REASONS = {
    ValidationResult.TOO_SHORT: Reason.TOO_SHORT,
    ValidationResult.IS_POSSIBLE_LOCAL_ONLY: Reason.TOO_SHORT,
    ValidationResult.TOO_LONG: Reason.TOO_LONG,
    ValidationResult.INVALID_COUNTRY_CODE: Reason.UNKNOWN_COUNTRY,
}
_EMERGENCY = frozenset({"112", "911", "999"})


@dataclass(slots=True, repr=False)
class PhoneReading:
    """What a cell holds. `e164` is set unless the status is 'invalid'; `reason` unless it is 'valid'.

    `placed` says that the number's prefix tells where it is; `extension` that one was cut off.
    """

    status: Status
    e164: str | None
    region: str | None
    reason: Reason | None
    placed: bool = False
    extension: bool = False

    def __repr__(self) -> str:
        return "<sealed>"


class PhoneReader:
    """Reads cells of one list. `default_region` is ISO 3166 alpha-2, None when every number carries its country."""

    def __init__(self, default_region: str | None, engine: EngineName = "auto") -> None:
        self._region = default_region.upper() if default_region else None
        if self._region and self._region not in phonenumbers.SUPPORTED_REGIONS:
            raise ValueError("not a region with phone numbers")
        self._engine = load_engine(engine)
        self._parse = self._engine.parse
        self._kind = self._engine.kind
        self._region_of = self._engine.region
        # The quick library carries older number plans: what it refuses, the reference is asked too.
        self._second = load_engine("phonenumbers") if self._engine.name != "phonenumbers" else None

    @property
    def engine(self) -> str:
        """The library in use."""
        return self._engine.name

    def read(self, raw: str) -> PhoneReading:
        """Return the reading of one cell; never raises for any text."""
        if _PLAIN.fullmatch(raw):
            try:
                number = self._parse(raw, self._region)
            except self._engine.error:
                return self._read_carefully(raw)
            kind, code = self._kind(number), number.country_code
            if kind not in (_UNKNOWN, _PREMIUM) and code not in _ASK_REFERENCE:
                region = _ONE_REGION.get(code) or self._region_of(number)
                if number.italian_leading_zero:
                    return _valid(number, kind, region)
                placed = kind in _PLACED or (kind == 1 and code in _PLACED_MOBILES)
                return PhoneReading("valid", f"+{code}{number.national_number}", region, None, placed)
        return self._read_carefully(raw)

    def _read_carefully(self, raw: str) -> PhoneReading:
        cell = tidy_cell(raw)
        if cell.reason:
            return _refused(cell.reason)
        reading = self._judge(cell.text)
        if reading.status != "valid" and reading.reason is not Reason.PREMIUM:
            for other in self._other_forms(cell.text):
                again = self._judge(other)
                if again.status == "valid":
                    reading = again
                    break
        if cell.cut_dots and reading.status == "invalid":
            return _refused(Reason.DIGITS_LOST)
        reading.extension = cell.extension
        return reading

    def _other_forms(self, text: str) -> list[str]:
        forms = []
        if _TRUNK_ZERO.search(text):
            forms.append(_TRUNK_ZERO.sub("", text))
        bare = re.sub(r"[^\d+]", "", text)
        if bare.startswith("00"):
            forms.append("+" + bare[2:])
        return forms

    def _judge(self, text: str) -> PhoneReading:
        short = self._short(text)
        if short:
            return _refused(short)
        reading = self._judge_with(self._engine, text)
        if self._second is None or reading.reason is Reason.PREMIUM:
            return reading
        if reading.status != "valid" or (reading.e164 or "").startswith(_ASK_PREFIXES):
            return self._judge_with(self._second, text)
        return reading

    def _judge_with(self, engine: Engine, text: str) -> PhoneReading:
        try:
            number = engine.parse(text, self._region)
        except engine.error as error:
            kind = getattr(error, "error_type", NumberParseException.NOT_A_NUMBER)
            return _refused(_PARSE_REASONS.get(kind, Reason.NOT_A_NUMBER))
        kind = engine.kind(number)
        if kind == _PREMIUM:
            return _refused(Reason.PREMIUM)
        if kind != _UNKNOWN:
            return _valid(number, kind, engine.region(number))
        possible = engine.possible(number)
        if possible != ValidationResult.IS_POSSIBLE:
            return _refused(_LENGTH_REASONS.get(possible, Reason.INVALID_FOR_REGION))
        region = self._region
        if not region or phonenumbers.country_code_for_region(region) != number.country_code:
            region = phonenumbers.region_code_for_country_code(number.country_code)
        return PhoneReading("possible", _e164(number), region, Reason.INVALID_FOR_REGION)

    def _short(self, text: str) -> Reason | None:
        digits = re.sub(r"\D", "", text)
        if len(digits) > 6 or text.startswith("+"):
            return None
        region = self._region
        if digits in _EMERGENCY or (region and shortnumberinfo.connects_to_emergency_number(digits, region)):
            return Reason.SHORT_CODE
        if region and len(digits) > 2:
            number = phonenumbers.PhoneNumber(
                country_code=phonenumbers.country_code_for_region(region),
                national_number=int(digits),
            )
            if shortnumberinfo.is_valid_short_number_for_region(number, region):
                return Reason.SHORT_CODE
        return Reason.TOO_SHORT if digit_count(digits) < 4 else None


def _refused(reason: Reason) -> PhoneReading:
    return PhoneReading("invalid", None, None, reason)


def _valid(number: Any, kind: int, region: str | None) -> PhoneReading:
    placed = kind in _PLACED or (kind == PhoneNumberType.MOBILE and number.country_code in _PLACED_MOBILES)
    return PhoneReading("valid", _e164(number), region, None, placed)


def _e164(number: Any) -> str:
    zeros = "0" * (number.number_of_leading_zeros or 1) if number.italian_leading_zero else ""
    return f"+{number.country_code}{zeros}{number.national_number}"
