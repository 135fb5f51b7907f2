"""Who was deleted is let go, even where the run that first missed them broke off before it could ask."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from typing import Any, cast

import pytest

from listloop.core.errors import TryLater
from listloop.core.people import Key, Record
from listloop.core.plan import Rule
from listloop.core.side import Crm
from listloop.sync.context import Scope
from listloop.testing.memory import CRM
from tests.sync.stage import Stage


@dataclass
class Busy:
    """A CRM that can't be asked for single records at the moment."""

    side: Any

    def __getattr__(self, name: str) -> Any:
        """All else is as usual."""
        return getattr(self.side, name)

    def fetch(self, _keys: Collection[Key]) -> Iterator[Record]:
        """Nothing now."""
        raise TryLater("The CRM is busy.", "It is tried again by itself.")


WAYS = {
    "named in the stream": (True, Scope()),
    "missing in a full reading": (True, Scope(full=True)),
    "missing where keys are counted": (False, Scope(sweep=True)),
}


def interrupted(stage: Stage, way: str) -> Key:
    """Somebody is deleted, and the run that notices can't ask for them by key; returns their member's key."""
    deletions, scope = WAYS[way]
    stage.crm.can = replace(CRM, deletions=deletions)
    stage.crm.add("bob@x.example", {"Last": "Ray"}, takes_part=True)
    gone = stage.crm.add("ann@x.example", {"Last": "Lee"}, takes_part=True)
    stage.settle()
    member = next(one.key for one in stage.audience.records() if one.email == "ann@x.example")
    stage.crm.delete(gone)
    stage.sync.crm = cast("Crm", Busy(stage.crm))
    with pytest.raises(TryLater):
        stage.run(scope)
    stage.sync.crm = stage.crm
    return member


@pytest.mark.parametrize("way", WAYS)
def test_a_deletion_is_not_lost_with_the_run_that_noticed_it(stage: Stage, way: str) -> None:
    """The place in the CRM's stream has moved on by then, and nobody names them again."""
    member = interrupted(stage, way)
    stage.run()
    stage.run()
    assert stage.audience.record(member).takes_part is False
    assert stage.people()["ann@x.example"].rule == Rule.GONE_CRM


@pytest.mark.parametrize("way", WAYS)
def test_to_be_named_or_missed_is_no_proof_before_the_side_was_asked_twice(stage: Stage, way: str) -> None:
    member = interrupted(stage, way)
    stage.run()
    assert stage.audience.record(member).takes_part is True
