"""Whoever connects a real Sage CRM finds every guess, and every setting, on its page."""

from listloop.crm.sagecrm.options import SETTINGS
from listloop.sandbox.sagecrm.guesses import GUESSES
from tests.docs.pages import ROOT

PAGE = (ROOT / "docs" / "how-to" / "sagecrm.md").read_text()


def test_every_guess_is_on_the_list_of_what_to_verify() -> None:
    verify = PAGE.partition("## What to verify")[2]
    assert [one.name for one in GUESSES if f"`{one.name}`" not in verify] == []


def test_every_setting_is_told() -> None:
    assert [name for name, _ in SETTINGS if f"`{name}`" not in PAGE] == []
