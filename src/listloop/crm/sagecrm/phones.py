"""Phones of people, by Phone and PhoneLink; read only, for a change of one may be another person's as well."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping

from listloop.crm.sagecrm.asking import Asking
from listloop.crm.sagecrm.mails import PERSON, is_exposed
from listloop.crm.sagecrm.rows import Row, text, whole
from listloop.crm.sagecrm.texts import MOBILE, PHONE

KINDS = {"business": PHONE, "mobile": MOBILE}
LINK = "plink_linkid,plink_phoneid,plink_entityid,plink_recordid,plink_type"
NUMBER = "phon_phoneid,phon_countrycode,phon_areacode,phon_number,phon_fullnumber"


class Phones:
    """Reads phones, where the installation exposes them."""

    def __init__(self, asking: Asking) -> None:
        self.asking = asking
        self._shown: bool | None = None

    def are_shown(self) -> bool:
        """Whether PhoneLink is exposed; without it there are no fields for phones."""
        if self._shown is None:
            self._shown = is_exposed(self.asking, "PhoneLink")
        return self._shown

    def of(self, people: Collection[int]) -> Mapping[int, Mapping[str, str]]:
        """By person and field, the number as people dial it; the first of a kind counts."""
        found: defaultdict[int, dict[str, str]] = defaultdict(dict)
        if not self.are_shown():
            return found
        rows = self.asking.by_numbers("PhoneLink", "plink_recordid", people, LINK)
        links = [one for one in rows if whole(one, "plink_entityid") == PERSON and _field(one)]
        wanted = {whole(one, "plink_phoneid") for one in links}
        numbers = {
            whole(row, "phon_phoneid"): row for row in self.asking.by_numbers("Phone", "phon_phoneid", wanted, NUMBER)
        }
        for one in sorted(links, key=lambda link: whole(link, "plink_linkid")):
            row = numbers.get(whole(one, "plink_phoneid"))
            if row is not None:
                found[whole(one, "plink_recordid")].setdefault(_field(one), dialled(row))
        return found


def _field(link: Row) -> str:
    return KINDS.get(text(link, "plink_type").strip().lower(), "")


def dialled(row: Row) -> str:
    """``+44 20 79460001``: country, area and number; or the full number as it stands."""
    country, area, number = (text(row, f"phon_{part}").strip() for part in ("countrycode", "areacode", "number"))
    if not number:
        return text(row, "phon_fullnumber").strip()
    country = f"+{country.lstrip('+0')}" if country.lstrip("+0") else ""
    return " ".join(filter(None, (country, area.lstrip("0") if country else area, number)))
