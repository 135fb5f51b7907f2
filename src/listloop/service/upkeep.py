"""What a service looks after beside its runs, in one thread: webhooks at Mailchimp, and what is old enough to go."""

from __future__ import annotations

from listloop.service.alerts import digest, watch
from listloop.service.beat import Beat
from listloop.service.messages import Messenger
from listloop.service.webhooks import tend_due
from listloop.settings import Settings
from listloop.store.database import reading
from listloop.store.prune import Keep, kept, prune
from listloop.wiring import Listloop

#: Seconds between two looks for a webhook that is due to be checked, for troubles, and whether the digest is due; and
#: between two clearings.
LOOK, CLEAR = 15.0, 24 * 3600.0


def kept_days(listloop: Listloop) -> Keep:
    """For how long what is kept."""
    with reading(listloop.engine).begin() as db:
        return kept(db, default_days(listloop.settings))


def default_days(settings: Settings) -> Keep:
    """What holds where nothing is set on the pages."""
    return Keep(
        runs=settings.keep_runs,
        history=settings.keep_history,
        audit=settings.keep_audit,
        results=settings.keep_results,
    )


class Upkeep:
    """The duties of a process that serves pages; each is done by one process only, however many there are."""

    def __init__(self, listloop: Listloop) -> None:
        self._listloop = listloop
        self._messenger = Messenger.of(listloop.settings)
        self._beat = Beat({self._tend_webhooks: LOOK, self._watch: LOOK, self._digest: LOOK, self._clear: CLEAR})

    def start(self) -> None:
        """Begin, once the pages answer: Mailchimp calls a webhook's address when it is made."""
        self._beat.start()

    def stop(self) -> None:
        """Wait for what is under way."""
        self._beat.stop()

    def _tend_webhooks(self) -> None:
        tend_due(self._listloop)

    def _watch(self) -> None:
        watch(self._listloop, self._messenger)

    def _digest(self) -> None:
        digest(self._listloop, self._messenger)

    def _clear(self) -> None:
        prune(self._listloop.engine, kept_days(self._listloop), self._listloop.now())
