"""The built-in CRM keeps every promise of a CRM."""

from collections.abc import Mapping
from datetime import timedelta

import pytest

from listloop.core.people import Key, Value
from listloop.core.side import Deal, Field, FieldType, Label, LabelKind, Schema
from listloop.crm.local import LocalCrm, records
from listloop.crm.local.book import Book
from listloop.testing.side import CrmTests
from tests.crm.conftest import Clock


class Hands:
    """Somebody at the keyboard of the built-in CRM."""

    def __init__(self, book: Book, clock: Clock) -> None:
        self.book, self.clock = book, clock

    def add(self, email: str, values: Mapping[str, Value]) -> Key:
        return self.book.add_person({"last_name": "Suite", **values}, email)

    def edit(self, key: Key, values: Mapping[str, Value]) -> object:
        return self.book.edit_person(key, values)

    def delete(self, key: Key) -> object:
        return self.book.delete_people([key])

    def wait(self, seconds: float) -> object:
        self.clock.at += timedelta(seconds=seconds)
        return None

    def add_address(self, key: Key, email: str) -> bool:
        self.book.edit_person(key, {"email_2": email})
        return True

    def close_deal(self, deal: Deal) -> object:
        return self.book.save_deal(Deal("", deal.title, deal.stage, deal.value, deal.currency, deal.won, deal.people))


class TestLocalCrm(CrmTests):
    three_pages = 25
    overlaps = False  # its cursors are numbers, given out in the order of the commits

    @pytest.fixture
    def side(self, crm: LocalCrm, monkeypatch: pytest.MonkeyPatch) -> LocalCrm:
        monkeypatch.setattr(records, "PAGE", 10)
        every = {one: Field(f"custom:{one.name.lower()}", one.value.title(), one) for one in FieldType}
        choice = Field("custom:choice", "Size", FieldType.CHOICE, ("Small", "Large"))
        left_out = {FieldType.COMPANY, FieldType.CHOICES, FieldType.ADDRESS, FieldType.CHOICE}
        fields = tuple(field for type_, field in every.items() if type_ not in left_out)
        labels = (Label("", "Customers", LabelKind.GROUP), Label("", "Fair", LabelKind.GROUP))
        crm.prepare(Schema((*fields, choice), labels))
        return crm

    @pytest.fixture
    def hands(self, book: Book, clock: Clock) -> Hands:
        return Hands(book, clock)
