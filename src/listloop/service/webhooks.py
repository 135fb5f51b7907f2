"""Mailchimp's webhooks at work: made, looked after and removed over there; their deliveries taken in here.

A delivery is only a hint whom to look at. It is checked, stored with the wish for a run, and answered; the run reads
the person from both sides. So replays, forgeries and floods can at most cause a reading.
"""

from __future__ import annotations

import secrets as random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import structlog
from sqlalchemy import Connection

from listloop.core.errors import ListloopError, NeedsAttention
from listloop.mailchimp.webhooks import Webhook, Webhooks, ours
from listloop.store import webhooks as store
from listloop.store.audit import note
from listloop.store.connections import ConnectionRow
from listloop.store.database import reading
from listloop.store.webhooks import WebhookRow
from listloop.wiring import Listloop

PATH = "/hooks/mailchimp/"

#: Between two looks after a webhook; the second after one that failed.
CHECK, RETRY = timedelta(hours=1), timedelta(minutes=5)

_log = structlog.get_logger("listloop.webhooks")


@dataclass(frozen=True, slots=True)
class Tended:
    """What was found and done: ``found`` a webhook in order, ``made`` or ``mended`` one, ``removed`` how many."""

    found: bool = False
    made: bool = False
    mended: bool = False
    removed: int = 0
    silent: int = 0


def public_prefix(base: str) -> str:
    """The public part of our webhooks' addresses. Raises NeedsAttention where no address is set or it can't be one."""
    if not base:
        raise NeedsAttention(
            "No webhook can be made: Mailchimp does not know where this service can be reached.",
            "Set LISTLOOP_WEBHOOK_URL to its public https:// address; docs/how-to/webhooks.md tells how.",
            code="webhook-address",
        )
    if not base.startswith(("http://", "https://")) or any(letter.isspace() or letter in "?#" for letter in base):
        raise NeedsAttention(
            "LISTLOOP_WEBHOOK_URL is no address that Mailchimp could call.",
            "Write it as https://listloop.example.com, without anything after it.",
            code="webhook-address",
        )
    return base.rstrip("/") + PATH


def tend(listloop: Listloop, row: ConnectionRow, *, anew: bool = False) -> Tended:
    """Let the connection have one webhook that works: make it, mend it, remove what is too many.

    ``anew`` exchanges one that works for a new one at another address, with a new signing secret. The new one is
    there before the old one goes. Raises TryLater and NeedsAttention; the latter is noted with the connection.
    """
    prefix = public_prefix(listloop.settings.webhook_url)
    with _over_there(listloop, row) as hooks:
        there = ours(hooks.there(), prefix)
        known = _known(listloop, row)
        now = listloop.now()
        live = [(hook, known[digest]) for hook, end in there if (digest := store.digest(end)) in known]
        live = [(hook, kept) for hook, kept in live if kept.retired_at is None and kept.mailchimp_id == hook.id]
        with reading(listloop.engine).begin() as db:
            silent = sum(store.silent_noes(db, kept, now) for _, kept in live)
        if not live or anew or silent:
            kept = _make(listloop, row, hooks, prefix, _why(silent))
            removed = _clear(listloop, row, hooks, there, kept)
            return Tended(made=True, removed=removed, silent=silent)
        hook, kept = live[-1]
        if not hook.as_wanted:
            hooks.mend(hook.id)
        with listloop.engine.begin() as db:
            store.change(db, kept.id, checked_at=now, **({} if kept.heard_at is None else {"problem": "", "fix": ""}))
        removed = _clear(listloop, row, hooks, there, kept)
        return Tended(found=hook.as_wanted, mended=not hook.as_wanted, removed=removed)


def remove(listloop: Listloop, row: ConnectionRow) -> int:
    """Remove the connection's webhooks, there and here; how many there were at Mailchimp."""
    with _over_there(listloop, row) as hooks:
        known = _known(listloop, row)
        mine = [hook for hook in hooks.there() if store.digest(hook.url.rpartition("/")[2]) in known]
        for hook in mine:
            hooks.delete(hook.id)
    with listloop.engine.begin() as db:
        for kept in known.values():
            _drop(listloop, db, kept)
    return len(mine)


def tend_due(listloop: Listloop) -> None:
    """Look after every webhook that is due; what fails is noted with its connection and tried again."""
    if not listloop.settings.webhook_url:
        return
    now = listloop.now()
    with listloop.engine.begin() as db:
        due = store.claim_check(db, now, CHECK)
    for row in listloop.connections():
        if row.id in due:
            try:
                tended = tend(listloop, row)
            except ListloopError as error:
                _log.warning("webhook not in order", connection=row.name, problem=error.problem)
                with listloop.engine.begin() as db:
                    store.check_again(db, row.id, now + RETRY)
            else:
                if not tended.found:
                    _log.info("webhook set up", connection=row.name, made=tended.made, silent=tended.silent)


def _make(listloop: Listloop, row: ConnectionRow, hooks: Webhooks, prefix: str, why: str) -> WebhookRow:
    token = random.token_urlsafe(32)
    with listloop.engine.begin() as db:
        made = store.add(db, row.id, token, listloop.now())
    try:
        hook = hooks.create(prefix + token)
    except ListloopError as error:
        with listloop.engine.begin() as db:
            store.drop_unmade(db, row.id, but=made)
            store.change(db, made, problem=error.problem, fix=error.fix)
        raise
    if hook.signing_secret:
        listloop.secrets.put(store.secret_name(row.id, made), hook.signing_secret, listloop.now())
    with listloop.engine.begin() as db:
        store.drop_unmade(db, row.id, but=made)
        store.change(
            db, made, mailchimp_id=hook.id, checked_at=listloop.now(), problem=why, signed=bool(hook.signing_secret)
        )
        note(db, listloop.now(), "Listloop", f"made a webhook at Mailchimp. {why}".strip(), connection_id=row.id)
        return next(one for one in store.webhooks_of(db, row.id) if one.id == made)


def _clear(
    listloop: Listloop, row: ConnectionRow, hooks: Webhooks, there: list[tuple[Webhook, str]], kept: WebhookRow
) -> int:
    """Remove our other webhooks over there, retire them here, and forget those whose time is over."""
    with reading(listloop.engine).begin() as db:
        owners = store.owners(db, [store.digest(end) for _, end in there])
    # One that nobody here knows was made by an installation that this one took the place of, or before a restoring.
    surplus = [hook for hook, end in there if owners.get(store.digest(end), row.id) == row.id]
    surplus = [hook for hook in surplus if hook.id != kept.mailchimp_id]
    for hook in surplus:
        hooks.delete(hook.id)
    now = listloop.now()
    with listloop.engine.begin() as db:
        for one in store.webhooks_of(db, row.id):
            if one.id != kept.id and one.retired_at is None:
                store.change(db, one.id, retired_at=now)
            elif one.retired_at is not None and one.retired_at < now - store.GRACE:
                _drop(listloop, db, one)
    return len(surplus)


def _drop(listloop: Listloop, db: Connection, kept: WebhookRow) -> None:
    store.forget(db, kept.id)
    listloop.secrets.forget(db, store.secret_name(kept.connection_id, kept.id))


def _why(silent: int) -> str:
    if not silent:
        return ""
    people = "1 person" if silent == 1 else f"{silent} people"
    return f"The one before was silent while {people} opted out in Mailchimp; it was exchanged."


@contextmanager
def _over_there(listloop: Listloop, row: ConnectionRow) -> Iterator[Webhooks]:
    with listloop.client_of(row) as client:
        yield Webhooks(client, row.audience)


def _known(listloop: Listloop, row: ConnectionRow) -> dict[str, WebhookRow]:
    with reading(listloop.engine).begin() as db:
        return {one.digest: one for one in store.webhooks_of(db, row.id)}


def _all_digests(listloop: Listloop) -> list[str]:
    with reading(listloop.engine).begin() as db:
        return [one.digest for row in listloop.connections() for one in store.webhooks_of(db, row.id)]
