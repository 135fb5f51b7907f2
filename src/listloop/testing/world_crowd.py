"""Names, firms and mailboxes drawn from the cultures: what both halves of a world are made of."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass

from listloop.testing.world_culture import Culture, Place, slug
from listloop.testing.world_english import CULTURE as ENGLISH
from listloop.testing.world_french import CULTURE as FRENCH
from listloop.testing.world_german import CULTURE as GERMAN
from listloop.testing.world_greek import CULTURE as GREEK
from listloop.testing.world_japanese import CULTURE as JAPANESE
from listloop.testing.world_odd import ODD
from listloop.testing.world_polish import CULTURE as POLISH
from listloop.testing.world_portuguese import CULTURE as PORTUGUESE
from listloop.testing.world_spanish import CULTURE as SPANISH

CULTURES: tuple[Culture, ...] = (GERMAN, FRENCH, SPANISH, POLISH, GREEK, ENGLISH, JAPANESE, PORTUGUESE)

_WEIGHTS = (22, 14, 12, 13, 8, 16, 6, 9)
_LONGEST_LOCAL = 60  # RFC 5321 allows 64; room for a number
_STYLES = ("{first}.{last}", "{initial}.{last}", "{last}", "{first}")


@dataclass(frozen=True, slots=True)
class Firm:
    """A company. ``domain`` and ``style`` make the addresses of whoever works there."""

    name: str
    business: str
    domain: str
    style: str
    phone: str
    street: str
    city: str
    postal_code: str
    country: str
    culture: Culture


@dataclass(frozen=True, slots=True)
class Named:
    """Somebody with a name; ``latin`` is it in the letters of an address: first, last."""

    first: str
    last: str
    latin: tuple[str, str]
    culture: Culture
    woman: bool


class Crowd:
    """Draws people and firms; the same seed draws the same. No firm, domain or mailbox is drawn twice."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self._taken: set[str] = set()
        self._numbered: dict[str, int] = {}
        self._drawn = 0

    def culture(self) -> Culture:
        """Some culture."""
        return self.random.choices(CULTURES, _WEIGHTS)[0]

    def chance(self, share: float) -> bool:
        """True as often as ``share`` says."""
        return self.random.random() < share

    def digits(self, pattern: str) -> str:
        """The pattern with a digit for every ``#``."""
        return re.sub("#", lambda _: str(self.random.randrange(10)), pattern)

    def place(self, culture: Culture) -> Place:
        """A town, with a postal code and a phone number there."""
        place = self.random.choice(culture.places)
        return Place(place.city, self.digits(place.postal_code), place.country, self.digits(place.phone))

    def phone(self, culture: Culture, city: str) -> str:
        """A phone number in that town."""
        return self.digits(next(one.phone for one in culture.places if one.city == city))

    def street(self, culture: Culture) -> str:
        """A street with a number."""
        return self.random.choice(culture.streets).replace("#", str(self.random.randint(1, 120)))

    def named(self, culture: Culture) -> Named:
        """Somebody; about one in a hundred has a name of ``world_odd``."""
        self._drawn += 1
        if self._drawn % 100 == 50:
            first, last, local = ODD[self._drawn // 100 % len(ODD)]
            before, _, after = local.rpartition(".")
            return Named(first, last, (before, after), culture, woman=False)
        woman = self.chance(0.5)
        first_name = self.random.choice(culture.women if woman else culture.men)
        family = self.random.choice(culture.families)
        latin = first_name.ascii(woman).replace(".", "-"), family.ascii(woman).replace(".", "-")
        return Named(first_name.of(woman), family.of(woman), latin, culture, woman)

    def firm(self, culture: Culture) -> Firm:
        """A firm that was not drawn before."""
        trade = self.random.choice(culture.trades)
        place = self.place(culture)
        family = self.random.choice(culture.families)
        written, latin = family.male, family.latin or family.male
        while True:
            name = trade.pattern.format(written)
            domain = slug((trade.latin or trade.pattern).format(latin)) + ".example"
            if name not in self._taken and domain not in self._taken:
                break
            other = self.random.choice(culture.families)
            written = culture.joint.format(written, other.male)
            latin = f"{latin} {other.latin or other.male}"
        self._taken |= {name, domain}
        return Firm(
            name, trade.business, domain, self.random.choice(_STYLES), place.phone, self.street(culture), place.city,
            place.postal_code, place.country, culture,
        )  # fmt: skip

    def work_address(self, who: Named, firm: Firm) -> str:
        """An address at a firm, made as the firm makes them."""
        first, last = who.latin
        local = firm.style.format(first=first, initial=first[:1], last=last).strip(".") if first else last
        return self._mailbox(local or first, firm.domain)

    def private_address(self, who: Named) -> str:
        """An address at one of the providers of the culture."""
        first, last = who.latin
        year = f"{self.random.randint(55, 99)}" if self.chance(0.5) else ""
        local = self.random.choice((f"{first}.{last}{year}", f"{first[:1]}.{last}{year}", f"{last}.{first}{year}"))
        return self._mailbox(local.strip("."), self.random.choice(who.culture.providers))

    def _mailbox(self, local: str, domain: str) -> str:
        local, first = local[:_LONGEST_LOCAL], f"{local[:_LONGEST_LOCAL]}@{domain}"
        address, number = first, self._numbered.get(first, 1)
        while address in self._taken:
            number += 1
            address = f"{local}{number}@{domain}"
        if number > 1:
            self._numbered[first] = number  # a million people share a few thousand names
        self._taken.add(address)
        return address

    def job(self, who: Named) -> str:
        """A job, in the language and the form of whoever has it."""
        return self.random.choice(who.culture.jobs).of(who.woman)
