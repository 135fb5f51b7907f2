"""One allowed request as the handlers see it, and the refusals that they raise."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from listloop.sandbox.sagecrm.books import Books, User
from listloop.sandbox.switches import Switches


class RefusedError(Exception):
    """An answer that is no success. ``code`` is the SData code; ``html`` says that IIS answers and not the program."""

    def __init__(self, status: int, text: str, code: str = "ApplicationDiagnosis", *, html: bool = False) -> None:
        super().__init__(text)
        self.status, self.text, self.code, self.html = status, text, code, html


@dataclass(slots=True)
class Ask:
    """``params`` have their names in lower case."""

    books: Books
    switches: Switches
    now: int
    user: User
    params: dict[str, str]
    base: str

    def zone(self, at: int) -> int:
        """The server's offset in seconds at a moment: an hour more from the last Sunday of March to that of October."""
        text = str(self.switches["zone"])
        hours, minutes = int(text[1:3]), int(text[4:6])
        winter = (hours * 3600 + minutes * 60) * (-1 if text[0] == "-" else 1)
        moment = datetime.fromtimestamp(at, UTC)
        return winter + (3600 if _sunday(moment.year, 3) <= moment < _sunday(moment.year, 10) else 0)

    def hidden(self) -> set[str]:
        """Columns that field security hides, in lower case."""
        return {one.strip().lower() for one in str(self.switches["hidden_columns"]).split(",")} - {""}

    def fixed(self) -> set[str]:
        """Columns that field security keeps from being written."""
        return {one.strip().lower() for one in str(self.switches["readonly_columns"]).split(",")} - {""}


def _sunday(year: int, month: int) -> datetime:
    last = datetime(year, month, 31, 1, tzinfo=UTC)
    return last - timedelta(days=(last.weekday() + 1) % 7)
