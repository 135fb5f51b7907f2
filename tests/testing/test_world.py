import re
import unicodedata
from collections import Counter

import pytest

from listloop.core.people import Consent, address_key
from listloop.sandbox.mailchimp.seeding import seed
from listloop.sandbox.mailchimp.standin import Mailchimp
from listloop.testing.world import FIELDS, GROUPS, NOW, CrmPerson, World, audience_in_parts, world, worlds
from listloop.testing.world_crowd import CULTURES
from listloop.testing.world_culture import Culture, slug
from listloop.testing.world_odd import ODD


@pytest.fixture(scope="module")
def demo() -> World:
    return world()


def share(demo: World, count: int) -> float:
    return count / len(demo.people)


def test_the_same_seed_draws_the_same_world(demo: World) -> None:
    assert world() == demo
    assert world(50, seed=8).people != world(50, seed=7).people


def test_a_world_in_parts_is_the_same_while_it_is_small_and_nobody_is_in_two_parts() -> None:
    assert list(worlds(50)) == [world(50)]
    first, second = worlds(20_010)
    assert (len(first.people), len(second.people)) == (20_000, 10)
    assert not {one.number for one in first.people} & {one.number for one in second.people}
    assert not {one.email for one in first.members} & {one.email for one in second.members}
    assert not {one.name for one in first.companies} & {one.name for one in second.companies}


def test_the_size_is_as_asked(demo: World) -> None:
    assert (len(demo.people), len(demo.companies), len(demo.members)) == (2000, 300, 1500)
    small = world(10)
    assert (len(small.people), len(small.companies)) == (10, 1)
    assert world(0).people == ()


def test_every_address_is_under_example(demo: World) -> None:
    addresses = [one.email for one in demo.people if one.email] + [one.email for one in demo.members]
    addresses += [one.email_2 for one in demo.people if one.email_2]
    for address in addresses:
        assert re.fullmatch(r"[A-Za-z0-9.-]{1,64}@[a-z0-9-]+\.example", address), address
        assert not re.search(r"\.\.|^\.|\.@|-@|@-", address), address


def test_names_belong_to_eight_languages_and_three_scripts(demo: World) -> None:
    assert set(Counter(one.language for one in demo.people)) == {one.language for one in CULTURES}
    assert len(CULTURES) == 8
    scripts = {unicodedata.name(letter).split()[0] for one in demo.people for letter in one.last_name if letter > "A"}
    assert {"LATIN", "GREEK", "CJK"} <= scripts


@pytest.mark.parametrize("culture", CULTURES, ids=lambda one: one.title)
def test_a_culture_has_enough_names_to_look_real(culture: Culture) -> None:
    assert len({name.male for name in (*culture.women, *culture.men)}) >= 60
    assert len({name.male for name in culture.families}) >= 60
    assert all(
        name.ascii(woman) for name in (*culture.women, *culture.men, *culture.families) for woman in (True, False)
    )


def test_odd_names_are_there(demo: World) -> None:
    names = {(one.first_name, one.last_name) for one in demo.people}
    assert {(first, last) for first, last, _ in ODD} <= names
    assert max(len(last) for _, last in names) >= 60
    assert not any(re.search(r"\d", first + last) for first, last in names)


def test_people_lack_and_share_addresses_as_real_ones_do(demo: World) -> None:
    addresses = Counter(address_key(one.email) for one in demo.people if one.email)
    assert 0.02 < share(demo, sum(not one.email for one in demo.people)) < 0.06
    assert 0.005 < share(demo, sum(addresses.values()) - len(addresses)) < 0.02


def test_flags_and_opt_outs_come_in_their_shares(demo: World) -> None:
    flags = Counter(one.takes_part for one in demo.people)
    consents = Counter(one.consent for one in demo.people)
    assert 0.07 < share(demo, flags[None] + flags[False]) < 0.13
    assert min(flags[None], flags[False]) > 0
    assert 0.02 < share(demo, consents[Consent.UNSUBSCRIBED]) < 0.045


def test_companies_have_names_of_their_own_and_people(demo: World) -> None:
    assert len({one.name.lower() for one in demo.companies}) == len({one.domain for one in demo.companies}) == 300
    employers = Counter(one.company for one in demo.people if one.company)
    assert set(employers) == {one.name for one in demo.companies}
    assert 0.2 < share(demo, sum(not one.company for one in demo.people)) < 0.3


def test_custom_fields_hold_what_their_types_say(demo: World) -> None:
    """Customer numbers are unique, dates are dates, numbers numbers, choices choices."""
    forms = {
        "customer_number": r"C-\d+",
        "customer_since": r"\d{4}-\d\d-\d\d",
        "newsletter_language": "|".join(one.title for one in CULTURES),
        "seats": r"\d+",
        "annual_revenue": r"\d+",
        "vip": "yes|no",
    }
    assert set(forms) == {one.name for one in FIELDS}
    for name, form in forms.items():
        values = [one.custom[name] for one in demo.people if name in one.custom]
        assert values
        assert all(re.fullmatch(form, value) for value in values), name
    numbers = [one.custom["customer_number"] for one in demo.people if "customer_number" in one.custom]
    assert len(set(numbers)) == len(numbers)
    assert {group for one in demo.people for group in one.groups} == set(GROUPS)


def test_the_halves_overlap_by_address(demo: World) -> None:
    """1,000 of the 1,500 members have the address of just the person they name; the others are in no way in the CRM."""
    people = {one.number: one for one in demo.people}
    known = [one for one in demo.members if one.person]
    assert len(known) == len({one.person for one in known}) == 1000
    assert all(address_key(one.email) == address_key(people[one.person].email) for one in known)
    everywhere = {address_key(email) for one in demo.people for email in (one.email, one.email_2)}
    assert not any(address_key(one.email) in everywhere for one in demo.members if not one.person)
    assert len({address_key(one.email) for one in demo.members}) == 1500


def crm_value(person: CrmPerson, tag: str) -> str:
    names = {"FNAME": "first_name", "LNAME": "last_name", "PHONE": "phone", "CITY": "city", "JOB": "title"}
    return str(getattr(person, names[tag]))


def test_members_differ_as_they_say(demo: World) -> None:
    """A difference is named where there is one, and only there; each kind is there, and most members have none."""
    people = {one.number: one for one in demo.people}
    tags = {"FNAME": "name", "LNAME": "name", "PHONE": "phone", "CITY": "city", "JOB": "job"}
    seen: Counter[str] = Counter()
    for one in demo.members:
        if not one.person:
            continue
        person = people[one.person]
        found = {
            tags[tag] for tag in tags if tag in one.merge_fields and one.merge_fields[tag] != crm_value(person, tag)
        }
        if person.last_name and "LNAME" not in one.merge_fields:
            found.add("no last name")
        if one.email != person.email:
            found.add("case of the e-mail")
        assert found == one.differs
        seen.update(found)
    assert set(seen) == {"name", "no last name", "phone", "city", "job", "case of the e-mail"}
    assert sum(not one.differs for one in demo.members if one.person) > 500


def test_members_have_every_standing(demo: World) -> None:
    standings = Counter((one.status, one.origin, one.archived) for one in demo.members)
    assert {(status, origin) for status, origin, archived in standings if not archived} == {
        ("subscribed", ""),
        ("unsubscribed", "self"),
        ("unsubscribed", "admin"),
        ("cleaned", ""),
        ("pending", ""),
        ("transactional", ""),
    }
    assert sum(count for (_, _, archived), count in standings.items() if archived) > 20
    assert standings["subscribed", "", False] > 1_100
    strangers = [one for one in demo.members if not one.person]
    with_company = sum("COMPANY" in one.merge_fields for one in strangers)
    assert 100 < with_company < 300


def test_the_sandbox_gets_the_members_as_they_are(demo: World) -> None:
    (audience,) = demo.seed_sandbox("Demo")["lists"]
    assert audience["name"] == "Demo"
    tags = {one["tag"]: one for one in audience["merge_fields"]}
    assert set(tags) == {
        "FNAME", "LNAME", "COMPANY", "PHONE", "CITY", "JOB", "CUSTNO", "SINCE", "SEATS", "LANG", "VIP",
    }  # fmt: skip
    assert len(audience["members"]) == len(demo.members)
    for entry, member in zip(audience["members"], demo.members, strict=True):
        assert entry["email_address"] == member.email
        assert set(entry["merge_fields"]) <= set(tags)
        assert set(entry["tags"]) <= set(audience["tags"])
        for tag in ("LANG", "VIP"):
            assert entry["merge_fields"].get(tag, "") in ["", *tags[tag]["options"]["choices"]]


def test_the_sandbox_takes_the_members(demo: World) -> None:
    """The sandbox seeds every member and refuses no value: dates, numbers, choices, standings."""
    standin = Mailchimp()
    seeded = seed(standin.state, standin.switches, int(NOW.timestamp()), demo.seed_sandbox("Demo"))
    assert [(one["name"], one["members"]) for one in seeded["lists"]] == [("Demo", len(demo.members))]


@pytest.mark.parametrize(
    ("text", "latin"),
    [
        ("Müller-Lüdenscheidt", "mueller-luedenscheidt"),
        ("Łukasz Żak", "lukasz-zak"),
        ("Παπαδοπούλου", "papadopoulou"),
        ("O'Brien", "obrien"),
        ("Straße & Söhne GmbH", "strasse-soehne-gmbh"),
    ],
)
def test_a_script_becomes_letters_of_an_address(text: str, latin: str) -> None:
    assert slug(text) == latin


def test_an_audience_in_parts_is_that_of_one_world_while_it_is_small() -> None:
    (document,) = audience_in_parts(30, seed=3)
    assert document == world(40, seed=3).seed_sandbox()


def test_an_audience_in_parts_has_no_address_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("listloop.testing.world.PART", 40)
    parts = [[one["email_address"].lower() for one in part["lists"][0]["members"]] for part in audience_in_parts(200)]
    assert [len(part) for part in parts] == [40] * 5
    assert len({address for part in parts for address in part}) == 200
