"""Who takes part: the flag, an address, and an address that can be one."""

from dataclasses import replace

import pytest

from listloop.core.plan import Rule
from listloop.core.rules import Rules
from listloop.core.scope import is_address, outside
from listloop.testing.builders import record


@pytest.mark.parametrize(
    "email",
    [
        "a@b.example",
        " a@b.example ",
        "ada+news@b.co",
        "o'neil@b.example",
        "用户@例子.公司",
        "a@" + "b" * 244 + ".example",
    ],
)
def test_an_address_that_mail_may_reach_is_one(email: str) -> None:
    assert is_address(email)


@pytest.mark.parametrize(
    "email",
    [
        "",
        "ada",
        "ada@",
        "@b.example",
        "ada@b",
        "ada@b.",
        "ada@b.x",
        "a b@c.example",
        "a@b@c.example",
        "a@b.example, c@d.example",
        "a@b.example;",
        "<a@b.example>",
        "a@" + "b" * 245 + ".example",
    ],
)
def test_what_no_mail_system_could_deliver_to_is_none(email: str) -> None:
    assert not is_address(email)


ADA = record("p1", "a@b.example", labels=("fair",), City="Bern")


@pytest.mark.parametrize(
    ("rules", "rule"),
    [
        pytest.param(Rules(only_groups=frozenset({"fair", "old"})), Rule.NONE, id="one of the groups is enough"),
        pytest.param(Rules(only_groups=frozenset({"old"})), Rule.NOT_CHOSEN, id="none of the groups"),
        pytest.param(Rules(only_values=(("City", frozenset({"bern", "graz"})),)), Rule.NONE, id="one of the values"),
        pytest.param(Rules(only_values=(("City", frozenset({"graz"})),)), Rule.NOT_CHOSEN, id="another value"),
        pytest.param(Rules(only_values=(("Gone", frozenset({"x"})),)), Rule.NONE, id="a field that isn't shown"),
        pytest.param(
            Rules(only_groups=frozenset({"fair"}), only_values=(("City", frozenset({"graz"})),)),
            Rule.NOT_CHOSEN,
            id="all that is asked for has to hold",
        ),
    ],
)
def test_the_filter_lets_in_whom_it_names(rules: Rules, rule: Rule) -> None:
    assert outside(ADA, rules, linked=True) is rule


def test_a_group_that_the_crm_does_not_show_keeps_nobody_out() -> None:
    assert outside(replace(ADA, labels_shown=False), Rules(only_groups=frozenset({"old"})), linked=True) is Rule.NONE


def test_the_flag_is_named_before_the_filter() -> None:
    rules = Rules(only_groups=frozenset({"old"}))
    assert outside(replace(ADA, takes_part=False), rules, linked=True) is Rule.FLAG_NO


@pytest.mark.parametrize(
    ("flag", "email", "linked", "blank", "rule"),
    [
        pytest.param(True, "a@b.example", False, False, Rule.NONE, id="Yes and an address: takes part"),
        pytest.param(False, "a@b.example", False, True, Rule.FLAG_NO, id="No is No"),
        pytest.param(False, "a@b.example", True, True, Rule.FLAG_NO, id="No is No for a link as well"),
        pytest.param(True, "  ", True, False, Rule.NO_EMAIL, id="without an address nobody takes part"),
        pytest.param(None, "a@b.example", False, False, Rule.FLAG_BLANK, id="a blank flag stays out by default"),
        pytest.param(
            None, "a@b.example", False, True, Rule.NONE, id="a blank flag takes part where the setting says so"
        ),
        pytest.param(None, "a@b.example", True, False, Rule.NONE, id="a blank flag of a link counts as Yes"),
        pytest.param(True, "ada at b", True, False, Rule.BAD_EMAIL, id="a text that is no address stays out"),
        pytest.param(False, "", False, False, Rule.FLAG_NO, id="what a person set is named first"),
        pytest.param(None, "", False, False, Rule.NO_EMAIL, id="a missing address is named before a blank flag"),
    ],
)
def test_the_rule_that_leaves_a_crm_record_out(
    flag: bool | None, email: str, linked: bool, blank: bool, rule: Rule
) -> None:
    crm = record("p1", email, takes_part=flag)
    assert outside(crm, replace(Rules(), blank_flag=blank), linked=linked) is rule
