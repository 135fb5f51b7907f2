"""Tables come apart as the programs that wrote them meant it."""

from __future__ import annotations

import csv
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listloop.core.errors import NeedsAttention
from listloop.files.opening import sources
from listloop.files.tables import Table, open_table
from tests.files.exports import write


def table(folder: Path, text: str, encoding: str = "utf-8") -> Table:
    return open_table(sources(write(folder, text, encoding=encoding))[0])


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_each_separator_is_found_outside_of_quotes(tmp_path: Path, separator: str) -> None:
    found = table(tmp_path, f'"a,;b"{separator}c\r\n1{separator}2\r\n')
    assert found.header == ("a,;b", "c")
    assert [line.cells for line in found.lines()] == [["1", "2"]]


def test_lines_have_the_numbers_that_an_editor_shows(tmp_path: Path) -> None:
    found = table(tmp_path, 'sep=;\na;b\n1;"two\nlines"\n\n3;4\n')
    assert [(line.number, line.cells) for line in found.lines()] == [(3, ["1", "two\nlines"]), (6, ["3", "4"])]


def test_a_line_with_too_many_cells_says_so_and_the_others_go_on(tmp_path: Path) -> None:
    lines = list(table(tmp_path, "a,b\n1,2,3\n4,5,,\n6\n7,8\n").lines())
    assert "has 3 cells where the header has 2" in lines[0].problem
    assert [line.cells for line in lines[1:]] == [["4", "5"], ["6", ""], ["7", "8"]]


def test_a_header_in_the_middle_is_nobody(tmp_path: Path) -> None:
    lines = list(table(tmp_path, "a,b\n1,2\na,b\n3,4\n").lines())
    assert ["repeats the header" in line.problem for line in lines] == [False, True, False]


def test_a_file_without_a_header_is_refused_and_nobody_becomes_a_column(tmp_path: Path) -> None:
    with pytest.raises(NeedsAttention, match=r"begins with a person, .* a line above that names them"):
        table(tmp_path, "Ada,Lovelace,ada@x.example\nBob,Stone,bob@x.example\n")


def test_marks_and_control_characters_inside_of_texts_are_no_part_of_them(tmp_path: Path) -> None:
    found = table(tmp_path, "\ufeffEmail,Name\n\ufeffa@x.example,A\x1b[31mda\x07\nb@x.example,B\u00a0b\n")
    assert found.header == ("Email", "Name")
    assert [line.cells for line in found.lines()] == [["a@x.example", "A[31mda"], ["b@x.example", "B\u00a0b"]]


def test_columns_of_one_name_are_told_apart(tmp_path: Path) -> None:
    assert table(tmp_path, "Phone,Phone,\n1,2,3\n").header == ("Phone", "Phone (2)", "column 3")
    assert len(set(table(tmp_path, "A,A (2),A,A\n1,2,3,4\n").header)) == 4


def test_signs_in_a_header_that_cut_no_other_line_are_no_separators(tmp_path: Path) -> None:
    found = table(tmp_path, "Name, Vorname;Mail, privat\nLang;a@x.example\nKurz;b@x.example\n")
    assert found.header == ("Name, Vorname", "Mail, privat")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_of_all_systems_are_read(tmp_path: Path, end: str) -> None:
    found = table(tmp_path, end.join(["a;b", '1;"two', 'lines"', "3;4", ""]))
    assert [(line.number, line.cells) for line in found.lines()] == [(2, ["1", f"two{end}lines"]), (4, ["3", "4"])]


def test_a_table_of_endless_columns_is_no_export_of_people(tmp_path: Path) -> None:
    with pytest.raises(NeedsAttention, match="10,000 columns"):
        table(tmp_path, ",".join(f"c{number}" for number in range(10_000)) + "\n")


def test_a_cell_that_never_ends_is_named_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(NeedsAttention, match="A cell of line 3"):
        list(table(tmp_path, "a,b\n1,2\n3," + "x" * 1_000_000 + "\n").lines())


def test_a_last_line_without_an_end_may_be_whole(tmp_path: Path) -> None:
    assert len(list(table(tmp_path, "a,b\n1,2").lines())) == 1


def test_a_quote_in_a_wrong_place_is_named_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(NeedsAttention, match="Line 3"):
        list(table(tmp_path, 'a,b\n1,2\n3,"4"5\n').lines())


def test_a_header_is_needed(tmp_path: Path) -> None:
    with pytest.raises(NeedsAttention, match="no header"):
        table(tmp_path, "\n\na,b\n")


CELL = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc"], exclude_characters="\ufeff"), max_size=12
).filter(lambda text: text == text.strip() and not text.startswith(("=", "'")))


@given(st.lists(st.lists(CELL, min_size=3, max_size=3).filter(any), min_size=1, max_size=6), st.sampled_from(",;\t|"))
def test_what_a_writer_of_csv_wrote_is_read_back(rows: list[list[str]], separator: str) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "x.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, delimiter=separator).writerows([["a", "b", "c"], *rows])
        found = open_table(sources(path)[0])
        assert [line.cells for line in found.lines()] == rows
