import pytest
from hypothesis import given
from hypothesis import strategies as st

from listloop.files.defusing import defuse, recover


@pytest.mark.parametrize("cell", ["=1+1", "+49 30", "-5", "@x", "\tx", "\rx", "'=1", "''+1"])
def test_whatever_a_spreadsheet_would_run_gets_an_apostrophe(cell: str) -> None:
    assert defuse(cell) == f"'{cell}"


@given(st.text())
def test_what_was_defused_comes_back_as_it_was(cell: str) -> None:
    assert recover(defuse(cell)) == cell
    assert defuse(cell)[:1] not in tuple("=+-@\t\r")


@pytest.mark.parametrize("cell", ["", "O'Neil", "'tis", "plain"])
def test_other_texts_stay(cell: str) -> None:
    assert defuse(cell) == cell
    assert recover(cell) == cell
