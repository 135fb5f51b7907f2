"""What the pages need from the rest of Listloop; wiring fills it, tests fill it with fakes."""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from typing import Protocol

import httpx2
from sqlalchemy import Engine

from listloop.core.people import Key, Patch, SideName
from listloop.core.questions import Answer
from listloop.crm.local.book import Book
from listloop.store.holding import Chosen
from listloop.store.orders import Wish
from listloop.store.prune import Keep
from listloop.store.search import Question
from listloop.store.secrets import Secrets
from listloop.sync.context import Sync
from listloop.web.alerts import Telling
from listloop.web.recipients import Recipients
from listloop.web.setup import SetUp

ConnectionId = int
RunId = int
PersonId = int
QuestionId = int
LineId = int


class Webhooks(Protocol):
    """Takes the deliveries of Mailchimp's webhooks; both calls block for a database round trip at most."""

    def knows(self, token: str, /) -> bool:
        """Is there a webhook whose address ends so?"""

    def receive(self, token: str, body: bytes, signature: str, /) -> int:
        """Take one delivery; the HTTP status of the answer."""


class Panels(Protocol):
    """The key that signs links to panels inside a CRM; it is shown once, when it is made."""

    def key(self) -> str:
        """The key in use; made on first use."""

    def renew(self, who: str, /) -> str:
        """Another key from now on; links made with the old one open nothing any more."""


Who = str
"""The e-mail address of the user who pressed the button."""


@dataclass(frozen=True, slots=True)
class Services:
    """The database, the clock, and the actions behind the buttons.

    Actions only start things (put a job into the queue), note who asked in the audit log, and return at once; an edit
    is noted by its page. Each may raise a ``ListloopError``, which
    the page shows with its next step. ``secret`` signs form tokens; the same on all web processes, at least 32
    characters. ``base_url`` is the address that people see; with https the cookies are marked Secure.
    """

    engine: Engine
    secrets: Secrets
    now: Callable[[], datetime]
    secret: str
    base_url: str
    sync_now: Callable[[ConnectionId, Who], None]
    sync_person: Callable[[PersonId, Who], None]
    approve: Callable[[RunId, Who, Chosen], None]
    drop: Callable[[RunId, Who], None]
    pause: Callable[[ConnectionId, Who], None]
    resume: Callable[[ConnectionId, Who], None]
    #: Notes an answer to these open questions; the run that is asked for carries it out.
    answer: Callable[[Collection[QuestionId], Answer, Who], None]
    #: Asks for the confirmation mail to a person who opted out; the text says why.
    confirm: Callable[[PersonId, Who, str], None]
    #: Makes a plan that takes back what was written; it waits for its yes.
    undo: Callable[[ConnectionId, Wish, Who], None]
    #: Puts the value of a line of the history back on both sides.
    restore: Callable[[PersonId, LineId, Who], None]
    #: Tries a person again whom a side refused; None: everybody of the connection.
    retry: Callable[[ConnectionId, PersonId | None, Who], None]
    #: Takes a side that was put back from a backup as it is; the plan waits for a yes.
    believe: Callable[[ConnectionId, SideName, Who], None]
    #: Deletes a person for good, on both sides and here.
    forget: Callable[[PersonId, Who], None]
    #: Lets a person come back who was forgotten.
    welcome: Callable[[PersonId, Who], None]
    #: Compares both sides in full now.
    audit: Callable[[ConnectionId, Who], None]
    #: Reads what came of the audience's campaigns now.
    results_now: Callable[[ConnectionId, Who], None]
    #: Sets “Sync with Mailchimp” of everybody in question, or of these people of theirs, and runs.
    flag: Callable[[ConnectionId, Question, Collection[PersonId], bool, Who], None]
    #: Writes an edit to a person of the built-in CRM; None where no connection uses it.
    edit_local: Callable[[ConnectionId, Key, Patch], None] | None = None
    #: Opens the book of the built-in CRM that a connection is of; what is set in it stands under the user's name.
    book: Callable[[ConnectionId, Who], AbstractContextManager[Book]] | None = None
    #: Opens a connection for what a person does to a campaign; it waits a little for a run to end. None: nowhere.
    sending: Callable[[ConnectionId], AbstractContextManager[Sync]] | None = None
    #: How connections are made and changed; None where they only can be on the command line.
    setup: SetUp | None = None
    #: What campaigns can go to; None where it only can be asked on the command line.
    recipients: Recipients | None = None
    #: Takes deliveries; None where there are no webhooks.
    webhooks: Webhooks | None = None
    #: The key of the panels; None where there are none.
    panels: Panels | None = None
    #: Where alerts go; None where the service does not look for troubles.
    telling: Telling | None = None
    #: For how long things are kept where nothing is set on the pages.
    keep: Keep = field(default_factory=Keep)
    #: Seconds since the schedule last looked for what is due.
    silent: Callable[[], float] = float
    #: How the provider of a single sign-on is called; None: over the network.
    transport: httpx2.BaseTransport | None = None
    #: In which zone moments are shown.
    zone: tzinfo = UTC
