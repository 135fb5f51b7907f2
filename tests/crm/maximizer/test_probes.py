"""The doctor's look at an Address Book finds each switch of the stand-in as it stands, and writes nothing."""

from __future__ import annotations

from typing import Any

import pytest

from listloop.core.abilities import Probes
from listloop.crm.maximizer import MaximizerCrm
from listloop.sandbox.server import Running
from tests.crm.maximizer.hands import MaximizerHands

POSITIONS = [
    ("version", "2017 R2"), ("error_shape", "texts"), ("unknown_scope_field", "error"),
    ("key_by_id", False), ("keys_change", True), ("address_in_entry", "stored"), ("ne_type_refused", False),
    ("email_criteria", "default"), ("next_page_key", "object"), ("next_page_key", "object-next"),
    ("next_page_key", "top"), ("next_page_key", "top-next"), ("next_page_key", "absent"), ("most_rows", 100),
    ("driver_needed", True), ("campaign_type", False), ("email_profile", True), ("audit_log", True),
    ("saved_searches", True),
]  # fmt: skip


def found(crm: MaximizerCrm) -> dict[str, str]:
    return {one.switch: one.position for one in crm.probe()}


@pytest.mark.parametrize(("switch", "position"), POSITIONS)
def test_the_position_of_each_switch_is_found(
    crm: MaximizerCrm, hands: MaximizerHands, switch: str, position: Any
) -> None:
    """A first customer's run settles the guess."""
    person = {"LastName": "Ng", "Address": {"City": "Oslo"}}
    hands.do("seed", {"people": [dict(person) for _ in range(120)]})
    before = found(crm)
    hands.do("switches", {switch: position})
    after = found(crm)
    assert after[switch] == str(position).replace("True", "true").replace("False", "false")
    assert before.get(switch) != after[switch]


def test_probes_only_read(crm: MaximizerCrm, hands: MaximizerHands, server: Running) -> None:
    """No call that could write is made."""
    hands.do("seed", {"people": [{"LastName": "Ng"}]})
    server.standin.journal.clear()
    assert isinstance(crm, Probes)
    list(crm.probe())
    methods = {one.path.rpartition("/")[2] for one in server.standin.journal.entries}
    assert methods <= {"Read", "GetSystemInfo", "Authenticate", "seed"}


def test_the_region_of_the_cloud_is_found(crm: MaximizerCrm, hands: MaximizerHands) -> None:
    """Canada and the United Kingdom are told apart."""
    hands.do("switches", {"version": "cloud", "region": "UK"})
    assert found(crm)["region"] == "UK"
