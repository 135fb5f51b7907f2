"""Settings to objects: the one place that knows which class is which."""

from __future__ import annotations

import os
import secrets as random
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import structlog
from sqlalchemy import Connection, Engine

from listloop.campaigns.sending import look_after
from listloop.core.abilities import Kept
from listloop.core.errors import NeedsAttention
from listloop.core.people import Consent
from listloop.core.proposals import propose
from listloop.core.rules import Rules
from listloop.core.side import Crm, Problem
from listloop.crm.registry import adapter, arranged, opened
from listloop.crm.view import seen_by
from listloop.mailchimp.audience import MailchimpAudience, audiences
from listloop.mailchimp.budget import SharedPermits
from listloop.mailchimp.client import ATTEMPTS, MailchimpClient, check_key
from listloop.mailchimp.oauth import TOKEN, App
from listloop.mailchimp.payloads import Account, AudienceInfo
from listloop.settings import Settings
from listloop.store import allotments, leases, schedule
from listloop.store.codec import encode
from listloop.store.connections import ConnectionRow, add_connection, all_connections, change_connection, connection
from listloop.store.database import make_file, open_database, reading
from listloop.store.migrations import migrate
from listloop.store.outside import Outside
from listloop.store.search import prepare_search
from listloop.store.secrets import Secrets, find_keys
from listloop.sync.closing import reckon
from listloop.sync.context import Progress, Scope, Sync
from listloop.sync.facts import SLICE, Imported, import_facts
from listloop.sync.orders import carry_out
from listloop.sync.run import run_once

_log = structlog.get_logger("listloop.sync")

#: Pages of campaign results between two looks whether somebody waits for a run: a few seconds.
PAGES = 20
#: The trigger of the run that reads both sides in full, once a night.
AUDIT = "audit"


def utc_now() -> datetime:
    """The clock of the product."""
    return datetime.now(UTC)


def crm_secret(place: str, setting: str) -> str:
    """Under which name a secret setting of a CRM is kept; ``place`` is whose, such as ``connection/3``."""
    return f"{place}/crm/{setting}"


def key_name(connection_id: int) -> str:
    """Under which name a connection's Mailchimp key is kept."""
    return f"connection/{connection_id}/mailchimp-key"


@dataclass
class Listloop:
    """Everything of one installation: its database, its secrets, and how connections are opened."""

    settings: Settings
    engine: Engine
    secrets: Secrets
    now: Callable[[], datetime] = utc_now
    owner: str = field(default_factory=lambda: f"{socket.gethostname()}-{os.getpid()}-{random.token_hex(4)}")

    _permits: dict[str, SharedPermits] = field(default_factory=dict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def close(self) -> None:
        """Give back what was shared, and let the database go."""
        for one in self._permits.values():
            one.close()
        self.engine.dispose()

    def web_secret(self) -> str:
        """What signs form tokens, the same for all web processes of this database; made on first use."""
        if "web/forms" not in self.secrets.names():
            self.secrets.put("web/forms", random.token_urlsafe(48), self.now())
        return self.secrets.get("web/forms")

    def connections(self) -> list[ConnectionRow]:
        """Every connection."""
        with reading(self.engine).begin() as db:
            return all_connections(db)

    def connection(self, named: str | None = None) -> ConnectionRow:
        """The connection of that name or number; without one, the only one there is. Raises NeedsAttention."""
        rows = self.connections()
        if named is None and len(rows) == 1:
            return rows[0]
        if not rows:
            raise NeedsAttention(
                "There is no connection yet.", "Make one with “listloop connect”.", code="no-connection"
            )
        names = ", ".join(f"“{one.name}”" for one in rows)
        if named is None:
            raise NeedsAttention(f"Which connection? There are {names}.", "Name one with --connection.", code="which")
        found = [one for one in rows if one.name == named or str(one.id) == named]
        if not found:
            raise NeedsAttention(
                f"There is no connection named “{named}”.", f"There are {names}.", code="no-connection"
            )
        return found[0]

    def crm(self, kind: str, settings: Mapping[str, str], place: str = "") -> Crm:
        """A CRM by its adapter's name and all of its settings. Raises NeedsAttention for an unknown one.

        ``place`` is where its secrets are kept, such as ``connection/3``; "" for nowhere.
        """

        def keep(name: str, value: str) -> None:
            self.secrets.put(crm_secret(place, name), value, self.now())

        kept = Kept(lambda name: self.secrets.get(crm_secret(place, name)), keep) if place else None
        return opened(kind, {**settings, "database": self.settings.database}, kept)

    def crm_secrets(self, kind: str, place: str) -> dict[str, str]:
        """The secret settings that are kept there."""
        return {name: self.secrets.get(crm_secret(place, name)) for name in sorted(adapter(kind).secrets)}

    def crm_of(self, row: ConnectionRow) -> Crm:
        """The CRM of a connection, opened with its stored settings and secrets."""
        place = f"connection/{row.id}"
        return self.crm(row.crm, {**row.crm_settings, **self.crm_secrets(row.crm, place)}, place)

    def client(
        self, api_key: str, base_url: str = "", *, account: str = "", attempts: int = ATTEMPTS
    ) -> MailchimpClient:
        """A client for one Mailchimp account, which tries each call so often; it must be closed.

        Its calls count in the budget of the account, whoever else calls it; while the account is not known, in that
        of its key.
        """
        bearer, api_key = api_key.startswith(TOKEN), api_key.removeprefix(TOKEN)
        check_key(api_key)
        name = sha256(f"{base_url} {account or api_key}".encode()).hexdigest()
        permits = self._shared(name)
        budget = self.settings.connections
        return MailchimpClient(
            api_key, base_url or None, bearer=bearer, budget=budget, permits=permits, attempts=attempts
        )

    def _shared(self, account: str) -> SharedPermits:
        def ask(wants: int, holds: int) -> allotments.Share:
            most = self.settings.connections
            return allotments.settle(self.engine, account, self.owner, wants=wants, holds=holds, budget=most)

        with self._lock:
            if account not in self._permits:
                self._permits[account] = SharedPermits(ask, self.settings.connections)
            return self._permits[account]

    def app(self) -> App | None:
        """The app that this installation is registered as at Mailchimp; None: people paste a key."""
        known = self.settings
        if not (known.mailchimp_app and known.mailchimp_app_secret):
            return None
        return App(known.mailchimp_app, known.mailchimp_app_secret, known.mailchimp_login.rstrip("/"))

    def audiences(self, api_key: str, base_url: str = "") -> list[AudienceInfo]:
        """The audiences of an account. Raises NeedsAttention where the key is wrong or there is none."""
        with self.client(api_key, base_url, attempts=1) as client:
            return audiences(client)

    def connect(
        self,
        *,
        name: str,
        crm: str,
        crm_settings: dict[str, str],
        api_key: str,
        audience: str,
        base_url: str = "",
        consent: Consent = Consent.UNKNOWN,
        place: str = "",
    ) -> ConnectionRow:
        """Make a connection with a proposed mapping. Raises NeedsAttention where an end can't be opened.

        ``consent`` is the administrator's answer for CRM people of whom nothing is known; ``place`` is where the CRM's
        secrets were kept so far.
        """
        with closing(self.crm(crm, crm_settings, place)) as here_, self.client(api_key, base_url, attempts=1) as client:
            arrangement = arranged(here_)
            must_work(here_.check().problems)
            side = MailchimpAudience(client, audience)
            must_work(side.check().problems)
            here, there = here_.schema(), side.schema()
            account = client.get("", Account, fields="account_id,account_name").account_id
        rows, labels = propose(here, there)
        last_name = next((one.name for one in here.fields if one.required), "")
        rules = Rules(
            rows=rows,
            labels=labels,
            unknown_consent=consent,
            last_name=last_name,
            older_id=arrangement.older_id,
            duplicate_flag_no=arrangement.duplicate_flag_no,
        )
        hidden = adapter(crm).secrets
        with self.engine.begin() as db:
            made = add_connection(
                db,
                name=name,
                crm=crm,
                crm_settings={name: value for name, value in crm_settings.items() if name not in hidden},
                audience=audience,
                base_url=base_url,
                rules=rules,
                now=self.now(),
            )
            change_connection(db, made, account=account)
        self.secrets.put(key_name(made), api_key, self.now())
        if place:  # as they are now
            crm_settings = crm_settings | self.crm_secrets(crm, place)
        for setting in sorted(hidden):
            self.secrets.put(crm_secret(f"connection/{made}", setting), crm_settings.get(setting, ""), self.now())
        return self.connection(str(made))

    def change_key(self, row: ConnectionRow, api_key: str) -> None:
        """Take another key of the same Mailchimp account from now on. Raises NeedsAttention where it doesn't open the
        connection's audience; then the old one stays.
        """
        with self.client(api_key, row.base_url, attempts=1) as client:
            must_work(MailchimpAudience(client, row.audience).check().problems)
        self.secrets.put(key_name(row.id), api_key, self.now())

    def change_crm_settings(self, row: ConnectionRow, given: Mapping[str, str]) -> None:
        """Take another address, user or password of the same CRM from now on; a secret that is "" stays as it is.

        Raises NeedsAttention where they open nothing, or another CRM; then what was there stays.
        """
        hidden, place = adapter(row.crm).secrets, f"connection/{row.id}"
        secrets = {name: value for name, value in given.items() if name in hidden and value}
        shown = row.crm_settings | {name: value for name, value in given.items() if name not in hidden}
        with closing(self.crm(row.crm, {**shown, **self.crm_secrets(row.crm, place), **secrets}, place)) as crm:
            health = crm.check()
        must_work(health.problems)
        if row.identities[0] and health.identity != row.identities[0]:
            raise NeedsAttention(
                f"This opens {health.title}, but “{row.name}” was made for {row.titles[0] or 'another CRM'}.",
                "A connection keeps its CRM for life: enter that one, or make a new connection.",
                code="another-end",
            )
        with self.engine.begin() as db:
            change_connection(db, row.id, crm_settings=encode(shown))
        for name, value in secrets.items():
            self.secrets.put(crm_secret(place, name), value, self.now())

    def know_account(self, row: ConnectionRow) -> None:
        """Note which Mailchimp account a connection belongs to, where that is not known yet."""
        if row.account:
            return
        with self.client(self.secrets.get(key_name(row.id)), row.base_url, attempts=1) as client:
            account = client.get("", Account, fields="account_id,account_name")
        with self.engine.begin() as db:
            change_connection(db, row.id, account=account.account_id)

    def same_account(self, row: ConnectionRow) -> list[ConnectionRow]:
        """The other connections to audiences of the same account, as far as their accounts are known."""
        account = self.connection(str(row.id)).account
        return [one for one in self.connections() if one.id != row.id and account and one.account == account]

    def client_of(self, row: ConnectionRow) -> MailchimpClient:
        """A client for the account of a connection; it must be closed."""
        return self.client(self.secrets.get(key_name(row.id)), row.base_url, account=row.account)

    @contextmanager
    def ends(self, row: ConnectionRow) -> Iterator[tuple[Crm, MailchimpAudience]]:
        """Both ends of a connection, opened. Raises NeedsAttention where one can't be."""
        with closing(seen_by(self.crm_of(row), row.rules)) as crm, self.client_of(row) as client:
            yield crm, MailchimpAudience(client, row.audience, older_ids=bool(row.rules.older_id))

    def outside(self) -> Outside | None:
        """What is kept outside the database: beside the SQLite file, or where the setting says; else nowhere."""
        if self.settings.outside:
            return Outside(Path(self.settings.outside).expanduser())
        file = self.engine.url.database if self.engine.dialect.name == "sqlite" else None
        return Outside(Path(f"{file}.outside")) if file and file != ":memory:" else None

    @contextmanager
    def sync(
        self, connection_id: int, progress: Progress | None = None, lease: leases.Lease | None = None
    ) -> Iterator[Sync]:
        """A connection at work, holding its lease; everything is closed at the end.

        Raises TryLater where another process runs it now, and NeedsAttention where an end can't be opened.
        """
        with reading(self.engine).begin() as db:
            row = connection(db, connection_id)
        lease = lease or leases.take(self.engine, connection_id, self.owner, self.now())

        def fence(db: Connection) -> None:
            leases.renew(db, lease, self.now())

        try:
            with self.ends(row) as (crm, audience):
                sync = Sync(self.engine, connection_id, crm, audience, row.rules, now=self.now, fence=fence)
                sync.outside = self.outside()
                sync.announce = self._announcer(connection_id)
                if progress is not None:
                    sync.progress = progress
                yield sync
        finally:
            leases.release(self.engine, lease, self.now())

    @contextmanager
    def look(self, connection_id: int) -> Iterator[Sync]:
        """Both ends of a connection to be looked at, without its lease: nobody waits for a run, and no run for this.

        Raises NeedsAttention where an end can't be opened.
        """
        with reading(self.engine).begin() as db:
            row = connection(db, connection_id)
        with self.ends(row) as (crm, audience):
            yield Sync(self.engine, connection_id, crm, audience, row.rules, now=self.now)

    def _announcer(self, connection_id: int) -> Callable[[str], None]:
        """Tells at once, in the log, what waits for a yes; the overview shows it as well."""

        def announce(why: str) -> None:
            _log.warning("waits for a yes", connection=connection_id, why=why)

        return announce

    def run(self, connection_id: int, trigger: str) -> None:
        """The work of a job: what people ordered, one run of a connection, and the campaign results that are due.

        An order alone asks for no run, and neither do results. Raises TryLater to be repeated, and NeedsAttention.
        """
        full = schedule.is_audit_due(self.engine, connection_id, self.now())
        with self.sync(connection_id) as sync:
            carry_out(sync)
            look_after(sync)
            if full or trigger not in schedule.ASIDE:
                run_once(sync, AUDIT if full else trigger, Scope(full=full, sweep=full, audit=full))
        if full:
            schedule.audited(self.engine, connection_id, self.now())
        self._read_results(connection_id)

    def _read_results(self, connection_id: int) -> None:
        """Read the results that were asked for, until all are read or somebody waits for a run; the rest comes later.
        A problem stops only the results, not the connection.
        """
        while schedule.are_facts_asked(self.engine, connection_id):
            try:
                more = self.import_facts(connection_id, pages=PAGES).more
            except NeedsAttention as error:
                _log.warning("results can't be read", connection=connection_id, problem=error.problem, code=error.code)
                schedule.facts_read(self.engine, connection_id, f"{error.problem} {error.fix}")
                return
            if not more:
                schedule.facts_read(self.engine, connection_id)
            elif schedule.is_run_wanted(self.engine, connection_id):
                return

    def import_facts(self, connection_id: int, progress: Progress | None = None, pages: int = SLICE) -> Imported:
        """Read what came of campaigns, at most so many pages, under the lease; again while ``more``."""
        with self.sync(connection_id, progress) as sync:
            return import_facts(sync, pages)

    def reckon(self, connection_id: int) -> int:
        """Reckon the credit for all deals of which something moved; how many. Asks neither side for anything."""
        with self.sync(connection_id) as sync:
            return reckon(sync)


def must_work(problems: tuple[Problem, ...]) -> None:
    """Raise NeedsAttention for the first of what a side's check found wrong."""
    for problem in problems[:1]:
        raise NeedsAttention(problem.text, problem.fix, code="rights")


def open_listloop(settings: Settings) -> Listloop:
    """Open an installation, making or migrating its database. Raises NeedsAttention where it can't be."""
    make_file(settings.database)
    engine = open_database(settings.database)
    try:
        migrate(engine)
        prepare_search(engine)
        return Listloop(settings, engine, Secrets(engine, find_keys(engine), lambda: find_keys(engine)))
    except BaseException:
        engine.dispose()
        raise
