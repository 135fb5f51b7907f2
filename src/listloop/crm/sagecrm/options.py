"""The settings of a connection to Sage CRM, read and checked once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, timezone

from listloop.core.errors import NeedsAttention
from listloop.core.side import FieldType
from listloop.crm.sagecrm.client import COUNT
from listloop.crm.sagecrm.rows import zone_of
from listloop.crm.sagecrm.texts import FLAG, MEMBER_ID, WORDS

SETTINGS: tuple[tuple[str, str], ...] = (
    ("address", "Address of your Sage CRM, such as https://crm.example.com"),
    ("user", "User of Sage CRM that Listloop signs in as"),
    ("password", "Password of that user"),
    ("install", "Name of the installation in its address (empty: crm)"),
    ("flag", f"Column with “Sync with Mailchimp” (empty: {FLAG})"),
    ("id", f"Column with the Mailchimp ID (empty: {MEMBER_ID})"),
    ("status", "Column with the Mailchimp status (empty: none, only opt-outs are kept)"),
    ("responses", "Column that response groups are written into (empty: none)"),
    ("kinds", "Kinds of e-mail address that are synced, the first that a person has (empty: Business)"),
    ("groups", "Views of groups, separated by commas (empty: none)"),
    ("consents", "View of the people who consented, to sync only them (empty: none)"),
    ("zone", "Time zone of the server, such as +01:00, where its times tell none (empty: UTC)"),
    ("currency", "Currency of amounts, such as EUR (empty: as each says, else USD)"),
    ("types", "Types of columns that the server calls texts, such as pers_born=date (empty: as it says)"),
    ("company_optout", "Does a company's opt-out count for its people? yes or no (empty: no)"),
    ("leads", "Are leads synced, too? yes or no (empty: no)"),
    ("soap", "May deletions be asked for by web services (SOAP)? yes or no (empty: no)"),
    ("count", f"Rows of a page (empty: {COUNT})"),
)

SECRETS = frozenset({"password"})


@dataclass(frozen=True, slots=True)
class Options:
    """``status``, ``responses``, ``consents`` and ``currency`` are "" for none; columns are in lower case."""

    flag: str = FLAG
    member_id: str = MEMBER_ID
    status: str = ""
    responses: str = ""
    kinds: tuple[str, ...] = ("business",)
    groups: tuple[str, ...] = ()
    consents: str = ""
    zone: timezone = UTC
    currency: str = ""
    types: Mapping[str, FieldType] | None = None
    company_optout: bool = False
    leads: bool = False
    soap: bool = False
    count: int = COUNT

    @property
    def ours(self) -> frozenset[str]:
        """The columns that are Listloop's own, and no fields to map."""
        return frozenset({self.flag, self.member_id, self.status, self.responses} - {""})


def options_of(given: Mapping[str, str]) -> Options:
    """The settings as options. Raises ``NeedsAttention`` (code ``crm-setting``) naming the one that is wrong."""
    found = {name: given.get(name, "").strip() for name, _ in SETTINGS}
    try:
        zone = zone_of(found["zone"])
    except ValueError:
        raise _wrong("zone", found["zone"], "It looks like +01:00 or -05:00.") from None
    count = found["count"] or str(COUNT)
    if not count.isdigit() or not 1 <= int(count) <= 1_000:
        raise _wrong("count", count, "It is a whole number from 1 to 1000.")
    return Options(
        flag=found["flag"].lower() or FLAG,
        member_id=found["id"].lower() or MEMBER_ID,
        status=found["status"].lower(),
        responses=found["responses"].lower(),
        kinds=tuple(one.strip().lower() for one in found["kinds"].split(",") if one.strip()) or ("business",),
        groups=tuple(one.strip() for one in found["groups"].split(",") if one.strip()),
        consents=found["consents"],
        zone=zone,
        currency=found["currency"].upper(),
        types=_types(found["types"]),
        company_optout=_yes("company_optout", found["company_optout"]),
        leads=_yes("leads", found["leads"]),
        soap=_yes("soap", found["soap"]),
        count=int(count),
    )


def _types(given: str) -> dict[str, FieldType]:
    types = {}
    for one in filter(None, (part.strip() for part in given.split(","))):
        column, _, word = one.partition("=")
        if word.strip() not in WORDS:
            raise _wrong("types", one, f"Each is column=type, with one of: {', '.join(WORDS)}.")
        types[column.strip().lower()] = WORDS[word.strip()]
    return types


def _yes(name: str, given: str) -> bool:
    if given.lower() not in {"", "yes", "no"}:
        raise _wrong(name, given, "Say yes or no.")
    return given.lower() == "yes"


def _wrong(name: str, given: str, fix: str) -> NeedsAttention:
    return NeedsAttention(f"“{given}” can't be the setting “{name}” of Sage CRM.", fix, code="crm-setting")
