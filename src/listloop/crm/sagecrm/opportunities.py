"""Opportunities as deals: what was won, when, by whom."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from listloop.core.errors import NeedsAttention, RecordRejected
from listloop.core.side import Cursor, Deal
from listloop.crm.sagecrm.asking import Asking
from listloop.crm.sagecrm.options import Options
from listloop.crm.sagecrm.rows import Row, cents, moment, text, whole

PAGE = 200
OVERLAP = timedelta(minutes=5)
SYMBOLS = {"$": "USD", "€": "EUR", "£": "GBP", "zł": "PLN", "¥": "JPY"}
_STAMPED = "oppo_opportunityid,oppo_updateddate"


def changed_deals(asking: Asking, options: Options, since: Cursor | None) -> Iterator[tuple[tuple[Deal, ...], Cursor]]:
    """All (None) or those changed since; always at least one page. A cursor is the newest change seen."""
    if since:
        low = (datetime.fromisoformat(since) - OVERLAP).strftime("%Y-%m-%dT%H:%M:%SZ")
        rows = asking.since("Opportunity", "oppo_opportunityid", "oppo_updateddate", low, _STAMPED)
    else:
        low = ""
        rows = list(asking.everything("Opportunity", "oppo_opportunityid", _STAMPED))
    changed = {whole(row, "oppo_opportunityid"): moment(row.get("oppo_updateddate"), options.zone) for row in rows}
    wanted = sorted((stamp, number) for number, stamp in changed.items() if stamp > low)
    names = _currencies(asking)
    for start in range(0, len(wanted) or 1, PAGE):
        some = wanted[start : start + PAGE]
        found = list(asking.by_numbers("Opportunity", "oppo_opportunityid", [number for _, number in some]))
        last = max((some[-1][0] if some else "", since or ""))
        yield _deals(asking, options, found, names), last


def _currencies(asking: Asking) -> dict[int, str]:
    """Currencies by number, as far as they can be read and their symbol is known."""
    try:
        rows = list(asking.client.pages("Currency", select="curr_currencyid,curr_symbol"))
    except (NeedsAttention, RecordRejected) as error:
        if error.code in {"crm-sign-in", "crm-other-page"}:
            raise
        return {}
    named = {whole(row, "curr_currencyid"): text(row, "curr_symbol").strip() for row in rows}
    return {number: SYMBOLS.get(symbol, symbol.upper()) for number, symbol in named.items() if symbol}


def _deals(asking: Asking, options: Options, rows: Sequence[Row], names: dict[int, str]) -> tuple[Deal, ...]:
    firms = {whole(row, "oppo_primarycompanyid") for row in rows}
    found = asking.by_numbers("Company", "comp_companyid", firms, "comp_companyid,comp_name")
    called = {whole(row, "comp_companyid"): text(row, "comp_name") for row in found}
    return tuple(_deal(row, options, names, called) for row in rows)


def _deal(row: Row, options: Options, names: dict[int, str], called: dict[int, str]) -> Deal:
    """The total, or the forecast where no total is kept; a won one has the day on which it was closed."""
    has_total = bool(cents(row.get("oppo_total")))
    currency = names.get(whole(row, "oppo_total_cid" if has_total else "oppo_forecast_cid"), "")
    person = whole(row, "oppo_primarypersonid")
    closed = moment(row.get("oppo_closed"), options.zone) or moment(row.get("oppo_updateddate"), options.zone)
    is_won = text(row, "oppo_status").strip().lower() == "won"
    return Deal(
        key=text(row, "oppo_opportunityid"),
        title=text(row, "oppo_description"),
        stage=text(row, "oppo_status")
        if text(row, "oppo_status").lower() in {"won", "lost"}
        else text(row, "oppo_stage"),
        value=cents(row.get("oppo_total")) or cents(row.get("oppo_forecast")),
        currency=options.currency or (currency if len(currency) == 3 else "USD"),
        won=closed if is_won else "",
        people=(str(person),) if person else (),
        company=called.get(whole(row, "oppo_primarycompanyid"), ""),
    )
