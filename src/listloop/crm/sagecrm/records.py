"""People as records: their rows with e-mail, company and address, fetched for many at once."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from listloop.core.fields import choices, number
from listloop.core.people import Consent, Key, Person, Record
from listloop.core.side import Field, FieldType, Schema
from listloop.crm.sagecrm.asking import Asking
from listloop.crm.sagecrm.consents import GIVEN, Consents
from listloop.crm.sagecrm.keys import is_key, lead_key
from listloop.crm.sagecrm.leads import CHANGED, CREATED, EMAIL, NUMBER, Leads
from listloop.crm.sagecrm.mails import Mail, Mails
from listloop.crm.sagecrm.options import Options
from listloop.crm.sagecrm.phones import Phones
from listloop.crm.sagecrm.rows import Row, amount, local, moment, text, ticked, whole
from listloop.crm.sagecrm.texts import ADDRESS, COMPANY, PHONE

CONTACT, ALONE, LEAD = "Contact", "Individual", "Lead"
_COMPANY = "comp_companyid,comp_name,comp_optout,comp_primaryaddressid,comp_updateddate"
_ADDRESS = ",".join(("addr_addressid", *ADDRESS))
_YES, _NO = frozenset({"y", "yes", "true", "1"}), frozenset({"n", "no", "false", "0"})


@dataclass(frozen=True, slots=True)
class Found:
    """A person's row with its addresses; the record is made of them."""

    row: Row
    mails: tuple[Mail, ...]
    record: Record


class Reader:
    """Makes records, page by page of people, never a question per person."""

    def __init__(self, asking: Asking, mails: Mails, options: Options) -> None:
        self.asking, self.mails, self.options = asking, mails, options
        self.phones = Phones(asking)
        self.leads = Leads(asking, options)
        self.consents = Consents(asking, options.consents)

    def found(self, schema: Schema, keys: Collection[Key]) -> Iterator[Found]:
        """These people and leads as they are now; whoever is gone is left out."""
        yield from self._people(schema, [int(key) for key in keys if is_key(key)])
        for row in self.leads.rows(keys):
            yield Found(row, (), self._lead(schema, row))

    def _people(self, schema: Schema, people: Collection[int]) -> Iterator[Found]:
        rows = {whole(row, "pers_personid"): row for row in self.asking.by_numbers("Person", "pers_personid", people)}
        mails = self.mails.of(rows.keys())
        firms = self._firms({whole(row, "pers_companyid") for row in rows.values()})
        places = self._places(rows.values(), firms)
        phones = self.phones.of(rows.keys()) if schema.field(PHONE) else {}
        agreed = self.consents.of(rows.keys())
        for person, plain in rows.items():
            row = {**plain, **phones.get(person, {}), GIVEN.name: "Y" if person in agreed else "N"}
            firm = firms.get(whole(row, "pers_companyid"), {})
            place = places.get(_place(row, firm), {})
            own = tuple(mails.get(person, ()))
            yield Found(row, own, self._record(schema, row, own, firm, place))

    def _firms(self, numbers: Collection[int]) -> dict[int, Row]:
        rows = self.asking.by_numbers("Company", "comp_companyid", numbers, _COMPANY)
        return {whole(row, "comp_companyid"): row for row in rows}

    def _places(self, rows: Collection[Row], firms: Mapping[int, Row]) -> dict[int, Row]:
        wanted = {_place(row, firms.get(whole(row, "pers_companyid"), {})) for row in rows}
        found = self.asking.by_numbers("Address", "addr_addressid", wanted, _ADDRESS)
        return {whole(row, "addr_addressid"): row for row in found}

    def _record(self, schema: Schema, row: Row, mails: tuple[Mail, ...], firm: Row, place: Row) -> Record:
        zone = self.options.zone
        synced = self.mails.synced(mails)
        is_scrubbed = ticked(row, "pers_obfuscated")
        email = synced.address if synced and not is_scrubbed else ""
        names = (text(row, "pers_firstname"), text(row, "pers_lastname"))
        fields = {one.name: value_of(one, _cell(one.name, row, firm, place)) for one in schema.fields}
        return Record(
            key=str(whole(row, "pers_personid")),
            person=Person(email, fields, frozenset(), self._consent(row, firm)),
            takes_part=flag_of(text(row, self.options.flag)),
            mailchimp_id=text(row, self.options.member_id).strip(),
            changed=moment(row.get("pers_updateddate"), zone),
            created=moment(row.get("pers_createddate"), zone),
            kind=CONTACT if firm else ALONE,
            emails=() if is_scrubbed else tuple(one.address for one in mails if one is not synced and one.address),
            name=" ".join(filter(None, names)),
        )

    def _lead(self, schema: Schema, row: Row) -> Record:
        """A lead shows the fields that it has a column for, and no others; its address counts as it is."""
        zone, shown = self.options.zone, {*self.leads.twins(), GIVEN.name}
        fields = {one.name: value_of(one, row.get(one.name)) for one in schema.fields if one.name in shown}
        names = (text(row, "pers_firstname"), text(row, "pers_lastname"))
        return Record(
            key=lead_key(whole(row, NUMBER)),
            person=Person(text(row, EMAIL), fields, frozenset(), self._consent(row, {})),
            takes_part=flag_of(text(row, self.options.flag)),
            mailchimp_id=text(row, self.options.member_id).strip(),
            changed=moment(row.get(CHANGED), zone),
            created=moment(row.get(CREATED), zone),
            kind=LEAD,
            name=" ".join(filter(None, names)),
        )

    def _consent(self, row: Row, firm: Row) -> Consent:
        """The opt-out box says no; the status column, where there is one, tells the rest."""
        known = text(row, self.options.status).strip().lower() if self.options.status else ""
        if known == Consent.CLEANED:
            return Consent.CLEANED
        if ticked(row, "pers_optout") or (self.options.company_optout and ticked(firm, "comp_optout")):
            return Consent.UNSUBSCRIBED
        return Consent(known) if known in {Consent.SUBSCRIBED, Consent.PENDING} else Consent.UNKNOWN


def _place(row: Row, firm: Row) -> int:
    return whole(row, "pers_primaryaddressid") or whole(firm, "comp_primaryaddressid")


def _cell(name: str, row: Row, firm: Row, place: Row) -> object:
    if name == COMPANY:
        return firm.get(COMPANY)
    return place.get(name) if name in ADDRESS else row.get(name)


def flag_of(said: str) -> bool | None:
    """The flag: Y, N, or blank."""
    plain = said.strip().lower()
    return True if plain in _YES else False if plain in _NO else None


def value_of(field: Field, raw: object) -> str:
    """A column's value in the canonical text of its field; what can't be read as its type comes as it is."""
    plain = "" if raw is None else str(raw)
    match field.type:
        case FieldType.YES_NO:
            return "yes" if plain.strip().lower() in _YES else "no"
        case FieldType.NUMBER | FieldType.MONEY:
            try:
                return number(amount(raw))
            except ValueError:
                return plain
        case FieldType.DATE:
            return local(raw)[:10] or plain
        case FieldType.DATETIME:
            return local(raw) or plain
        case FieldType.CHOICES:
            return choices(plain.split(","))
    return plain
