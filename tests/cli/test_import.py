"""``listloop import`` brings people into the built-in CRM, and keeps what is refused."""

from __future__ import annotations

import csv
from hashlib import sha256
from pathlib import Path

import pytest

from listloop.core.people import Consent
from tests.cli.stage import Cli, opened_book

DATA = Path(__file__).parents[1] / "files" / "data"


def write(text: str, name: str = "people.csv") -> str:
    Path(name).write_text(text)
    return name


def test_without_a_yes_nothing_is_written_and_the_same_is_told(cli: Cli) -> None:
    file = write("Email,First Name,Last Name\nnew@x.example,Nia,New\nann@archer.example,Ann,Archer\n")
    before = sha256(Path(file).read_bytes()).hexdigest()
    shown = cli("import", file)
    assert shown.code == 0
    assert "1 person would be new, 0 changed, 1 as they were" in shown.out
    with opened_book(cli.database) as book:
        assert book.people("new@x.example") == []
    done = cli("import", file, "--yes", "--json").json
    assert (done["written"], done["new"], done["changed"], done["same"]) == (True, 1, 0, 1)
    with opened_book(cli.database) as book:
        assert [one.name for one in book.people("new@x.example")] == ["Nia New"]
    assert sha256(Path(file).read_bytes()).hexdigest() == before


def test_people_companies_groups_and_custom_fields_come_in(cli: Cli) -> None:
    assert cli("import", str(DATA / "maximizer.csv"), "--yes", "--group", "Imported").code == 0
    with opened_book(cli.database) as book:
        (gross,) = book.people("gross.example")
        fields = gross.person.fields
        assert (gross.name, gross.kind, gross.takes_part) == ("Jürgen Groß", "Contact", True)
        assert (fields["company"], fields["city"], fields["postal_code"]) == ("Bäckerei Groß", "Köln", "04109")
        assert (fields["custom:Kundennummer"], fields["custom:Umsatz"]) == ("00123", "1234.5")
        assert fields["custom:Kunde seit"] == "2019-04-03"
        (weiss,) = book.people("weiss.example")
        assert weiss.person.consent is Consent.UNSUBSCRIBED
        assert weiss.person.fields["email_2"] == "d.weiss@home.example"
        assert {one.title: one.members for one in book.groups()}["Imported"] == 4
        types = {one.name: str(one.type) for one in book.fields()}
        assert (types["custom:Umsatz"], types["custom:Kunde seit"]) == ("money", "date")


@pytest.mark.parametrize(
    "name", ["sage.csv", "outlook.csv", "google.csv", "google_old.csv", "hubspot.csv", "cards3.vcf"]
)
def test_every_known_export_comes_in_whole_and_once(cli: Cli, name: str) -> None:
    first = cli("import", str(DATA / name), "--yes", "--json").json
    assert first["refused"] == []
    assert first["new"] == first["lines"]
    again = cli("import", str(DATA / name), "--yes", "--json").json
    assert (again["new"], again["changed"], again["same"]) == (0, 0, first["lines"])


def test_refused_lines_are_told_by_number_kept_and_can_be_mended(cli: Cli) -> None:
    lines = ["Email;First Name;Last Name;Date of birth;Note"]
    lines += ["a@x.example;Ada;Able;31.12.1980;fine", "b@x.example;Bob;;1.2.1980;no last name"]
    lines += ["c@x.example;Cy;Cole;someday;no date", "d@x.example;Di;Dale;24.12.1985;=1+1;one;too many"]
    done = cli("import", write("\n".join(lines) + "\n"), "--yes")
    assert done.code == 1
    assert "Line 3: The built-in CRM needs a value in “Last name”" in done.out
    assert "Line 4: column “Date of birth”: “someday” is no date" in done.out
    assert "Line 5: has 7 cells where the header has 5" in done.out
    assert "1 person new" in done.out
    kept = Path("people-refused.csv")
    with kept.open(encoding="utf-8-sig", newline="") as file:
        refused = list(csv.DictReader(file))
    assert {one["Email"]: one["Refused because"][:7] for one in refused} == {
        "b@x.example": "line 3:",
        "c@x.example": "line 4:",
        "d@x.example": "line 5:",
    }
    assert refused[2]["Note"] == "'=1+1"
    mended = (
        kept.read_text("utf-8-sig")
        .replace("Bob,,", "Bob,Brook,")
        .replace("someday", "1.3.1980")
        .replace(",one,too many", "")
    )
    again = cli("import", write(mended, "mended.csv"), "--yes", "--json").json
    assert (again["new"], again["refused"]) == (3, [])
    with opened_book(cli.database) as book:
        assert "custom:Refused because" not in {one.name for one in book.fields()}
        assert book.people("d@x.example")[0].person.fields["custom:Note"] == "=1+1"


def test_dates_that_can_be_read_in_two_ways_are_not_written_without_a_word(cli: Cli) -> None:
    file = write("Email,Last Name,Date of birth\na@x.example,Able,03/04/1980\n")
    assert "can be read in two ways" in cli("import", file).out
    refused = cli("import", file, "--yes")
    assert refused.code == 1
    assert "--dates" in refused.err
    assert cli("import", file, "--yes", "--dates", "mdy").code == 0
    with opened_book(cli.database) as book:
        assert book.people("a@x.example")[0].person.fields["birthday"] == "1980-03-04"


DATES = "Email,Last Name,Since\n" + "".join(f"p{day}@x.example,P,{day:02}.03.2020\n" for day in range(1, 20))


def test_an_impossible_date_refuses_its_line_or_the_column_is_kept_as_text(cli: Cli) -> None:
    file = write(DATES + "bad@x.example,Bad,31.02.2020\n")
    shown = cli("import", file)
    assert "“Since” is taken for dates, but not all of its texts are: “31.02.2020” in line 21" in " ".join(
        shown.out.split()
    )
    told = cli("import", file, "--yes", "--json")
    assert told.code == 1
    assert (told.json["new"], [one["line"] for one in told.json["refused"]]) == (19, [21])
    with opened_book(cli.database) as book:
        assert {one.name: str(one.type) for one in book.fields()}["custom:Since"] == "date"


def test_a_word_among_numbers_refuses_its_line_and_makes_no_text_of_the_column(cli: Cli) -> None:
    lines = "".join(f"p{points}@x.example,P,{points}\n" for points in range(10, 30))
    file = write("Email,Last Name,Points\n" + lines + "bad@x.example,Bad,n/a\n")
    shown = " ".join(cli("import", file).out.split())
    assert "“Points” is taken for numbers, but not all of its texts are: “n/a” in line 22" in shown
    told = cli("import", file, "--yes", "--json")
    assert (told.json["new"], [one["line"] for one in told.json["refused"]]) == (20, [22])
    with opened_book(cli.database) as book:
        assert {one.name: str(one.type) for one in book.fields()}["custom:Points"] == "number"


def test_a_column_may_be_kept_as_text(cli: Cli) -> None:
    told = cli("import", write(DATES + "bad@x.example,Bad,31.02.2020\n"), "--text", "Since", "--yes", "--json").json
    assert (told["new"], told["refused"]) == (20, [])
    with opened_book(cli.database) as book:
        (bad,) = book.people("bad@x.example")
        assert bad.person.fields["custom:Since"] == "31.02.2020"
    assert cli("import", "people.csv", "--text", "Sinse").code == 1


def test_a_file_never_lifts_a_no(cli: Cli) -> None:
    write("Email,Last Name,Opt-in\notto@out.example,Out,yes\n")
    with opened_book(cli.database) as book:
        (otto,) = book.people("otto@out.example")
        book.opt_out(otto.key)
    write("Email,First Name,Last Name,Opt-in\notto@out.example,Otto,Out,yes\n")
    assert cli("import", "people.csv", "--yes").code == 0
    with opened_book(cli.database) as book:
        assert book.people("otto@out.example")[0].person.consent is Consent.UNSUBSCRIBED


def test_two_people_may_share_an_address_but_nobody_comes_in_twice(cli: Cli) -> None:
    file = write("Email,First Name,Last Name\nhome@x.example,Mia,May\nhome@x.example,Max,Moor\n,Cleo,Clark\n")
    first = cli("import", file, "--yes", "--json").json
    assert (first["new"], first["same"]) == (2, 1)  # Cleo, without an address, is there already
    assert cli("import", file, "--yes", "--json").json["same"] == 3


def test_companies_without_anybody_become_companies(cli: Cli) -> None:
    file = write("Company,Email,Last Name,City\nEmpty Firm,,,Bonn\nFull Firm,f@x.example,Full,Ulm\n")
    done = cli("import", file, "--yes", "--json").json
    assert (done["new"], done["companies"], done["refused"]) == (1, 1, [])
    with opened_book(cli.database) as book:
        assert [one["city"] for one in book.companies("Empty")] == ["Bonn"]


def test_new_people_get_the_flag_that_was_asked_for(cli: Cli) -> None:
    file = write("Email,Last Name\na@x.example,Able\n")
    assert cli("import", file, "--yes", "--flag", "yes").code == 0
    with opened_book(cli.database) as book:
        assert book.people("a@x.example")[0].takes_part is True


def test_a_mapping_says_what_goes_where(cli: Cli) -> None:
    write(
        '[crm]\nemail = "Post"\n[fields]\n"Wer" = "last_name"\n"Seit" = "Member since"\n[types]\n"Seit" = "date mdy"\n',
        "m.toml",
    )
    file = write("Wer,Post,Seit,Rest\nAble,a@x.example,03/04/1980,x\n")
    assert cli("import", file, "--yes", "--mapping", "m.toml").code == 0
    with opened_book(cli.database) as book:
        (able,) = book.people("a@x.example")
        assert able.person.fields["custom:Member since"] == "1980-03-04"
        assert "custom:Rest" not in able.person.fields


def test_a_person_who_is_in_the_file_twice_comes_in_once(cli: Cli) -> None:
    lines = "A@x.example,Ada,Able,Ulm\na@x.example,Ada,Able,Bonn\nb@x.example,Bo,Bay,\n"
    done = cli("import", write("Email,First Name,Last Name,City\n" + lines * 2), "--yes", "--json").json
    assert (done["new"], done["same"], [one["line"] for one in done["refused"]]) == (2, 2, [3, 6])
    assert done["refused"][0]["why"] == "This is the person of line 2 again. Keep one of the two."
    with opened_book(cli.database) as book:
        assert [one.person.fields["city"] for one in book.people("a@x.example")] == ["Ulm"]


def test_the_preview_tells_what_is_written_in_a_file_of_many_lines(cli: Cli) -> None:
    # Everybody shares an address and a last name with somebody 600 lines before, who comes in first.
    lines = [f"home{number % 600}@x.example,F{number},May\n" for number in range(1200)]
    file = write("Email,First Name,Last Name\n" + "".join(lines))
    shown = cli("import", file, "--json").json
    done = cli("import", file, "--yes", "--json").json
    assert (shown["new"], shown["changed"]) == (done["new"], done["changed"]) == (1200, 0)


def test_a_person_is_known_by_any_of_her_addresses(cli: Cli) -> None:
    cli("import", write("Email,Email 2,First Name,Last Name\na@x.example,a@home.example,Ada,Able\n"), "--yes")
    done = cli("import", write("Email,First Name,Last Name\na@home.example,Ada,Able\n"), "--yes", "--json").json
    assert (done["new"], done["same"]) == (0, 1)


def test_a_few_texts_become_choices_and_a_later_file_adds_to_them(cli: Cli) -> None:
    def file(*levels: str) -> str:
        lines = [f"p{number}@x.example,L{number},{levels[number % len(levels)]}\n" for number in range(40)]
        return write("Email,Last Name,Level\n" + "".join(lines))

    shown = cli("import", file("gold", "silver"))
    assert "one choice (gold, silver)" in shown.out
    assert cli("import", file("gold", "silver"), "--yes").code == 0
    with opened_book(cli.database) as book:
        assert {one.name: one.choices for one in book.fields()}["custom:Level"] == ("gold", "silver")
    again = cli("import", file("gold", "bronze"))
    assert "“Level” gets more choices: bronze" in again.out
    done = cli("import", file("gold", "bronze"), "--yes", "--json").json
    assert (done["new"], done["changed"], done["refused"]) == (0, 20, [])


def test_many_choices_in_a_cell_become_a_field_of_them_and_a_later_file_adds_to_it(cli: Cli) -> None:
    cells = ["red; blue", "blue", "blue; green", "green; red"] * 6
    first = write("Email,Last Name,Likes\n" + "".join(f"p{at}@x.example,P,{cell}\n" for at, cell in enumerate(cells)))
    assert "many choices separated by a semicolon" in " ".join(cli("import", first).out.split())
    assert cli("import", first, "--yes").code == 0
    more = "".join(f"q{at}@x.example,Q,{cell}\n" for at, cell in enumerate(["black; red", "black", "red; blue"] * 8))
    later = write("Email,Last Name,Likes\n" + more, "later.csv")
    assert "“Likes” gets more choices: black." in cli("import", later, "--yes").out
    with opened_book(cli.database) as book:
        field = next(one for one in book.fields() if one.name == "custom:Likes")
        assert (str(field.type), field.choices) == ("many choices", ("blue", "green", "red", "black"))
        (new,) = book.people("q0@x.example")
        assert new.person.fields["custom:Likes"] == "black\nred"


def test_what_programs_tell_about_themselves_is_left_out_and_said(cli: Cli) -> None:
    shown = cli("import", write("E-mail Address,E-mail Type,Last Name\na@x.example,SMTP,Able\n"))
    assert "Left out: E-mail Type." in shown.out
    assert "new field “E-mail Type”" not in shown.out


def test_whole_names_come_in_as_first_and_last_ones(cli: Cli) -> None:
    assert cli("import", write("Name,Email\nAnn O'Hara,ann@ohara.example\n"), "--yes").code == 0
    with opened_book(cli.database) as book:
        (ann,) = book.people("ann@ohara.example")
        assert (ann.person.fields["first_name"], ann.person.fields["last_name"]) == ("Ann", "O'Hara")


def test_letters_that_can_be_read_in_several_ways_are_shown_and_never_written_unasked(cli: Cli) -> None:
    Path("people.csv").write_bytes("Email,Last Name\nj@x.example,Jiří\n".encode("cp1250"))
    shown = cli("import", "people.csv")
    assert "“Jiří” in Windows-1250" in shown.out
    refused = cli("import", "people.csv", "--yes")
    assert refused.code == 1
    assert "--encoding" in refused.err
    assert cli("import", "people.csv", "--yes", "--encoding", "cp1250").code == 0
    with opened_book(cli.database) as book:
        assert book.people("j@x.example")[0].name == "Jiří"


def test_in_a_terminal_doubts_are_asked(cli: Cli) -> None:
    Path("people.csv").write_bytes("Post,Last Name,Date of birth\nj@x.example,Jiří,03/04/1980\n".encode("cp1250"))
    shown = cli("import", "people.csv")
    wanted = "1" if shown.out.index("Windows-1250") < shown.out.index("Windows-1252") else "2"
    cli.answering(wanted, "month")
    assert cli("import", "people.csv", "--yes").code == 0
    with opened_book(cli.database) as book:
        (one,) = book.people("j@x.example")
        assert (one.name, one.person.fields["birthday"]) == ("Jiří", "1980-03-04")


def test_in_a_terminal_the_mapping_can_be_changed(cli: Cli) -> None:
    file = write("Post,Wer,Ort\na@x.example,Able,Ulm\n")
    cli.answering("1", "Last name", "2", "-", "")
    shown = cli("import", file)
    assert "1 person would be new" in shown.out
    assert "Left out: Ort" in shown.out


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1252"])
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_refused_lines_of_any_file_can_be_mended_and_imported(cli: Cli, encoding: str, separator: str) -> None:
    header = separator.join(["Email", "First Name", "Last Name", "Notiz"])
    bad = separator.join(["j@x.example", "Jörg", "", '"zwei\nZeilen; und, mehr | Zeichen\t!"'])
    good = separator.join(["g@x.example", "Günther", "Groß", "=1+1"])
    Path("people.csv").write_bytes(f"{header}\r\n{bad}\r\n{good}\r\n".encode(encoding))
    assert cli("import", "people.csv", "--yes").code == 1
    kept = Path("people-refused.csv")
    assert "Line 2" not in kept.read_text("utf-8-sig").splitlines()[0]
    with kept.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    rows[0]["Last Name"] = "Müller"
    with kept.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    done = cli("import", str(kept), "--yes", "--json").json
    assert (done["new"], done["refused"]) == (1, [])
    with opened_book(cli.database) as book:
        (one,) = book.people("j@x.example")
        assert one.name == "Jörg Müller"
        assert one.person.fields["custom:Notiz"] == "zwei\nZeilen; und, mehr | Zeichen\t!"
        assert book.people("g@x.example")[0].person.fields["custom:Notiz"] == "=1+1"


@pytest.mark.parametrize(
    "name", ["empty.csv", "page.csv", "binary.csv", "workbook.xlsx", "cut_line.csv", "cut_quote.csv", ""]
)
def test_bad_input_fails_with_a_sentence_and_writes_nobody(cli: Cli, name: str) -> None:
    with opened_book(cli.database) as book:
        before = book.count()
    done = cli("import", str(DATA / name), "--yes")
    assert done.code == 1
    assert "→" in done.err
    with opened_book(cli.database) as book:
        assert book.count() == before
