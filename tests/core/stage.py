"""One person on two sides, without a network or a database: read, decide, settle, write, remember.

The audience cuts and trims what it is given, as Mailchimp does. The test edits both sides by hand; ``run`` is one run.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace

from listloop.core.consent import Ledger, No, remembered
from listloop.core.decide import decide
from listloop.core.fields import fit
from listloop.core.memory import settle, wrote
from listloop.core.people import Consent, Key, Origin, Patch, Person, Record, SideName, Value, address_key
from listloop.core.plan import Action, Decision, Lost, Memory, Pair
from listloop.core.rules import Rules
from listloop.core.scope import outside
from listloop.core.side import Act, Capabilities, Field
from listloop.testing.builders import field as a_field
from listloop.testing.builders import label_row, row, rules

CRM, MAILCHIMP = SideName.CRM, SideName.MAILCHIMP
CRM_CAN = Capabilities(companies=True)
AUDIENCE_CAN = Capabilities(archives=True)
RULES = rules(
    row("First", a_field("FNAME", max_bytes=8)),
    row(a_field("City", max_chars=6), "CITY"),
    label_row("customers", "customer"),
)


def crm(email: str = "ada@b.example", **fields: Value) -> Record:
    """A CRM person who takes part and stores the member's ID."""
    return _record("p1", email, {"First": "", "City": ""} | fields)


def member(email: str = "ada@b.example", **fields: Value) -> Record:
    """An active, subscribed member."""
    return _record("m1", email, {"FNAME": "", "CITY": ""} | fields)


def _record(key: Key, email: str, fields: dict[str, Value]) -> Record:
    person = Person(email, fields, consent=Consent.SUBSCRIBED)
    return Record(key, person, takes_part=True, mailchimp_id="id-1")


@dataclass
class Stage:
    """A linked pair; ``refuses`` are sides that refuse every write of the next run."""

    crm: Record = field(default_factory=crm)
    member: Record = field(default_factory=member)
    rules: Rules = RULES
    memory: Memory | None = None
    linked: bool = False
    parted: str = ""
    no: No | None = None
    acts: list[Act] = field(default_factory=list)
    lost: list[Lost] = field(default_factory=list)
    moment: int = 1

    def at(self) -> str:
        """The next moment of Mailchimp's clock."""
        self.moment += 1
        return f"2026-03-01T00:00:00.{self.moment:06}+00:00"

    def record(self, side: SideName) -> Record:
        """What the side holds."""
        return self.crm if side is CRM else self.member

    def shown(self, side: SideName) -> Record:
        """What the side shows: of an archived member Mailchimp tells no consent."""
        if side is MAILCHIMP and self.member.takes_part is False:
            return replace(self.member, person=replace(self.member.person, consent=Consent.UNKNOWN))
        return self.record(side)

    def show(self, side: SideName, shown: Record) -> None:
        if side is CRM:
            self.crm = shown
        else:
            self.member = shown

    def edit(self, side: SideName, name: str, value: Value) -> None:
        """A user types a value."""
        shown = self.record(side)
        self.show(side, replace(shown, person=replace(shown.person, fields={**shown.person.fields, name: value})))

    def email(self, side: SideName, email: str) -> None:
        """A user changes the address."""
        shown = self.record(side)
        self.show(side, replace(shown, person=replace(shown.person, email=email)))

    def label(self, side: SideName, name: str, has: bool) -> None:
        """A user gives or takes a label."""
        shown = self.record(side)
        labels = shown.person.labels | {name} if has else shown.person.labels - {name}
        self.show(side, replace(shown, person=replace(shown.person, labels=labels)))

    def consent(self, side: SideName, consent: Consent, origin: Origin = Origin.PERSON) -> None:
        """The person acts in Mailchimp, or somebody ticks the box in the CRM."""
        shown = self.record(side)
        if side is MAILCHIMP and consent is not shown.person.consent:
            self.acts.append(Act(self.at(), consent, origin))
            shown = replace(shown, changed=self.acts[-1].at, origin=origin)
        self.show(side, replace(shown, person=replace(shown.person, consent=consent)))

    def take_part(self, side: SideName, takes_part: bool | None) -> None:
        """A user sets the flag, or archives the member, or brings it back."""
        self.show(side, replace(self.record(side), takes_part=takes_part))

    def pair(self) -> Pair:
        """What a run knows of the person."""
        there = self.shown(MAILCHIMP)
        asked = self.no is not None and there.person.consent in (Consent.SUBSCRIBED, Consent.PENDING)
        seen = self.memory.crm.consent if self.memory else None
        state = remembered(self.no, self.crm.person.consent, seen, self.acts if asked else None)
        return Pair(
            self.crm,
            there,
            self.memory if self.linked else None,
            self.linked,
            by="" if self.linked else "e-mail",
            parted=self.parted,
            no=self.no,
            remembered=state,
            unsubscribed_since=self._unsubscribed_since(),
        )

    def _unsubscribed_since(self) -> bool:
        if not self.parted or outside(self.crm, self.rules, linked=True) or self.member.takes_part is not False:
            return False
        return bool(self.acts) and self.acts[-1].consent is Consent.UNSUBSCRIBED

    def known(self) -> Memory:
        """What is remembered; a settled pair has a memory."""
        assert self.memory is not None
        return self.memory

    def decide(self) -> Decision:
        return decide(self.pair(), self.rules, CRM_CAN, AUDIENCE_CAN)

    def run(
        self,
        refuses: Collection[SideName] = (),
        *,
        meanwhile: Callable[[], None] | None = None,
        killed: SideName | None = None,
    ) -> Decision:
        """One run. ``meanwhile`` happens between reading and writing, or between a kill and the recovery from it.

        ``killed`` dies right after that side stored the write, before anything of it is remembered.
        """
        decision = self.decide()
        memory = settle(self.pair(), decision, self.rules)
        self._note(decision)
        self.memory = memory
        self.lost += decision.lost
        if meanwhile and not killed:
            meanwhile()
        replied = False
        for part in parts(decision):
            for side in (MAILCHIMP, CRM):
                patch = part.crm if side is CRM else part.mailchimp
                if not patch or side in refuses:
                    continue
                self._write(side, patch)
                if side is killed:
                    if meanwhile:
                        meanwhile()
                    self.memory, _ = wrote(self.memory, part, side, self.shown(side), self.rules)
                    self.linked = True
                    return decision
                self.memory, _ = wrote(self.memory, part, side, self.shown(side), self.rules)
                replied = True
        wanted = {side for side, patch in ((CRM, decision.crm), (MAILCHIMP, decision.mailchimp)) if patch}
        self.linked = self.linked or replied or not wanted
        if not wanted & set(refuses) and decision.action in (Action.PART, Action.RESUME, Action.PAIR):
            self.parted = decision.part
        return decision

    def _note(self, decision: Decision) -> None:
        if decision.consent.ledger is Ledger.LIFT:
            self.no = None
        elif decision.consent.ledger is Ledger.FROM_CRM:
            self.no = No(address_key(self.crm.email), CRM, Origin.CRM)
        elif decision.consent.ledger is Ledger.FROM_MAILCHIMP:
            self.no = No(address_key(self.member.email), MAILCHIMP, self.member.origin, stands_at=self.member.changed)
        elif self.no and not self.no.stands_at and self.member.person.consent is Consent.UNSUBSCRIBED:
            self.no = replace(self.no, stands_at=self.member.changed)

    def _write(self, side: SideName, patch: Patch) -> None:
        shown = self.record(side)
        targets = {one.name: one for pair in self.rules.rows for one in (pair.crm, pair.mailchimp)}
        values = {name: stored(targets[name], value) for name, value in patch.fields.items()}
        lowered = side is MAILCHIMP and patch.consent is not None
        if patch.consent is Consent.UNSUBSCRIBED and lowered:
            self.acts.append(Act(self.at(), Consent.UNSUBSCRIBED, Origin.CRM))
            self.no = replace(self.no, stands_at=self.no.stands_at or self.acts[-1].at) if self.no else None
        content = replace(
            shown.person,
            email=shown.email if patch.email is None else patch.email,
            fields={**shown.person.fields, **values},
            labels=(shown.person.labels | patch.add) - patch.remove,
            consent=patch.consent or shown.person.consent,
        )
        flag = shown.takes_part if patch.takes_part is None else patch.takes_part
        identity = shown.mailchimp_id if patch.mailchimp_id is None else patch.mailchimp_id
        self.show(side, replace(shown, person=content, takes_part=flag, mailchimp_id=identity))


def parts(decision: Decision) -> tuple[Decision, ...]:
    """The status of existing records first, then the rest; who comes back from the archive brings the status along."""
    back = decision.mailchimp.takes_part is True
    there = None if back else decision.mailchimp.consent
    rest = decision.mailchimp if back else decision.mailchimp.without_consent()
    return (
        replace(decision, crm=Patch(consent=decision.crm.consent), mailchimp=Patch(consent=there), sources={}),
        replace(decision, crm=decision.crm.without_consent(), mailchimp=rest),
    )


def stored(target: Field, value: Value) -> Value:
    """What a side makes of a value: cut to its limit, without white space at the ends."""
    return fit(target, value).strip()


def settled(stage: Stage, runs: int = 5) -> Stage:
    """Run until nothing is written."""
    for _ in range(runs):
        if not stage.run().writes:
            return stage
    raise AssertionError(f"still writing after {runs} runs: {stage.decide()}")


def linked(**fields: Value) -> Stage:
    """A settled pair with these values on both sides."""
    stage = Stage(
        crm(**fields), member(**{{"First": "FNAME", "City": "CITY"}[name]: at for name, at in fields.items()})
    )
    return settled(stage)
