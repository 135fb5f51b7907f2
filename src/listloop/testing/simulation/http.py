"""Worlds for ``./run simulate --http``: one sandbox process for all histories, each in an account of its own."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import httpx2
import stamina

from listloop.core.side import FieldType, LabelKind, Schema
from listloop.crm.local import LocalCrm
from listloop.crm.local.opening import open_book
from listloop.mailchimp.audience import MailchimpAudience
from listloop.mailchimp.client import MailchimpClient
from listloop.store.database import open_database
from listloop.testing.builders import AUDIENCE_SCHEMA, CRM_SCHEMA, field, label
from listloop.testing.crash.rig import KEY, sandbox_process
from listloop.testing.memory import MemoryAudience, MemoryCrm
from listloop.testing.simulation import maximizer
from listloop.testing.simulation.history import Fault, Trouble
from listloop.testing.simulation.real import RealAudience, RealCrm, Truth, Wire, WireClock
from listloop.testing.simulation.renamed import Numbers
from listloop.testing.simulation.sage import COLUMNS, GROUP, Control, SageHands, fresh
from listloop.testing.simulation.world import FIELDS, LABEL, Ends, World

LIST = "5151515151"

#: The simulation's fields by the names of the built-in CRM.
LOCAL = {
    "First": "first_name",
    "Last": "last_name",
    "City": "city",
    "Company": "company",
    "Employees": "custom:employees",
}

_SEED = {
    "lists": [
        {
            "id": LIST,
            "name": "Simulation",
            "merge_fields": [
                {"tag": "CITY", "name": "City", "type": "text"},
                {"tag": "COMPANY", "name": "Company", "type": "text"},
                {"tag": "STAFF", "name": "Staff", "type": "number"},
            ],
            "tags": [LABEL[1]],
        }
    ]
}

#: What goes wrong on the wire, by the trouble that a history draws: rules of the sandbox's fault surface.
WIRE: dict[Trouble, tuple[dict[str, object], ...]] = {
    Trouble.TRY_LATER: ({"kind": "503", "times": 7}, {"kind": "429", "times": 2}, {"kind": "html", "times": 7}),
    Trouble.LOST_REPLY: (
        {"kind": "cut", "method": "POST", "commit": True},
        {"kind": "cut", "method": "PATCH", "commit": True, "times": 8},
        {"kind": "504", "method": "POST", "commit": True},
    ),
    Trouble.REPEAT: ({"kind": "429", "times": 3}, {"kind": "cut", "times": 2}),
    Trouble.REORDER: ({"kind": "slow", "ms": 30, "method": "PATCH", "times": 1},),
    Trouble.REFUSE: ({"kind": "500", "method": "PATCH", "times": 2}, {"kind": "500", "method": "POST"}),
    Trouble.CUT: ({"kind": "truncated", "method": "GET"}, {"kind": "malformed", "method": "GET"}),
    Trouble.MISSING: ({"kind": "short-page", "method": "GET", "path": "*/members"},),
}


#: The CRMs that have a stand-in: who sits at the keyboard, the names of fields and group, and what makes an empty one.
CRMS = {
    "maximizer": (maximizer.MaximizerHands, maximizer.COLUMNS, maximizer.GROUP, maximizer.fresh),
    "sagecrm": (SageHands, COLUMNS, GROUP, fresh),
}


@contextmanager
def crm_ends(kind: str) -> Iterator[Callable[[World], Ends]]:
    """The same with the stand-in of another CRM in the place of the built-in one."""
    hands_of, columns, group, empty = CRMS[kind]
    with (
        http_ends() as ends,
        sandbox_process(kind) as sandbox,
        httpx2.Client(base_url=sandbox.url, timeout=60) as http,
        ExitStack() as opened,
    ):
        wire = Control(http)

        def other(world: World) -> Ends:
            made = ends(world)
            crm = made.crm
            offset = timedelta(seconds=world.setting.crm_clock)
            at = (world.clock() + offset).isoformat(timespec="seconds")
            side = empty(wire, sandbox.url, at)
            opened.callback(side.close)
            hands = hands_of(side, columns, {LABEL[0]: group}, crm.keys_, crm.ids, crm.known)  # type: ignore[attr-defined]  # it is a Renamed
            hands.now, hands.offset, hands.wire = world.clock, offset, wire
            cast("WireClock", world.clock).others.append(wire.control)
            return replace(made, crm=cast("MemoryCrm", hands))

        yield other


@contextmanager
def http_ends() -> Iterator[Callable[[World], Ends]]:
    """What makes the real ends of a world. Retries wait for nothing meanwhile, for time is simulated."""
    stamina.instrumentation.set_on_retry_hooks(())
    with (
        sandbox_process() as sandbox,
        httpx2.Client(base_url=sandbox.url, timeout=60) as http,
        tempfile.TemporaryDirectory(prefix="listloop-simulation-") as folder,
        stamina.set_testing(True, attempts=100, cap=True),
        MailchimpClient(KEY, f"{sandbox.url}/3.0") as client,
    ):
        wire = Wire(http, LIST, KEY)
        engine = open_database(str(Path(folder) / "crm.sqlite"))
        books = iter(range(1_000_000))

        def ends(world: World) -> Ends:
            crm = LocalCrm(open_book(engine, f"book {next(books)}"))
            return _ends(world, wire, client, crm)

        try:
            yield ends
        finally:
            engine.dispose()


def _ends(world: World, wire: Wire, client: MailchimpClient, book: LocalCrm) -> Ends:
    setting = world.setting
    offset = timedelta(seconds=setting.mailchimp_clock)
    wire.control("reset", {"seed": 1})
    wire.control("clock", {"freeze": (world.clock() + offset).isoformat(timespec="seconds")})
    document: dict[str, Any] = {"lists": [{**_SEED["lists"][0], "double_optin": setting.double_opt_in}]}
    wire.control("seed", document)
    world.clock = WireClock(world.clock(), wire=wire)
    crm_offset = timedelta(seconds=setting.crm_clock)
    book.clock = lambda: world.clock() + crm_offset
    book.prepare(Schema((field("custom:employees", FieldType.NUMBER),), (label(LABEL[0], LabelKind.GROUP),)))
    people, members = Numbers("p"), Numbers("m")
    group = next(one.name for one in book.schema().labels)
    crm = RealCrm(book, LOCAL, {LABEL[0]: group}, people, members, _known(CRM_SCHEMA, 0))
    crm.now, crm.offset = world.clock, crm_offset
    real = MailchimpAudience(client, LIST)
    tag = next(one.name for one in real.schema().labels)
    names = {one[1]: one[1] for one in FIELDS}
    audience = RealAudience(real, names, {LABEL[1]: tag}, members, members, _known(AUDIENCE_SCHEMA, 1))
    audience.now, audience.offset, audience.wire = world.clock, offset, wire
    audience.truth, audience.double_opt_in = Truth(), setting.double_opt_in
    dice = random.Random(world.setting.page_size)
    return Ends(
        cast("MemoryCrm", crm),  # they have the same hands
        cast("MemoryAudience", audience),
        lambda faults: _load(wire, faults, dice),
        at_once=True,
        exact=frozenset({"crm"}),
    )


def _known(schema: Schema, which: int) -> Schema:
    """The part of the simulation's schema that is mapped."""
    names = {one[which] for one in FIELDS}
    return Schema(
        tuple(one for one in schema.fields if one.name in names),
        tuple(one for one in schema.labels if one.name == LABEL[which]),
    )


def _load(wire: Wire, faults: Sequence[Fault], dice: random.Random) -> None:
    wire.control("faults", method="DELETE")
    rules = [dice.choice(WIRE[one.trouble]) | {"probability": 0.5} for one in faults if one.trouble in WIRE]
    if rules:
        wire.control("faults", {"faults": rules})
