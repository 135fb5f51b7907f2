"""A company's data of the usual size and the usual disorder, in an empty installation. Addresses end in .example."""

from random import Random

from listloop.sandbox.sagecrm.books import Books
from listloop.sandbox.sagecrm.tables import PERSON

FIRST = ("Anna", "Ben", "Chloé", "Dmitri", "Elif", "Farid", "Grete", "Hugo", "Inês", "Jun", "Kofi", "Lærke", "Miguel")
LAST = ("Abel", "Brandt", "Corrêa", "D'Amico", "Eriksen", "Fischer", "García", "Hoang", "Ivanova", "Jones", "Król")
FIRMS = ("Design", "Foods", "Motors", "Paper", "Software", "Tools", "Travel", "Water", "Wood")
TERRITORIES = (-2147483640, 101, 102)
ODD_COUNTRIES = ("UK", "England", "Germany", "DE", "Deutschland", "USA", "US", "XX")
DAY = 86_400


def fill(books: Books, people: int, seed: int, now: int) -> None:
    """So many people, a quarter as many companies, with gaps in their numbers; company 28 and person 30 as in demos."""
    draw = Random(seed)
    firms = _companies(books, max(1, people * 24 // 100), draw, now)
    for place in range(people):
        _person(books, place, firms, draw, now)
    _others(books, draw, now)


def _companies(books: Books, count: int, draw: Random, now: int) -> list[int]:
    numbers, number = [], 28
    for place in range(count):
        name = "Gatecom" if place == 0 else f"{draw.choice(LAST)} {draw.choice(FIRMS)} {place}"
        row = {"comp_companyid": number, "comp_name": name, "comp_secterr": draw.choice(TERRITORIES)}
        books.insert("company", row, now - draw.randint(1, 900) * DAY)
        numbers.append(number)
        number += draw.choice((1, 1, 1, 2, 5))
    return numbers


def _person(books: Books, place: int, firms: list[int], draw: Random, now: int) -> None:
    at = now - draw.randint(1, 900) * DAY - draw.randrange(DAY)
    number = 30 if place == 0 else books.last["person"] + draw.choice((1, 1, 1, 2, 7))
    first, last = draw.choice(FIRST), draw.choice(LAST)
    address = books.insert("address", {"addr_city": "Leeds", "addr_country": draw.choice(ODD_COUNTRIES)}, at)
    row = {
        "pers_personid": number, "pers_firstname": first, "pers_lastname": last,
        "pers_companyid": draw.choice(firms) if draw.random() < 0.8 else None,
        "pers_primaryaddressid": address["addr_addressid"], "pers_secterr": draw.choice(TERRITORIES),
        "pers_optout": "Y" if draw.random() < 0.02 else None, "pers_obfuscated": "Y" if place % 500 == 499 else None,
        "pers_mc_sync": "Y",
    }  # fmt: skip
    books.insert("person", row, at)
    chance = draw.random() if place > 3 else 1.0
    if chance < 0.03:
        return
    if chance < 0.08:
        email = books.rows["email"][draw.randint(1, books.last["email"])]
        link = {"elink_emailid": email["emai_emailid"], "elink_entityid": PERSON, "elink_recordid": number}
        books.insert("emaillink", link | {"elink_type": "Business"}, at)
        return
    books.attach(PERSON, number, _address(place, first, last), "Business", at)
    if place == 1:
        for kind in ("Private", "Private", "Private"):
            books.attach(PERSON, number, f"{kind.lower()}{books.last['email']}@home.example", kind, at)


def _address(place: int, first: str, last: str) -> str:
    if place == 2:
        return "Mixed.Case@Shop.Example"
    if place == 3:
        return "info@bücher.example"
    plain = "".join(one for one in f"{first}.{last}".lower() if one.isascii() and (one.isalnum() or one == "."))
    return f"{plain}.{place}@firm{place % 97}.example"


def _others(books: Books, draw: Random, now: int) -> None:
    """Deals, what was said to people, campaigns with waves, leads, and groups as reports keep them."""
    numbers = list(books.rows["person"])
    for place in range(min(200, len(numbers))):
        person = books.rows["person"][numbers[place]]
        status = ("Won", "Lost", "In Progress")[place % 3]
        deal = {
            "oppo_description": f"Deal {place}", "oppo_primarypersonid": numbers[place], "oppo_status": status,
            "oppo_primarycompanyid": person.get("pers_companyid"), "oppo_stage": "Negotiating", "oppo_total_cid": 1,
            "oppo_total": draw.randint(10, 9_999) * 1.0, "oppo_opened": now - 90 * DAY,
            "oppo_closed": now - 30 * DAY if status != "In Progress" else None,
        }  # fmt: skip
        books.insert("opportunity", deal, now - draw.randint(1, 60) * DAY)
        said = {"comm_subject": f"Talk {place}", "comm_action": "EmailOut", "comm_status": "Complete"}
        said |= {"comm_mailchimpcampaignid": "0ld0campai"} if place % 2 else {}
        note = books.insert("communication", said, now - DAY)
        link = {"cmli_comm_communicationid": note["comm_communicationid"], "cmli_comm_personid": numbers[place]}
        books.insert("comm_link", link, now - DAY)
    for place in range(20):
        books.insert(
            "lead", {"lead_personlastname": f"Lead {place}", "lead_personemail": f"lead{place}@x.example"}, now
        )
    campaign = books.insert("campaigns", {"camp_name": "Spring"}, now)
    wave = books.insert("waves", {"wave_campaignid": campaign["camp_campaignid"], "wave_name": "First"}, now)
    books.insert("waveitems", {"wait_waveid": wave["wave_waveid"], "wait_name": "Mailing"}, now)
    _groups(books, numbers, now)


def _groups(books: Books, numbers: list[int], now: int) -> None:
    static = books.insert("custom_reports", {"repo_name": "Trade fair", "repo_static": "Y"}, now)
    field = books.insert("ddfield", {"ddfld_name": "Trade fair", "ddfld_categoryid": 1}, now)
    for number in numbers[:25]:
        row = {"ddata_fieldid": field["ddfld_fieldid"], "ddata_entity": "Person", "ddata_entityid": number}
        books.insert("ddata", row | {"ddata_value": "Include"}, now)
    dynamic = books.insert("custom_reports", {"repo_name": "In Leeds"}, now)
    sql = "SELECT Pers_PersonID FROM vSearchListPerson WHERE Addr_City LIKE N'Leeds%' ESCAPE '|'"
    for report in (static, dynamic):
        books.insert("custom_reportsearches", {"rese_reportid": report["repo_reportid"], "rese_sqltext": sql}, now)
    books.group_views["vMC_TradeFair"] = numbers[:25]
