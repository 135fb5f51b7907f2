from pathlib import Path

from listloop.core.people import Consent
from listloop.files.contacts import open_contacts
from listloop.files.members import open_members
from listloop.testing.world_exports import write_exports


def test_the_same_seed_writes_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    one, two = write_exports(tmp_path / "one", 50), write_exports(tmp_path / "two", 50)
    assert [path.read_bytes() for path in one] == [path.read_bytes() for path in two]


def test_half_of_the_people_are_in_both_files_and_every_status_is_there(tmp_path: Path) -> None:
    crm, audience = write_exports(tmp_path, 400)
    people, members = list(open_contacts(crm).records()), list(open_members(audience).records())
    assert (len(people), len(members)) == (400, 400)
    assert len({one.email for one in people} & {one.email for one in members}) == 200
    told = {Consent.SUBSCRIBED, Consent.UNSUBSCRIBED, Consent.CLEANED, Consent.UNKNOWN}
    assert {one.person.consent for one in members} == told
