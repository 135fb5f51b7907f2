"""The real ends of ``./run simulate --http``: our client over HTTP to the sandbox, and the built-in CRM.

Both have the hands of the in-memory sides, and show how they truly stand. The sandbox lives in a process of its own,
its clock is ours, and what goes wrong on the wire is the sandbox's doing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import httpx2

from listloop.core.people import Consent, Key, Origin, Patch, Person, Record, address_key
from listloop.core.side import Change
from listloop.crm.local import LocalCrm, writing
from listloop.crm.local.drafts import Hand
from listloop.testing.memory import Clock
from listloop.testing.simulation.renamed import Renamed

USER = Hand("A user", Origin.CRM, shares_addresses=True)

#: Mailchimp's statuses; *transactional* tells nothing (Mailchimp API reference, lists/members).
STATUS = {one.value: one for one in Consent} | {"transactional": Consent.UNKNOWN}


def state(records: Collection[Record]) -> dict[Key, dict[str, object]]:
    """Everything but times, as plain values, as the in-memory sides show it."""
    return {
        one.key: {
            "email": one.email,
            "fields": {name: value for name, value in sorted(one.person.fields.items()) if value},
            "labels": sorted(one.person.labels),
            "consent": one.person.consent.value,
            "takes_part": one.takes_part,
            "mailchimp_id": one.mailchimp_id,
            "kind": one.kind,
        }
        for one in records
    }


class RealCrm(Renamed):
    """The built-in CRM with a user at the keyboard. What the CRM refuses to a user raises KeyError: nothing is done."""

    name = "crm"
    now: Clock
    offset: timedelta
    side: LocalCrm

    def records(self) -> tuple[Record, ...]:
        """Everybody, by key."""
        return tuple(sorted((one for page in self.changes(None) for one in page.records), key=lambda one: one.key))

    def record(self, key: Key) -> Record:
        """One record. Raises KeyError."""
        for one in self.fetch([key]):
            return one
        raise KeyError(key)

    def state(self) -> dict[Key, dict[str, object]]:
        """All records without times."""
        return state(self.records())

    def add(
        self, email: str = "", values: Mapping[str, str] | None = None, labels: Collection[str] = (), **more: Any
    ) -> Key:
        """A user makes a record."""
        emails = more.pop("emails", ())
        patch = Patch(email=email, fields={"Last": "Doe", **(values or {})}, add=frozenset(labels), **more)
        key = self._typed(None, patch)
        if emails:
            self.edit(key, emails=emails)
        return key

    def edit(self, key: Key, values: Mapping[str, str] | None = None, **more: Any) -> Record:
        """A user changes a record."""
        if "labels" in more:
            held, wanted = self.record(key).person.labels, frozenset(more.pop("labels"))
            more |= {"add": wanted - held, "remove": held - wanted}
        further = tuple(more.pop("emails", ()))[:2]
        self._typed(key, Patch(fields=values or {}, **more), dict(zip(("email_2", "email_3"), further, strict=False)))
        return self.record(key)

    def _typed(self, key: Key | None, patch: Patch, further: Mapping[str, str] | None = None) -> Key:
        real = self._patch(patch)
        real = replace(real, fields={**real.fields, **(further or {})})
        change = Change("hand", key and self.keys_.back(key), real)
        (outcome,) = writing.write_chunk(self.side.place, [change], self.side.clock(), USER)
        if outcome.record is None:
            raise KeyError(str(outcome.error))
        return self.keys_.of(outcome.record.key)

    def change_address(self, key: Key, email: str) -> Record:
        """A user gives a record another address."""
        return self.edit(key, email=email)

    def add_address(self, key: Key, email: str) -> bool:
        """A user notes a further address."""
        self.edit(key, emails=(*self.record(key).emails, email))
        return True

    def delete(self, key: Key) -> None:
        """A user deletes a record."""
        self.record(key)
        self.erase([key])

    def flag(self, key: Key, takes_part: bool | None) -> Record:
        """A user sets *Sync with Mailchimp*; blank can't be typed over an answer."""
        if takes_part is None:
            raise KeyError(key)
        return self.edit(key, takes_part=takes_part)

    def opt_out(self, key: Key) -> Record:
        """A user notes that this person wants no mail."""
        return self.edit(key, consent=Consent.UNSUBSCRIBED)

    def opt_in(self, key: Key) -> Record:
        """A user takes that back."""
        return self.edit(key, consent=Consent.SUBSCRIBED)


@dataclass(slots=True)
class Wire:
    """The sandbox by its control surface, beside its API."""

    http: httpx2.Client
    list_id: str
    key: str

    def control(self, path: str, body: object = None, method: str = "POST") -> Any:
        """Call ``/_sandbox/<path>``. Raises KeyError where it is refused."""
        answer = self.http.request(method, f"/_sandbox/{path}", json=body)
        if answer.status_code >= 400:
            raise KeyError(answer.text)
        return answer.json()

    def members(self) -> list[dict[str, Any]]:
        """Every member as the API shows it."""
        found = self.http.get(
            f"/3.0/lists/{self.list_id}/members", params={"count": 1000}, auth=("simulation", self.key)
        )
        return list(found.raise_for_status().json()["members"])


@dataclass(slots=True)
class Truth:
    """What is known of members beside what the API shows: the consent from before the archive, and who is forgotten."""

    forgotten: set[str] = field(default_factory=set)
    consent: dict[Key, Consent] = field(default_factory=dict)
    shown: tuple[Record, ...] | None = None


class RealAudience(Renamed):
    """The audience in the sandbox, through our client; hands go by the sandbox's control surface."""

    name = "audience"
    now: Clock
    offset: timedelta
    double_opt_in: bool
    wire: Wire
    truth: Truth

    @property
    def _forgotten(self) -> set[str]:
        return self.truth.forgotten

    def write(self, changes: Sequence[Change]) -> Any:
        """As the side; what was known of it is read anew."""
        self.truth.shown = None
        for outcome in self._written(changes):
            self.truth.shown = None
            yield outcome
        self.truth.shown = None

    def _written(self, changes: Sequence[Change]) -> Any:
        self.records()  # in the order of creation: whoever is new counts on
        yield from Renamed.write(self, changes)

    def prepare(self, schema: Any) -> None:
        """As the side."""
        self.truth.shown = None
        Renamed.prepare(self, schema)

    def records(self) -> tuple[Record, ...]:
        """All members as they truly are."""
        if self.truth.shown is None:
            self.truth.shown = tuple(sorted(map(self._true, self.wire.members()), key=lambda one: one.key))
        return self.truth.shown

    def _true(self, member: Mapping[str, Any]) -> Record:
        key = self.keys_.of(member["contact_id"])
        archived = member["status"] == "archived"
        if not archived:
            self.truth.consent[key] = STATUS[member["status"]]
        fields = {name: _text(member["merge_fields"].get(there, "")) for name, there in self.fields.items()}
        labels = frozenset(one["name"] for one in member["tags"] if one["name"] in self.labels)
        consent = self.truth.consent.get(key, Consent.UNKNOWN)
        return Record(
            key,
            Person(member["email_address"], fields, labels, consent),
            takes_part=not archived,
            mailchimp_id=key,
            changed=member["last_changed"],
            kind="Member",
        )

    def record(self, key: Key) -> Record:
        """One member. Raises KeyError."""
        for one in self.records():
            if one.key == key:
                return one
        raise KeyError(key)

    def state(self) -> dict[Key, dict[str, object]]:
        """All members without times."""
        return state(self.records())

    def _act(self, act: str, email: str, **more: object) -> None:
        self.truth.shown = None
        self.wire.control(f"people/{act}", {"email": email, "list_id": self.wire.list_id, **more})

    def add(self, email: str, values: Mapping[str, str], consent: Consent = Consent.SUBSCRIBED) -> Key:
        """A user adds a member."""
        self.truth.shown = None
        status = "transactional" if consent is Consent.UNKNOWN else consent.value
        member = {"email": email.strip(), "status": status, "merge_fields": dict(values)}
        self.wire.control("seed", {"lists": [{"id": self.wire.list_id, "name": "Simulation", "members": [member]}]})
        return next(one.key for one in self.records() if address_key(one.email) == address_key(email))

    def edit(self, key: Key, values: Mapping[str, str] | None = None, **more: Any) -> Record:
        """A user edits a member in the web app."""
        member = self.record(key)
        body: dict[str, object] = {"merge_fields": dict(values)} if values else {}
        if "labels" in more:
            held, wanted = member.person.labels, frozenset(more["labels"])
            body |= {"add_tags": sorted(wanted - held), "remove_tags": sorted(held - wanted)}
        if "consent" in more:
            body["status"] = more["consent"].value
        self._act("admin-edit", member.email, **body)
        return self.record(key)

    def sign_up(self, email: str, values: Mapping[str, str] | None = None) -> None:
        """Somebody fills in the form."""
        self._act("sign-up", email.strip(), merge_fields=dict(values or {}))
        self.truth.forgotten.discard(address_key(email))

    def unsubscribe(self, key: Key, origin: Origin = Origin.PERSON) -> None:
        """The person leaves, complains, or an administrator unsubscribes it."""
        email = self.record(key).email
        if origin is Origin.ADMIN:
            self._act("admin-edit", email, status="unsubscribed")
        else:
            self._act("unsubscribe" if origin is Origin.PERSON else "complain", email)

    def confirm(self, key: Key) -> None:
        """The person clicks the link of the confirmation mail."""
        self._act("confirm", self.record(key).email)

    def clean(self, key: Key) -> None:
        """Mail bounces for good."""
        self._act("hard-bounce", self.record(key).email)

    def archive(self, key: Key) -> None:
        """A user archives a member."""
        self._act("admin-edit", self.record(key).email, archive=True)

    def unarchive(self, key: Key) -> None:
        """A user brings a member back with the consent from before; a no can't be typed back to a yes."""
        member = self.record(key)
        if not member.takes_part:
            self._act("admin-edit", member.email, status=member.person.consent.value)

    def delete(self, key: Key) -> None:
        """A user deletes a member for good."""
        email = self.record(key).email
        self._act("erase", email)
        self.truth.forgotten.add(address_key(email))

    def change_address(self, key: Key, email: str) -> None:
        """The member enters another address."""
        self._act("change-address", self.record(key).email, new_email=email.strip())


def _text(value: Any) -> str:
    """A merge value as the simulation writes it."""
    return f"{value:g}" if isinstance(value, float) else str(value)


@dataclass(slots=True)
class WireClock(Clock):
    """The clock of everybody; the sandbox's own, which may be hours apart, goes along in whole seconds."""

    wire: Wire = field(kw_only=True)
    left: float = 0.0
    others: list[Callable[[str, object], Any]] = field(default_factory=list)
    """Controls of further sandboxes, whose clocks go along."""

    def move(self, seconds: float) -> None:
        """Let time pass everywhere."""
        self.time += timedelta(seconds=seconds)
        self.left += seconds
        if self.left >= 1:
            for control in (self.wire.control, *self.others):
                control("clock", {"step": int(self.left)})
            self.left -= int(self.left)
