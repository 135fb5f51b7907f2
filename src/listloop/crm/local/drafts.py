"""People as they will be: patches are checked and applied in memory, before anything is written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from listloop.core.errors import RecordRejected
from listloop.core.frozen import replace
from listloop.core.people import Consent, Key, Origin, Patch, address_key
from listloop.core.side import Change, Outcome
from listloop.crm.local.records import ids_of, ids_with
from listloop.crm.local.tables import companies, groups, members, people
from listloop.crm.local.values import PREFIX, canonical, check_known, check_text, fields_of

_EMAILS = {"email": "address", "email_2": "address_2", "email_3": "address_3"}


@dataclass(frozen=True, slots=True)
class Hand:
    """Who writes. A person may give two people one address, which a sync must not; ``origin`` is who says a no."""

    name: str
    origin: Origin = Origin.UNKNOWN
    shares_addresses: bool = False


@dataclass(slots=True)
class Draft:
    """A person as it will be: the row, the company's name beside it, the numbers of the groups."""

    row: dict[str, Any]
    company: str = ""
    groups: frozenset[int] = frozenset()
    before: tuple[dict[str, Any], str, frozenset[int]] | None = None  # None: new
    refs: list[str] = field(default_factory=list)

    @property
    def changed(self) -> bool:
        return self.before != (self.row, self.company, self.groups)

    def copy(self) -> Draft:
        return replace(self, row={**self.row, "custom": dict(self.row["custom"])}, refs=[*self.refs])


class Drafting:
    """Takes the changes of a chunk one by one; a later change of the same person stands on the earlier one."""

    def __init__(self, connection: Connection, book: int, changes: Sequence[Change], now: datetime, hand: Hand) -> None:
        self.book, self.now, self.hand = book, now, hand
        self.fields = fields_of(connection, book)
        mine = select(groups.c.id).where(groups.c.book_id == book)
        self.groups = {f"group:{number}": number for number in connection.execute(mine).scalars()}
        self.known = _load(connection, book, [change.key for change in changes if change.key is not None])
        self.new: list[Draft] = []
        self.taken = _taken(connection, book, changes) if not hand.shares_addresses else set()

    @property
    def drafts(self) -> list[Draft]:
        """Everybody to whom something was asked and nothing refused."""
        return [*(one for one in self.known.values() if one.refs), *self.new]

    def take(self, change: Change) -> Outcome | None:
        """Apply a change to its draft; an outcome only where it is refused."""
        try:
            if change.key is None:
                self._create(change)
            else:
                self._edit(change, change.key)
        except RecordRejected as error:
            return Outcome(change.ref, error=error)
        return None

    def _edit(self, change: Change, key: Key) -> None:
        number = next(iter(ids_of([key])), 0)
        if number not in self.known:
            raise RecordRejected("This person is no longer in the built-in CRM.", "Nothing is to be done.", code="gone")
        draft = self.known[number].copy()
        self._apply(draft, change.patch)
        draft.refs.append(change.ref)
        self.known[number] = draft

    def _create(self, change: Change) -> None:
        address = address_key(change.patch.email or "")
        if address and address in self.taken:
            raise RecordRejected(
                f"Somebody in the built-in CRM has the address {change.patch.email} already.",
                "Give one of the two another address, or remove one of them.",
                code="address-taken",
            )
        draft = Draft(_empty(self.book, self.now), refs=[change.ref])
        self._apply(draft, replace(change.patch, fields={"last_name": "", **change.patch.fields}))
        self.new.append(draft)
        if not self.hand.shares_addresses:
            self.taken.add(address)

    def _apply(self, draft: Draft, patch: Patch) -> None:
        row = draft.row
        for name, value in self._checked(patch).items():
            if name == "company":
                draft.company = value.strip()
            elif name.startswith(PREFIX):
                _set_custom(row["custom"], name.removeprefix(PREFIX), value)
            else:
                row[name] = value
        row |= {key: address_key(row[email]) for email, key in _EMAILS.items()}
        if patch.takes_part is not None:
            row["sync_with_mailchimp"] = patch.takes_part
        if patch.consent is not None and patch.consent != row["consent"]:
            row |= _consent(patch.consent, self.hand, self.now)
        self._label(draft, patch)

    def _checked(self, patch: Patch) -> dict[str, str]:
        """The texts of a patch by column; raises ``RecordRejected`` for the first that can't be stored."""
        check_known(patch.fields, self.fields)
        texts = {name: canonical(self.fields[name], value) for name, value in patch.fields.items()}
        if patch.email is not None:
            check_text("E-mail", patch.email)
            texts["email"] = patch.email
        if patch.mailchimp_id is not None:
            check_text("Mailchimp ID", patch.mailchimp_id, 64)
            texts["mailchimp_id"] = patch.mailchimp_id
        return texts

    def _label(self, draft: Draft, patch: Patch) -> None:
        for name in patch.add - self.groups.keys():
            raise RecordRejected(
                f"The built-in CRM has no group “{name}”.",
                "Take the group out of the mapping, or make a new one.",
                code="label-missing",
            )
        added = {self.groups[name] for name in patch.add}
        removed = {self.groups[name] for name in patch.remove & self.groups.keys()}
        draft.groups = (draft.groups | added) - removed


def _set_custom(custom: dict[str, str], name: str, value: str) -> None:
    if value:
        custom[name] = value
    else:
        custom.pop(name, None)


def _consent(consent: Consent, hand: Hand, now: datetime) -> dict[str, Any]:
    return {
        "consent": consent.value,
        "consent_origin": hand.origin.value,
        "consent_by": hand.name,
        "consent_at": now,
    }


def _empty(book: int, now: datetime) -> dict[str, Any]:
    row: dict[str, Any] = {one.name: "" for one in people.columns}
    return row | {
        "book_id": book,
        "id": None,
        "company_id": None,
        "sync_with_mailchimp": None,
        "consent": Consent.UNKNOWN.value,
        "consent_origin": Origin.UNKNOWN.value,
        "consent_at": None,
        "custom": {},
        "created_at": now,
        "changed_at": now,
        "change": 0,
    }


def _load(connection: Connection, book: int, wanted: Iterable[Key]) -> dict[int, Draft]:
    ids = ids_of(list(wanted))
    belongs: dict[int, set[int]] = {}
    for person, group in connection.execute(
        select(members.c.person_id, members.c.group_id).where(members.c.person_id.in_(ids))
    ):
        belongs.setdefault(person, set()).add(group)
    drafts = {}
    stored = select(people, companies.c.name.label("company")).outerjoin_from(
        people, companies, people.c.company_id == companies.c.id
    )
    mine_only = people.c.book_id == book, people.c.id.in_(ids)
    for found in connection.execute(stored.where(*mine_only)).mappings():
        row: dict[str, Any] = dict(found)
        company = row.pop("company") or ""
        mine = frozenset(belongs.get(row["id"], ()))
        drafts[row["id"]] = Draft(row, company, mine, before=({**row, "custom": dict(row["custom"])}, company, mine))
    return drafts


def _taken(connection: Connection, book: int, changes: Sequence[Change]) -> set[str]:
    """Of the addresses with which these changes create people, those that somebody has."""
    wanted = {address_key(change.patch.email or "") for change in changes if change.key is None} - {""}
    ids = ids_with(connection, book, list(wanted)) if wanted else []
    if not ids:
        return set()
    spots = select(people.c.address, people.c.address_2, people.c.address_3).where(people.c.id.in_(ids))
    return {address for row in connection.execute(spots) for address in row} & wanted
