"""Recipients behind the pages: what a campaign can go to, who gets it, and the segments that are made for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from listloop.core.abilities import Segment
from listloop.core.jobs import Jobs
from listloop.store import schedule
from listloop.store.audit import note
from listloop.sync import sources
from listloop.sync.crowds import keep_crm_group
from listloop.sync.sources import Kind, Reach, Source
from listloop.wiring import Listloop


@dataclass(frozen=True, slots=True)
class Reaching:
    """``Recipients`` on a real installation: both ends are asked while the page waits."""

    listloop: Listloop
    jobs: Jobs

    def sources(self, connection_id: int) -> Sequence[Source]:
        """Everything that a campaign can be sent to, but for response groups."""
        with self.listloop.look(connection_id) as sync:
            return sources.sources(sync)

    def reach(self, connection_id: int, kind: Kind, name: str) -> Reach:
        """Who of these would get a campaign, and who not, and why."""
        with self.listloop.look(connection_id) as sync:
            return sources.reach_of(sync, sources.source(sync, kind, name))

    def push(self, connection_id: int, group: str, who: str) -> int:
        """Keep whom a CRM group has at this moment; a job writes it as a static segment. The number of the group."""
        with self.listloop.look(connection_id) as sync:
            made = keep_crm_group(sync, sources.source(sync, Kind.CRM, group), who)
        with self.listloop.engine.begin() as db:
            schedule.mark_facts(db, connection_id)
        self.jobs.put(connection_id, schedule.FACTS)
        return made

    def segment(self, connection_id: int, group: str, who: str) -> Segment:
        """The saved segment of a Mailchimp group, made where it is missing."""
        with self.listloop.look(connection_id) as sync:
            made = sources.group_segment(sync, sources.source(sync, Kind.GROUP, group))
        with self.listloop.engine.begin() as db:
            said = f"made the saved segment {made.title}"
            note(db, self.listloop.now(), who, said, connection_id=connection_id)
        return made
