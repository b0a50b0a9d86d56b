"""Tell a list from the other things people drop: by content first, by name never alone."""

from campaigns.importing.reasons import FileProblem, TableError

_SIGNATURES = (
    (b"%PDF", FileProblem.PDF),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", FileProblem.PASSWORD),
    (b"\x89PNG", FileProblem.IMAGE),
    (b"\xff\xd8\xff", FileProblem.IMAGE),
    (b"GIF8", FileProblem.IMAGE),
    (b"II*\x00", FileProblem.IMAGE),
    (b"MM\x00*", FileProblem.IMAGE),
    (b"\x1f\x8b", FileProblem.ZIP),
    (b"7z\xbc\xaf\x27\x1c", FileProblem.ZIP),
    (b"Rar!\x1a\x07", FileProblem.ZIP),
    (b"\xfd7zXZ\x00", FileProblem.ZIP),
    (b"\x28\xb5\x2f\xfd", FileProblem.ZIP),
    (b"PK\x05\x06", FileProblem.ZIP),
    (b"{\\rtf", FileProblem.DOCUMENT),
    (b"\x7fELF", FileProblem.BINARY),
    (b"SQLite format 3\x00", FileProblem.BINARY),
)
_BLANK_HEAD = 4096  # a longer stretch of blank lines may have rows after it
_MARKUP = (b"<!doctype html", b"<html", b"<?xml")


def refuse_other_kinds(head: bytes, filename: str) -> str:
    """Return 'csv' or 'xlsx'. Raises: TableError for an empty file or one of another kind."""
    if len(head) < _BLANK_HEAD and not head.strip(b"\x00\r\n\t \xef\xbb\xbf\xff\xfe"):
        raise TableError(FileProblem.EMPTY_FILE)
    if head.startswith(b"PK\x03\x04"):
        return "xlsx"
    for signature, problem in _SIGNATURES:
        if head.startswith(signature):
            # The container of an old .xls is also that of an .xlsx with a password.
            if problem is FileProblem.PASSWORD and filename.lower().endswith(".xls"):
                problem = FileProblem.XLS
            raise TableError(problem)
    # Some systems "export to Excel" by naming an HTML page .xls.
    if head[:512].lstrip(b"\xef\xbb\xbf \r\n\t").lower().startswith(_MARKUP):
        raise TableError(FileProblem.DOCUMENT)
    return "csv"
