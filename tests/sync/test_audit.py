"""An audit finds whatever the sides had not told, each with its cause, invents nothing, and heals it."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from sqlalchemy import update

from listloop.core.drift import CAUSES, Cause
from listloop.core.people import Consent, Key
from listloop.core.plan import Memory
from listloop.core.side import Cursor, Field, FieldType, Page
from listloop.store.codec import encode
from listloop.store.database import reading
from listloop.store.drifts import count_drifts, drifts_in
from listloop.store.runs import RunRow
from listloop.store.tables import people, records
from listloop.sync.context import Scope
from listloop.sync.run import approve, run_once
from listloop.testing.builders import row
from listloop.testing.memory import MemoryAudience, MemoryCrm
from tests.sync.stage import RULES, Stage, writes

AUDIT = Scope(full=True, sweep=True, audit=True)


def audit(stage: Stage) -> RunRow:
    """An hour later, an audit."""
    stage.clock.move(3600)
    return run_once(stage.sync, "audit", AUDIT)


def found(stage: Stage, run: RunRow) -> dict[Cause, int]:
    with reading(stage.engine).begin() as db:
        return count_drifts(db, run.id)


def unseen(side: MemoryCrm | MemoryAudience, key: Key, **more: object) -> None:
    """Something happens on a side that its stream of changes never tells: the record keeps its time."""
    old = side.record(key)
    person = {name: more.pop(name) for name in ("email", "labels", "consent") if name in more}
    fields = {**old.person.fields, **more.pop("fields", {})}  # type: ignore[dict-item]
    new = replace(old, person=replace(old.person, fields=fields, **person), **more)  # type: ignore[arg-type]
    side._forget_address(old)
    side._records[key] = new
    for email in (new.email, *new.emails):
        side._addresses.setdefault(email.lower(), set()).add(key)


def vanish(side: MemoryCrm | MemoryAudience, key: Key) -> None:
    """A record goes without a word."""
    side._forget_address(side._records.pop(key))


class Plant:
    """One hand for each kind of drift, on the pair of these keys."""

    def __init__(self, stage: Stage, crm: Key, member: Key, number: int) -> None:
        self.stage, self.crm, self.member, self.number = stage, crm, member, number

    def here(self, **more: object) -> None:
        unseen(self.stage.crm, self.crm, **more)

    def there(self, **more: object) -> None:
        unseen(self.stage.audience, self.member, **more)

    def alone(self, side: MemoryCrm | MemoryAudience, email: str) -> None:
        key = side.add(email, {"Last": "New"} if side is self.stage.crm else {"LNAME": "New"}, takes_part=True)
        unseen(side, key, changed=side.record(self.crm if side is self.stage.crm else self.member).changed)

    def copied(self) -> None:
        old = self.stage.crm.record(self.crm)
        key = self.stage.crm.add("", {"Last": "Copy"}, mailchimp_id=old.mailchimp_id)
        unseen(self.stage.crm, key, changed=old.changed)

    def memory(self, memory: Memory | None) -> None:
        pairs = self.stage.people()
        person = next(one for one in pairs.values() if one.crm and one.crm.key == self.crm)
        crm = replace(person.crm, person=replace(person.crm.person, fields={**person.crm.person.fields, "City": "X"}))  # type: ignore[union-attr, type-var]
        with self.stage.engine.begin() as db:
            if memory is None:
                db.execute(update(people).where(people.c.id == person.id).values(memory=""))
                return
            # As after a bug of ours: both the reading and the side say X, Mailchimp does not, and nobody is due.
            query = update(records).where(records.c.side == "crm", records.c.key == self.crm)
            db.execute(query.values(payload=encode(crm)))
        unseen(self.stage.crm, self.crm, fields={"City": "X"})

    def gone(self) -> None:
        with self.stage.engine.begin() as db:
            here = records.c.side == "mailchimp", records.c.key == self.member
            db.execute(update(records).where(*here).values(gone=True))


PLANTS: dict[Cause, Callable[[Plant], object]] = {
    Cause.EDITED: lambda p: p.here(fields={"City": f"Elsewhere {p.number}"}),
    Cause.NOT_STORED: lambda p: p.there(fields={"CITY": "Before"}),
    Cause.CUT: lambda p: p.there(fields={"LNAME": "Long"}),
    Cause.CHOICE: lambda p: p.here(fields={"Girth": "Enormous"}),
    Cause.ADDRESS: lambda p: p.here(email=f"moved{p.number}@y.example"),
    Cause.FURTHER: lambda p: p.here(emails=(f"more{p.number}@y.example",)),
    Cause.LABEL_GONE: lambda p: p.there(labels=frozenset()),
    Cause.LABEL_NEW: lambda p: p.here(labels=frozenset({"customers"})),
    Cause.FLAG_NO: lambda p: p.here(takes_part=False),
    Cause.FLAG_BLANK: lambda p: p.here(takes_part=None),
    Cause.ID_CHANGED: lambda p: p.here(mailchimp_id="m999999"),
    Cause.ID_LOST: lambda p: p.here(mailchimp_id=""),
    Cause.CONSENT_LOWERED: lambda p: p.here(consent=Consent.UNSUBSCRIBED),
    Cause.CONSENT_RAISED: lambda p: p.here(consent=Consent.SUBSCRIBED),
    Cause.ARCHIVED: lambda p: p.there(takes_part=False),
    Cause.MISSING: lambda p: vanish(p.stage.audience, p.member),
    Cause.BACK: lambda p: p.gone(),
    Cause.NEW: lambda p: p.alone(p.stage.audience, f"new{p.number}@y.example"),
    Cause.DUPLICATE: lambda p: p.copied(),
    Cause.KIND: lambda p: p.here(kind="Contact"),
    Cause.NO_MEMORY: lambda p: p.memory(None),
    Cause.MEMORY: lambda p: p.memory(Memory()),
}

SIZE = row(Field("Girth", "Girth", FieldType.CHOICE, ("S", "M")), Field("GIRTH", "Girth", FieldType.CHOICE, ("S", "M")))


@pytest.fixture
def town(stage: Stage) -> Stage:
    """Pairs in sync, of whom Listloop wrote everybody's city in Mailchimp once."""
    stage.crm.fields = replace(stage.crm.fields, fields=(*stage.crm.fields.fields, SIZE.crm))
    stage.audience.fields = replace(stage.audience.fields, fields=(*stage.audience.fields.fields, SIZE.mailchimp))
    stage.rules(replace(RULES, rows=(*RULES.rows, SIZE), guard_most=10_000, guard_least=10_000))
    return stage


def people_of(stage: Stage, count: int) -> list[tuple[Key, Key]]:
    """So many pairs, settled."""
    for number in range(count):
        labels = {"customers"} if number % 22 != list(PLANTS).index(Cause.LABEL_NEW) else set()
        values = {"Last": f"Longstocking {number}", "City": "Before", "Girth": "S"}
        stage.crm.add(f"a{number}@x.example", values, labels, takes_part=True)
    stage.settle()
    for one in stage.crm.records():
        stage.crm.edit(one.key, {"City": "After"})
    stage.settle()
    there = {one.email: one.key for one in stage.audience.records()}
    return [(one.key, there[one.email]) for one in stage.crm.records()]


def test_500_drifts_of_over_20_kinds_are_all_found_with_their_cause_and_none_is_invented(town: Stage) -> None:
    pairs = people_of(town, 510)
    planted: Counter[Cause] = Counter()
    kinds = list(PLANTS)
    for number, (crm, member) in enumerate(pairs[:500]):
        cause = kinds[number % len(kinds)]
        PLANTS[cause](Plant(town, crm, member, number))
        planted[cause] += 1
    assert len(planted) >= 20
    run = audit(town)
    assert found(town, run) == dict(planted)
    with reading(town.engine).begin() as db:
        named = {one.person_id for one in drifts_in(db, run.id, limit=1000)}
    assert None not in named


def test_an_audit_of_two_sides_that_agree_finds_nothing_and_writes_nothing(town: Stage) -> None:
    people_of(town, 30)
    for _ in range(2):
        run = audit(town)
        assert (found(town, run), writes(run)) == ({}, 0)


def test_what_the_sides_tell_by_themselves_is_no_drift(town: Stage) -> None:
    pairs = people_of(town, 3)
    town.crm.edit(pairs[0][0], {"City": "Bern"})
    town.audience.unsubscribe(pairs[1][1])
    town.crm.delete(pairs[2][0])
    town.crm.add("new@x.example", {"Last": "New"}, takes_part=True)
    assert found(town, audit(town)) == {}


def test_an_edit_while_the_audit_reads_is_no_drift(town: Stage) -> None:
    pairs = people_of(town, 3)
    read = town.crm.changes

    def changes(since: Cursor | None) -> Iterator[Page]:
        if since is None:
            town.clock.move(60)
            town.crm.edit(pairs[0][0], {"City": "Bern"})
        return read(since)

    town.crm.changes = changes  # type: ignore[method-assign]
    assert found(town, audit(town)) == {}


def test_drift_is_healed_by_the_ordinary_plan(town: Stage) -> None:
    ((crm, member), (_, archived), *_) = people_of(town, 4)
    unseen(town.crm, crm, fields={"City": "Bern"})
    unseen(town.audience, archived, takes_part=False)
    audit(town)
    assert town.audience.record(member).person.fields["CITY"] == "Bern"
    assert [one.takes_part for one in town.crm.records()] == [True, False, True, True]
    assert found(town, audit(town)) == {}


def test_a_no_that_was_never_told_stands_on_both_sides_after_the_audit(town: Stage) -> None:
    ((crm, member),) = people_of(town, 1)
    unseen(town.audience, member, consent=Consent.UNSUBSCRIBED)
    assert found(town, audit(town)) == {Cause.CONSENT_LOWERED: 1}
    assert town.crm.record(crm).person.consent is Consent.UNSUBSCRIBED


def test_a_mass_of_drift_waits_for_a_yes_like_any_other_plan(town: Stage) -> None:
    town.rules(replace(town.sync.rules, guard_least=2, guard_most=2))
    pairs = people_of(town, 6)
    for crm, _ in pairs[:4]:
        unseen(town.crm, crm, takes_part=False)
    run = audit(town)
    assert (run.state, run.counts["held"]) == ("waiting", 4)
    approve(town.sync, run.id, "Ada")
    assert sum(one.takes_part is False for one in town.audience.records()) == 4


def test_a_missing_member_is_listed_once_and_gone_only_when_denied_twice(town: Stage) -> None:
    ((crm, member),) = people_of(town, 1)
    vanish(town.audience, member)
    assert found(town, audit(town)) == {Cause.MISSING: 1}
    assert town.crm.record(crm).takes_part is True
    assert found(town, audit(town)) == {}
    assert town.crm.record(crm).takes_part is False


def test_every_cause_has_words() -> None:
    assert set(CAUSES) == set(Cause)
