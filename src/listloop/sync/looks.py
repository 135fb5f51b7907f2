"""A run's looks into its inbox while it writes: an opt-out never waits for a long run, and no run goes on for ever."""

from __future__ import annotations

from dataclasses import dataclass

from listloop.store import holding
from listloop.store.database import reading
from listloop.sync.context import Sync
from listloop.sync.reading import read_inbox

#: How often a run looks again once its own plan is written; whoever is named after that is the next run's.
LOOKS = 20


@dataclass(slots=True)
class Looks:
    """As many looks as the run's own plan takes, which ends with the decision ``own``, and then so many more."""

    sync: Sync
    run_id: int
    own: int
    left: int = LOOKS

    @classmethod
    def of(cls, sync: Sync, run_id: int) -> Looks:
        """The looks of a run whose plan is made and not written yet."""
        with reading(sync.engine).begin() as db:
            return cls(sync, run_id, holding.last_decision(db, run_id))

    def look(self) -> bool:
        """Read whom webhooks and buttons named meanwhile; False where nobody was, or others have their turn."""
        with reading(self.sync.engine).begin() as db:
            own = holding.is_unwritten(db, self.run_id, self.own)
        if not own:
            if not self.left:
                return False
            self.left -= 1
        return read_inbox(self.sync, self.run_id)
