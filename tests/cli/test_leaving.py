"""``listloop leave-alone``: which members belong to other tools."""

from __future__ import annotations

from tests.cli.stage import Cli


def test_members_with_a_tag_or_from_a_source_are_left_alone_after_the_next_yes(synced: Cli) -> None:
    said = synced("leave-alone", "--tag", "VIP", "--source", "Shop")
    assert said.code == 0
    assert "Left alone: whoever has the tag vip." in said.out
    assert "Left alone: whoever came from Shop." in said.out
    assert "waits for your yes" in said.out
    assert synced("leave-alone", "--json").json == {"but": [], "tag": ["vip"], "source": ["Shop"]}
    assert "Nobody is left alone." in synced("leave-alone", "--nobody").out


def test_a_tag_that_there_is_not_is_told_with_those_there_are(synced: Cli) -> None:
    said = synced("leave-alone", "--tag", "Press")
    assert said.code == 1
    assert "no tag “Press”" in said.err
    assert "“vip”" in said.err
