"""Sage CRM as a side of a connection."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from listloop.core.abilities import Probe
from listloop.core.errors import NeedsAttention
from listloop.core.people import Consent, Key, Record
from listloop.core.side import (
    Adapter,
    Capabilities,
    Change,
    Communication,
    Cursor,
    Deal,
    Group,
    Health,
    Outcome,
    Page,
    Schema,
)
from listloop.crm.sagecrm import checking, schema
from listloop.crm.sagecrm.asking import Asking
from listloop.crm.sagecrm.client import SageClient
from listloop.crm.sagecrm.communications import append
from listloop.crm.sagecrm.groups import Groups
from listloop.crm.sagecrm.mails import Mails
from listloop.crm.sagecrm.opportunities import changed_deals
from listloop.crm.sagecrm.options import SECRETS, SETTINGS, Options, options_of
from listloop.crm.sagecrm.probes import probes
from listloop.crm.sagecrm.reading import PAGE, Changes
from listloop.crm.sagecrm.records import Reader
from listloop.crm.sagecrm.rows import text
from listloop.crm.sagecrm.security import Security
from listloop.crm.sagecrm.soap import Soap
from listloop.crm.sagecrm.writing import Writer

NO_CONSENT_COLUMN = frozenset({Consent.UNKNOWN, Consent.UNSUBSCRIBED})


class SageCrm:
    """One installation as ``core.side.Crm``; ``close`` it at the end.

    ``page``: records of a page; ``soap``: web services, where the administrator allows them.
    """

    def __init__(
        self, client: SageClient, options: Options | None = None, page: int = PAGE, soap: Soap | None = None
    ) -> None:
        self.client = client
        self.options = options or Options()
        self.asking = Asking(client)
        self.soap = soap
        self.mails = Mails(self.asking, self.options.kinds, soap)
        self.reader = Reader(self.asking, self.mails, self.options)
        self.can = Capabilities(
            consents=frozenset(Consent) if self.options.status else NO_CONSENT_COLUMN,
            labels=False, companies=True, deletions=soap is not None, prepares=False, appends=True, rewrites=True,
            deals=True, erases=False,
            groups=bool(self.options.groups or self.options.responses),
        )  # fmt: skip
        self._changes = Changes(self.asking, self.reader, page, soap)
        self._groups = Groups(self.asking, self.options)
        self._security = Security(self.asking)
        self._schema: Schema | None = None

    def close(self) -> None:
        """End all connections."""
        self.client.close()

    def check(self) -> Health:
        """Who this is, and what is missing: columns, rights, addresses."""
        return checking.check(self.asking, self.mails, self.reader.leads, self.options, self._security)

    def probe(self) -> Iterator[Probe]:
        """How this installation behaves where Sage's pages are silent; nothing is written."""
        yield from probes(self.asking)
        if self.soap is not None:
            works = self.soap.works()
            yield Probe(
                "soap",
                "enabled" if works else "disabled",
                "web services let the user in" if works else "no web services",
            )

    def schema(self) -> Schema:
        """The person's columns as they are now, its company, its address."""
        self.reader.leads.look()
        reader = self.reader
        self._schema = schema.schema_of(self.asking, self.options, self._security, reader.phones, reader.consents)
        return self._schema

    def _known(self) -> Schema:
        return self._schema or self.schema()

    def changes(self, since: Cursor | None) -> Iterator[Page]:
        """Everybody, or those changed since, e-mail addresses and companies included."""
        return self._changes.read(self._known(), since)

    def keys(self) -> Iterator[Key]:
        """Every person's number."""
        return self._changes.keys()

    def fetch(self, keys: Collection[Key]) -> Iterator[Record]:
        """These people and leads as they are now."""
        wanted = list(dict.fromkeys(keys))
        for start in range(0, len(wanted), PAGE):
            for one in self.reader.found(self._known(), wanted[start : start + PAGE]):
                yield one.record

    def find(self, emails: Collection[str], mailchimp_ids: Collection[str] = ()) -> Iterator[Record]:
        """Everybody with one of these addresses, of any kind, or one of these IDs."""
        numbers = self.mails.people_with(emails)
        wanted = set(mailchimp_ids) - {""}
        for row in self.asking.by_texts(
            "Person", self.options.member_id, wanted, f"pers_personid,{self.options.member_id}"
        ):
            if text(row, self.options.member_id).strip() in wanted:
                numbers.add(int(text(row, "pers_personid")))
        leads = dict.fromkeys(self.reader.leads.find(emails, mailchimp_ids))
        return self.fetch([*map(str, sorted(numbers)), *leads])

    def prepare(self, schema: Schema) -> None:
        """Nothing can be made by Sage CRM's API. Raises ``NeedsAttention`` naming what an administrator has to add."""
        known = self.schema()
        missing = [one.title for one in schema.fields if known.field(one.name) is None]
        choices = [
            f"{one.title}: {', '.join(new)}"
            for one in schema.fields
            if (there := known.field(one.name)) and (new := [c for c in one.choices if c not in there.choices])
        ]
        if missing or choices or schema.labels:
            what = "; ".join([*missing, *choices, *(one.title for one in schema.labels)])
            raise NeedsAttention(
                f"Sage CRM lacks {what}, and lets no program add it.",
                "Add fields under Administration → Customization → Person, choices under Translations.",
                code="crm-prepare",
            )

    def write(self, changes: Sequence[Change]) -> Iterator[Outcome]:
        """Carry out changes, one after the other, and read them back."""
        return Writer(self.reader, self.mails, self.options).write(self._known(), changes)

    def erase(self, keys: Collection[Key]) -> None:  # noqa: ARG002 - the seam's signature
        """Sage CRM deletes softly. Raises ``NeedsAttention``: its administrator erases there."""
        raise NeedsAttention(
            "Sage CRM's API can't delete anybody for good.",
            "Erase the person in Sage CRM itself (Data Protection, or delete and purge).",
            code="crm-erase",
        )

    def append(self, communications: Sequence[Communication]) -> Iterator[Outcome]:
        """Write communications: one for each campaign and person, with a line for each kind."""
        return append(self.asking, communications)

    def deals(self, since: Cursor | None) -> Iterator[tuple[tuple[Deal, ...], Cursor]]:
        """Opportunities, all or changed since."""
        return changed_deals(self.asking, self.options, since)

    def groups(self) -> Iterator[Group]:
        """Views that were made of groups, and the response groups that were written back."""
        return self._groups.listed()

    def group(self, key: Key) -> Iterator[Key]:
        """The people in one of them."""
        return self._groups.people(key)

    def make_group(self, title: str, keys: Collection[Key]) -> Group:
        """A response group, written into the column for them."""
        return self._groups.made(title, keys)

    def change_group(self, key: Key, add: Collection[Key], remove: Collection[Key]) -> None:
        """Put people into a response group and take some out."""
        self._groups.change(key, add, remove)

    def url(self, key: Key) -> str:
        """The summary of a person in Sage CRM's own pages, after its sign-in."""
        return (
            f"{self.client.root}/{self.client.install}/eware.dll/Do?Act={PERSON_SUMMARY}&Mode=1&CLk=T&Key0=2&Key2={key}"
        )


PERSON_SUMMARY = 220
"""The action of Sage CRM's pages that shows a person; Key0=2 says that Key2, the person, rules."""


def open_sagecrm(settings: Mapping[str, str]) -> SageCrm:
    """The installation that these settings name. Raises ``NeedsAttention`` for settings that can't be."""
    options = options_of(settings)
    client = SageClient(
        settings.get("address", ""), settings.get("user", "").strip(), settings.get("password", ""),
        install=settings.get("install", ""), zone=options.zone, count=options.count,
    )  # fmt: skip
    return SageCrm(client, options, soap=Soap(client, settings.get("password", "")) if options.soap else None)


adapter = Adapter("sagecrm", "Sage CRM", open_sagecrm, SETTINGS, SECRETS)
