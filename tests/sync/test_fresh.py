"""Nothing is written from a reading older than ten minutes."""

from collections.abc import Iterator

from listloop.core.side import Cursor, Page
from listloop.testing.memory import MemoryCrm
from tests.sync.stage import Stage


def test_what_was_edited_after_its_page_of_a_slow_reading_is_not_overwritten(stage: Stage) -> None:
    first = stage.crm.add("ann@x.example", {"Last": "Lee", "City": "Bern"}, takes_part=True)
    stage.crm.add("bob@x.example", {"Last": "Ray"}, takes_part=True)
    stage.settle()
    member = next(one for one in stage.audience.records() if one.email == "ann@x.example")
    stage.audience.edit(member.key, {"CITY": "Graz"})
    slow = _Slow(stage, first)
    stage.sync.crm = slow
    stage.run()
    assert stage.crm.record(first).person.fields["City"] == "Kyiv"


class _Slow(MemoryCrm):
    """A CRM that takes a quarter of an hour to end its first reading, while a user edits somebody."""

    def __init__(self, stage: Stage, key: str) -> None:
        super().__init__(stage.crm.fields)
        vars(self).update(vars(stage.crm))
        self._stage, self._key = stage, key

    def changes(self, since: Cursor | None) -> Iterator[Page]:
        for page in super().changes(since):
            if self._key:
                self.edit(self._key, {"City": "Kyiv"})
                self._stage.clock.move(900)
                self._key = ""
            yield page
