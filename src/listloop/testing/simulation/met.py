"""How often each move, trouble, rule and cell of the consent table was met: what was never met was never tested."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import product

from listloop.core.consent import Remembered
from listloop.core.people import Consent
from listloop.core.plan import Rule
from listloop.core.questions import Answer, Topic
from listloop.testing.simulation.desk import DESK, ORDERS
from listloop.testing.simulation.hands import HANDS
from listloop.testing.simulation.history import Do, Trouble


def cell(crm: str, mailchimp: str, no: str) -> str:
    """The name under which a cell of the consent table is counted."""
    return f"{crm} / {mailchimp} / {no}"


def impossible(_crm: str, mailchimp: str, no: str) -> bool:
    """Can this cell never be used? Only a member who is mailed, or asked to confirm, can have come back."""
    return no == Remembered.RETURNED and mailchimp not in (Consent.SUBSCRIBED, Consent.PENDING)


ANSWERED = tuple(
    f"answer {topic}: {said}"
    for topic, answers in (
        (Topic.FIELD, (Answer.CRM, Answer.MAILCHIMP, Answer.KEEP)),
        (Topic.ADDRESS, (Answer.MAILCHIMP, Answer.KEEP)),
        (Topic.WHO, (Answer.SAME,)),
        (Topic.REVIVE, (Answer.BACK, Answer.CONFIRM, Answer.OUT)),
    )
    for said in answers
)

GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("what hands did", (*(str(one) for one in HANDS), str(Do.WEBHOOK))),
    ("what people did in Listloop", tuple(str(one) for one in (*DESK, *ORDERS, Do.SOME))),
    ("what people answered", ANSWERED),
    ("troubles", tuple(str(one) for one in Trouble)),
    ("refusals", tuple(f"refused: {one}" for one in ("odd", "address-taken", "compliance", "forgotten"))),
    ("rules of standings", tuple(f"rule {one or 'none'}" for one in Rule)),
    (
        "cells of the consent table (CRM / Mailchimp / remembered)",
        tuple(cell(*key) for key in product(Consent, Consent, Remembered) if not impossible(*key)),
    ),
)


def never(met: Counter[str]) -> list[str]:
    """What was never met."""
    return [name for _, names in GROUPS for name in names if not met[name]]


def report(met: Counter[str]) -> Iterator[str]:
    """Lines that tell how often what was met, group by group, and what never was."""
    for title, names in GROUPS:
        yield f"{title}:"
        for name in names:
            if met[name]:
                yield f"  {met[name]:>7}  {name}"
        missing = [name for name in names if not met[name]]
        if missing:
            yield f"  never met: {'; '.join(missing)}"
