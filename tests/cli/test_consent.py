"""``listloop consent``: the answers of the set-up, and the ledger of every yes and no."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from tests.cli.stage import Cli


def test_the_answers_are_shown_and_can_be_given_anew(connected: Cli) -> None:
    assert "they agreed: they become subscribed" in connected("consent").out
    said = connected("consent", "answer", "ask")
    assert (said.code, "each gets one confirmation mail" in said.out) == (0, True)
    assert connected("consent", "--json").json["unknown"] == "pending"
    assert connected("sync").code == 3, "the plan under another answer waits for a yes"


def test_who_was_asked_once_is_not_asked_again(connected: Cli) -> None:
    connected("consent", "answer", "ask")
    connected("people", "flag", "yes", "--email", "bob@brown.example")
    assert connected("sync", "--yes").code == 0
    assert connected.member("bob@brown.example")["status"] == "pending"
    ledger = connected("consent", "export", "--json").json
    asked = [(one["address"], one["why"]) for one in ledger if one["what"] == "asked"]
    assert asked == [("bob@brown.example", "the CRM does not know, and the administrator answered: ask them")]


def test_an_opt_out_of_another_audience_counts_where_it_is_said(connected: Cli) -> None:
    said = connected("consent", "everywhere", "yes")
    assert said.code == 0
    assert "No other audience of this account is connected yet." in said.out
    shown = connected("consent").out
    assert "counts here too" in shown
    assert connected("consent", "everywhere", "no").code == 0
    assert "does not count here" in connected("consent").out


def test_the_ledger_tells_who_said_what_where_and_why(synced: Cli, tmp_path: Path) -> None:
    file = tmp_path / "consent.csv"
    assert synced("consent", "export", str(file)).code == 0
    with file.open(encoding="utf-8-sig", newline="") as opened:
        rows = list(csv.DictReader(opened))
    (no,) = [row for row in rows if row["What"] == "no"]
    assert (no["E-mail"], no["Name"], no["Where"]) == ("otto@out.example", "Otto Out", "Mailchimp")
    assert no["Said at (that side's clock)"]
    again = synced("consent", "export", str(file))
    assert (again.code, "is there already" in again.err) == (1, True)
    assert synced("consent", "export", str(file), "--force", "--all").code == 0


@pytest.mark.parametrize("words", [["answer", "maybe"], ["everywhere", "perhaps"]])
def test_another_word_is_refused(connected: Cli, words: list[str]) -> None:
    assert connected("consent", *words).code == 2
