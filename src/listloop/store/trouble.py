"""What the database's own errors mean, for people: out of reach, full, or damaged."""

from __future__ import annotations

from sqlalchemy.exc import DatabaseError, OperationalError

from listloop.core.errors import NeedsAttention

#: The words of SQLite for a file that is damaged, or none of its own.
_DAMAGED = ("not a database", "malformed", "corrupt")


def is_damaged(error: DatabaseError) -> bool:
    """Does SQLite say that its file is damaged, or none of its own? No try again would mend it."""
    return any(words in str(error.orig) for words in _DAMAGED)


def explain(error: DatabaseError, where: str) -> NeedsAttention | None:
    """The error in words; None for one that is a bug of ours. ``where`` names the database without its password."""
    said = str(error.orig).strip().partition("\n")[0].rstrip(".")
    if is_damaged(error):
        return NeedsAttention(
            f"{where} is damaged, or is not a database: {said}.",
            "Stop the service and keep a copy of the file as it is, then restore the newest backup.",
            code="database-damaged",
        )
    if isinstance(error, OperationalError):
        return NeedsAttention(
            f"The database {where} cannot be used: {said}.",
            "Check that its folder or server exists, that this user may write there, and that the disk is not full. "
            "What was not written is done by the next run.",
            code="database-unreachable",
        )
    return None
