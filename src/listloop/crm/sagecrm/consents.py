"""Who gave consent: shown as a field that nobody writes, on which “who takes part” can be made to depend.

Sage CRM's ConsentManagement has rows per person; its columns are not documented, and people consent and withdraw there
without their own row being touched. So an administrator makes a view of those who consented, and the view is read
whole: when another set of people is in it than at the last reading, everybody is read.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection

from listloop.core.side import Field, FieldType
from listloop.crm.sagecrm.asking import Asking
from listloop.crm.sagecrm.rows import whole

GIVEN = Field("cons_given", "Consent given", FieldType.YES_NO, writable=False)
"""Yes for whoever is in the view, no for everybody else, leads included."""


class Consents:
    """The people in the view of that name; "" for none, which shows no field."""

    def __init__(self, asking: Asking, view: str) -> None:
        self.asking, self.view = asking, view

    @property
    def fields(self) -> tuple[Field, ...]:
        """The field, where there is a view."""
        return (GIVEN,) if self.view else ()

    def of(self, people: Collection[int]) -> set[int]:
        """Those of these people who consented."""
        if not self.view:
            return set()
        return {whole(row, _PERSON) for row in self.asking.by_numbers(self.view, _PERSON, people, _PERSON)}

    def digest(self) -> str:
        """What tells two sets of people who consented apart, in eight characters; "" without a view."""
        if not self.view:
            return ""
        rows = self.asking.everything(self.view, _PERSON, _PERSON)
        told = ",".join(map(str, sorted({whole(row, _PERSON) for row in rows})))
        return hashlib.blake2b(told.encode(), digest_size=4).hexdigest()


_PERSON = "pers_personid"
