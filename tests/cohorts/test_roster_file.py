import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cohort.cohorts.roster_file import MAX_BYTES, MAX_ROWS, TableRow, read_table

cells = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
tables = st.integers(2, 5).flatmap(
    lambda width: st.tuples(
        st.lists(st.from_regex(r"[a-z]{1,8}", fullmatch=True), min_size=width, max_size=width, unique=True),
        st.lists(st.lists(cells, min_size=width, max_size=width), max_size=8),
    )
)


def written(rows: list[list[str]], delimiter: str) -> str:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter).writerows(rows)
    return out.getvalue()


@given(tables, st.sampled_from(",;\t"), st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]))
def test_table_written_by_csv_reads_back_the_same(
    table: tuple[list[str], list[list[str]]], delimiter: str, encoding: str
) -> None:
    header, rows = table

    read = read_table(written([header, *rows], delimiter).encode(encoding))

    assert (read.problem, read.delimiter, read.header) == (None, delimiter, tuple(header))
    assert [list(row.cells) for row in read.rows] == rows
    assert [row.number for row in read.rows] == list(range(2, len(rows) + 2))


@given(st.binary(max_size=500), st.sampled_from([None, ",", ";", "\t"]))
def test_random_bytes_give_rows_or_a_problem_and_never_raise(data: bytes, delimiter: str | None) -> None:
    table = read_table(data, delimiter=delimiter)

    assert bool(table.header) is (table.problem is None)


def test_rows_are_numbered_as_in_a_spreadsheet() -> None:
    table = read_table(b'a;b\r\n\r\n1;"two\r\nlines"\r\n3;4')

    assert table.rows == (TableRow(2, ()), TableRow(3, ("1", "two\r\nlines")), TableRow(4, ("3", "4")))


def test_byte_order_mark_leaves_no_trace_in_the_first_header() -> None:
    assert read_table("email,name\n".encode("utf-8-sig")).header == ("email", "name")


def test_windows_1252_is_read_with_a_notice() -> None:
    table = read_table("email,name\nzoe@example.com,Zoé\n".encode("windows-1252"))

    assert table.rows[0].cells == ("zoe@example.com", "Zoé")
    assert table.notices == (
        "The file is not UTF-8, so it was read as windows-1252. Look at the names with accents before you import.",
    )


def test_delimiter_is_found_by_the_columns_and_not_by_frequency() -> None:
    assert read_table(b"email,name,languages\na@example.com,Ann,en;es;fr;de;it\n").delimiter == ","
    assert read_table(b'"Name, first and last";E-mail\n"Lee, Ann";a@example.com\n').delimiter == ";"
    assert read_table(b"Name, first and last;E-mail\nAnn Lee;a@example.com\nBo;b@example.com\n").delimiter == ";"


def test_delimiter_chosen_by_hand_stands_where_it_makes_columns() -> None:
    assert read_table(b"a,b;c,d\n1,2;3,4\n", delimiter=";").header == ("a,b", "c,d")


def test_header_cells_are_trimmed_and_nameless_columns_numbered() -> None:
    assert read_table("\u00a0E-mail ,,name,,\n".encode()).header == ("E-mail", "Column 2", "name")


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "Row 1 is empty. Put the names of the columns there, such as “email” and “name”."),
        (b"\n\na,b\n", "Row 1 is empty. Put the names of the columns there, such as “email” and “name”."),
        (b"PK\x03\x04rest", "This is a workbook, not a CSV file. Save the sheet as “CSV UTF-8” and upload that."),
        (b"a,b\n1,\x00\n", "The file holds zero bytes, so it is no CSV text. Save the sheet as “CSV UTF-8”."),
        (b"a,b\n\x81\x8d,1\n", "The file is no text that can be read. Save the sheet as “CSV UTF-8”."),
        (b"\xff\xfea", "The file is damaged: part of its text cannot be read. Export it again."),
        (
            b"E-mail,Name,e-mail \n",
            "Several columns have the same header: “E-mail” (column 1), “e-mail” (column 3). "
            "Rename or remove all but one of each.",
        ),
        (b"x" * (MAX_BYTES + 1), "The file is larger than 5 MB. Divide it into several files."),
        (b"a,b\n" * (MAX_ROWS + 2), "The file has more than 5,000 rows. Divide it into several files."),
        (
            b",".join(b"c%d" % place for place in range(101)),
            "The file has more than 100 columns. Leave only those to import.",
        ),
    ],
)
def test_unreadable_file_gives_one_problem(data: bytes, problem: str) -> None:
    table = read_table(data)

    assert (table.problem, table.rows) == (problem, ())


@pytest.mark.parametrize(
    "row",
    [b'"open,2\n3,4\n', b'"open,2\n"3",4\n', b'"a" b,2\n', b'"%s",2\n' % (b"x" * 131_073)],
    ids=["to the end of the file", "to the next quotation mark", "before the end of the cell", "longer than any cell"],
)
def test_quotation_mark_out_of_place_names_the_row(row: bytes) -> None:
    assert read_table(b"a,b\n1,2\n" + row).problem == (
        "Row 3 cannot be read: a quotation mark opens a cell and is not closed where the cell ends. "
        "Put one at each end of the cell, and two where one is meant inside it."
    )


def test_file_of_as_many_rows_as_allowed_is_read() -> None:
    assert len(read_table(b"a,b\n" + b"1,2\n" * MAX_ROWS).rows) == MAX_ROWS
