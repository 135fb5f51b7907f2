"""Every page of a filled and of an empty installation: what is looked at page by page walks along this list."""

from __future__ import annotations

from sqlalchemy import Engine

from listloop.core.questions import Answer, Question, Topic
from listloop.store.questions import ask
from listloop.web.setup import STEPS
from tests.web.set_up import SetUpAlone
from tests.web.world import NOW, fill

NEW = "/connections/new"


def empty(setup: SetUpAlone) -> list[str]:
    """The pages of an installation in which a set-up was begun and nothing else."""
    draft = setup.begin("sagecrm", {}, "marta")
    paths = ["/", "/people", "/runs", "/questions", "/nowhere", "/you", "/connections", NEW]
    paths += ["/settings/users", "/settings/audit", "/settings/embedding"]
    paths += [f"{NEW}/local", f"{NEW}/sagecrm", f"{NEW}/{draft}/mailchimp", f"{NEW}/{draft}/audience"]
    return paths


def full(engine: Engine, setup: SetUpAlone) -> list[str]:
    """Fill the small world into the database; the pages that there are then."""
    paths, world = empty(setup), fill(engine)
    asked = Question(Topic.FIELD, "x", "Language", "Deutsch", "English", "changed on both sides", tuple(Answer)[:3])
    with engine.begin() as db:
        ask(db, world.customers, dict.fromkeys((world.elena, world.hostile), ((asked,), False)), NOW)
    setup.step(world.news, STEPS[1])
    return [
        *paths,
        "/people?standing=excluded",
        "/people?q=nobody-of-this-name",
        "/people/flag?value=yes",
        "/people/flag?value=no",
        f"/questions?topic=field&connection={world.customers}",
        f"/questions/all?topic=field&connection={world.customers}&answer=crm",
        f"/people/{world.elena}",
        f"/people/{world.hostile}",
        f"/people/{world.only_crm}",
        f"/runs/{world.plan}",
        f"/runs/{world.plan}?ask=yes",
        f"/runs/{world.receipt}",
        f"/runs/{world.running}",
        f"/connections/{world.customers}",
        f"/connections/{world.news}",
        *(f"/connections/{world.news}/{step}" for step in STEPS),
    ]
