"""The doctor's look at an installation finds each switch of the stand-in as it stands, and writes nothing."""

from typing import Any

import pytest

from listloop.core.abilities import Probes
from listloop.crm.sagecrm import SageCrm
from tests.crm.sagecrm.wire import Hands, Straight

POSITIONS = [
    ("links", "hidden"), ("views", "hidden"), ("captions", "hidden"), ("reports", "exposed"),
    ("operators", "permissive"), ("unknown_operator", "500"), ("unknown_operator", "zero rows"),
    ("order_by", "ignored"), ("order_by", "refused"), ("nulls", "null"), ("key", "text"), ("casing", "lower"),
    ("casing", "upper"), ("checkbox", "empty"), ("checkbox", "boolean"), ("moments", "Z"), ("moments", "naive"),
    ("page", 100), ("most", 100), ("most", 200), ("unknown_column", "refused"), ("prototype_types", "plain"),
    ("prototype_lengths", True),
]  # fmt: skip


@pytest.fixture
def crowd(hands: Hands) -> None:
    people = [{"pers_lastname": f"P{number}", "pers_optout": "Y" if number % 9 == 0 else ""} for number in range(250)]
    hands.do("seed", {"people": people})


def found(side: SageCrm) -> dict[str, str]:
    return {one.switch: one.position for one in side.probe()}


@pytest.mark.usefixtures("crowd")
@pytest.mark.parametrize(("switch", "position"), POSITIONS)
def test_the_position_of_each_switch_is_found(side: SageCrm, hands: Hands, switch: str, position: Any) -> None:
    before = found(side)
    hands.switch(**{switch: position})
    side.asking.takes_in = None
    assert found(side)[switch] == str(position).replace("True", "true")
    assert before.get(switch) != found(side)[switch]


@pytest.mark.usefixtures("crowd")
def test_looking_writes_nothing(side: SageCrm, standin: object) -> None:
    assert isinstance(side, Probes)
    list(side.probe())
    transport = side.client.http._transport
    assert isinstance(transport, Straight)
    assert {method for method, _ in transport.calls} == {"GET"}


def test_an_empty_installation_says_what_it_can(side: SageCrm) -> None:
    """Without anybody in it, what shows in rows only is left out."""
    assert "links" in found(side)
    assert "key" not in found(side)
