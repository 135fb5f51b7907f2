"""The memory sides keep every promise of the suites, and have the hands and the strangeness that simulations need."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from listloop.core.errors import RecordRejected
from listloop.core.facts import Campaign, Event
from listloop.core.people import Consent, Key, Origin, Patch
from listloop.core.side import Change, Deal, Health, LabelKind, Outcome, Side
from listloop.testing.builders import AUDIENCE_SCHEMA, CRM_SCHEMA, field, patch, schema
from listloop.testing.memory import AUDIENCE, CRM, Clock, MemoryAudience, MemoryCrm
from listloop.testing.side import AudienceHands, AudienceTests, CrmHands, CrmTests


class TestMemoryCrm(CrmTests):
    three_pages = 25

    @pytest.fixture
    def side(self) -> MemoryCrm:
        number = replace(field("Number"), writable=False)
        source = replace(field("Source"), clearable=False)
        return MemoryCrm(schema(*CRM_SCHEMA.fields, *CRM_SCHEMA.labels, number, source), page_size=10)

    @pytest.fixture
    def hands(self, side: MemoryCrm) -> CrmHands:
        return side


class TestMemoryCrmThatTellsLess(CrmTests):
    """The suite asks about capabilities: a CRM that can hardly anything passes it too."""

    three_pages = 25

    @pytest.fixture
    def side(self) -> MemoryCrm:
        can = replace(
            CRM, deletions=False, appends=False, deals=False, groups=False, companies=False, id_on_create=False
        )
        return MemoryCrm(CRM_SCHEMA, page_size=10, can=can)

    @pytest.fixture
    def hands(self, side: MemoryCrm) -> CrmHands:
        return side


class TestMemoryAudience(AudienceTests):
    three_pages = 25

    @pytest.fixture
    def side(self) -> MemoryAudience:
        return MemoryAudience(AUDIENCE_SCHEMA, page_size=10)

    @pytest.fixture
    def hands(self, side: MemoryAudience) -> AudienceHands:
        return side


class TestMemoryAudienceThatTellsMore(AudienceTests):
    """The guesses about Mailchimp are switches, and the suite passes both ways."""

    three_pages = 25

    @pytest.fixture
    def side(self) -> MemoryAudience:
        can = replace(AUDIENCE, deletions=True)
        kept = frozenset({Consent.CLEANED})
        return MemoryAudience(AUDIENCE_SCHEMA, page_size=10, can=can, hides_archived=False, fixed_address=kept)

    @pytest.fixture
    def hands(self, side: MemoryAudience) -> AudienceHands:
        return side


@pytest.fixture
def audience() -> MemoryAudience:
    return MemoryAudience(AUDIENCE_SCHEMA)


@pytest.fixture
def crm() -> MemoryCrm:
    return MemoryCrm(CRM_SCHEMA)


def test_histories_that_end_alike_compare_equal() -> None:
    """``state`` is plain values without times."""
    early, late = MemoryCrm(CRM_SCHEMA), MemoryCrm(CRM_SCHEMA, offset=timedelta(days=400))
    for side in (early, late):
        side.edit(side.add("ada@suite.example"), {"First": "Ada"}, labels=frozenset({"press"}))
    assert early.state() == late.state()
    assert early.state()["p000001"]["fields"] == {"First": "Ada"}


def test_a_side_goes_by_its_own_clock() -> None:
    """Two sides that share a world's clock may differ by hours."""
    clock = Clock()
    side = MemoryCrm(CRM_SCHEMA, now=clock, offset=timedelta(hours=-3))
    first = side.record(side.add("ada@suite.example"))
    clock.move(90)
    assert first.changed == "2026-01-05T06:00:00+00:00"
    assert side.edit(first.key, {"First": "Ada"}).changed == "2026-01-05T06:01:30+00:00"


def test_a_side_can_be_put_back(audience: MemoryAudience) -> None:
    """A restored side is as it was, times included, and does not share anything with its backup."""
    key = audience.add("ada@suite.example", consent=Consent.SUBSCRIBED)
    backup, before = audience.backup(), audience.record(key)
    for _ in range(2):
        audience.wait(60)
        audience.unsubscribe(key)
        audience.restore(backup)
        assert audience.record(key) == before
        assert [one.consent for one in audience.acts(key)] == [Consent.SUBSCRIBED]


def test_a_side_can_be_unwell(crm: MemoryCrm) -> None:
    """A test may give any answer to ``check``."""
    crm.health = Health("other", "Another database", writable=False)
    assert crm.check().identity == "other"


def test_who_signs_up_again_is_back(audience: MemoryAudience) -> None:
    """The person's own sign-up lifts unsubscribe, bounce and archive, under the same key."""
    key = audience.add("ada@suite.example", consent=Consent.SUBSCRIBED)
    for leave in (audience.unsubscribe, audience.clean, audience.archive):
        leave(key)
        back = audience.sign_up("Ada@Suite.Example", {"FNAME": "Ada"})
        assert (back.key, back.takes_part, back.person.consent) == (key, True, Consent.SUBSCRIBED)
        assert audience.acts(key)[-1].origin is Origin.PERSON


def test_who_was_forgotten_comes_back_as_somebody_new(audience: MemoryAudience) -> None:
    """After a deletion for good only a sign-up makes the address a member again, under a new key."""
    key = audience.add("ada@suite.example")
    audience.delete(key)
    assert audience.sign_up("ada@suite.example").key != key


def test_who_was_asked_confirms(audience: MemoryAudience) -> None:
    """A confirmation makes a pending member a subscribed one, by the person's act."""
    key = audience.add("ada@suite.example", consent=Consent.PENDING)
    assert audience.confirm(key).person.consent is Consent.SUBSCRIBED
    assert audience.acts(key)[-1].origin is Origin.PERSON


@pytest.mark.parametrize(("origin", "to"), [(Origin.PERSON, Consent.PENDING), (Origin.ADMIN, Consent.SUBSCRIBED)])
def test_who_left_may_be_asked_or_taken_back(audience: MemoryAudience, origin: Origin, to: Consent) -> None:
    """An own unsubscribe may be answered by a confirmation mail, one of an administrator by a status."""
    key = audience.add("ada@suite.example", consent=Consent.SUBSCRIBED)
    audience.unsubscribe(key, origin)
    assert _written(audience, key, Patch(consent=to)).error is None


@pytest.mark.parametrize("to", [Consent.SUBSCRIBED, Consent.PENDING, Consent.UNKNOWN])
def test_a_complaint_stands(audience: MemoryAudience, to: Consent) -> None:
    """Who complained can't be mailed by any status."""
    key = audience.add("ada@suite.example", consent=Consent.SUBSCRIBED)
    audience.unsubscribe(key, Origin.COMPLAINT)
    error = _written(audience, key, Patch(consent=to)).error
    assert error is not None
    assert error.code == "compliance"


def test_our_no_does_not_hide_the_persons(audience: MemoryAudience) -> None:
    """An opt-out of ours after the person's own leaves it the person's."""
    key = audience.add("ada@suite.example", consent=Consent.SUBSCRIBED)
    audience.unsubscribe(key)
    _written(audience, key, Patch(consent=Consent.UNSUBSCRIBED))
    assert audience.record(key).origin is Origin.PERSON
    assert [one.origin for one in audience.acts(key)][-1] is Origin.PERSON


def test_an_archived_member_shows_no_consent(audience: MemoryAudience) -> None:
    """The status *archived* hides the other ones, which come back with the member."""
    key = audience.add("ada@suite.example", consent=Consent.SUBSCRIBED)
    audience.archive(key)
    assert next(audience.fetch([key])).person.consent is Consent.UNKNOWN
    assert audience.unarchive(key).person.consent is Consent.SUBSCRIBED


def test_an_archived_member_takes_no_edit(audience: MemoryAudience) -> None:
    """Only bringing it back, or a no, can be written to an archived member."""
    key = audience.add("ada@suite.example")
    audience.archive(key)
    for asked in (patch(FNAME="Ada"), Patch(consent=Consent.SUBSCRIBED), patch("moved@suite.example")):
        error = _written(audience, key, asked).error
        assert error is not None
        assert error.code == "archived"


def test_users_share_no_address_either(audience: MemoryAudience) -> None:
    """An administrator can't give a member an address that another one has."""
    audience.add("ada@suite.example")
    with pytest.raises(RecordRejected, match="already in the audience"):
        audience.change_address(audience.add("bob@suite.example"), "ADA@suite.example")


def test_facts_are_read_on_from_a_cursor(audience: MemoryAudience) -> None:
    """Events of a campaign come page by page, a cursor goes on after each, and the last page has none."""
    campaign = Campaign("c1", "Spring", "Spring", "sent", "2026-02-01T09:00:00+00:00")
    audience.sent.append(campaign)
    audience.facts += [Event("c1", f"p{number}@suite.example", "sent", campaign.sent) for number in range(25)]
    audience.page_size = 10
    first = next(audience.events(campaign))
    rest = list(audience.events(campaign, cursor=first[1]))
    assert len(first[0]) + sum(len(page) for page, _ in rest) == 25
    assert rest[-1][1] == ""
    assert [one.sums.sent for one in audience.campaigns() if one.sums] == [25]


def test_the_same_company_is_found(crm: MemoryCrm) -> None:
    """A company is made once, and its people are Contacts."""
    for number in range(2):
        _created(crm, patch(f"p{number}@suite.example", Last="x", Company="Acme "))
    assert crm.companies == {"Acme": "c0001"}
    assert {one.kind for one in crm.records()} == {"Contact"}


def test_a_consent_that_is_not_stored_is_refused(crm: MemoryCrm) -> None:
    """A CRM that knows no *pending* says so for this person."""
    error = _written(crm, crm.add("ada@suite.example"), Patch(consent=Consent.PENDING)).error
    assert error is not None
    assert error.code == "consent-unknown"


def test_required_fields_are_required(crm: MemoryCrm) -> None:
    """Nobody is created without a last name, nor loses it."""
    outcome = next(crm.write([Change("a", None, patch("ada@suite.example", First="Ada"))]))
    assert outcome.error is not None
    assert outcome.error.code == "required-field"
    key = _created(crm, patch("ada@suite.example", Last="Lovelace"))
    assert _written(crm, key, patch(Last="")).error is not None


def test_users_do_everyday_things(crm: MemoryCrm) -> None:
    """Flag, opt-out, and deals are set by hand, and groups are labels."""
    key = crm.add("ada@suite.example", labels=["press"])
    assert crm.flag(key, takes_part=True).takes_part is True
    assert crm.opt_out(key).person.consent is Consent.UNSUBSCRIBED
    assert crm.opt_in(key).person.consent is Consent.SUBSCRIBED
    crm.close_deal(Deal("d1", "Engine", "won", 100, "EUR"))
    assert [deal.key for page, _ in crm.deals(None) for deal in page] == ["d1"]
    assert [one.members for one in crm.groups()] == [0, 1]
    assert {one.kind for one in crm.schema().labels} == {LabelKind.GROUP}


def _written(side: Side, key: Key, asked: Patch) -> Outcome:
    return next(iter(side.write([Change("a", key, asked)])))


def _created(side: Side, asked: Patch) -> Key:
    outcome = next(iter(side.write([Change("a", None, asked)])))
    assert outcome.record is not None
    return outcome.record.key
