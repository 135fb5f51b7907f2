"""A Mailchimp audience as a side of a connection."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Self

from listloop.core.abilities import Seat, Segment
from listloop.core.errors import NeedsAttention
from listloop.core.facts import Campaign, Event, Mail
from listloop.core.people import Consent, Key, Record
from listloop.core.side import Act, Capabilities, Change, Cursor, Health, Label, Outcome, Page, Schema
from listloop.mailchimp import segments
from listloop.mailchimp.acts import acts_of
from listloop.mailchimp.client import MailchimpClient
from listloop.mailchimp.facts import campaigns_of, events_of
from listloop.mailchimp.members import Members
from listloop.mailchimp.outbox import MailchimpOutbox
from listloop.mailchimp.payloads import OLDER_IDS, Account, AudienceInfo
from listloop.mailchimp.reading import Reader
from listloop.mailchimp.reports import mail_of
from listloop.mailchimp.schema import Definitions
from listloop.mailchimp.writing import Writer

CAN = Capabilities(consents=frozenset(Consent), archives=True, id_on_create=True, events=True)

_INFO = "id,name,contact.company,marketing_permissions"


def audiences(client: MailchimpClient) -> list[AudienceInfo]:
    """The account's audiences, for the set-up to choose from. Raises ``NeedsAttention`` when there is none."""
    found = list(
        client.pages("lists", "lists", AudienceInfo, fields="lists.id,lists.name,lists.stats.member_count,total_items")
    )
    if not found:
        raise NeedsAttention(
            "This Mailchimp account has no audience.",
            "Make one in Mailchimp (Audience, Manage contacts), then go on here.",
            code="audience-missing",
        )
    return found


class MailchimpAudience:
    """One audience of one account; see ``Audience`` for what each call promises. A record's key is its ``contact_id``.

    Safe to use from several threads, as long as each stream is read by one of them. Close it, or use it as a context.
    """

    def __init__(self, client: MailchimpClient, list_id: str, *, older_ids: bool = False) -> None:
        """``older_ids``: read what earlier connectors knew members by, to take over from one of them."""
        self.client = client
        self.list_id = list_id
        self._members = Members(client, list_id, set(OLDER_IDS) if older_ids else set())
        self._definitions = Definitions(client, list_id, self._members.more)
        self._reader = Reader(self._members, self._definitions)
        self._writer = Writer(self._members, self._reader)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends all connections."""
        self.client.close()

    @property
    def can(self) -> Capabilities:
        """What an audience can do."""
        return CAN

    def check(self) -> Health:
        """Key and audience, in one call: another account's audience is not found, so its ID tells the account too.

        Raises ``NeedsAttention`` or ``TryLater`` in plain words.
        """
        try:
            info = self.client.get(f"lists/{self.list_id}", AudienceInfo, fields=_INFO)
        except NeedsAttention as error:
            if error.code != "audience-missing":
                raise
            account = self.client.get("", Account, fields="account_id,account_name")
            there = ", ".join(f"{one.name} ({one.id})" for one in audiences(self.client))
            raise NeedsAttention(
                f"The account {account.account_name} has no audience {self.list_id}; it has {there}.",
                "Choose one of these for a new connection, or check whether the audience was deleted.",
                code="audience-missing",
                detail=error.detail,
            ) from None
        self._definitions.asks_permissions = bool(info.marketing_permissions)
        company = info.contact.company if info.contact else ""
        return Health(info.id, f"{info.name} ({company})" if company else info.name)

    def schema(self) -> Schema:
        """Merge fields, tags and groups as they are now."""
        return self._definitions.schema()

    def prepare(self, schema: Schema) -> None:
        """Makes missing merge fields, choices, tags and groups."""
        self._definitions.prepare(schema)

    def drop_choice(self, field: str, choice: str) -> None:
        """Takes a choice off a radio or drop-down field."""
        self._definitions.drop_choice(field, choice)

    def rename_label(self, label: Label, title: str) -> None:
        """Gives a tag or a group another name; a group's title may begin with its category."""
        self._definitions.rename_label(label, title)

    def changes(self, since: Cursor | None) -> Iterator[Page]:
        """All members (None), or those changed since a cursor."""
        return self._reader.changes(since)

    def keys(self) -> Iterator[Key]:
        """Every member's key, archived ones included."""
        return self._reader.keys()

    def fetch(self, keys: Collection[Key]) -> Iterator[Record]:
        """These members as they are now."""
        return self._reader.fetch(keys)

    def find(self, emails: Collection[str], mailchimp_ids: Collection[str] = ()) -> Iterator[Record]:
        """Members with one of these addresses or IDs, archived ones included."""
        return self._reader.find(emails, mailchimp_ids)

    def write(self, changes: Sequence[Change]) -> Iterator[Outcome]:
        """Carries out changes, a no before anything else."""
        return self._writer.write(changes)

    def erase(self, keys: Collection[Key]) -> None:
        """Deletes these members for good: Mailchimp forgets them, and only they themselves can sign up again."""
        for key in keys:
            self._members.forget(key)

    def acts(self, key: Key) -> Sequence[Act]:
        """Who opted this member in and out, oldest first."""
        return acts_of(self._members, key)

    def marks(self) -> Sequence[str]:
        """The marks that were left here, which are empty tags."""
        return self._definitions.marks()

    def leave_mark(self, mark: str) -> None:
        """Leaves a mark."""
        self._definitions.leave_mark(mark)

    def campaigns(self) -> Iterator[Campaign]:
        """The audience's campaigns, newest first."""
        return campaigns_of(self.client, self.list_id)

    def events(
        self, campaign: Campaign, since: str = "", cursor: Cursor = ""
    ) -> Iterator[tuple[tuple[Event, ...], Cursor]]:
        """What came of a campaign."""
        return events_of(self.client, campaign, since, cursor)

    def mail(self, campaign: Campaign) -> Mail:
        """What was mailed, and where it was opened."""
        return mail_of(self.client, campaign)

    def segments(self) -> Sequence[Segment]:
        """Saved and static segments."""
        return segments.segments(self.client, self.list_id)

    def seats(self, segment: str) -> Iterator[Seat]:
        """Everybody in a segment."""
        return segments.seats(self.client, self.list_id, segment)

    def make_segment(self, title: str, emails: Sequence[str]) -> Segment:
        """A new static segment, in one call."""
        return segments.make_segment(self.client, self.list_id, title, emails)

    def change_segment(self, segment: str, add: Sequence[str], remove: Sequence[str]) -> int:
        """Who is in a static segment changes, in one call."""
        return segments.change_segment(self.client, self.list_id, segment, add, remove)

    def group_segment(self, label: Label, title: str) -> Segment:
        """The saved segment of a Mailchimp group."""
        return segments.group_segment(self.client, self.list_id, self._definitions, label, title)

    def outbox(self) -> MailchimpOutbox:
        """What sends campaigns to this audience."""
        return MailchimpOutbox(self.client, self.list_id)

    def clock_there(self) -> str:
        """Mailchimp's own time as last told."""
        return self.client.last_date
