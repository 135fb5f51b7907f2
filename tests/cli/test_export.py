"""``listloop export`` writes both sides so that spreadsheets are safe, and its files come back in whole."""

from __future__ import annotations

import csv
import string
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from listloop.cli.exporting import _write
from listloop.cli.intake import Intake, hand
from listloop.cli.targets import targets
from listloop.core.people import Consent
from listloop.core.side import Field
from listloop.crm.local import open_local
from listloop.crm.local.book import Book
from listloop.files.contacts import open_contacts
from listloop.files.mapping import Given
from listloop.wiring import utc_now
from tests.cli.stage import Cli


def lines(path: str) -> list[dict[str, str]]:
    with Path(path).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_both_sides_are_written(synced: Cli) -> None:
    assert synced("export", "--folder", "out").code == 0
    crm = {one["E-mail"]: one for one in lines("out/crm.csv")}
    audience = {one["E-mail"]: one for one in lines("out/audience.csv")}
    assert crm["ann@archer.example"]["Last name"] == audience["ann@archer.example"]["Last Name"] == "Archer"
    assert audience["otto@out.example"]["Consent"] == "unsubscribed"
    assert crm["ann@archer.example"]["Phone"].startswith("'+44"), "a leading plus would be a formula"


def test_what_was_exported_and_comes_in_again_changes_nothing(synced: Cli) -> None:
    assert synced("export").code == 0
    before = {name: sha256(Path(name).read_bytes()).hexdigest() for name in ("crm.csv", "audience.csv")}
    done = synced("import", "crm.csv", "--yes", "--json").json
    assert (done["new"], done["changed"], done["same"], done["refused"]) == (0, 0, done["lines"], [])
    assert {name: sha256(Path(name).read_bytes()).hexdigest() for name in before} == before


def test_both_files_of_an_export_in_step_rehearse_to_nothing(synced: Cli) -> None:
    assert synced("export").code == 0
    told = synced("rehearse", "--crm", "crm.csv", "--audience", "audience.csv", "--json").json
    changes = [(one["email"], one["to_crm"], one["to_mailchimp"]) for one in told["people"]]
    assert [one for one in changes if one[1] or one[2]] == []
    assert told["standings"]["in_sync"] >= 3


def test_nothing_is_written_over_without_a_word(synced: Cli) -> None:
    assert synced("export").code == 0
    refused = synced("export")
    assert refused.code == 1
    assert "--force" in refused.err
    assert synced("export", "--force").code == 0


def test_json_has_everybody_of_both_sides(synced: Cli) -> None:
    told = synced("export", "--json").json
    assert sorted(told) == ["audience", "crm"]
    assert {one["email"] for one in told["crm"]} >= {"ann@archer.example", "eve@evans.example"}
    assert {one["consent"] for one in told["audience"]} == {"subscribed", "unsubscribed", "unknown"} & {
        one["consent"] for one in told["audience"]
    }


def test_the_built_in_crm_needs_no_connection(cli: Cli) -> None:
    assert cli("export", "--crm-only").code == 0
    assert len(lines("crm.csv")) == 4


def test_a_folder_that_cannot_be_is_named(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    done = cli("export", "--crm-only", "--folder", str(tmp_path / "file"))
    assert (done.code, "can't be made" in done.err) == (1, True)


NAME = st.text(string.ascii_letters + "=+-@'\";,éßŁ太", min_size=1, max_size=8)
PERSON = st.fixed_dictionaries(
    {"first_name": NAME, "last_name": NAME, "company": NAME, "city": NAME, "custom:Note": NAME}
)


def told(book: Book) -> list[Any]:
    titles = {f"group:{one.key}": one.title for one in book.groups()}
    return sorted(
        [
            one.email,
            sorted(one.person.fields.items()),
            one.person.consent,
            str(one.takes_part),
            sorted(titles[label] for label in one.person.labels),
        ]
        for one in book.people(limit=100)
    )


@settings(max_examples=8, deadline=None, phases=[Phase.explicit, Phase.generate])  # each makes two databases
@given(
    st.lists(st.tuples(PERSON, st.sampled_from([None, True, False]), st.sampled_from(Consent)), min_size=1, max_size=4),
    st.lists(NAME, max_size=2, unique=True),
)
def test_what_was_exported_comes_in_as_it_was(
    people: list[tuple[dict[str, str], bool | None, Consent]], groups: list[str]
) -> None:
    with TemporaryDirectory() as folder:
        crm = open_local({"database": f"{folder}/a.sqlite"})
        other = open_local({"database": f"{folder}/b.sqlite"})
        try:
            book = Book(crm.place, "test")
            book.add_field(_note())
            keys = []
            for number, (fields, flag, consent) in enumerate(people):
                key = book.add_person(fields, f"p{number}@x.example", flag)
                book.consent(key, consent)
                keys.append(key)
            for title in groups:
                book.make_group(title, keys)
            _write(Path(folder) / "crm.csv", crm, force=False)
            contacts = open_contacts(Path(folder) / "crm.csv", lenient=True)
            contacts, chosen = targets(contacts, other.schema(), Given())
            Intake(contacts, chosen, other, hand("test")).run(utc_now(), write=True)
            assert told(Book(other.place)) == told(book)
        finally:
            crm.close()
            other.close()


def _note() -> Field:
    return Field("custom:Note", "Note")
