"""The edit form writes what was changed and nothing else."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import Engine, select

from listloop.core.people import Patch
from listloop.store.dossier import Dossier, dossier
from listloop.store.tables import people
from listloop.web.edit import edit_form, editable, read_edit
from tests.web.world import World

Find = Callable[[int], Dossier]


@pytest.fixture
def find(engine: Engine) -> Find:
    """Reads a person."""

    def read(person_id: int) -> Dossier:
        with engine.begin() as db:
            found = dossier(db, person_id)
        assert found is not None
        return found

    return read


def test_a_form_sent_back_as_it_was_changes_nothing(find: Find, world: World) -> None:
    elena = find(world.elena)
    assert read_edit(elena, {one.name: one.value for one in edit_form(elena)}) == Patch()


def test_only_what_was_changed_is_written(find: Find, world: World) -> None:
    elena = find(world.elena)
    posted = {one.name: one.value for one in edit_form(elena)}
    posted |= {"field:first_name": " Helena ", "field:phone": "", "email": "e@new.example", "flag": "no"}
    expected = Patch(email="e@new.example", fields={"first_name": "Helena", "phone": ""}, takes_part=False)
    assert read_edit(elena, posted) == expected


def test_fields_that_are_not_on_the_form_cannot_be_written(find: Find, world: World) -> None:
    assert read_edit(find(world.elena), {"field:salary": "1", "mailchimp_id": "x", "consent": "subscribed"}) == Patch()


def test_a_value_that_is_no_longer_among_the_choices_stays(find: Find, world: World) -> None:
    hostile = find(world.hostile)
    form = {one.name: one for one in edit_form(hostile)}
    assert form["field:language"].choices == ("Deutsch", "English")
    assert read_edit(hostile, {"flag": ""}).takes_part is None


def test_only_people_of_the_built_in_crm_can_be_edited(find: Find, world: World, engine: Engine) -> None:
    assert editable(find(world.elena))
    with engine.begin() as db:
        other = db.execute(select(people.c.id).where(people.c.connection_id == world.news)).scalars().first()
    assert other is not None
    assert not editable(find(other))
