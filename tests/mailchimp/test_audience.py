"""An audience keeps every promise of a side, over HTTP against the stand-in."""

import pytest

from listloop.mailchimp.audience import MailchimpAudience
from listloop.sandbox.server import Running
from listloop.testing.side import AudienceHands, AudienceTests


class TestMailchimpAudience(AudienceTests):
    """All promises of a side and of an audience."""

    three_pages = 250

    @pytest.fixture
    def side(self, audience: MailchimpAudience, monkeypatch: pytest.MonkeyPatch) -> MailchimpAudience:
        monkeypatch.setattr("listloop.mailchimp.members.PAGE", 100)
        return audience

    @pytest.fixture
    def hands(self, hands: AudienceHands) -> AudienceHands:
        return hands


class TestWithOtherGuesses(TestMailchimpAudience):
    """The same where Mailchimp's documentation is silent and the stand-in guesses the other way."""

    @pytest.fixture
    def side(self, audience: MailchimpAudience, sandbox: Running, monkeypatch: pytest.MonkeyPatch) -> MailchimpAudience:
        monkeypatch.setattr("listloop.mailchimp.members.PAGE", 100)
        flipped = (
            *("archived_in_unfiltered", "since_inclusive", "before_inclusive", "interests_bump", "fields_on_writes"),
            *("archived_optout_barred", "refuse_big_count", "tags_ignore_case"),
            *("patch_archived_refused", "archived_keeps_address"),
        )
        sandbox.control("switches", dict.fromkeys(flipped, False))
        return audience
