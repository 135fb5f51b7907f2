"""An order to flag many people writes the CRM's flag of exactly those, and the run after it follows the rules."""

from listloop.store.orders import What, Wish, add_order, open_orders
from listloop.store.search import Question
from listloop.sync.orders import carry_out
from tests.sync.stage import Stage


def order(stage: Stage, takes_part: bool, question: Question = Question(), people: tuple[int, ...] = ()) -> None:  # noqa: B008 - frozen
    wish = Wish(question=question, people=people, takes_part=takes_part)
    with stage.engine.begin() as db:
        add_order(db, stage.sync.connection_id, What.FLAG, wish, "marta", stage.clock())


def flags(stage: Stage) -> list[bool | None]:
    return [one.takes_part for one in stage.crm.records()]


def test_everybody_in_question_gets_the_flag_and_takes_part(stage: Stage) -> None:
    for name in ("ann", "bob", "cem"):
        stage.crm.add(f"{name}@x.example", {"Last": name}, takes_part=name == "ann")
    stage.settle()
    assert len(stage.audience.records()) == 1
    order(stage, True, Question(rule="flag-no"))
    [done] = carry_out(stage.sync)
    assert done.trigger == "flag"
    assert flags(stage) == [True, True, True]
    stage.settle()
    assert len(stage.audience.records()) == 3
    with stage.engine.begin() as db:
        assert open_orders(db, stage.sync.connection_id) == []


def test_only_those_who_were_ticked_leave(stage: Stage) -> None:
    for name in ("ann", "bob"):
        stage.crm.add(f"{name}@x.example", {"Last": name}, takes_part=True)
    stage.settle()
    order(stage, False, people=(stage.people()["bob@x.example"].id,))
    carry_out(stage.sync)
    stage.settle()
    assert flags(stage) == [True, False]
    assert [one.takes_part for one in stage.audience.records()] == [True, False]


def test_who_has_the_flag_already_is_not_written(stage: Stage) -> None:
    stage.crm.add("ann@x.example", {"Last": "Ann"}, takes_part=True)
    stage.settle()
    order(stage, True)
    before = stage.crm.record("p000001").changed
    carry_out(stage.sync)
    assert stage.crm.record("p000001").changed == before
