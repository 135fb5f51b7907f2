"""The adapter for Sage CRM keeps every promise of a CRM."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, timedelta, timezone

import pytest

from listloop.crm.sagecrm import SageCrm
from listloop.sandbox.sagecrm.standin import SageCrm as StandIn
from listloop.testing.side import CrmTests
from tests.crm.sagecrm.wire import COLUMNS, OPTIONS, Hands, made


class TestSageCrm(CrmTests):
    three_pages = 25
    overlaps = False  # its cursors remember whom they showed within the overlap

    @pytest.fixture
    def side(self, standin: StandIn, hands: Hands) -> Iterator[SageCrm]:
        hands.do("seed", {"columns": COLUMNS})
        crm = made(standin)
        yield crm
        crm.close()

    @pytest.fixture
    def hands(self, hands: Hands) -> Hands:
        return hands


#: Positions of the stand-in's switches, so that each position but the first is in one of them; the first are above.
PROFILES: dict[str, dict[str, object]] = {
    "permissive": {
        "operators": "permissive", "unknown_operator": "500", "nulls": "null", "key": "text", "casing": "lower",
        "checkbox": "empty", "moments": "Z", "amounts": "text", "page": 100, "most": 200, "unknown_column": "refused",
        "overflow": "cut", "mandatory": "500", "error_body": "diagnosis", "prototype_lengths": True,
        "child_moves_person": True, "timestamps": True, "json": "trailing comma", "reports": "exposed",
        "order_by": "ignored",
    },
    "old": {
        "unknown_operator": "zero rows", "casing": "upper", "checkbox": "boolean", "moments": "naive", "most": 100,
        "patch": "405", "put": "whole", "mandatory": "accepted", "error_body": "xml", "json": "BOM",
        "order_by": "refused", "views": "hidden", "soap": "disabled", "nulls": "null",
        "zone": "+05:30",
    },
    "plain": {"prototype_types": "plain", "error_body": "html", "zone": "-08:00"},
    "mute": {"captions": "hidden", "error_body": "empty"},
    "hidden": {"links": "hidden"},
}  # fmt: skip

#: Where times come without a zone, the settings name it.
ZONES = {"old": timezone(timedelta(hours=5, minutes=30))}


@pytest.mark.parametrize("profile", PROFILES)
class TestSageCrmOtherwise(CrmTests):
    """Whatever the guesses turn out to be: each of these is another server of Sage CRM."""

    three_pages = 25
    overlaps = False

    @pytest.fixture
    def side(self, standin: StandIn, hands: Hands, profile: str) -> Iterator[SageCrm]:
        hands.do("seed", {"columns": COLUMNS})
        hands.switch(**PROFILES[profile])
        crm = made(standin, replace(OPTIONS, zone=ZONES.get(profile, UTC), soap=profile == "hidden"))
        yield crm
        crm.close()

    @pytest.fixture
    def hands(self, hands: Hands) -> Hands:
        return hands
