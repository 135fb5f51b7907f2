"""What every side promises, as tests. An adapter's test file is a subclass and two fixtures.

``SideTests`` holds for both ends; a CRM subclasses ``CrmTests``, an audience ``AudienceTests``, which contain it.
"""

import pytest

# Before the modules are imported: failed promises then show their values.
pytest.register_assert_rewrite(
    *(f"{__name__}.{part}" for part in ("steps", "setup", "reading", "finding", "writing", "refusing", "values")),
    *(f"{__name__}.{part}" for part in ("crm", "audience")),
)

from listloop.testing.side.audience import AudienceTests  # noqa: E402  # the lines above come first
from listloop.testing.side.crm import CrmTests  # noqa: E402  # as above
from listloop.testing.side.hands import AudienceHands, CrmHands, Hands  # noqa: E402  # as above
from listloop.testing.side.suite import SideTests  # noqa: E402  # as above
from listloop.testing.side.verdict import broken_promises, keeps  # noqa: E402  # as above

__all__ = ["AudienceHands", "AudienceTests", "CrmHands", "CrmTests", "Hands", "SideTests", "broken_promises", "keeps"]
