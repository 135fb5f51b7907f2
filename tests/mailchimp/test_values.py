"""Values come from Mailchimp and go back to it without a change of meaning."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from listloop.core.side import FieldType
from listloop.mailchimp.payloads import FieldOptions, MergeField
from listloop.mailchimp.values import MAKES, TYPES, field_of, text_of, texts, wire_of

ENCODER = msgspec.json.Encoder(decimal_format="number")


def raw(text: str) -> msgspec.Raw:
    return msgspec.Raw(text.encode())


@pytest.mark.parametrize(
    ("kind", "wire", "text"),
    [
        (FieldType.TEXT, '"Ada"', "Ada"),
        (FieldType.NUMBER, "12.50", "12.5"),
        (FieldType.NUMBER, "3", "3"),
        (FieldType.NUMBER, "3.0", "3"),
        (FieldType.NUMBER, "-0.25", "-0.25"),
        (FieldType.NUMBER, "1e3", "1000"),
        (FieldType.NUMBER, "12345678901234567.89", "12345678901234567.89"),
        (FieldType.NUMBER, '""', ""),
        (FieldType.DATE, '"2026-03-01"', "2026-03-01"),
        (FieldType.BIRTHDAY, '"02/29"', "02-29"),
        (FieldType.CHOICE, '"Dr"', "Dr"),
        (FieldType.ADDRESS, '""', ""),
        (
            FieldType.ADDRESS,
            '{"addr1":"Rue 1","addr2":"","city":"Orléans","state":"x","zip":"45000","country":"FR"}',
            '{"addr1":"Rue 1","city":"Orléans","country":"FR","state":"x","zip":"45000"}',
        ),
        (FieldType.TEXT, "null", ""),
    ],
)
def test_each_type_has_one_canonical_text(kind: FieldType, wire: str, text: str) -> None:
    assert texts(raw('{"F":' + wire + "}"), {"F": kind}) == {"F": text}


@pytest.mark.parametrize("kind", sorted(set(TYPES.values())))
@given(data=st.data())
def test_a_value_that_is_written_is_read_as_the_same(kind: FieldType, data: st.DataObject) -> None:
    text = data.draw(TEXTS.get(kind, st.text(alphabet=st.characters(codec="utf-8"), max_size=20)))
    wire = ENCODER.encode({"F": wire_of(kind, text)})
    assert texts(msgspec.Raw(wire), {"F": kind})["F"] == text


LETTERS = st.text("abcé ", min_size=1).map(lambda text: f"x{text}")
TEXTS: dict[FieldType, st.SearchStrategy[str]] = {
    FieldType.NUMBER: st.sampled_from(["", "0", "12.5", "-3", "0.001", "123456789012345678.25"]),
    FieldType.DATE: st.dates().map(str) | st.just(""),
    FieldType.BIRTHDAY: st.dates().map(lambda day: f"{day:%m-%d}") | st.just(""),
    FieldType.ADDRESS: st.fixed_dictionaries(dict.fromkeys(("addr1", "city", "state", "zip"), LETTERS)).map(
        lambda parts: text_of(FieldType.ADDRESS, parts)
    ),
}


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (FieldType.NUMBER, "many"),
        (FieldType.NUMBER, "NaN"),
        (FieldType.DATE, "31.12.2026"),
        (FieldType.BIRTHDAY, "2026-02-01"),
        (FieldType.ADDRESS, "Main Street 1"),
        (FieldType.ADDRESS, '{"addr1":"Main Street 1","city":"Graz"}'),
    ],
)
def test_a_value_that_mailchimp_can_not_hold_is_refused_before_it_is_sent(kind: FieldType, text: str) -> None:
    """A partly filled address would make Mailchimp refuse the whole member."""
    with pytest.raises(ValueError, match=r"is no|lacks"):
        wire_of(kind, text)


def test_an_empty_php_array_stands_for_no_merge_fields() -> None:
    assert texts(raw("[]"), {}) == {}


def test_every_merge_field_type_is_known_and_made_again_as_itself() -> None:
    for name, kind in TYPES.items():
        made = MAKES.get(kind, "text")
        assert TYPES[made] is kind, name


def test_a_merge_field_tells_its_choices_and_its_limit() -> None:
    options = FieldOptions(choices=["Ms", "Mr"])
    field = field_of(MergeField(3, "TITLE", "Title", "radio", required=True, options=options))
    assert (field.type, field.choices, field.required, field.max_bytes) == (FieldType.CHOICE, ("Ms", "Mr"), True, None)
    assert field_of(MergeField(1, "FNAME", "First name", "text", options=[])).max_bytes == 255
