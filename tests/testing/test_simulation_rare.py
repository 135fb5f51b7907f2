"""What chance hardly leads to is drawn on purpose, so that nothing is missing in a run of 20,000 histories."""

from collections import Counter
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from listloop.core.consent import CELLS
from listloop.testing.simulation.crashing import database
from listloop.testing.simulation.draw import draw
from listloop.testing.simulation.history import Do
from listloop.testing.simulation.met import ANSWERED, impossible
from listloop.testing.simulation.play import play
from listloop.testing.simulation.rare import EVERY, RARE, about

MET_CELLS = sum(not impossible(*key) for key in CELLS)
HARDLY_MET = (
    *ANSWERED,
    *(str(one) for one in (Do.RETRY, Do.OLD_CRM, Do.OLD_AUDIENCE, Do.BELIEVE)),
    *(f"rule {one}" for one in ("older", "revive", "not-chosen", "gave-up", "gone-mailchimp")),
    "refused: forgotten",
)


@pytest.fixture(name="engine")
def _engine() -> Iterator[Engine]:
    engine = database()
    yield engine
    engine.dispose()


def test_one_history_in_ten_is_about_something_rare_and_each_comes_in_its_turn() -> None:
    turns = [about(seed) for seed in range(EVERY * len(RARE))]
    assert [one for one in turns if one is not None] == list(RARE)
    assert sum(one is not None for one in turns) == len(RARE)


def test_what_is_hardly_met_by_chance_is_met_in_its_turn(engine: Engine) -> None:
    met: Counter[str] = Counter()
    for turn in range(MET_CELLS, len(RARE)):
        played = play(draw(turn * EVERY), engine)
        assert played.promise == "", turn
        met += played.met
    assert [one for one in HARDLY_MET if not met[one]] == []
