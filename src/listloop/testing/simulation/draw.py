"""Draw a random history from a seed."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

from listloop.testing.simulation.focus import MEANWHILE, WIDE, Focus
from listloop.testing.simulation.history import LONG, Do, Fault, History, Move, Setting, Trouble
from listloop.testing.simulation.rare import about

ADDRESSES = tuple(f"{name}@sim.example" for name in ("ann", "bob", "cem", "dao", "eva", "fox", "gil", "hal"))
NAMES = ("Ada", "Grace", "Alan", "Łucja", "美咲", "Zoë")
VALUES = {
    "First": (*NAMES, "", "ж" * 100),
    "Last": (*NAMES, "Lovelace", "-", ""),
    "City": ("Bern", "Graz", "Kyiv", "", LONG[:60]),
    "Company": ("Acme", "Globex", ""),
    "Employees": ("5", "12", "250", ""),
}
MERGE = {"First": "FNAME", "Last": "LNAME", "City": "CITY", "Company": "COMPANY", "Employees": "STAFF"}

#: How often each move is drawn, against the others.
WEIGHTS = {
    Do.ADD_CRM: 6,
    Do.SIGN_UP: 6,
    Do.ADD_MEMBER: 3,
    Do.EDIT_CRM: 14,
    Do.EDIT_MEMBER: 14,
    Do.LABEL_CRM: 5,
    Do.LABEL_MEMBER: 5,
    Do.FLAG: 6,
    Do.OPT_OUT: 4,
    Do.OPT_IN: 2,
    Do.UNSUBSCRIBE: 5,
    Do.CONFIRM: 2,
    Do.CLEAN: 2,
    Do.RESUBSCRIBE: 2,
    Do.NOTE_CRM: 2,
    Do.ARCHIVE: 3,
    Do.UNARCHIVE: 3,
    Do.DELETE_MEMBER: 2,
    Do.DELETE_CRM: 3,
    Do.RECREATE_CRM: 3,
    Do.MERGE_CRM: 2,
    Do.COPY_CRM: 2,
    Do.ID_CRM: 2,
    Do.MOVE_CRM: 5,
    Do.MOVE_MEMBER: 4,
    Do.SWAP_CRM: 1,
    Do.SWAP_MEMBER: 1,
    Do.FURTHER: 2,
    Do.SICKEN: 2,
    Do.HEAL: 2,
    Do.WEBHOOK: 4,
    Do.WAIT: 4,
    Do.ASK: 6,
    Do.PREVIEW: 2,
    Do.APPROVE: 4,
    Do.DROP: 1,
}

#: How often each trouble is drawn, the number of chances it has in a run, and the places it is aimed at.
TROUBLES: dict[Trouble, tuple[int, int, tuple[str, ...]]] = {
    Trouble.CRASH: (8, 60, ("", "database", "write", "write")),
    Trouble.TRY_LATER: (3, 8, ("", "write")),
    Trouble.NEEDS_ATTENTION: (1, 8, ("", "write")),
    Trouble.LOST_REPLY: (4, 4, ("",)),
    Trouble.REPEAT: (3, 2, ("",)),
    Trouble.REORDER: (3, 3, ("",)),
    Trouble.STALE: (3, 5, ("changes", "fetch", "find")),
    Trouble.REFUSE: (3, 4, ("",)),
    Trouble.SLOW: (2, 8, ("changes", "fetch", "acts", "write, after")),
    Trouble.LATE: (2, 3, ("changes",)),
    Trouble.MISSING: (3, 4, ("",)),
    Trouble.HIDDEN: (3, 4, ("",)),
    Trouble.CUT: (1, 4, ("changes",)),
}

#: What most of a history is about, so that rare meetings happen: (moves, how many addresses there are).
THEMES: tuple[tuple[int, tuple[Do, ...], int], ...] = (
    (5, tuple(WEIGHTS), 8),
    (
        4,
        (
            Do.OPT_OUT,
            Do.OPT_IN,
            Do.NOTE_CRM,
            Do.UNSUBSCRIBE,
            Do.SIGN_UP,
            Do.CONFIRM,
            Do.CLEAN,
            Do.RESUBSCRIBE,
            Do.FLAG,
            Do.EDIT_CRM,
            Do.WAIT,
            Do.ASK,
        ),
        2,
    ),
    (2, (Do.MOVE_CRM, Do.MOVE_MEMBER, Do.SWAP_CRM, Do.SWAP_MEMBER, Do.FURTHER, Do.ADD_CRM, Do.SIGN_UP, Do.OPT_OUT), 4),
    (1, (Do.FLAG, Do.ARCHIVE, Do.UNARCHIVE, Do.DELETE_CRM, Do.MERGE_CRM, Do.COPY_CRM, Do.DELETE_MEMBER, Do.SIGN_UP), 3),
    (2, (Do.EDIT_CRM, Do.EDIT_MEMBER, Do.LABEL_CRM, Do.LABEL_MEMBER, Do.SICKEN, Do.HEAL, Do.APPROVE), 6),
)


#: What people do in Listloop itself, among hands that give them reason to; how often each is drawn.
AT_THE_DESK = {
    Do.ANSWER: 8,
    Do.SOME: 4,
    Do.UNDO: 5,
    Do.PUT_BACK: 3,
    Do.FORGET: 3,
    Do.LIFT: 2,
    Do.RETRY: 2,
    Do.UNMAP: 3,
    Do.BACKUP: 4,
    Do.OLD_CRM: 1,
    Do.OLD_AUDIENCE: 1,
    Do.OLD_DATABASE: 2,
    Do.BELIEVE: 2,
    Do.APPROVE: 5,
    Do.PREVIEW: 2,
}


def draw(seed: int, focus: Focus = WIDE) -> History:
    """The history of this seed: a handful of people and mostly few moves: short ones find the most by the hour."""
    focus = about(seed) or focus if focus is WIDE else focus
    dice = random.Random(seed)
    setting = replace(_setting(dice), **focus.setting)
    _, dos, many = dice.choices(THEMES, [one[0] for one in THEMES])[0]
    people = dice.choice((1, 2, 2, 3, 3, 4, 6))
    if focus is not WIDE:
        dos, many, people = focus.moves, focus.addresses, focus.people or people
    hand = _Hand(dice, ADDRESSES[:many], people + 1, focus)
    moves = [*focus.opening, *(hand.made() for _ in range(people))]
    moves += [Move(Do.RUN), Move(Do.APPROVE)]
    desk = random.Random(f"{seed}, at the desk")
    at_the_desk = desk.random() < 0.25 and not setting.calm
    for _ in range(dice.choice((2, 3, 4, 4, 5, 6, 8, 12))):
        weights = [WEIGHTS[one] if many > 2 and focus is WIDE else 1 for one in dos]
        moves.append(hand.move(dice.choices(dos, weights)[0]))
        if at_the_desk and desk.random() < 0.6:
            done = desk.choices(tuple(AT_THE_DESK), tuple(AT_THE_DESK.values()))[0]
            moves.append(replace(hand, dice=desk).move(done))
        if dice.random() < focus.pace:
            moves.append(hand.run(setting))
            if not setting.calm and _interrupted(moves[-1]) and dice.random() < (0.3 if focus is WIDE else 0.9):
                # What was made right before the interruption is not shown right after it.
                moves.append(Move(Do.RUN, other=1, faults=(_fault(dice, Trouble.LATE),)))
    return History(seed, setting, tuple(moves))


def _setting(dice: random.Random) -> Setting:
    calm = dice.random() < 0.15
    return Setting(
        crm_clock=dice.choice((0, 0, 7200, -25200)),
        mailchimp_clock=dice.choice((0, 0, -7200, 36000)),
        page_size=dice.choice((1000, 2, 3)),
        chunk=dice.choice((500, 1, 2)),
        names_deleted=dice.random() < 0.7,
        agreed=dice.random() < 0.8,
        leave=dice.random() < 0.15,
        ask_duplicates=dice.random() < 0.15,
        flag_duplicates=dice.random() < 0.2,
        blank_flag=dice.random() < 0.3,
        mailchimp_owns=dice.random() < 0.2,
        asks=dice.random() < 0.1,
        double_opt_in=dice.random() < 0.3,
        crm_notes_all=dice.random() < 0.5,
        creates=dice.random() > 0.04,
        guard_least=50 if dice.random() < 0.8 else 2,
        calm=calm,
        leaves_alone=dice.random() < 0.06,
    )


@dataclass(frozen=True, slots=True)
class _Hand:
    """Draws moves of one history, about a handful of addresses and the records that are there, or a few more."""

    dice: random.Random
    addresses: tuple[str, ...]
    people: int
    focus: Focus

    def made(self) -> Move:
        return self.move(self.dice.choices((Do.ADD_CRM, Do.ADD_MEMBER, Do.SIGN_UP), (5, 3, 1))[0])

    def run(self, setting: Setting) -> Move:
        dice = self.dice
        move = Move(Do.RUN, text=dice.choice(self.focus.runs), other=dice.choice((1, 60, 60, 60)))
        if self.focus.troubles:
            about = dice.choice(self.focus.troubles)
            return replace(move, faults=(replace(about, nth=dice.randint(1, about.nth)),))
        busy = self.focus.meanwhile is not MEANWHILE
        if not busy and dice.random() < 0.5:
            return move
        if busy or (not setting.calm and dice.random() < 0.35):
            hands = [
                (dice.randint(1, 20), self.move(dice.choice(self.focus.meanwhile))) for _ in range(dice.randint(1, 2))
            ]
            slow = dice.random() < 0.2
            return replace(move, meanwhile=tuple(hands), faults=(_fault(dice, Trouble.SLOW),) if slow else ())
        faults = [_fault(dice) for _ in range(dice.choice((1, 1, 2)))]
        if setting.calm:  # what a lagging copy or a refusal delays has another end, rightly
            faults = [one for one in faults if one.trouble not in DELAYING]
        return replace(move, faults=tuple(faults))

    def _address(self) -> str:
        address = self.dice.choice(self.addresses)
        return self.dice.choices((address, address.title(), f" {address}", "", "nonsense"), (40, 2, 1, 2, 1))[0]

    def move(self, do: Do) -> Move:
        dice = self.dice
        who = dice.choices(range(10), (9, 9, 8, 7, 6, 4, 3, 2, 1, 1))[0] % self.people
        other = dice.randint(0, 9)
        match do:
            case Do.ADD_CRM | Do.ADD_MEMBER | Do.SIGN_UP:
                return Move(do, who, dice.choice(NAMES), self._address(), other)
            case Do.EDIT_CRM | Do.EDIT_MEMBER:
                name = dice.choice(tuple(VALUES))
                extra = (LONG,) if name == "City" and do is Do.EDIT_MEMBER else ()
                field = name if do is Do.EDIT_CRM else MERGE[name]
                return Move(do, who, field, dice.choice((*VALUES[name], *extra)), other)
            case Do.MOVE_CRM | Do.MOVE_MEMBER | Do.COPY_CRM | Do.RECREATE_CRM | Do.FURTHER:
                return Move(do, who, text=self._address(), other=other)
            case Do.WAIT:
                return Move(do, other=dice.choice((2, 15, 180, 1500, 11000)))
        if do in (Do.SWAP_CRM, Do.SWAP_MEMBER, Do.MERGE_CRM):
            return Move(do, who, other=other % self.people)
        if do in WORDS:
            return Move(do, who, text=dice.choice(WORDS[do]), other=other)
        return Move(do, who, other=other)


#: What the text of a move may be.
WORDS = {
    Do.FLAG: ("yes", "yes", "yes", "yes", "no", "no", "no", "no", ""),
    Do.UNSUBSCRIBE: ("person", "person", "person", "admin", "complaint"),
    Do.NOTE_CRM: ("unknown", "subscribed", "pending", "cleaned"),
    Do.SICKEN: ("crm", "mailchimp"),
    Do.ASK: ("crm", "mailchimp"),
    Do.WEBHOOK: ("crm", "mailchimp", "mailchimp"),
    Do.UNDO: ("run", "run", "person", "field"),
}

#: Troubles after which something rightly takes another run.
DELAYING = frozenset({Trouble.STALE, Trouble.REFUSE, Trouble.LATE})


def _interrupted(move: Move) -> bool:
    return any(one.trouble in (Trouble.CRASH, Trouble.LOST_REPLY) for one in move.faults)


def _fault(dice: random.Random, trouble: Trouble | None = None) -> Fault:
    trouble = trouble or dice.choices(tuple(TROUBLES), [one[0] for one in TROUBLES.values()])[0]
    _, chances, places = TROUBLES[trouble]
    place = dice.choice(places)
    return Fault(trouble, dice.randint(1, 8 if place == "write" else chances), place)
