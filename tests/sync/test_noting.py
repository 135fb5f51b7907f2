"""Deals in the CRM say which campaigns won them: where a setting asks, each text once, nobody's own text ever."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from listloop.core.abilities import DealNote
from listloop.core.attribution import Model
from listloop.core.errors import NeedsAttention, TryLater
from listloop.core.facts import Campaign, Event
from listloop.core.people import Consent
from listloop.core.side import Deal, Outcome
from listloop.store.audit import entries
from listloop.store.closings import closing_of
from listloop.store.deal_notes import noted_count, noted_of, preview, set_note_field
from listloop.sync.facts import import_facts
from listloop.sync.noting import note_deals
from listloop.testing.memory import MemoryCrm
from tests.sync.stage import Stage, make_stage

ANN = "ann@stage.example"


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    """Ann opened “May” and clicked in “June”, and bought."""
    made = make_stage(tmp_path)
    made.audience.add(ANN, {"FNAME": "Ann", "LNAME": "B"}, consent=Consent.SUBSCRIBED)
    made.settle()
    for day, (key, kind) in enumerate((("may", "opened"), ("june", "clicked")), start=1):
        sent = f"2026-02-0{day}T09:00:00+00:00"
        made.audience.sent.append(Campaign(key, key.title(), key.title(), "sent", sent))
        made.audience.facts += [Event(key, ANN, "sent", sent), Event(key, ANN, kind, f"2026-02-0{day}T10:00:00+00:00")]
    wins(made)
    read(made)
    return made


def wins(stage: Stage, key: str = "1", won: str = "2026-02-10T09:00:00+00:00") -> None:
    (ann,) = (one.key for one in stage.crm.records() if one.email == ANN)
    stage.crm.close_deal(Deal(key, f"Deal {key}", "won" if won else "open", 10_000, "EUR", won, (ann,)))


def read(stage: Stage) -> None:
    stage.clock.move(3600)
    while import_facts(stage.sync).more:
        pass


def ask(stage: Stage, field: str = "campaign", model: Model = Model.LINEAR) -> None:
    with stage.engine.begin() as db:
        set_note_field(db, stage.sync.connection_id, field, model, "mia@acme.example", stage.sync.now())


def test_nothing_is_written_unless_somebody_says_so(stage: Stage) -> None:
    assert stage.crm.deal_notes == {}
    with stage.engine.begin() as db:
        known = closing_of(db, stage.sync.connection_id)
        (one,) = preview(db, stage.sync.connection_id, Model.LINEAR, 100, 10)
    assert [field.name for field in known.deal_fields] == ["campaign"]
    assert (one.text, one.noted) == ("June (75 %), May (25 %)", "")


def test_the_chosen_field_says_what_the_preview_said(stage: Stage) -> None:
    ask(stage)
    read(stage)
    assert stage.crm.deal_notes == {"1": "June (75 %), May (25 %)"}
    with stage.engine.begin() as db:
        assert noted_count(db, stage.sync.connection_id) == (1, 0)
        said = [one.what for one in entries(db)]
    assert "let the CRM's deals name campaigns in the field campaign" in said


def test_a_text_is_never_written_twice(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither with the next reading, nor when all is reckoned anew."""
    ask(stage)
    read(stage)
    asked = watched(stage, monkeypatch)
    read(stage)
    wins(stage)  # saved again in the CRM as it was
    read(stage)
    assert asked == []


def watched(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> list[DealNote]:
    """All that the CRM is asked to write from now on."""
    asked: list[DealNote] = []
    write = MemoryCrm.note_deals

    def noted(crm: MemoryCrm, field: str, notes: Sequence[DealNote]) -> Iterator[Outcome]:
        asked.extend(notes)
        return write(crm, field, notes)

    monkeypatch.setattr(MemoryCrm, "note_deals", noted)
    return asked


def test_a_text_follows_the_credit(stage: Stage) -> None:
    """Another model, and a deal that is lost again."""
    ask(stage)
    read(stage)
    ask(stage, model=Model.FIRST)
    read(stage)
    assert stage.crm.deal_notes == {"1": "May"}
    wins(stage, won="")
    read(stage)
    assert stage.crm.deal_notes == {"1": ""}


def test_what_somebody_wrote_stays(stage: Stage) -> None:
    """It is told on the deal, and the others go on."""
    wins(stage, "2")
    stage.crm.deal_notes["1"] = "The trade fair"
    ask(stage)
    read(stage)
    assert stage.crm.deal_notes == {"1": "The trade fair", "2": "June (75 %), May (25 %)"}
    with stage.engine.begin() as db:
        assert noted_count(db, stage.sync.connection_id) == (1, 1)
        one = noted_of(db, 1, Model.LINEAR, 100)
    assert one is not None
    assert "The trade fair" in one.problem


def test_after_a_crash_a_text_that_is_there_is_ours(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed after the CRM was written and before it was noted here: the next reading finds its own text."""
    write = MemoryCrm.note_deals

    def dying(crm: MemoryCrm, field: str, notes: Sequence[DealNote]) -> Iterator[Outcome]:
        list(write(crm, field, notes))
        raise TryLater("The line broke.", "Nothing is to be done.")

    ask(stage)
    with monkeypatch.context() as patched:
        patched.setattr(MemoryCrm, "note_deals", dying)
        with pytest.raises(TryLater):
            read(stage)
    read(stage)
    with stage.engine.begin() as db:
        assert noted_count(db, stage.sync.connection_id) == (1, 0)


def test_nothing_more_is_written_when_it_is_taken_back(stage: Stage) -> None:
    """What is there stays there."""
    ask(stage)
    read(stage)
    ask(stage, "")
    wins(stage, "2")
    read(stage)
    assert stage.crm.deal_notes == {"1": "June (75 %), May (25 %)"}


def test_a_field_that_is_gone_is_told(stage: Stage) -> None:
    ask(stage, "another")
    with pytest.raises(NeedsAttention) as raised:
        note_deals(stage.sync)
    assert raised.value.code == "deal-field-unknown"
