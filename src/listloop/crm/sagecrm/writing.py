"""Writing people: each change is checked as a whole first, then carried out, then read back.

An answer to a write echoes what was sent; a customer's script may have stored something else. So outcomes show what a
reading shows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from listloop.core.errors import ListloopError, RecordRejected
from listloop.core.fields import FORMS, canonical, chosen, fit
from listloop.core.people import Consent, Key, Patch, Record
from listloop.core.side import Change, Field, FieldType, Outcome, Schema
from listloop.crm.sagecrm.companies import Companies
from listloop.crm.sagecrm.keys import lead_of
from listloop.crm.sagecrm.mails import Mails
from listloop.crm.sagecrm.options import Options
from listloop.crm.sagecrm.records import Found, Reader
from listloop.crm.sagecrm.texts import COMPANY

CHUNK = 200
NEW_NAME = "-"
"""Last name of somebody who has none: Sage CRM asks for one."""

LONGEST_ADDRESS = 255
"""Characters of Emai_EmailAddress."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A change that was checked: columns of the person, the name of its company (None: as it is), its address."""

    columns: Mapping[str, object]
    company: str | None = None
    email: str | None = None


class Writer:
    """Writes for one side."""

    def __init__(self, reader: Reader, mails: Mails, options: Options) -> None:
        self.reader, self.mails, self.options = reader, mails, options
        self.client = reader.asking.client

    def write(self, schema: Schema, changes: Sequence[Change]) -> Iterator[Outcome]:
        """One outcome for each; may raise TryLater and NeedsAttention, after which the rest is not done."""
        companies = Companies(self.reader.asking)
        for start in range(0, len(changes), CHUNK):
            yield from self._chunk(schema, companies, changes[start : start + CHUNK])

    def _chunk(self, schema: Schema, companies: Companies, changes: Sequence[Change]) -> Iterator[Outcome]:
        now = {one.record.key: one for one in self._now(schema, [one.key for one in changes if one.key])}
        times = Counter(one.key for one in changes)
        done: list[tuple[str, Key]] = []
        errors: list[Outcome] = []
        for one in changes:
            try:
                done.append((one.ref, self._carried_out(schema, companies, one, now)))
            except RecordRejected as error:
                errors.append(Outcome(one.ref, error=error))
            if one.key in now and times[one.key] > 1:  # the next change of the same record meets what this one left
                now |= {found.record.key: found for found in self._now(schema, [one.key])}
        yield from errors
        stored = {one.record.key: one.record for one in self._now(schema, [key for _, key in done])}
        for ref, key in done:
            record = stored.get(key)
            yield Outcome(ref, record) if record else Outcome(ref, error=gone(key))

    def _now(self, schema: Schema, keys: Sequence[Key]) -> Iterator[Found]:
        return self.reader.found(schema, keys)

    def _carried_out(self, schema: Schema, companies: Companies, one: Change, now: Mapping[Key, Found]) -> Key:
        if one.key is not None and one.key not in now:
            raise gone(one.key)
        draft = self._draft(schema, one.patch, now[one.key].record if one.key else None)
        columns = dict(draft.columns)
        if one.key is not None and lead_of(one.key):
            self.reader.leads.change(one.key, columns, draft.company, draft.email)
            return one.key
        if draft.company is not None:
            columns["pers_companyid"] = companies.number(draft.company) if draft.company.strip() else None
        if one.key is None:
            return self._created(columns, draft)
        if columns:
            self.client.change("Person", int(one.key), columns)
        if draft.email is not None:
            self.mails.put(one.key, draft.email, now[one.key].mails)
        return one.key

    def _created(self, columns: dict[str, object], draft: Draft) -> Key:
        """The person first, with flag and ID in the same call; where the address fails, the person goes again."""
        key = str(self.client.create("Person", {name: value for name, value in columns.items() if value != ""}))
        try:
            if draft.email:
                self.mails.put(key, draft.email, ())
        except ListloopError:
            self.client.delete("Person", int(key))
            raise
        return key

    def _draft(self, schema: Schema, patch: Patch, now: Record | None) -> Draft:
        """The change as columns, checked; what the record shows already is left out, so that nothing is stamped."""
        columns: dict[str, object] = {}
        company = None
        if patch.add or patch.remove:
            raise RecordRejected("Sage CRM has no labels.", "Map a list of choices instead.", code="label-missing")
        for name, value in patch.fields.items():
            field = schema.field(name)
            if field is None:
                raise RecordRejected(
                    f"Sage CRM has no field “{name}”.",
                    "Take the field out of the mapping, or make it again.",
                    code="field-missing",
                )
            fitting = checked(field, value)
            if now is not None and now.person.fields.get(name) == fitting:
                continue
            if name == COMPANY:
                company = fitting
            else:
                columns[name] = column_of(field, fitting)
        if now is None and not columns.get("pers_lastname"):
            columns["pers_lastname"] = NEW_NAME
        return Draft(columns | self._ours(patch, now), company, _address(patch.email))

    def _ours(self, patch: Patch, now: Record | None) -> dict[str, object]:
        columns: dict[str, object] = {}
        if patch.takes_part is not None and (now is None or now.takes_part is not patch.takes_part):
            columns[self.options.flag] = "Y" if patch.takes_part else "N"
        if patch.mailchimp_id is not None and (now is None or now.mailchimp_id != patch.mailchimp_id):
            columns[self.options.member_id] = patch.mailchimp_id
        if patch.consent is not None and (now is None or now.person.consent is not patch.consent):
            columns |= self._consent(patch.consent)
        return columns

    def _consent(self, consent: Consent) -> dict[str, object]:
        said: dict[str, object] = {}
        if self.options.status:
            said[self.options.status] = "" if consent is Consent.UNKNOWN else consent.value
        elif consent not in {Consent.UNKNOWN, Consent.UNSUBSCRIBED}:
            raise RecordRejected(
                f"Sage CRM has no place for “{consent.value}”: only an opt-out is kept there.",
                "Add a column for the Mailchimp status, and name it in the settings.",
                code="consent-unknown",
            )
        if consent is not Consent.CLEANED:
            said["pers_optout"] = "Y" if consent is Consent.UNSUBSCRIBED else ""
        return said


def gone(key: Key) -> RecordRejected:
    """Nobody has this number any more, or this user may not see who has it."""
    who = f"Lead {lead_of(key)}" if lead_of(key) else f"Person {key}"
    return RecordRejected(
        f"{who} is no longer in Sage CRM, or is hidden from the user.",
        "Listloop looks for the person in the next run.",
        code="gone",
    )


def checked(field: Field, value: str) -> str:
    """A value in canonical form, cut to what fits. Raises ``RecordRejected`` for what the field can't hold."""
    if not field.writable:
        raise RecordRejected(
            f"“{field.title}” can only be read by Listloop.", "Map it from Sage CRM to Mailchimp only.",
            code="read-only-field",
        )  # fmt: skip
    if any("\ud800" <= character <= "\udfff" for character in value):
        raise RecordRejected(
            f"The text in “{field.title}” holds a character that can't be stored.", "Type it again.",
            code="invalid-value",
        )  # fmt: skip
    if not value and not field.clearable:
        raise RecordRejected(
            f"Sage CRM needs a value in “{field.title}”.", "Fill in that field.", code="required"
        )  # fmt: skip
    for one in chosen(value) if field.type is FieldType.CHOICES else (value,) if value else ():
        if field.choices and one not in field.choices:
            raise RecordRejected(
                f"“{one[:40]}” is not a choice of “{field.title}”.",
                f"Choose one of: {', '.join(field.choices)}; or add it in Sage CRM (Administration → Translations).",
                code="invalid-value",
            )
    try:
        return fit(field, canonical(field.type, value))
    except ValueError:
        raise RecordRejected(
            f"“{value[:40]}” can't be stored in “{field.title}”: it holds a {field.type}.",
            f"Write it as {FORMS[field.type][2]}.",
            code="invalid-value",
        ) from None


def column_of(field: Field, value: str) -> object:
    """What is sent for a value. An empty text is sent as such, anything else that is empty as null."""
    match field.type:
        case FieldType.YES_NO:
            return "Y" if value == "yes" else ""
        case FieldType.NUMBER | FieldType.MONEY if value:
            return float(value) if "." in value else int(value)
        case FieldType.CHOICES:
            return f",{','.join(chosen(value))}," if value else ""
        case FieldType.TEXT | FieldType.CHOICE | FieldType.PHONE | FieldType.URL:
            return value
    return value or None


def _address(email: str | None) -> str | None:
    if email is None:
        return None
    if len(email) > LONGEST_ADDRESS or any("\ud800" <= character <= "\udfff" for character in email):
        raise RecordRejected(
            f"“{email[:40]}…” is longer than an e-mail address in Sage CRM may be.",
            "Correct the address.",
            code="invalid-value",
        )
    return email.strip()
