"""One row, one verdict: nothing is lost, nothing is shown, nothing in a cell is obeyed."""

import pytest

from campaigns.importing.counts import Counts, CountsDoNotAddUp
from campaigns.importing.delimited import Unreadable
from campaigns.importing.judge import Accepted, Judge, Rejected, clean_field
from campaigns.importing.limits import Limits
from campaigns.importing.mapping import Mapping, parse_mapping
from campaigns.importing.reasons import Reason
from tests.unit.importing.lists import HEADER, ROWS

COLUMNS = ["name", "phone1", "phone2", "note"]
MAPPING = parse_mapping(["phone=phone1", "phone=phone2", "name=name", "other=note"], COLUMNS)
POSSIBLE = "01714-737668"


def _judge(
    *cells: str, region: str = "US", keep: bool = False, mapping: Mapping = MAPPING
) -> Accepted | Rejected:
    return Judge(mapping, region, "keep" if keep else "reject").judge(7, list(cells))


def _accepted(*cells: str, region: str = "US", keep: bool = False) -> Accepted:
    verdict = _judge(*cells, region=region, keep=keep)
    assert isinstance(verdict, Accepted)
    return verdict


def test_it_accepts_ten_invented_people() -> None:
    mapping = parse_mapping(["phone=phone1", "first_name=first_name", "town=city"], HEADER)
    judge = Judge(mapping, "US")
    verdicts = [judge.judge(at, cells) for at, cells in enumerate(ROWS, 2)]
    assert all(isinstance(verdict, Accepted) for verdict in verdicts)
    first = verdicts[0]
    assert isinstance(first, Accepted)
    assert (first.line_no, first.numbers) == (2, [(0, "+15045550100", "US", "America/Chicago")])
    assert first.fields == ["Ada", "Chicago"]


def test_it_keeps_every_usable_number_with_the_place_of_its_column() -> None:
    numbers = _accepted("Ada", "504-555-0100", "212-555-0101", "").numbers
    assert [(place, e164) for place, e164, _, _ in numbers] == [(0, "+15045550100"), (1, "+12125550101")]
    assert _accepted("Ada", "", "212-555-0101", "").numbers[0][0] == 1


def test_a_number_repeated_inside_a_row_is_one() -> None:
    verdict = _accepted("Ada", "504-555-0100", "+1 (504) 555 0100", "")
    assert len(verdict.numbers) == 1
    assert verdict.unused == ()


def test_an_unusable_second_number_is_told_and_the_row_kept() -> None:
    verdict = _accepted("Ada", "504-555-0100", "5.04621E+09", "")
    assert verdict.unused == (("phone2", Reason.DIGITS_LOST),)


@pytest.mark.parametrize(
    ("first", "second", "reason", "column"),
    [
        ("", "", Reason.EMPTY, "phone1"),
        ("n/a", " ", Reason.EMPTY, "phone1"),
        ("", "12", Reason.TOO_SHORT, "phone2"),
        ("5.04621E+09", "12", Reason.DIGITS_LOST, "phone1"),
        ("ask", "900-555-0100", Reason.NOT_A_NUMBER, "phone1"),
    ],
)
def test_a_row_without_a_usable_number_has_the_reason_of_its_first(
    first: str, second: str, reason: Reason, column: str
) -> None:
    assert _judge("Ada", first, second, "") == Rejected(7, reason, column)


def test_possible_numbers_are_the_managers_choice() -> None:
    assert _judge("Ada", POSSIBLE, "", "", region="GB") == Rejected(7, Reason.INVALID_FOR_REGION, "phone1")
    kept = _accepted("Ada", POSSIBLE, "", "", region="GB", keep=True)
    assert kept.numbers == [(0, "+441714737668", "GB", "Europe/London")]


def test_an_unreadable_line_is_rejected_as_a_whole() -> None:
    assert Judge(MAPPING, "US").judge(9, Unreadable(Reason.QUOTE)) == Rejected(9, Reason.QUOTE, None)


@pytest.mark.parametrize(
    ("cell", "kept"),
    [
        ("  Ada ", "Ada"),
        ("A\x00d\x07a", "Ada"),
        ("Mill Street\r\nReno", "Mill Street  Reno"),
        ("Jose\u0301", "José"),
        ("=cmd|' /C calc'!A0", "=cmd|' /C calc'!A0"),
        ("@SUM(1)", "@SUM(1)"),
        ("<script>x</script>", "<script>x</script>"),
        ("\u202eadA\u202c", "adA"),
        ("A\u200bda\ufeff", "Ada"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("Zażółć gęślą jaźń", "Zażółć gęślą jaźń"),
        ("a\u00a0b", "a\u00a0b"),
    ],
)
def test_fields_lose_what_is_invisible_and_nothing_else(cell: str, kept: str) -> None:
    assert _accepted(cell, "504-555-0100", "", "x").fields == [kept, "x"]
    assert clean_field(cell) == kept


def test_a_field_over_its_length_is_cut_and_told() -> None:
    judge = Judge(MAPPING, "US", limits=Limits(field_chars=10))
    verdict = judge.judge(1, ["Ada", "504-555-0100", "", "n" * 11])
    assert isinstance(verdict, Accepted)
    assert (verdict.fields, verdict.shortened) == (["Ada", "n" * 10], 1)
    whole = judge.judge(1, ["Ada Alder", "504-555-0100", "", "n" * 10])
    assert isinstance(whole, Accepted)
    assert whole.shortened == 0


def test_a_verdict_prints_nothing_of_the_row() -> None:
    verdict = _accepted("Ada", "504-555-0100", "", "")
    assert repr(verdict) == str(verdict) == "<sealed>"


def test_counts_that_add_up_pass_and_a_lost_row_does_not() -> None:
    Counts(rows_in=10, stored=6, duplicate=1, suppressed=1, rejected=2, blank=3).check()
    with pytest.raises(CountsDoNotAddUp):
        Counts(rows_in=10, stored=6, duplicate=1, suppressed=1, rejected=1).check()
    with pytest.raises(CountsDoNotAddUp):
        Counts(rows_in=0, stored=1, rejected=-1).check()
