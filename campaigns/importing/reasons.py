"""Why a row or a whole file was refused: closed codes and one plain sentence each.

Sentences never quote a cell: a rejected value may be somebody's number. Pages pass them through gettext.
"""

from enum import StrEnum


def gettext_noop(sentence: str) -> str:
    """Mark a sentence for the message catalogue without importing Django."""
    return sentence


class Reason(StrEnum):
    """Why one row, or one number of a row, cannot be used."""

    EMPTY = "empty"
    NOT_A_NUMBER = "not_a_number"
    DIGITS_LOST = "digits_lost"
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    UNKNOWN_COUNTRY = "unknown_country"
    INVALID_FOR_REGION = "invalid_for_region"
    PREMIUM = "premium"
    SHORT_CODE = "short_code"
    SEVERAL_NUMBERS = "several_numbers"
    ENCODING = "encoding"
    QUOTE = "quote"
    COLUMNS = "columns"


class FileProblem(StrEnum):
    """Why a whole file cannot be read."""

    EMPTY_FILE = "empty_file"
    NO_ROWS = "no_rows"
    XLS = "xls"
    ODS = "ods"
    PDF = "pdf"
    ZIP = "zip"
    IMAGE = "image"
    DOCUMENT = "document"
    BINARY = "binary"
    PASSWORD = "password"  # nosec B105  # noqa: S105 - a reason
    ZIP_BOMB = "zip_bomb"
    DAMAGED = "damaged"
    TOO_BIG = "too_big"
    TOO_MANY_ROWS = "too_many_rows"
    TOO_MANY_COLUMNS = "too_many_columns"


_ = gettext_noop

SENTENCES: dict[Reason, str] = {
    Reason.EMPTY: _("no number. Add one and import the row again."),
    Reason.NOT_A_NUMBER: _("this is not a phone number. Correct the cell and import the row again."),
    Reason.DIGITS_LOST: _("digits lost by Excel. Format the column as text and export again."),
    Reason.TOO_SHORT: _("the number is too short. Check that the area code is there."),
    Reason.TOO_LONG: _("the number is too long. Check for extra digits or a second number."),
    Reason.UNKNOWN_COUNTRY: _("the country is not known. Choose a country for the list, or write +country."),
    Reason.INVALID_FOR_REGION: _(
        "no such number exists in its country. Correct it, or keep possible numbers."
    ),
    Reason.PREMIUM: _("a premium-rate number. Keyhole does not call these; ask for another number."),
    Reason.SHORT_CODE: _("a short or emergency number. Keyhole does not call these."),
    Reason.SEVERAL_NUMBERS: _("more than one number in the cell. Give each its own column."),
    Reason.ENCODING: _("letters of the line cannot be read. Save the file as UTF-8 and import it again."),
    Reason.QUOTE: _("a quotation mark is not closed, or a cell is too long. Correct the line."),
    Reason.COLUMNS: _(
        "the line has more cells than the list has columns. Quote cells that hold a separator."
    ),
}

FILE_SENTENCES: dict[FileProblem, str] = {
    FileProblem.EMPTY_FILE: _("The file is empty. Nothing was stored. Export the list again."),
    FileProblem.NO_ROWS: _("The file has no rows with content. Nothing was stored. Export the list again."),
    FileProblem.XLS: _("This is an old Excel file (.xls). Nothing was stored. Save it as .xlsx or CSV."),
    FileProblem.ODS: _("This is an OpenDocument sheet. Nothing was stored. Save it as .xlsx or CSV."),
    FileProblem.PDF: _("This is a PDF. Nothing was stored. Export the list as CSV or .xlsx."),
    FileProblem.ZIP: _("This is an archive. Nothing was stored. Unpack it and import the list inside."),
    FileProblem.IMAGE: _("This is a picture. Nothing was stored. Export the list as CSV or .xlsx."),
    FileProblem.DOCUMENT: _("This is a document, not a list. Nothing was stored. Export CSV or .xlsx."),
    FileProblem.BINARY: _("This file is not a list. Nothing was stored. Export the list as CSV or .xlsx."),
    FileProblem.PASSWORD: _(
        "The file has a password or is an old .xls. Nothing was stored. Save it as .xlsx without one."
    ),
    FileProblem.ZIP_BOMB: _(
        "The file unpacks to more than is safe. Nothing was stored. Save the list as CSV."
    ),
    FileProblem.DAMAGED: _("The file is damaged. Nothing was stored. Export the list again."),
    FileProblem.TOO_BIG: _("The file is too big. Nothing was stored. Split the list, or save it as CSV."),
    FileProblem.TOO_MANY_ROWS: _(
        "The file has too many rows. The rows before are not stored. Split the list."
    ),
    FileProblem.TOO_MANY_COLUMNS: _(
        "The file has too many columns. Nothing was stored. Keep those you need."
    ),
}


class TableError(Exception):
    """The file cannot be read as a list; `code` is stable and the sentence is for people."""

    def __init__(self, problem: FileProblem) -> None:
        super().__init__(problem.value)
        self.code: str = problem.value
        self.sentence: str = FILE_SENTENCES[problem]
