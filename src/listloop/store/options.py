"""What administrators set on the pages for the whole installation."""

from __future__ import annotations

from sqlalchemy import Connection, delete, insert, select

from listloop.store.installation import options


def option(database: Connection, name: str) -> str:
    """What is set under this name; "" where nothing is."""
    return database.scalar(select(options.c.value).where(options.c.name == name)) or ""


def set_option(database: Connection, name: str, value: str) -> None:
    """Set it; "" takes it back."""
    database.execute(delete(options).where(options.c.name == name))
    if value:
        database.execute(insert(options).values(name=name, value=value))
