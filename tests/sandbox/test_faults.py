import pytest

from listloop.sandbox.faults import Fault, Faults


def kinds(faults: Faults, *asked: tuple[str, str]) -> list[str]:
    return [picked.kind if (picked := faults.pick(*one)) else "" for one in asked]


def test_a_rule_takes_the_next_matches_and_then_goes() -> None:
    faults = Faults()
    faults.add(Fault("500", method="P*", path="/3.0/lists/*", times=2))
    asked = [("GET", "/3.0/lists/x"), ("POST", "/3.0/lists/x"), ("PUT", "/3.0/lists/x/y"), ("PUT", "/3.0/lists/x")]
    assert kinds(faults, *asked) == ["", "500", "500", ""]
    assert faults.rules == []


def test_the_first_rule_that_matches_wins_and_zero_times_is_for_ever() -> None:
    faults = Faults()
    faults.load([{"kind": "cut", "times": 1}, {"kind": "slow", "times": 0}])
    assert kinds(faults, *[("GET", "/")] * 3) == ["cut", "slow", "slow"]


def test_chance_comes_from_the_seed() -> None:
    def run(seed: int) -> list[str]:
        faults = Faults(seed)
        faults.add(Fault("500", times=0, probability=0.5))
        return kinds(faults, *[("GET", "/")] * 50)

    assert run(1) == run(1) != run(2)
    assert 10 < run(1).count("500") < 40


@pytest.mark.parametrize("row", [{"kind": "fire"}, {"kind": "500", "probability": 2}, {"kind": "500", "times": -1}])
def test_a_rule_that_makes_no_sense_is_refused(row: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        Faults().load([row])
