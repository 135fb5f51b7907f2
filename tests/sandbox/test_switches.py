import pytest

from listloop.sandbox.switches import Switch, Switches, Value


@pytest.fixture
def switches() -> Switches:
    return Switches(
        [Switch("strict", True, "", ""), Switch("limit", 30, "", "", (30, 80)), Switch("words", "a", "", "", ())]
    )


def test_a_switch_starts_at_its_default_and_goes_back_to_it(switches: Switches) -> None:
    switches.set("strict", False)
    switches.set("limit", 80)
    switches.set("words", "b,c")
    assert switches.values == {"strict": False, "limit": 80, "words": "b,c"}
    switches.reset()
    assert switches.values == {"strict": True, "limit": 30, "words": "a"}


@pytest.mark.parametrize(
    ("name", "value"), [("strict", 1), ("limit", 40), ("limit", True), ("words", 3), ("nosuch", True)]
)
def test_what_is_no_position_of_a_switch_is_refused(switches: Switches, name: str, value: Value) -> None:
    with pytest.raises(ValueError, match=name):
        switches.set(name, value)


def test_rows_tell_everything_about_a_switch(switches: Switches) -> None:
    assert switches.rows()[1] == {
        "name": "limit",
        "value": 30,
        "default": 30,
        "choices": [30, 80],
        "text": "",
        "source": "",
    }
