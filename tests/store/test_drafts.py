"""A set-up that knows only its CRM yet is kept until it is finished or dropped."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from listloop.core.errors import NeedsAttention
from listloop.store.drafts import add_draft, all_drafts, change_base_url, draft, drop_draft
from tests.store.conftest import NOON


def test_a_draft_is_kept_with_what_was_entered(engine: Engine) -> None:
    with engine.begin() as db:
        made = add_draft(db, crm="local", crm_settings={"book": "main"}, crm_title="Book", now=NOON)
        change_base_url(db, made, "http://127.0.0.1:8300/3.0")
    with engine.begin() as db:
        kept = draft(db, made)
    assert (kept.crm, kept.crm_settings, kept.crm_title) == ("local", {"book": "main"}, "Book")
    assert (kept.base_url, kept.created_at) == ("http://127.0.0.1:8300/3.0", NOON)


def test_a_dropped_draft_is_gone_and_the_others_stay(engine: Engine) -> None:
    with engine.begin() as db:
        first, second = (add_draft(db, crm="local", crm_settings={}, crm_title="", now=NOON) for _ in range(2))
        drop_draft(db, first)
        assert [one.id for one in all_drafts(db)] == [second]
        with pytest.raises(NeedsAttention, match="finished, or was dropped"):
            draft(db, first)
