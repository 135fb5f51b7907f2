"""Writing people: updates 25 in a call, creations one by one, and everything is read back: a yes is no proof."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from listloop.core.errors import RecordRejected, TryLater
from listloop.core.people import Consent, Key, Patch, Record
from listloop.core.side import Change, Outcome
from listloop.crm.maximizer.answers import Json, Refused, Why, ident_of, pick, read_key, written
from listloop.crm.maximizer.client import WRITING
from listloop.crm.maximizer.companies import Companies
from listloop.crm.maximizer.reading import SOME, Reader
from listloop.crm.maximizer.shape import COMPANY, Column
from listloop.crm.maximizer.values import NO, YES, check_text, keys_of, sent

WORDS = {
    Why.UNKNOWN: ("unknown-field", "Look into the mapping: a field is no longer in Maximizer."),
    Why.TYPE: ("invalid-value", "Correct the value."),
    Why.MANDATORY: ("required", "Fill in what Maximizer insists on; its own words name the field."),
    Why.DENIED: ("rights", "Give the user that Listloop signs in as the right to change this entry."),
}


@dataclass
class Writer:
    """Writes into one Address Book."""

    reader: Reader
    companies: Companies
    _refusals: dict[Key, list[str]] = field(default_factory=dict)

    def write(self, changes: Sequence[Change]) -> Iterator[Outcome]:
        """One outcome for each change."""
        waiting: list[Change] = []
        for one in changes:
            if one.key is None:
                yield self._created(one)
                continue
            if len(waiting) == SOME or any(other.key == one.key for other in waiting):
                yield from self._settled(waiting)
                waiting = []
            waiting.append(one)
        yield from self._settled(waiting)

    def _settled(self, changes: list[Change]) -> list[Outcome]:
        """Once more where the session ended in the midst of it, and with it the keys: updates do no harm twice."""
        before = self.reader.client.session
        outcomes = list(self._updated(changes))
        if self.reader.client.session != before and any(one.error for one in outcomes):
            outcomes = list(self._updated(changes))
        return outcomes

    # --- updates -------------------------------------------------------------------------------------------------

    def _updated(self, changes: list[Change]) -> Iterator[Outcome]:
        if not changes:
            return
        now = {one.key: one for one in self._read([one.key or "" for one in changes])}
        blocks: dict[str, tuple[Change, Json]] = {}
        for number, one in enumerate(changes):
            record = now.get(one.key or "")
            if record is None:
                yield Outcome(one.ref, error=_unknown())
                continue
            try:
                data = self._data(one.patch, record)
            except RecordRejected as error:
                yield Outcome(one.ref, error=error)
                continue
            if data:
                blocks[f"AbEntry.b{number}"] = one, {"Key": self._key(record.key), **data}
            else:
                yield Outcome(one.ref, record)
        errors = self._send(blocks)
        after = {one.key: one for one in self._read([one.key or "" for one, _ in blocks.values()])}
        for name, (one, _) in blocks.items():
            yield _outcome(one, after.get(one.key or ""), errors.get(name))

    def _read(self, keys: list[Key]) -> list[Record]:
        rows = self.reader.rows([ident for one in keys if (ident := read_key(one))], self.reader.scope())
        for row in rows:
            ident = ident_of(pick(row, "Key"))
            if ident:
                self._refusals[written(ident)] = keys_of(pick(row, "DoNotSolicitBy"))
        return self.reader.records(rows)

    def _key(self, key: Key) -> str:
        ident = read_key(key)
        return self.reader.keys[ident] if ident else ""

    def _send(self, blocks: dict[str, tuple[Change, Json]]) -> dict[str, RecordRejected]:
        """What was refused, by block. A batch stops at its first error and says nothing of the others, so that then
        each is sent alone; to send one twice does no harm.
        """
        if not blocks:
            return {}
        try:
            self.reader.client.call("Update", {name: {"Data": data} for name, (_, data) in blocks.items()} | WRITING)
        except Refused as error:
            if len(blocks) == 1:
                return {next(iter(blocks)): self._rejected(error)}
            errors: dict[str, RecordRejected] = {}
            for name, block in blocks.items():
                errors |= self._send({name: block})
            return errors
        return {}

    def _rejected(self, error: Refused) -> RecordRejected:
        if error.why is Why.UNKNOWN:
            self.reader.forget()
        code, fix = WORDS.get(error.why, ("refused", "Look at the entry in Maximizer; its own words are below."))
        return RecordRejected(f"Maximizer refused this entry: {error.text[:200]}", fix, code=code, detail=error.text)

    # --- what is sent --------------------------------------------------------------------------------------------

    def _data(self, patch: Patch, now: Record | None) -> Json:
        """The properties to send: those that differ. Raises ``RecordRejected``."""
        shape, data, address = self.reader.shape(), {}, {}
        if patch.add or patch.remove:
            raise _refused("Maximizer has no such label.", "Take it out of the mapping.", "unknown-label")
        for name, value in patch.fields.items():
            column = shape.columns.get(name)
            if column is None:
                raise _refused(f"Maximizer has no field “{name}”.", "Take it out of the mapping.", "unknown-field")
            wire = sent(column, value)
            if now is not None and now.person.fields.get(name) == value:
                continue
            if column.path == COMPANY:
                self._check_company(column, now, value)
            elif column.in_address:
                address[column.path.removeprefix("Address/")] = wire
            else:
                data[column.path] = wire
        if address:
            data["Address"] = address
        return data | self._own(patch, now)

    def _check_company(self, column: Column, now: Record | None, value: str) -> None:
        if now is not None:
            raise _refused(
                f"Maximizer can't move {now.email or now.key} to the company “{value[:40]}”.",
                f"Make a new contact there by hand; “{column.field.title}” of a contact is set once.",
                "read-only-field",
            )

    def _own(self, patch: Patch, now: Record | None) -> Json:
        """Address, flag, ID and refusal."""
        shape, data = self.reader.shape(), Json()
        if patch.email is not None and (now is None or patch.email != now.email):
            if shape.email_most is not None and len(patch.email) > shape.email_most:
                raise _refused(
                    f"“{patch.email[:40]}…” is too long: Maximizer keeps {shape.email_most} characters of an address.",
                    "Correct the address.",
                    "invalid-value",
                )
            data[self.reader.mailed] = check_text("E-mail", patch.email)
        if patch.takes_part is not None and (now is None or patch.takes_part is not now.takes_part):
            data[shape.flag] = [YES if patch.takes_part else NO]
        if patch.mailchimp_id is not None and (now is None or patch.mailchimp_id != now.mailchimp_id):
            data[shape.id] = patch.mailchimp_id
        if patch.consent is not None and (now is None or patch.consent is not now.person.consent):
            data |= self._consent(patch.consent, self._refusals.get(now.key, []) if now else [])
        return data

    def _consent(self, consent: Consent, now: list[str]) -> Json:
        """The no in *Do not solicit by*, and what else is known in the status.

        A bounce is about the address, and leaves a person's no as it is.
        """
        said: Json = {}
        if self.reader.status:
            said[self.reader.shape().status] = "" if consent is Consent.UNKNOWN else consent.value
        elif consent not in {Consent.UNKNOWN, Consent.UNSUBSCRIBED}:
            raise _refused(
                f"Maximizer has no place for “{consent.value}” here: only an opt-out is kept.",
                "Let Listloop keep the status in a field of its own, in the settings of the CRM.",
                "consent-unknown",
            )
        refusals = None if consent is Consent.CLEANED else self._refused_by(consent, now)
        return said if refusals is None else {**said, "DoNotSolicitBy": refusals}

    def _refused_by(self, consent: Consent, now: list[str]) -> list[str] | None:
        """*Do not solicit by* as it is to be, the other items as they are; None where nothing is to be done."""
        item = self.reader.shape().no_mail
        says_no = consent is Consent.UNSUBSCRIBED
        if says_no and not item:
            raise _refused(
                "“Do not solicit by” has no item “Email” in this Address Book, so that the no can't be noted.",
                "Add the item “Email” to that table in Administrator.",
                "invalid-value",
            )
        if not item or says_no is (item in now):
            return None
        return [*now, item] if says_no else [one for one in now if one != item]

    # --- creations -----------------------------------------------------------------------------------------------

    def _created(self, change: Change) -> Outcome:
        patch = change.patch
        try:
            data = self._data(patch, None)
            if not str(data.get("LastName") or "").strip():
                raise _refused("Maximizer needs a last name.", "Fill in the last name.", "required")
            key = self.reader.client.in_one_session(lambda: self._make(data, patch))
        except RecordRejected as error:
            return Outcome(change.ref, error=error)
        except Refused as error:
            return Outcome(change.ref, error=self._rejected(error))
        record = next(iter(self._read([key])), None)
        return _outcome(change, record, None)

    def _make(self, data: Json, patch: Patch) -> Key:
        """The key of the new entry. Where the answer was lost, it is looked for by its Mailchimp ID, not made twice."""
        company = patch.fields.get(COMPANY, "").strip()
        kind: Json = {"Type": "Individual"}
        if company:
            kind = {"Type": "Contact", "ParentKey": self.companies.key_of(company)}
        made = {"AbEntry": {"Data": {"Key": None, **kind, **data}}, **WRITING}
        try:
            answer = self.reader.client.call("Create", made, repeatable=False)
        except TryLater:
            if patch.mailchimp_id:
                for record in self.reader.find([], [patch.mailchimp_id]):
                    return record.key
            raise
        text: Any = pick(answer, "AbEntry", "Data", "Key")
        ident = ident_of(text)
        if ident is None:
            raise _refused("Maximizer did not say whom it made.", "Run again; Listloop looks first.", "not-stored")
        self.reader.keys[ident] = str(pick(text, "Value") if isinstance(text, dict) else text)
        return written(ident)


def _outcome(change: Change, record: Record | None, error: RecordRejected | None) -> Outcome:
    """The record as it is stored; an error where the answer was yes, and what must not be lost was not stored."""
    if error is not None:
        return Outcome(change.ref, error=error)
    if record is None:
        return Outcome(change.ref, error=_unknown())
    patch = change.patch
    wanted = (
        ("the flag", patch.takes_part, record.takes_part),
        ("the Mailchimp ID", patch.mailchimp_id, record.mailchimp_id),
        ("the opt-out", patch.consent is Consent.UNSUBSCRIBED or None, record.person.consent is Consent.UNSUBSCRIBED),
    )  # fmt: skip
    for what, asked, there in wanted:
        if asked is not None and asked != there:
            return Outcome(
                change.ref,
                error=RecordRejected(
                    f"Maximizer said yes, but did not store {what} of {record.name or record.email or record.key}.",
                    "Open the entry in Maximizer and save it by hand: entries that were damaged take no changes.",
                    permanent=False,
                    code="not-stored",
                ),
            )
    return Outcome(change.ref, record)


def _unknown() -> RecordRejected:
    return _refused("This entry is not in Maximizer, or hidden from Listloop's user.", "Nothing is to be done.", "gone")


def _refused(problem: str, fix: str, code: str) -> RecordRejected:
    return RecordRejected(problem, fix, code=code)
