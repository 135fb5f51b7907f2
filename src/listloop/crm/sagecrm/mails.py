"""E-mail addresses of people: rows of Email and EmailLink, or of the view that joins them.

A person's address is no column of the person. What views show as one can be written and changes nothing that lasts
(Sage CRM community, "Email and phone numbers in CRM").
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from listloop.core.errors import ListloopError, NeedsAttention, RecordRejected
from listloop.core.people import Key, address_key
from listloop.crm.sagecrm.asking import Asking
from listloop.crm.sagecrm.rows import Row, text, whole
from listloop.crm.sagecrm.soap import Soap

PERSON, COMPANY = 13, 5
"""The numbers of entities that links carry."""

LINK = "elink_linkid,elink_emailid,elink_entityid,elink_recordid,elink_type"
EMAIL = "emai_emailid,emai_emailaddress"
VIEW = f"{LINK},{EMAIL}"


@dataclass(frozen=True, slots=True)
class Mail:
    """One address of a person: the numbers of its link and of its e-mail row, its kind in lower case."""

    link: int
    email: int
    person: int
    kind: str
    address: str


class Mails:
    """Reads and writes addresses. ``kinds`` are the kinds that are synced, the first that a person has is taken.

    ``soap``, where it is allowed, writes what can't be written while EmailLink is hidden.
    """

    def __init__(self, asking: Asking, kinds: tuple[str, ...] = ("business",), soap: Soap | None = None) -> None:
        self.asking = asking
        self.soap = soap
        self.client = asking.client
        self.kinds = kinds
        self._by_links: bool | None = None

    def by_links(self) -> bool:
        """Whether EmailLink is exposed; else the view vPersonEmail. Raises ``NeedsAttention`` where neither is."""
        if self._by_links is None:
            self._by_links = is_exposed(self.asking, "EmailLink")
            if not self._by_links and not is_exposed(self.asking, "vPersonEmail"):
                raise NeedsAttention(
                    "Sage CRM shows Listloop no e-mail addresses: neither EmailLink nor the view vPersonEmail.",
                    "Allow the view vPersonEmail for SData (Administration → Customization → Person → Views).",
                    code="crm-no-addresses",
                )
        return self._by_links

    def of(self, people: Collection[int]) -> dict[int, list[Mail]]:
        """The addresses of these people, those that are synced first."""
        if self.by_links():
            links = self.asking.by_numbers("EmailLink", "elink_recordid", people, LINK)
            rows = self._with_addresses([row for row in links if _is_person(row)])
        else:
            rows = list(self.asking.by_numbers("vPersonEmail", "elink_recordid", people, VIEW))
        found: defaultdict[int, list[Mail]] = defaultdict(list)
        for one in {mail.link: mail for mail in map(_mail, rows)}.values():
            found[one.person].append(one)
        return {person: sorted(mails, key=self._rank) for person, mails in found.items()}

    def _rank(self, mail: Mail) -> tuple[int, int]:
        return (self.kinds.index(mail.kind) if mail.kind in self.kinds else len(self.kinds), mail.link)

    def synced(self, mails: Collection[Mail]) -> Mail | None:
        """The address that is synced among a person's, None where none is of such a kind."""
        return next((one for one in mails if one.kind in self.kinds), None)

    def _with_addresses(self, links: list[Row]) -> list[Row]:
        numbers = {whole(one, "elink_emailid") for one in links}
        rows = self.asking.by_numbers("Email", "emai_emailid", numbers, EMAIL)
        emails = {whole(row, "emai_emailid"): row for row in rows}
        return [{**emails[number], **one} for one in links if (number := whole(one, "elink_emailid")) in emails]

    def people_with(self, addresses: Collection[str]) -> set[int]:
        """The numbers of the people who have one of these addresses, however it is spelled."""
        wanted = {address_key(one) for one in addresses} - {""}
        if not self.by_links():
            rows = self.asking.by_texts("vPersonEmail", "emai_emailaddress", wanted, VIEW)
            return {whole(row, "elink_recordid") for row in rows if _has(row, wanted)}
        found = self.asking.by_texts("Email", "emai_emailaddress", wanted, EMAIL)
        return self.holders({whole(row, "emai_emailid") for row in found if _has(row, wanted)})

    def holders(self, emails: Collection[int]) -> set[int]:
        """The people whose links lead to these e-mail rows."""
        links = self.asking.by_numbers("EmailLink", "elink_emailid", emails, LINK)
        return {whole(row, "elink_recordid") for row in links if _is_person(row)}

    def changed(self, after: str) -> Iterator[tuple[str, int, str]]:
        """What changed by day: EmailLink with the number of its person, or Email with its own, and the time.

        Where there is only the view: its own time of the address, if it shows one; else the next audit finds it.
        """
        if not self.by_links():
            yield from self._viewed(after)
            return
        select = "elink_linkid,elink_entityid,elink_recordid,elink_updateddate"
        for row in self.asking.since("EmailLink", "elink_linkid", "elink_updateddate", after, select):
            if _is_person(row):
                yield "EmailLink", whole(row, "elink_recordid"), text(row, "elink_updateddate")
        for row in self.asking.since(
            "Email", "emai_emailid", "emai_updateddate", after, "emai_emailid,emai_updateddate"
        ):
            yield "Email", whole(row, "emai_emailid"), text(row, "emai_updateddate")

    def _viewed(self, after: str) -> Iterator[tuple[str, int, str]]:
        select = "elink_linkid,elink_recordid,emai_updateddate"
        try:
            rows = self.asking.since("vPersonEmail", "elink_linkid", "emai_updateddate", after, select)
        except RecordRejected:
            return
        for row in rows:
            yield "EmailLink", whole(row, "elink_recordid"), text(row, "emai_updateddate")

    def put(self, person: Key, address: str, mails: Collection[Mail]) -> None:
        """Give a person this address as the synced one; "" takes the link away.

        A row of Email that others share is left to them: the person gets one of its own.
        """
        now = self.synced(mails)
        if not self.by_links() and self.soap is not None:
            if (now.address if now else "") != address:
                self.soap.set_address(int(person), address)
        elif now is None:
            if address:
                self._add(int(person), address)
        elif not address:
            self._writable()
            self.client.delete("EmailLink", now.link)
        elif now.address != address:
            if self._is_shared(now):
                self._add(int(person), address, now)
            else:
                self.client.change("Email", now.email, {"emai_emailaddress": address})

    def _is_shared(self, mail: Mail) -> bool:
        if not self.by_links():
            rows = self.asking.by_numbers("vPersonEmail", "emai_emailid", {mail.email}, "elink_linkid")
            if len({whole(row, "elink_linkid") for row in rows}) > 1:
                self._writable()
            return False
        links = list(self.asking.by_numbers("EmailLink", "elink_emailid", {mail.email}, "elink_linkid"))
        return len({whole(row, "elink_linkid") for row in links}) > 1

    def _add(self, person: int, address: str, old: Mail | None = None) -> None:
        """A new e-mail row with its link; where the link fails, no orphan is left."""
        self._writable()
        email = self.client.create("Email", {"emai_emailaddress": address})
        try:
            if old is not None:
                self.client.change("EmailLink", old.link, {"elink_emailid": email})
            else:
                kind = self.kinds[0].capitalize()
                link = {"elink_emailid": email, "elink_entityid": PERSON, "elink_recordid": person, "elink_type": kind}
                self.client.create("EmailLink", link)
        except ListloopError:
            self.client.delete("Email", email)
            raise

    def _writable(self) -> None:
        if not self.by_links():
            raise RecordRejected(
                "Sage CRM does not let Listloop give anybody a new e-mail address: EmailLink is not exposed.",
                "Enter the address in Sage CRM, allow EmailLink for web services, or set soap to yes.",
                code="crm-no-links",
            )


def is_exposed(asking: Asking, resource: str) -> bool:
    """Does this resource answer? Raises what is no question of exposure."""
    try:
        asking.client.feed(resource, count=1)
    except (NeedsAttention, RecordRejected) as error:
        if error.code in {"crm-address", "crm-rights", "crm-refused", "gone"}:
            return False
        raise
    return True


def _is_person(row: Row) -> bool:
    return whole(row, "elink_entityid") == PERSON


def _mail(row: Row) -> Mail:
    return Mail(
        whole(row, "elink_linkid"), whole(row, "elink_emailid") or whole(row, "emai_emailid"),
        whole(row, "elink_recordid"), text(row, "elink_type").strip().lower(), text(row, "emai_emailaddress"),
    )  # fmt: skip


def _has(row: Row, wanted: Collection[str]) -> bool:
    return address_key(text(row, "emai_emailaddress")) in wanted
