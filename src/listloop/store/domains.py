"""The domains of the addresses that campaigns went to, and which of a campaign's are told apart."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, String, func, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from listloop.store.tables import responses

DOMAINS = 10
"""Domains that are told apart; the others are one line."""


class _after_at(FunctionElement[str]):  # noqa: N801 - named as SQL names functions
    """What follows the first @ of a text, "" where there is none."""

    type = String()
    inherit_cache = True


@compiles(_after_at, "sqlite")
def _after_at_sqlite(element: _after_at, compiler: SQLCompiler, **options: Any) -> str:
    text = compiler.process(element.clauses, **options)
    return f"CASE WHEN instr({text}, '@') > 0 THEN substr({text}, instr({text}, '@') + 1) ELSE '' END"


@compiles(_after_at, "postgresql")
def _after_at_postgresql(element: _after_at, compiler: SQLCompiler, **options: Any) -> str:
    text = compiler.process(element.clauses, **options)
    return f"CASE WHEN strpos({text}, '@') > 0 THEN substr({text}, strpos({text}, '@') + 1) ELSE '' END"


DOMAIN = _after_at(responses.c.who)
"""The domain of a recipient's address; "" of who was erased."""


BIGGEST_FIRST = func.count().desc(), DOMAIN
"""How domains are ordered, where they are counted."""


def biggest(campaign_id: int) -> Select[Any]:
    """The names of the domains that are told apart in a campaign's report."""
    query = select(DOMAIN).where(responses.c.campaign_id == campaign_id, DOMAIN != "")
    return query.group_by(DOMAIN).order_by(*BIGGEST_FIRST).limit(DOMAINS)
