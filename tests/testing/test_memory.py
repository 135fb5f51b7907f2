"""The memory sides keep every promise of the suites, and are as strange as the real ones."""

from __future__ import annotations

import pytest

from listloop.testing.builders import AUDIENCE_SCHEMA, CRM_SCHEMA
from listloop.testing.memory import MemoryAudience, MemoryCrm
from listloop.testing.side import AudienceHands, AudienceTests, CrmHands, CrmTests


class TestMemoryCrm(CrmTests):
    three_pages = 25

    @pytest.fixture
    def side(self) -> MemoryCrm:
        return MemoryCrm(CRM_SCHEMA, page_size=10)

    @pytest.fixture
    def hands(self, side: MemoryCrm) -> CrmHands:
        return side


class TestMemoryAudience(AudienceTests):
    three_pages = 25

    @pytest.fixture
    def side(self) -> MemoryAudience:
        return MemoryAudience(AUDIENCE_SCHEMA, page_size=10)

    @pytest.fixture
    def hands(self, side: MemoryAudience) -> AudienceHands:
        return side
