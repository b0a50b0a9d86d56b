"""CSV in every usual shape gives the same table; what is broken costs its own line only."""

import pytest

from campaigns.importing.delimited import Unreadable, find_delimiter
from campaigns.importing.limits import Limits
from campaigns.importing.reasons import Reason, TableError
from tests.unit.importing.lists import HEADER, ROWS, OneWay, all_rows, csv_text, opened

POLISH = [["Małgorzata", "Żółć", "Łódź", "+48 22 555 01 01", "m@example.com"]] * 5
SPANISH = [["Íñigo", "Muñoz", "A Coruña", "+34 915 550 101", "i@example.com"]] * 5
GERMAN = [["Jürgen", "Weiß", "Köln", "+49 221 555 0101", "j@example.com"]] * 5


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_it_reads_every_delimiter_with_every_line_ending(delimiter: str, end: str) -> None:
    table = opened(csv_text(delimiter=delimiter, end=end))
    assert (table.delimiter, table.has_header, table.columns) == (
        delimiter,
        True,
        HEADER,
    )
    assert all_rows(table) == [(at, cells) for at, cells in enumerate(ROWS, 2)]
    assert table.blank == 0


@pytest.mark.parametrize(
    ("encoding", "rows", "named"),
    [
        ("utf-8", POLISH, "utf-8"),
        ("utf-8-sig", POLISH, "utf-8"),
        ("utf-16", POLISH, "utf-16-le"),
        ("utf-16-le", POLISH, "utf-16-le"),
        ("utf-16-be", POLISH, "utf-16-be"),
        ("cp1250", POLISH, "cp1250"),
        ("iso8859_2", POLISH, "iso8859_2"),
        ("cp1252", SPANISH, "cp1252"),
        ("iso8859_1", SPANISH, "cp1252"),
        ("cp1252", GERMAN, "cp1252"),
    ],
)
def test_it_reads_every_usual_encoding(encoding: str, rows: list[list[str]], named: str) -> None:
    table = opened(csv_text(rows, delimiter=";").encode(encoding))
    assert [cells for _, cells in all_rows(table)] == rows
    assert table.encoding == named


def test_it_finds_the_encoding_when_the_first_accent_comes_late() -> None:
    plain = [["Ada", "Alder", "Chicago", "504-555-0100", "a@example.com"]] * 9000
    table = opened(csv_text(plain + POLISH).encode("cp1250"))
    assert [cells for _, cells in table.rows()][-1] == POLISH[0]


def test_an_undecodable_byte_rejects_its_row_alone() -> None:
    lines = csv_text(POLISH).encode().split(b"\n")
    lines[3] = lines[3].replace("Ł".encode(), b"\xff\xc5")
    rows = all_rows(opened(b"\n".join(lines)))
    assert rows[2] == (4, Unreadable(Reason.ENCODING))
    assert [cells for _, cells in rows[:2] + rows[3:]] == POLISH[:4]


def test_it_keeps_newlines_inside_quotes_and_counts_physical_lines() -> None:
    table = opened('name,phone\n"Ada\nAlder",504-555-0100\n\nBram,504-555-0101\n')
    assert all_rows(table) == [
        (2, ["Ada\nAlder", "504-555-0100"]),
        (5, ["Bram", "504-555-0101"]),
    ]
    assert table.blank == 1


def test_an_open_quote_costs_its_own_line_and_nothing_after_it() -> None:
    rows = [[name, f"504-555-{at:04d}"] for at, name in enumerate(["Ada"] * 300)]
    text = "name,phone\n" + "".join(
        (f'"{name},{phone}\n' if at == 7 else f"{name},{phone}\n") for at, (name, phone) in enumerate(rows)
    )
    read = all_rows(opened(text))
    assert read[7] == (9, Unreadable(Reason.QUOTE))
    assert [cells for _, cells in read[:7] + read[8:]] == rows[:7] + rows[8:]


def test_an_open_quote_on_the_last_line_is_rejected() -> None:
    assert all_rows(opened('name,phone\nAda,504-555-0100\n"Bram,504-555-0101'))[-1] == (
        3,
        Unreadable(Reason.QUOTE),
    )


def test_a_quoted_cell_may_cross_a_block() -> None:
    filler = ["Ada", "504-555-0100"]
    text = "name,phone\n" + "Ada,504-555-0100\n" * 15_419 + '"Br\n\nam",504-555-0101\n' * 200
    read = [cells for _, cells in opened(text).rows()]
    assert read == [filler] * 15_419 + [["Br\n\nam", "504-555-0101"]] * 200


def test_a_quotation_mark_inside_a_cell_is_only_a_character() -> None:
    table = opened('item,phone\n5" pipe,504-555-0100\n6" pipe,504-555-0101\n')
    assert [cells for _, cells in all_rows(table)] == [
        ['5" pipe', "504-555-0100"],
        ['6" pipe', "504-555-0101"],
    ]


def test_a_line_of_open_marks_on_every_line_loses_no_line() -> None:
    read = all_rows(opened("name,phone\n" + 'a"b,"c\n' * 3000))
    assert [line for line, _ in read] == list(range(2, 3002))
    assert {cells.reason for _, cells in read if isinstance(cells, Unreadable)} == {Reason.QUOTE}


def test_an_endless_line_is_one_rejected_row() -> None:
    limits = Limits(line_chars=300_000)
    read = all_rows(
        opened(
            "name,phone\nAda,504-555-0100\n" + "x" * 2_000_000 + "\nBram,504-555-0101\n",
            limits=limits,
        )
    )
    assert read == [
        (2, ["Ada", "504-555-0100"]),
        (3, Unreadable(Reason.QUOTE)),
        (4, ["Bram", "504-555-0101"]),
    ]


def test_short_rows_are_filled_and_long_rows_refused_unless_the_rest_is_empty() -> None:
    table = opened("name,phone,town\nAda,504-555-0100\nBram,504-555-0101,Reno,,\nCleo,504-555-0102,Reno,x\n")
    assert all_rows(table) == [
        (2, ["Ada", "504-555-0100", ""]),
        (3, ["Bram", "504-555-0101", "Reno"]),
        (4, Unreadable(Reason.COLUMNS)),
    ]


def test_rows_of_nothing_but_separators_and_spaces_are_blank() -> None:
    table = opened("name,phone\n,\n  , \n\t\nAda,504-555-0100\n\n")
    assert len(all_rows(table)) == 1
    assert table.blank == 4


def test_nul_bytes_do_not_end_the_file() -> None:
    table = opened("name,phone\nA\x00da,504-555-0100\nBram,504-555-0101\n")
    assert [cells[0] for _, cells in all_rows(table) if isinstance(cells, list)] == [
        "A\x00da",
        "Bram",
    ]


def test_it_sees_that_there_is_no_header() -> None:
    table = opened(csv_text(header=False))
    assert not table.has_header
    assert table.columns == [f"Column {at}" for at in range(1, 6)]
    assert all_rows(table)[0] == (1, ROWS[0])


def test_the_caller_may_overrule_the_header() -> None:
    assert all_rows(opened(csv_text(), header=False))[0] == (1, HEADER)
    assert all_rows(opened(csv_text(header=False), header=True))[0] == (2, ROWS[1])


def test_empty_and_double_names_become_unique() -> None:
    table = opened("phone,,Phone,phone\n504-555-0100,a,b,c\n")
    assert table.columns == ["phone", "Column 2", "Phone (2)", "phone (3)"]


def test_a_column_without_a_name_at_the_end_is_kept() -> None:
    table = opened("name,phone\nAda,504-555-0100,x\nBram,504-555-0101,y\n")
    assert table.columns == ["name", "phone", "Column 3"]


def test_the_line_sep_of_excel_is_obeyed_and_is_no_row() -> None:
    table = opened("sep=;\r\nname;phone\r\nAlder, Ada;504-555-0100\r\n")
    assert (table.delimiter, table.columns) == (";", ["name", "phone"])
    assert all_rows(table) == [(3, ["Alder, Ada", "504-555-0100"])]


def test_commas_in_addresses_do_not_beat_the_semicolons_between_cells() -> None:
    assert find_delimiter("name;street;phone\n" + "Ada;1 Mill Street, Reno;504-555-0100\n" * 20) == ";"


def test_a_list_of_numbers_alone_is_one_column() -> None:
    table = opened("504-555-0100\n504-555-0101\n")
    assert (table.columns, len(all_rows(table))) == (["Column 1"], 2)


def test_too_many_rows_stop_the_reading() -> None:
    with pytest.raises(TableError) as caught:
        all_rows(opened(csv_text(), limits=Limits(csv_rows=9)))
    assert caught.value.code == "too_many_rows"
    assert len(all_rows(opened(csv_text(), limits=Limits(csv_rows=10)))) == 10


def test_a_file_over_its_bytes_is_refused() -> None:
    with pytest.raises(TableError) as caught:
        all_rows(opened(csv_text(ROWS * 2000), limits=Limits(csv_bytes=300_000)))
    assert caught.value.code == "too_big"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_file"),
        (b"\xef\xbb\xbf\r\n", "empty_file"),
        (b",,,\n,,,\n", "no_rows"),
        (b"%PDF-1.7\n", "pdf"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "password"),
        (b"\x89PNG\r\n\x1a\n", "image"),
        (b"\x1f\x8b\x08", "zip"),
        (b"PK\x05\x06" + b"\0" * 18, "zip"),
        (b"<html><table><tr><td>", "document"),
    ],
)
def test_it_says_what_another_kind_of_file_is(content: bytes, code: str) -> None:
    with pytest.raises(TableError) as caught:
        opened(content)
    assert caught.value.code == code
    assert "tored" in caught.value.sentence


def test_the_stream_is_read_as_it_comes_and_not_kept() -> None:
    content = csv_text(ROWS * 20_000).encode()
    stream = OneWay(content, piece=65_536)
    from campaigns.importing.read import open_table

    table = open_table(stream, filename="list.csv")  # type: ignore[arg-type]
    assert table.bytes_read < len(content) / 10
    assert sum(1 for _ in table.rows()) == 200_000
    assert table.bytes_read == len(content)


def test_rows_after_a_long_blank_stretch_are_found() -> None:
    table = opened("\n" * 700_000 + "Ada,504-555-0100\n")
    assert all_rows(table) == [(700_001, ["Ada", "504-555-0100"])]
    assert table.blank == 700_000


def test_bytes_of_no_encoding_are_still_a_table() -> None:
    rows = all_rows(opened(b"\x01\n\xfe\xff", header=False))
    assert [line for line, _ in rows] == [1, 2]


def test_it_reads_a_list_in_another_script() -> None:
    rows = [["Екатерина", "Соколова", "Новосибирск", "+48 22 555 01 01", "проверка"]] * 8
    table = opened(csv_text(rows, header=False).encode("cp1251"))
    assert [cells for _, cells in all_rows(table)] == rows
