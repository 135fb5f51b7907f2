"""``listloop rehearse`` tells what a first sync would do, and a naive count of the same files agrees."""

from __future__ import annotations

import csv
import io
import shutil
import zipfile
from collections import Counter
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from tests.cli.stage import Cli

DATA = Path(__file__).parents[1] / "files" / "data"
AUDIENCE = str(DATA / "audience_export_5f0c9a1b2d.zip")


def rehearse(cli: Cli, crm: str | Path, *words: str, audience: str | Path = AUDIENCE) -> dict[str, Any]:
    done = cli("rehearse", "--crm", str(DATA / crm), "--audience", str(audience), "--json", *words)
    assert done.code == 0, done.err
    found: dict[str, Any] = done.json
    return found


def by_email(told: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {one["email"].lower(): one for one in told["people"]}


def test_it_tells_everybody_with_both_patches_and_a_reason(cli: Cli) -> None:
    told = rehearse(cli, "hubspot.csv", "--consent", "agreed")
    assert list(told) == ["population", "standings", "people"]
    assert told["population"] == len(told["people"]) == sum(told["standings"].values()) == 6
    people = by_email(told)
    ada = people["ada@analytical.example"]
    assert (ada["crm_key"], ada["audience_key"], ada["action"], ada["crm_type"]) == (
        "151",
        "aaaaaaaa01",
        "pair",
        "Contact",
    )
    assert ada["to_crm"] == {}
    assert ada["to_mailchimp"] == {
        "Last Name": {"old": "King", "new": "Lovelace"},
        "Company": {"old": "", "new": "Analytical Engines"},
        "City": {"old": "", "new": "London"},
    }
    assert people["bob@stone.example"]["to_mailchimp"] == {"consent": {"old": "subscribed", "new": "unsubscribed"}}
    assert people["cy@twombly.example"]["to_crm"]["consent"] == {"old": "unknown", "new": "unsubscribed"}
    new = people["new@signup.example"]
    assert (new["action"], new["crm_type"], new["crm_key"]) == ("new_crm", "Contact", None)
    assert {email: people[email]["rule"] for email in ("gone@bounce.example", "buyer@shop.example")} == {
        "gone@bounce.example": "not-subscribed",
        "buyer@shop.example": "not-subscribed",
    }
    assert all(one["reasons"] for one in told["people"])


def validate(told: dict[str, Any]) -> None:
    """Every key of the object that scripts read, and the form of both patches."""
    assert list(told) == ["population", "standings", "people"]
    assert list(told["standings"]) == ["in_sync", "waiting", "excluded", "failed"]
    assert told["population"] == sum(told["standings"].values()) == len(told["people"])
    counted = Counter(one["standing"] for one in told["people"])
    assert {name: counted[name] for name in told["standings"]} == told["standings"]
    keys = ["email", "crm_key", "audience_key", "standing", "action", "crm_type", "rule", "reasons", "to_crm"]
    for one in told["people"]:
        assert list(one) == [*keys, "to_mailchimp"]
        assert isinstance(one["email"], str)
        assert all(
            one[name] is None or (isinstance(one[name], str) and one[name])
            for name in ("crm_key", "audience_key", "rule")
        )
        assert one["action"] in ("pair", "new_crm", "new_mailchimp", "none")
        assert one["crm_type"] in ("Individual", "Contact", None)
        assert one["reasons"]
        assert all(isinstance(reason, str) and reason for reason in one["reasons"])
        for patch in (one["to_crm"], one["to_mailchimp"]):
            for what, change in patch.items():
                assert list(change) == (["add", "remove"] if what == "labels" else ["old", "new"])
                texts = [*change["add"], *change["remove"]] if what == "labels" else []
                assert all(isinstance(text, str) and text for text in texts)
                assert what == "labels" or change["old"] != change["new"]


@pytest.mark.parametrize("crm", ["hubspot.csv", "maximizer.csv", "outlook.csv", "cards3.vcf", "google.csv", "sage.csv"])
def test_the_json_has_the_form_that_is_promised(cli: Cli, crm: str) -> None:
    validate(rehearse(cli, crm, "--consent", "agreed"))


def test_a_preview_has_the_same_form(connected: Cli) -> None:
    validate(connected("preview", "--json").json)


def test_each_file_may_have_an_encoding_of_its_own(cli: Cli, tmp_path: Path) -> None:
    crm, audience = tmp_path / "crm.csv", tmp_path / "subscribed_members_export_1.csv"
    crm.write_bytes("Email,First Name,Last Name\na@x.example,Jiří,Novák\n".encode("cp1250"))
    audience.write_bytes("Email Address,First Name,Last Name\na@x.example,Jiří,Novák\n".encode("cp1250"))
    shown = cli("rehearse", "--crm", str(crm), "--audience", str(audience))
    assert "Say which with --encoding: " in shown.out
    assert "Say which with --audience-encoding: " in shown.out
    words = ("--encoding", "cp1250", "--audience-encoding", "cp1250")
    (one,) = rehearse(cli, crm, *words, audience=audience)["people"]
    assert (one["to_crm"], one["to_mailchimp"]) == ({}, {})


def test_in_a_terminal_doubts_and_the_mapping_are_asked(cli: Cli, tmp_path: Path) -> None:
    crm = tmp_path / "crm.csv"
    crm.write_text("Wer,Wo,Geboren\nann@x.example,bob@stone.example,03/04/1980\n")
    cli.answering("Wo", "month", "1", "City", "")
    done = cli("rehearse", "--crm", str(crm), "--audience", AUDIENCE)
    assert done.code == 0, done.err
    assert "bob@stone.example" in done.out
    assert "City: Leeds → ann@x.example" in done.out


def test_a_value_that_is_no_date_is_left_out_and_named_by_its_line(cli: Cli, tmp_path: Path) -> None:
    lines = [f"p{day}@x.example,P,Q,{day:02}.03.2020" for day in range(1, 20)]
    crm = tmp_path / "crm.csv"
    crm.write_text("\n".join(["Email,First Name,Last Name,Birthday", *lines, "bad@x.example,B,C,31.02.2020"]))
    shown = cli("rehearse", "--crm", str(crm), "--audience", AUDIENCE)
    assert shown.code == 0
    said = " ".join(shown.out.split())
    assert "“31.02.2020” in line 21" in said
    assert "line 21, “Birthday”: “31.02.2020” is no date that there is" in said
    bad = by_email(rehearse(cli, crm))["bad@x.example"]
    assert (bad["action"], "Birthday" in bad["to_mailchimp"]) == ("new_mailchimp", False)
    assert by_email(rehearse(cli, crm, "--text", "Birthday"))["bad@x.example"]["to_mailchimp"]["Birthday"] == {
        "old": "",
        "new": "31.02.2020",
    }


def test_everyone_stands_where_they_would_after_the_sync(cli: Cli) -> None:
    told = rehearse(cli, "maximizer.csv")
    assert told["standings"]["waiting"] == 0
    assert Counter(one["standing"] for one in told["people"]) == Counter(
        {name: count for name, count in told["standings"].items() if count}
    )
    rules = {one["crm_key"]: one["rule"] for one in told["people"] if one["crm_key"]}
    assert rules == {"M-1001": None, "M-1002": "opted-out", "M-1003": "no-email", "M-1004": "flag-no"}


def test_a_pair_that_agrees_is_linked_though_nothing_is_written(cli: Cli, tmp_path: Path) -> None:
    crm = tmp_path / "crm.csv"
    crm.write_text("Email,First Name,Last Name,City\nbob@stone.example,Bob,Stone,Leeds\n")
    bob = by_email(rehearse(cli, crm))["bob@stone.example"]
    assert (bob["action"], bob["standing"], bob["to_crm"], bob["to_mailchimp"]) == ("pair", "in_sync", {}, {})


def test_the_counts_in_the_terminal_and_on_the_page_add_up(cli: Cli, tmp_path: Path) -> None:
    crm = tmp_path / "crm.csv"
    crm.write_text("Email,First Name,Last Name\nada@analytical.example,Ada,King\nnew@x.example,N,N\n")
    done = cli("rehearse", "--crm", str(crm), "--audience", AUDIENCE, "--html", "out.html")
    said = " ".join(done.out.split())
    assert "1 the same person on both sides, and alike 1 new in the CRM, become members 2 new in Mailchimp" in said
    assert "in sync 4, waiting 0, excluded 3, failed 0, sum 7" in said
    assert "1 the same person on both sides, and alike" in Path("out.html").read_text()


def test_a_naive_count_of_the_same_files_agrees(cli: Cli, tmp_path: Path) -> None:
    crm, audience = _made(tmp_path)
    told = rehearse(cli, crm, "--consent", "agreed", audience=audience)
    expected = _naive(crm, audience)
    assert told["population"] == sum(expected.values())
    assert Counter((one["action"], one["standing"]) for one in told["people"]) == expected


def _made(folder: Path) -> tuple[Path, Path]:
    """120 CRM people and 90 members who overlap in every way that matters: case, opt-outs, doubles, no address."""
    crm = folder / "crm.csv"
    with crm.open("w", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(["ID", "First Name", "Last Name", "Email", "Opt-out", "City"])
        for number in range(120):
            shared = number - 1 if number % 17 == 0 and number else number  # some have the address of another
            email = "" if number % 13 == 5 else ("broken" if number == 7 else f"Person{shared}@x.example")
            writer.writerow([number + 1, f"F{number}", f"L{number}", email, "yes" if number % 9 == 4 else "", "Ulm"])
    archive = folder / "export.zip"
    with zipfile.ZipFile(archive, "w") as made:
        for place, status in enumerate(("subscribed", "unsubscribed", "cleaned", "nonsubscribed")):
            text = io.StringIO()
            writer = csv.writer(text)
            writer.writerow(["Email Address", "First Name", "Last Name", "City", "LEID", "EUID"])
            for number in range(60 + place, 150, 4):
                row = [f"person{number}@X.example", f"F{number}", "", "Ulm", number, f"{number:010x}"]
                writer.writerow(row)
            made.writestr(f"{status}_members_export_0a1b.csv", text.getvalue())
    return crm, archive


def _naive(crm: Path, audience: Path) -> Counter[tuple[str, str]]:
    """What a first sync makes of the files of ``_made``, counted without any code of ours."""
    members: dict[str, str] = {}
    with zipfile.ZipFile(audience) as archive:
        for name in archive.namelist():
            status = name.split("_")[0]
            for row in csv.DictReader(io.StringIO(archive.read(name).decode())):
                members[row["Email Address"].lower()] = status
    counted: Counter[tuple[str, str]] = Counter()
    taken: set[str] = set()
    first: set[str] = set()
    with crm.open(newline="") as file:
        for row in csv.DictReader(file, delimiter=";"):
            email = row["Email"].lower()
            if "@" not in email:
                counted["none", "excluded"] += 1
            elif email in members and email not in taken:
                taken.add(email)
                counted["pair", "in_sync"] += 1
            elif email in taken or email in first or row["Opt-out"]:
                counted["none", "excluded"] += 1
            else:
                counted["new_mailchimp", "in_sync"] += 1
            first.add(email)
    for email, status in members.items():
        if email not in taken:
            counted[("new_crm", "in_sync") if status == "subscribed" else ("none", "excluded")] += 1
    return counted


def test_the_terminal_shows_files_mapping_doubts_and_people(cli: Cli, tmp_path: Path) -> None:
    crm = tmp_path / "crm.csv"
    crm.write_text("Email,Last Name,Birthday\nada@analytical.example,Lovelace,03/04/1980\n")
    done = cli("rehearse", "--crm", str(crm), "--audience", AUDIENCE)
    assert done.code == 0
    assert "crm.csv: CRM file, 1 lines, UTF-8, separated by comma." in done.out
    assert "“Birthday” can be read in two ways; proposed: date, day/month/year" in done.out
    assert "Last Name: King → Lovelace" in done.out
    assert "Nothing was written anywhere" in done.out
    told = cli("rehearse", "--crm", str(crm), "--audience", AUDIENCE, "--dates", "mdy")
    assert "two ways" not in told.out


def test_it_is_written_as_csv_and_as_a_page(cli: Cli, tmp_path: Path) -> None:
    crm = tmp_path / "crm.csv"
    crm.write_text('Email,Last Name,City\nada@analytical.example,<b>,=1+1\n"",,\n')
    rehearse(cli, crm, "--csv", "out.csv", "--html", "out.html", "--save-mapping", "mapping.toml")
    with Path("out.csv").open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.DictReader(file))
    city = next(one for one in lines if one["field"] == "City" and one["side"] == "mailchimp")
    assert (city["email"], city["new"], city["standing"]) == ("ada@analytical.example", "'=1+1", "in_sync")
    page = Path("out.html").read_text()
    assert "&lt;b&gt;" in page
    assert "<b>" not in page
    assert "How the files were understood" in page
    assert "crm.csv: CRM file, 1 lines, UTF-8" in page
    assert '"Last Name" = "Last Name"' in Path("mapping.toml").read_text()
    again = rehearse(cli, crm, "--mapping", "mapping.toml")
    assert again == rehearse(cli, crm)


@pytest.mark.parametrize(
    "name",
    [
        "empty.csv", "page.csv", "picture.csv", "binary.csv", "workbook.xlsx", "damaged.zip", "cut_line.csv",
        "cut_quote.csv", "wrong_columns.csv", "too_many.csv", "header_only.csv", "", "missing.csv",
    ],
)  # fmt: skip
def test_bad_input_fails_with_a_sentence_on_either_side(cli: Cli, name: str) -> None:
    bad, good = str(DATA / name), str(DATA / "hubspot.csv")
    done = cli("rehearse", "--crm", bad, "--audience", AUDIENCE, "--json")
    assert (done.code, done.out) == (1, "")
    assert "→" in done.err
    if name != "header_only.csv":  # an audience may be empty
        assert cli("rehearse", "--crm", good, "--audience", bad, "--json").code == 1


def test_both_files_stay_as_they_are_and_nothing_is_left_behind(cli: Cli, tmp_path: Path) -> None:
    for name in ("hubspot.csv", Path(AUDIENCE).name):
        shutil.copy(DATA / name, tmp_path / name)
    before = {path: sha256(path.read_bytes()).hexdigest() for path in tmp_path.iterdir()}
    rehearse(cli, tmp_path / "hubspot.csv", audience=tmp_path / Path(AUDIENCE).name)
    assert {path: sha256(path.read_bytes()).hexdigest() for path in tmp_path.iterdir()} == before


def test_stored_ids_go_before_addresses(cli: Cli, tmp_path: Path) -> None:
    crm = tmp_path / "crm.csv"
    crm.write_text("Email,Last Name,Mailchimp ID\nbob@new.example,Stone,1002\n")
    bob = by_email(rehearse(cli, crm))["bob@new.example"]
    assert bob["audience_key"] == "aaaaaaaa02"
    assert bob["to_mailchimp"]["email"] == {"old": "bob@stone.example", "new": "bob@new.example"}


def test_the_csv_speaks_the_words_of_the_pages(cli: Cli, tmp_path: Path) -> None:
    crm = tmp_path / "crm.csv"
    crm.write_text("Email,First Name,Last Name\nnew@acme.example,Nora,New\n")
    rehearse(cli, crm, "--consent", "agreed", "--csv", "out.csv")
    with Path("out.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = [(row["field"], row["new"]) for row in csv.DictReader(file) if row["side"]]
    assert {"Sync with Mailchimp", "May we mail?"} & {field for field, _ in rows}
    assert not {"takes_part", "mailchimp_id", "consent"} & {field for field, _ in rows}
    assert not {"True", "False", "None"} & {new for _, new in rows}
