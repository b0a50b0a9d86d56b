"""A report as PDF, set by typst. Pure. What is in a cell reaches typst as JSON, never as markup."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import typst

from dialer.reports.document import (
    SHOWN_ROWS,
    Blank,
    Fact,
    Language,
    Report,
    Table,
    Value,
    cell_text,
    rows_of,
)

TEMPLATE: Final = Path(__file__).resolve().parents[2] / "templates" / "reports" / "report.typ"
# Archives take PDF/A-2a; screen readers read PDF/UA-1.
_STANDARDS: Final = ("a-2a", "ua-1")


@dataclass(frozen=True, slots=True)
class Pdf:
    """A PDF and how many rows its tables show. `is_archival` is false when a letter had no shape in any font."""

    content: bytes
    rows: int
    is_archival: bool


def make_pdf(report: Report, *, at: datetime) -> Pdf:
    """Set the report. `at` is the time the file itself is marked with.

    A letter that the fonts built in do not have is looked for in the machine's; when it is nowhere, a box stands in
    its place, and the file is no PDF/A, which allows none.

    Raises: typst.TypstError when it cannot be set at all.
    """
    rows = [0]
    inputs = {"report": json.dumps(_values(report, rows), ensure_ascii=False)}
    for standards, own_fonts in ((_STANDARDS, True), (_STANDARDS, False)):
        try:
            return Pdf(_compile(inputs, at, list(standards), own_fonts=own_fonts), rows[0], is_archival=True)
        except typst.TypstError as error:
            if "could not be displayed" not in str(error):
                raise
    return Pdf(_compile(inputs, at, [], own_fonts=False), rows[0], is_archival=False)


def _compile(inputs: dict[str, str], at: datetime, standards: list[str], *, own_fonts: bool) -> bytes:
    asked: dict[str, Any] = {"pdf_standards": standards} if standards else {}
    content = typst.compile(
        str(TEMPLATE),
        root=str(TEMPLATE.parent),
        sys_inputs=inputs,
        ignore_system_fonts=own_fonts,
        timestamp=at.replace(microsecond=0),
        format="pdf",
        **asked,
    )
    return bytes(content)


def _values(report: Report, rows: list[int]) -> dict[str, Any]:
    language = report.language
    return {
        "title": report.title,
        "language": language.code,
        "firm": report.firm,
        "period": report.period,
        "wide": report.is_wide,
        "words": report.words,
        "verify": report.verify,
        "facts": _facts([*report.about, *report.made], language),
        "sections": [
            {
                "title": section.title,
                "sentences": list(section.sentences),
                "facts": _facts(section.facts, language),
                "tables": [_table(table, report, rows) for table in section.tables],
            }
            for section in report.sections
        ],
    }


def _facts(facts: Sequence[Fact], language: Language) -> list[dict[str, Any]]:
    return [{"label": label, **_cell(value, language)} for label, value in facts]


def _cell(value: Value, language: Language) -> dict[str, Any]:
    return {
        "text": cell_text(value, language),
        "blank": isinstance(value, Blank),
        "number": isinstance(value, int),
    }


def _table(table: Table, report: Report, rows: list[int]) -> dict[str, Any]:
    columns, places = table.shown()
    head = {"title": table.title, "note": table.note, "empty": table.empty}
    if table.only_csv:
        return {**head, "elsewhere": table.elsewhere, "columns": [], "rows": [], "cut": ""}
    shown, total = rows_of(table, most=SHOWN_ROWS)
    rows[0] += len(shown)
    cut = ""
    if total > len(shown):
        cut = report.words["cut"].format(
            shown=cell_text(len(shown), report.language), total=cell_text(total, report.language)
        )
    return {
        **head,
        "elsewhere": "",
        "columns": [{"label": column.label, "width": column.width} for column in columns],
        "rows": [[_cell(row[place], report.language) for place in places] for row in shown],
        "cut": cut,
    }
