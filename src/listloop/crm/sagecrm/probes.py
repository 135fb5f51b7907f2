"""What this installation does where Sage's pages are silent, found by reading only.

Each is named as the stand-in's switch, so that a rehearsal can be set as the real server is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from listloop.core.abilities import Probe
from listloop.core.errors import NeedsAttention, RecordRejected
from listloop.crm.sagecrm.asking import Asking
from listloop.crm.sagecrm.mails import is_exposed
from listloop.crm.sagecrm.rows import whole
from listloop.crm.sagecrm.schema import prototype


def probes(asking: Asking) -> Iterator[Probe]:
    """Each guess that can be looked at; one whose look fails says so and hinders no other."""
    for switch, look in LOOKS.items():
        try:
            found = look(asking)
        except (RecordRejected, NeedsAttention) as error:
            if error.code in {"crm-sign-in", "crm-other-page"}:
                raise
            found = ("unknown", f"it can't be seen: {error.problem}")
        if found:
            yield Probe(switch, *found)


Look = Callable[[Asking], tuple[str, str] | None]


def _raw(asking: Asking, **asked: str) -> dict[str, Any]:
    return asking.client.call("GET", "Person", asked)


def _rows(asking: Asking, count: int = 50) -> list[dict[str, Any]]:
    rows = _raw(asking, count=str(count)).get("$resources")
    return [one for one in rows if isinstance(one, dict)] if isinstance(rows, list) else []


def _links(asking: Asking) -> tuple[str, str]:
    shown = is_exposed(asking, "EmailLink")
    return (
        ("exposed", "EmailLink can be read") if shown else ("hidden", "EmailLink is hidden: no new addresses by REST")
    )


def _views(asking: Asking) -> tuple[str, str]:
    shown = is_exposed(asking, "vPersonEmail")
    return ("exposed", "the view vPersonEmail can be read") if shown else ("hidden", "views can't be read")


def _captions(asking: Asking) -> tuple[str, str]:
    shown = is_exposed(asking, "Custom_Captions")
    return ("exposed", "choices are known") if shown else ("hidden", "choices of selections can't be read")


def _reports(asking: Asking) -> tuple[str, str]:
    shown = is_exposed(asking, "Custom_Reports") and is_exposed(asking, "DData")
    return ("exposed", "saved groups could be read") if shown else ("hidden", "groups are read by views only")


def _operators(asking: Asking) -> tuple[str, str] | None:
    numbers = [
        whole(row, "pers_personid") for row in asking.client.feed("Person", count=3, select="pers_personid").rows
    ]
    if len(numbers) < 3:
        return None
    list(asking.by_numbers("Person", "pers_personid", numbers, "pers_personid"))
    return ("permissive", "lists by “in” work") if asking.takes_in else ("strict", "only the published operators work")


def _unknown_operator(asking: Asking) -> tuple[str, str]:
    try:
        total = asking.client.feed("Person", "pers_personid nonsense 1", "pers_personid", count=1).total
    except RecordRejected as error:
        status = error.detail[5:8]
        return status, f"a wrong question is answered with HTTP {status}"
    if total:
        return "all rows", "a wrong question finds everybody"
    return "zero rows", "a wrong question finds nobody, silently"


def _order_by(asking: Asking) -> tuple[str, str] | None:
    try:
        rows = asking.client.feed("Person", select="pers_personid", count=50, order="pers_personid desc").rows
    except RecordRejected:
        return "refused", "orderBy is refused: older than 2024 R2"
    numbers = [whole(row, "pers_personid") for row in rows]
    if len(numbers) < 2:
        return None
    is_sorted = numbers == sorted(numbers, reverse=True)
    return ("sorted", "orderBy sorts") if is_sorted else ("ignored", "orderBy is ignored: older than 2024 R2")


def _nulls(asking: Asking) -> tuple[str, str] | None:
    rows = _rows(asking)
    if not rows:
        return None
    has_null = any(value is None for row in rows for value in row.values())
    return ("null", "empty columns come as null") if has_null else ("absent", "empty columns are left out")


def _key(asking: Asking) -> tuple[str, str] | None:
    rows = _rows(asking, 1)
    if not rows:
        return None
    kind = "number" if isinstance(rows[0].get("$key"), int) else "text"
    return kind, f"$key is a {kind}"


def _casing(asking: Asking) -> tuple[str, str] | None:
    rows = _rows(asking, 1)
    names = [name for name in rows[0] if name.lower().startswith("pers_")] if rows else []
    if not names:
        return None
    how = (
        "lower" if all(one.islower() for one in names) else "upper" if all(one.isupper() for one in names) else "schema"
    )
    return how, f"columns are spelled like {names[0]}"


def _checkbox(asking: Asking) -> tuple[str, str] | None:
    values = {value for row in _rows(asking, 200) for name, value in row.items() if name.lower() == "pers_optout"}
    if not values - {None}:
        return None
    if any(isinstance(value, bool) for value in values):
        return "boolean", "boxes are true and false"
    return ("empty", "an unticked box is an empty text") if "" in values else ("Y", "a ticked box is Y")


def _moments(asking: Asking) -> tuple[str, str] | None:
    told = [str(value) for row in _rows(asking, 1) for name, value in row.items() if name.lower() == "pers_updateddate"]
    if not told:
        return None
    form = "Z" if told[0].endswith("Z") else "offset" if told[0][-6:-5] in {"+", "-"} else "naive"
    return form, f"times look like {told[0]}" + ("; name the zone in the settings" if form == "naive" else "")


def _page(asking: Asking) -> tuple[str, str] | None:
    answer = _raw(asking, select="pers_personid")
    rows = answer.get("$resources")
    return (str(len(rows)), f"{len(rows)} rows come without count") if isinstance(rows, list) and rows else None


def _most(asking: Asking) -> tuple[str, str] | None:
    page = asking.client.feed("Person", select="pers_personid", count=1_000)
    if page.total <= len(page.rows):
        return None
    return str(len(page.rows)), f"a page has {len(page.rows)} rows at most"


def _unknown_column(asking: Asking) -> tuple[str, str]:
    try:
        asking.client.feed("Person", select="pers_personid,pers_listloop_nothing", count=1)
    except RecordRejected:
        return "refused", "an unknown column is refused"
    return "ignored", "an unknown column is left out"


def _types(asking: Asking) -> tuple[str, str]:
    kinds = {str(told.get("$type", "")) for told in (prototype(asking, "Person") or {}).values()}
    if len(kinds) <= 1:
        return "plain", "all columns are called texts: name others in “types”"
    return "rich", f"types are told: {', '.join(sorted(kinds))}"


def _lengths(asking: Asking) -> tuple[str, str]:
    told = any("$maxlength" in one or "$length" in one for one in (prototype(asking, "Person") or {}).values())
    return ("true", "lengths are told") if told else ("false", "lengths are not told: the stock ones are assumed")


#: By the names of the stand-in's switches.
LOOKS: dict[str, Look] = {
    "links": _links, "views": _views, "captions": _captions, "reports": _reports, "operators": _operators,
    "unknown_operator": _unknown_operator, "order_by": _order_by, "nulls": _nulls, "key": _key, "casing": _casing,
    "checkbox": _checkbox, "moments": _moments, "page": _page, "most": _most, "unknown_column": _unknown_column,
    "prototype_types": _types, "prototype_lengths": _lengths,
}  # fmt: skip
