"""Two exports of any size, written line by line: a CRM's CSV and a Mailchimp audience as its zip has it.

Rehearsals are measured with them. Half of the people are in both files, and some of these differ; the same number and
seed write the same bytes.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from listloop.testing.world_crowd import Crowd, Firm, Named
from listloop.testing.world_shapes import GROUPS, NOW

CRM_COLUMNS = (
    "Record ID", "First Name", "Last Name", "Email", "Secondary email", "Phone Number", "Company", "City",
    "Customer number", "Customer since", "Newsletter language", "VIP", "Groups", "Create Date",
    "Unsubscribed from all email",
)  # fmt: skip

#: Merge fields of the audience, and what Mailchimp adds to each line of an export (Mailchimp help, "View or export a
#: contact list").
MEMBER_COLUMNS = (
    "Email Address", "First Name", "Last Name", "Phone Number", "Company", "City", "Customer number", "Customer since",
    "Language", "MEMBER_RATING", "OPTIN_TIME", "OPTIN_IP", "CONFIRM_TIME", "CONFIRM_IP", "LATITUDE", "LONGITUDE",
    "GMTOFF", "DSTOFF", "TIMEZONE", "CC", "REGION", "LAST_CHANGED", "LEID", "EUID", "NOTES", "TAGS",
)  # fmt: skip
UNSUBSCRIBED_COLUMNS = ("UNSUB_TIME", "UNSUB_CAMPAIGN_TITLE", "UNSUB_CAMPAIGN_ID", "UNSUB_REASON", "UNSUB_REASON_OTHER")
CLEANED_COLUMNS = ("CLEAN_TIME", "CLEAN_CAMPAIGN_TITLE", "CLEAN_CAMPAIGN_ID")

#: The files of a zip, what each adds to the columns and to every line, and how many of a hundred members are in it.
_PARTS: tuple[tuple[str, tuple[str, ...], tuple[str, ...], int], ...] = (
    ("subscribed", (), (), 88),
    ("unsubscribed", UNSUBSCRIBED_COLUMNS, ("2025-11-03 10:00:00", "November", "c1", "NORMAL", ""), 7),
    ("cleaned", CLEANED_COLUMNS, ("2025-11-03 10:00:00", "November", "c1"), 3),
    ("nonsubscribed", (), (), 2),
)
_ZIP_TIME = (2026, 3, 1, 12, 0, 0)

Writer = Callable[[Iterable[str]], object]


@dataclass(frozen=True, slots=True)
class _Somebody:
    """A person as both files may know them."""

    who: Named
    email: str
    phone: str
    company: str
    city: str
    customer: str
    since: str
    language: str


def write_exports(folder: Path, people: int, seed: int = 7) -> tuple[Path, Path]:
    """Write a CRM's export and an audience's, each of ``people`` lines, half of them the same people."""
    crm, audience = folder / "people.csv", folder / "audience.zip"
    crowd = Crowd(seed)
    firms = [crowd.firm(crowd.culture()) for _ in range(min(2000, 1 + people // 10))]
    with ExitStack() as open_files:
        to_crm = csv.writer(open_files.enter_context(crm.open("w", encoding="utf-8", newline=""))).writerow
        to_crm(CRM_COLUMNS)
        parts = open_files.enter_context(_parts(folder))
        for number in range(1, people + 1):
            one = _somebody(crowd, firms, number)
            to_crm(_crm_line(crowd, one, number))
            stranger = number % 2 == 0
            known = _somebody(crowd, firms, people + number) if stranger else _differing(crowd, one)
            _write_member(crowd, parts, known, number)
    _pack(folder, audience)
    return crm, audience


@contextmanager
def _parts(folder: Path) -> Iterator[Sequence[Writer]]:
    with ExitStack() as open_files:
        writers: list[Writer] = []
        for name, more, _, _ in _PARTS:
            file = open_files.enter_context((folder / f"{name}.part").open("w", encoding="utf-8", newline=""))
            writers.append(csv.writer(file).writerow)
            writers[-1](MEMBER_COLUMNS + more)
        yield writers


def _pack(folder: Path, audience: Path) -> None:
    with zipfile.ZipFile(audience, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, *_ in _PARTS:
            part = folder / f"{name}.part"
            entry = zipfile.ZipInfo(f"{name}_members_export_5f0c9a1b2d.csv", _ZIP_TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            with part.open("rb") as source, archive.open(entry, "w") as target:
                while piece := source.read(io.DEFAULT_BUFFER_SIZE * 16):
                    target.write(piece)
            part.unlink()


def _somebody(crowd: Crowd, firms: list[Firm], number: int) -> _Somebody:
    firm = crowd.random.choice(firms) if crowd.chance(0.7) else None
    culture = firm.culture if firm else crowd.culture()
    who = crowd.named(culture)
    home = crowd.place(culture)
    since = NOW - timedelta(days=crowd.random.randint(20, 3_600))
    customer = crowd.chance(0.7)
    return _Somebody(
        who,
        crowd.work_address(who, firm) if firm else crowd.private_address(who),
        home.phone if crowd.chance(0.8) else "",
        firm.name if firm else "",
        home.city,
        f"C-{100_000 + number}" if customer else "",
        since.date().isoformat() if customer else "",
        culture.title if crowd.chance(0.8) else "",
    )


def _differing(crowd: Crowd, one: _Somebody) -> _Somebody:
    """The same person as somebody else entered it: some values miss, a few are others."""
    return _Somebody(
        one.who,
        one.email,
        "" if crowd.chance(0.4) else one.phone,
        "" if crowd.chance(0.3) else one.company,
        crowd.place(one.who.culture).city if crowd.chance(0.06) else one.city,
        one.customer if crowd.chance(0.5) else "",
        one.since if crowd.chance(0.5) else "",
        one.language if crowd.chance(0.7) else "",
    )


def _crm_line(crowd: Crowd, one: _Somebody, number: int) -> tuple[str, ...]:
    groups = ";".join(group for group in GROUPS if crowd.chance(0.15))
    made = NOW - timedelta(seconds=crowd.random.randrange(100_000_000))
    return (
        str(number), one.who.first, one.who.last, one.email, "", one.phone, one.company, one.city, one.customer,
        one.since, one.language, crowd.random.choice(("yes", "no", "", "")), groups, f"{made:%Y-%m-%d %H:%M}",
        "true" if crowd.chance(0.03) else "",
    )  # fmt: skip


def _write_member(crowd: Crowd, parts: Sequence[Writer], one: _Somebody, number: int) -> None:
    place = crowd.random.choices(range(len(_PARTS)), [share for *_, share in _PARTS])[0]
    tags = ",".join(f'"{tag}"' for tag in GROUPS[:3] if crowd.chance(0.15))
    joined = f"{NOW - timedelta(seconds=crowd.random.randrange(100_000_000)):%Y-%m-%d %H:%M:%S}"
    line = (
        one.email, one.who.first, one.who.last, one.phone, one.company, one.city, one.customer, one.since,
        one.language, "2", joined, "198.51.100.7", joined, "198.51.100.7", "", "", "", "", "", "", "", joined,
        str(10_000_000 + number), f"{number:010x}", "", tags,
    )  # fmt: skip
    parts[place](line + _PARTS[place][2])
