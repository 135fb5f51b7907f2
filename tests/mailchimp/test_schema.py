"""What an audience can hold is read in full, and what is missing is made without touching what is there."""

import pytest

from listloop.core.errors import NeedsAttention
from listloop.core.side import Field, FieldType, Label, LabelKind, Schema
from listloop.mailchimp.audience import MailchimpAudience
from listloop.mailchimp.schema import merge_tag
from listloop.sandbox.server import Running

WINES = Field("WINES", "Wines", FieldType.CHOICE, ("Red", "White"))


def test_more_fields_than_a_page_of_ten_are_listed(audience: MailchimpAudience) -> None:
    """Without a count Mailchimp lists ten: the commonest mistake of all."""
    wanted = tuple(Field(f"F{number}", f"Field {number}") for number in range(12))
    audience.prepare(Schema(wanted))
    assert {one.name for one in wanted} <= {one.name for one in audience.schema().fields}


def test_each_type_is_made_as_a_merge_field_that_holds_it(audience: MailchimpAudience) -> None:
    wanted = (
        WINES,
        Field("MONEY", "Turnover", FieldType.MONEY),
        Field("WEB", "Web", FieldType.URL),
        Field("FAN", "Fan", FieldType.YES_NO),
        Field("AT", "At", FieldType.DATETIME),
        Field("BORN", "Born", FieldType.BIRTHDAY),
    )
    audience.prepare(Schema(wanted))
    made = audience.schema()
    types = [found.type for one in wanted if (found := made.field(one.name))]
    expected = [FieldType.CHOICE, FieldType.NUMBER, FieldType.URL, FieldType.CHOICE, FieldType.TEXT, FieldType.BIRTHDAY]
    assert types == expected
    fan = made.field("FAN")
    assert fan is not None
    assert fan.choices == ("yes", "no")


def test_new_fields_are_not_shown_on_mailchimps_forms(audience: MailchimpAudience) -> None:
    audience.prepare(Schema((WINES,)))
    rows = list(audience.client.pages("lists/a1b2c3d4e5/merge-fields", "merge_fields", dict[str, object]))
    assert [one["public"] for one in rows if one["tag"] == "WINES"] == [False]


def test_groups_are_made_in_their_category(audience: MailchimpAudience) -> None:
    titles = ("Topics: Beer", "Region: South", "Loose")
    audience.prepare(Schema(labels=tuple(Label(title, title, LabelKind.INTEREST) for title in titles)))
    made = {one.title for one in audience.schema().labels if one.kind is LabelKind.INTEREST}
    assert made == {"Topics: Wine", "Topics: Cheese", "Topics: Beer", "Region: South", "Interests: Loose"}


def test_a_name_that_can_be_no_merge_tag_is_refused_in_words(audience: MailchimpAudience) -> None:
    with pytest.raises(NeedsAttention) as caught:
        audience.prepare(Schema((Field("much too long a name", "Name"),)))
    assert caught.value.code == "invalid-tag"


def test_a_full_audience_says_so_and_what_to_do(audience: MailchimpAudience, sandbox: Running) -> None:
    with pytest.raises(NeedsAttention) as caught:
        audience.prepare(Schema(tuple(Field(f"F{number}", f"Field {number}") for number in range(31))))
    assert caught.value.code == "limit"
    assert "Remove fields" in caught.value.fix


def test_a_merge_tag_is_short_and_free() -> None:
    assert merge_tag("Company name") == "COMPANY_NA"
    assert merge_tag("Company name", frozenset({"COMPANY_NA"})) == "COMPANY_N2"
    assert merge_tag("Größe (cm)") == "GROSSE_CM"
    assert merge_tag("名前") == "FIELD"
