"""What the checker remembers from run to run: who said no, who came back, and how things stood when all was well."""

from __future__ import annotations

from collections.abc import Collection, Sequence, Set
from dataclasses import dataclass, field

from sqlalchemy import select

from listloop.core.people import Consent, Key, Record
from listloop.store.codec import decode_patch
from listloop.store.tables import decisions, nos
from listloop.testing.simulation.hands import member_key
from listloop.testing.simulation.history import Do, Move
from listloop.testing.simulation.sight import Row, Sight, look, lowered
from listloop.testing.simulation.world import World, rows

WAITS = frozenset({"held", "question", "ambiguous", "revive", "older", "undone", "erased"})
"""Rules by which a person waits for somebody's word."""


class Broken(Exception):
    """A promise was broken; the text says by what."""

    def __init__(self, promise: str, why: str) -> None:
        """Name the promise."""
        super().__init__(f"{promise}: {why}")
        self.promise, self.why = promise, why


@dataclass
class Checker:
    """Remembers what it saw after the last clean run, and what hands typed since.

    ``said`` are addresses at which a no stands, by the number of the run that read it first, ``returned`` those whose
    owner signed up or confirmed since, ``asking`` those whose owner signed up and has not confirmed yet; ``visible``
    are those that said no whether or not the run could read it, ``seen_no``
    are records that said no, and at which address. ``unsure`` are records that said no while a run was at work, and
    where, so that nobody can tell whether it was read before its owner signed up (``maybe``); ``during`` are
    addresses whose owner signed up in the midst of the last run. ``planned`` is what stood when the plan that waits
    was made, if all of it was read. ``faulty`` tells that a run went wrong since the last clean one.
    """

    world: World
    settled: Sight = field(default_factory=Sight)
    said: dict[str, int] = field(default_factory=dict)
    returned: dict[str, int] = field(default_factory=dict)
    asking: set[str] = field(default_factory=set)
    visible: set[str] = field(default_factory=set)
    seen_no: dict[Key, str] = field(default_factory=dict)
    unsure: dict[Key, str] = field(default_factory=dict)
    maybe: set[str] = field(default_factory=set)
    during: set[str] = field(default_factory=set)
    listed: dict[str, str] = field(default_factory=dict)
    archived_by_us: set[Key] = field(default_factory=set)
    known: tuple[dict[str, int], dict[str, int], dict[Key, str]] = field(default_factory=lambda: ({}, {}, {}))
    faulty: bool = True
    looking: bool = False
    runs: int = 0
    now: Sight = field(default_factory=Sight)
    earlier: Sight = field(default_factory=Sight)
    planned: Sight = field(default_factory=Sight)
    read: int = 0

    def before(self) -> Sight:
        """Look around right before something happens; what was seen before nothing happened binds nobody."""
        self.asking |= self.world.desk.asked
        if self.looking:
            self.said, self.returned, self.seen_no = self.known
        self.looking = True
        self._note_returns()
        self.known = dict(self.said), dict(self.returned), dict(self.seen_no)
        self.listed = _listed(self.world)
        now = look(self.world, tables=False)
        for one in now.crm.values():
            if one.person.consent is not Consent.UNSUBSCRIBED:
                self.seen_no.pop(one.key, None)
            else:
                self._see_no(one)
        for one in now.members.values():
            if one.takes_part and one.person.consent is Consent.UNSUBSCRIBED:
                self._see_no(one)
            elif one.takes_part:
                self.seen_no.pop(one.key, None)
        return now

    def waits(self, one: Row, rules: Set[str] = WAITS) -> bool:
        """Does this person wait for somebody's word? Nothing was taken back of whom nobody took anything back."""
        taken_back = one.rule != "undone" or bool({one.crm, one.member} & self.world.desk.apart)
        return one.rule in rules and taken_back

    def noted(self, person: int, addresses: Collection[str]) -> bool:
        """Did Listloop's ledger ever note a no of this person or one of these addresses?"""
        mine = (nos.c.person_id == person) | nos.c.address.in_(list(addresses))
        return bool(rows(self.world.engine, select(nos.c.id).where(mine).limit(1)))

    def _see_no(self, one: Record) -> None:
        """A no is new where it is first seen: said just now, or brought along to another address.

        Brought along is no no that its person took back under the address from before, before anybody was told.
        """
        address, old = lowered(one.email), self.seen_no.get(one.key, "")
        if {address, old, self.unsure.get(one.key, "")} & self.maybe:
            self.maybe.add(address)
            self.seen_no[one.key] = address
            return
        if old != address and old in self.returned and old not in self.said and address not in self.said:
            self.returned[address] = self.returned[old]
            self.seen_no[one.key] = address
            return
        row = self.now.of(crm=one.key)
        brought = one.key in self.seen_no and old != address
        if brought and address in self.returned and row is not None and row.member is None:
            # Who opted out before anybody had a member, and whose address signed up since: their last act counts.
            self.maybe.add(address)
            self.seen_no[one.key] = address
            return
        if not old:  # one that is brought along makes no difference to who is asked, and not mailed until a yes
            self.asking.discard(address)
        if self.seen_no.get(one.key) != address or (address not in self.said and address not in self.returned):
            self.said[address] = self.runs
            self.returned.pop(address, None)
        self.seen_no[one.key] = address

    def came_meanwhile(self) -> None:
        """Note who came back while the run was at work."""
        new = self.world.hands[self.read :] if self.world.worked else []
        keys = {member_key(move.who) for move in new if move.do is Do.CONFIRM}
        self.during = {lowered(move.text) for move in new if move.do is Do.SIGN_UP}
        self.during |= {lowered(one.email) for one in self.world.audience.records() if one.key in keys}

    def _asked_elsewhere(self, address: str, new: Sequence[Move]) -> set[str]:
        """Where those are asked to confirm now who signed up at this address, which they left since."""
        members = self.world.audience.records()
        if any(lowered(one.email) == address for one in members):
            return set()
        moved = {member_key(move.who) for move in new if move.do is Do.MOVE_MEMBER}
        return {lowered(one.email) for one in members if one.key in moved and one.person.consent is Consent.PENDING}

    def _note_returns(self) -> None:
        new, self.read = self.world.hands[self.read :], len(self.world.hands)
        members = self.world.audience.records()
        for move in new:
            address = ""
            if move.do is Do.SIGN_UP:
                address = lowered(move.text)
                if moved := self._asked_elsewhere(address, new):
                    self.asking |= {address, *moved}
                    continue
                if any(lowered(one.email) == address and one.person.consent is Consent.PENDING for one in members):
                    self.asking.add(address)
                    continue
            elif move.do is Do.CONFIRM:
                key = member_key(move.who)
                address = next((lowered(one.email) for one in members if one.key == key), "")
            if address in self.unsure.values():
                self.maybe.add(address)
                self.said.pop(address, None)
            elif address:
                self.returned[address] = self.runs
                self.said.pop(address, None)
                self.asking.discard(address)


def _listed(world: World) -> dict[str, str]:
    """What the waiting plan shows, by side and decision."""
    run = world.waiting()
    if run is None:
        return {}
    found: dict[str, str] = {}
    for one in rows(world.engine, select(decisions).where(decisions.c.run_id == run.id)):
        found[f"crm:{one['id']}"] = repr(decode_patch(one["crm_patch"]))
        found[f"mailchimp:{one['id']}"] = repr(decode_patch(one["mailchimp_patch"]))
    return found
