"""The CRM half of a world: who works where, and what the CRM knows of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from listloop.core.people import Consent
from listloop.testing.world_crowd import Crowd, Firm, Named
from listloop.testing.world_shapes import GROUPS, NOW, CrmPerson

_OWNERS = ("Miriam Aalto", "Tobias Brandl", "Giulia Conti", "Pavel Dvořák", "Hana Eriksen")


@dataclass(slots=True)
class Book:
    """Writes down the CRM's people one by one; ``before`` of them are in other books."""

    crowd: Crowd
    firms: tuple[Firm, ...]
    before: int = 0
    desks: dict[str, list[str]] = field(default_factory=dict)
    """Addresses in use, by firm, of which a colleague may share one; those of private people are under ""."""

    def person(self, number: int) -> CrmPerson:
        crowd = self.crowd
        firm = self._firm(number)
        culture = firm.culture if firm and not crowd.chance(0.08) else crowd.culture()
        who = crowd.named(culture)
        home = crowd.place(culture)
        created = NOW - timedelta(days=crowd.random.randint(20, 3_600), seconds=crowd.random.randrange(86_400))
        custom = self._custom(self.before + number, who, created, firm)
        return CrmPerson(
            number=self.before + number,
            first_name=who.first,
            last_name=who.last,
            title=crowd.job(who) if firm and crowd.chance(0.8) else "",
            company=firm.name if firm else "",
            email=self._email(who, firm),
            email_2=crowd.private_address(who) if crowd.chance(0.05) else "",
            phone=self._phone(firm, home.phone) if crowd.chance(0.85) else "",
            street=firm.street if firm else crowd.street(culture),
            city=firm.city if firm else home.city,
            postal_code=firm.postal_code if firm else home.postal_code,
            country=firm.country if firm else home.country,
            language=culture.language,
            birthday=self._birthday() if crowd.chance(0.35) else "",
            owner=crowd.random.choice(_OWNERS),
            takes_part=crowd.random.choices((True, None, False), (90, 6, 4))[0],
            consent=crowd.random.choices(
                (Consent.UNKNOWN, Consent.SUBSCRIBED, Consent.UNSUBSCRIBED), (85, 12, 3)
            )[0],
            custom=custom,
            groups=self._groups(custom),
            created=created,
        )  # fmt: skip

    def _phone(self, firm: Firm | None, private: str) -> str:
        """A private number, the firm's, or an own one there."""
        if firm is None:
            return private
        return firm.phone if self.crowd.chance(0.4) else self.crowd.phone(firm.culture, firm.city)

    def _firm(self, number: int) -> Firm | None:
        """Everybody's employer: each firm has somebody, and a few have many; a quarter of the people have none."""
        if number <= len(self.firms):
            return self.firms[number - 1]
        if self.crowd.chance(0.3):
            return None
        return self.firms[int(len(self.firms) * self.crowd.random.random() ** 2)]

    def _email(self, who: Named, firm: Firm | None) -> str:
        desk = self.desks.setdefault(firm.name if firm else "", [])
        draw = self.crowd.random.random()
        if draw < 0.04:
            return ""
        if draw < 0.055 and desk:
            return desk[-1]
        private = firm is None or self.crowd.chance(0.05)
        address = self.crowd.private_address(who) if firm is None or private else self.crowd.work_address(who, firm)
        desk[:] = [address]
        return address

    def _birthday(self) -> str:
        draw = self.crowd.random
        return f"{draw.randint(1945, 2004)}-{draw.randint(1, 12):02}-{draw.randint(1, 28):02}"

    def _custom(self, number: int, who: Named, created: datetime, firm: Firm | None) -> dict[str, str]:
        crowd = self.crowd
        values: dict[str, str] = {}
        if crowd.chance(0.7):
            values["customer_number"] = f"C-{100_000 + number}"
            values["customer_since"] = (created + timedelta(days=crowd.random.randint(0, 19))).date().isoformat()
        if crowd.chance(0.8):
            values["newsletter_language"] = who.culture.title if crowd.chance(0.9) else "English"
        if firm and crowd.chance(0.5):
            values["seats"] = str(crowd.random.choice((1, 2, 3, 5, 8, 10, 12, 20, 25, 40, 75, 120, 250)))
        if firm and crowd.chance(0.3):
            values["annual_revenue"] = str(crowd.random.randint(8, 900) * 10_000)
        if crowd.chance(0.55):
            values["vip"] = "yes" if crowd.chance(0.12) else "no"
        return values

    def _groups(self, custom: Mapping[str, str]) -> tuple[str, ...]:
        shares = (1.0 if "customer_number" in custom else 0.0, 0.45, 0.12, 0.08, 0.05, 0.015)
        return tuple(group for group, share in zip(GROUPS, shares, strict=True) if self.crowd.chance(share))
