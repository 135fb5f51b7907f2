"""``listloop connect``: make a connection between a CRM and an audience."""

from __future__ import annotations

import getpass
import os
import sys
from typing import Annotated, Literal
from urllib.parse import urlsplit

from cyclopts import Parameter

from listloop.cli.console import OK, me, out, print_json
from listloop.cli.mapping import print_mapping
from listloop.cli.options import Database, Json, Named, opened
from listloop.cli.set_up import let_opt_outs_cross
from listloop.core.errors import NeedsAttention
from listloop.core.people import Consent
from listloop.crm.registry import adapter, adapters
from listloop.store.audit import note
from listloop.store.connections import paused_by_hand, resume
from listloop.store.rhythm import nightly, parse
from listloop.store.schedule import set_audit, set_rhythm

ANSWERS = {"agreed": Consent.SUBSCRIBED, "ask": Consent.PENDING, "keep": Consent.UNKNOWN}


def connect(
    *,
    crm: Annotated[str, Parameter(help="Which CRM: local, or one that is installed.")] = "local",
    audience: Annotated[
        str | None, Parameter(help="The audience's id or name; may be left out if there is one.")
    ] = None,
    key: Annotated[str | None, Parameter(help="The Mailchimp API key; better in MAILCHIMP_API_KEY, or typed.")] = None,
    base_url: Annotated[str, Parameter(help="Another address of the API, for example a sandbox.")] = "",
    name: Annotated[str | None, Parameter(help="What to call the connection.")] = None,
    setting: Annotated[
        list[str] | None,
        Parameter(
            help="A setting of the CRM, as NAME=VALUE; a password better in LISTLOOP_CRM_PASSWORD, or typed.",
            negative=(),
        ),
    ] = None,
    consent: Annotated[
        Literal["agreed", "ask", "keep"],
        Parameter(
            help="What is true of CRM people whose consent is not known: they agreed, ask them, or keep them unmailed."
        ),
    ] = "keep",
    every: Annotated[
        str, Parameter(help="When the service runs it: 15m, 4h, 02:30 every night, a cron line, or off.")
    ] = "1h",
    zone: Annotated[
        str, Parameter(help="The time zone that times of day are meant in, such as Europe/Berlin.")
    ] = "UTC",
    json: Json = False,
    database: Database = None,
) -> int:
    """Connect a CRM with a Mailchimp audience; nothing is written until you say yes to the first plan."""
    settings = _crm_settings(crm, setting or [])
    _check_address(base_url)
    rhythm = parse(every, zone)
    api_key = key or os.environ.get("MAILCHIMP_API_KEY") or _ask_key()
    with opened(database) as listloop:
        found = listloop.audiences(api_key, base_url)
        chosen = [one for one in found if audience in (None, one.id, one.name)]
        if len(chosen) != 1:
            names = ", ".join(f"{one.name} ({one.id})" for one in found)
            problem = "The account has several audiences." if chosen else f"There is no audience “{audience}”."
            raise NeedsAttention(problem, f"Choose one with --audience: {names}.", code="audience-choice")
        row = listloop.connect(
            name=name or f"{adapter(crm).title} – {chosen[0].name}",
            crm=crm,
            crm_settings=settings,
            api_key=api_key,
            audience=chosen[0].id,
            base_url=base_url,
            consent=ANSWERS[consent],
        )
        set_rhythm(listloop.engine, row.id, rhythm, listloop.now())
        set_audit(listloop.engine, row.id, nightly(row.id, zone), listloop.now())
        with listloop.engine.begin() as db:
            note(db, listloop.now(), me(), f"connected {row.name}", connection_id=row.id)
        others = let_opt_outs_cross(listloop, row, me())
    if json:
        print_json({"connection": row.id, "name": row.name, "audience": row.audience, "rows": len(row.rules.rows)})
        return OK
    out.print(f"Connected “{row.name}”.")
    print_mapping(row)
    if others:
        out.print(f"The account has another audience in step ({', '.join(others)}): who is in both counts twice.")
        out.print("→ An opt-out in one of them now counts in all; “listloop consent everywhere no” changes that.")
    out.print("→ Change it with “listloop mapping set”; see what the first run would do with “listloop preview”.")
    return OK


def key(
    *,
    key: Annotated[str | None, Parameter(help="The new API key; better in MAILCHIMP_API_KEY, or typed.")] = None,
    connection: Named = None,
    database: Database = None,
) -> int:
    """Use another Mailchimp API key, after the old one was revoked or replaced, and go on."""
    api_key = key or os.environ.get("MAILCHIMP_API_KEY") or _ask_key()
    with opened(database) as listloop:
        row = listloop.connection(connection)
        listloop.change_key(row, api_key)
        with listloop.engine.begin() as db:
            if not paused_by_hand(row.paused):
                resume(db, row.id)
            note(db, listloop.now(), me(), "changed the Mailchimp key", connection_id=row.id)
    out.print(f"“{row.name}” works with the new key from now on.")
    if paused_by_hand(row.paused):
        out.print("It stays paused, as somebody asked for it.\n→ “listloop schedule resume” ends the pause.")
    return OK


def _crm_settings(crm: str, given: list[str]) -> dict[str, str]:
    known = {name for name, _ in adapter(crm).settings}
    settings: dict[str, str] = {}
    for one in given:
        name, equals, value = one.partition("=")
        if not equals or name not in known:
            listed = ", ".join(sorted(known)) or "none"
            raise NeedsAttention(
                f"“{one}” is no setting of the CRM “{crm}”.", f"It takes NAME=VALUE with: {listed}.", code="crm-setting"
            )
        settings[name] = value
    for name, title in adapter(crm).settings:
        if name in adapter(crm).secrets and name not in settings:
            known_outside = os.environ.get(f"LISTLOOP_CRM_{name.upper()}", "")
            needed = not known_outside and name not in adapter(crm).optional
            settings[name] = _ask_secret(crm, name, title) if needed else known_outside
    return settings


def _ask_secret(crm: str, name: str, title: str) -> str:
    if not sys.stdin.isatty():
        raise NeedsAttention(
            f"The CRM “{crm}” needs “{name}”: {title}.",
            f"Set LISTLOOP_CRM_{name.upper()}, or give it with --setting {name}=….",
            code="crm-setting",
        )
    return getpass.getpass(f"{title} (not shown): ").strip()


def _check_address(base_url: str) -> None:
    parts = urlsplit(base_url)
    if base_url and (parts.scheme not in ("http", "https") or not parts.hostname):
        raise NeedsAttention(
            f"“{base_url}” is no address of an API.",
            "Leave --base-url out for Mailchimp itself; a sandbox prints its own, such as http://127.0.0.1:8300/3.0.",
            code="address-malformed",
        )


def _ask_key() -> str:
    if not sys.stdin.isatty():
        raise NeedsAttention(
            "The Mailchimp API key is missing.", "Set MAILCHIMP_API_KEY, or give it with --key.", code="key-missing"
        )
    return getpass.getpass("Mailchimp API key (not shown): ").strip()


def crms(*, json: Json = False) -> int:
    """List the CRMs that can be connected."""
    rows = [
        {"name": one.name, "title": one.title, "settings": [name for name, _ in one.settings]} for one in adapters()
    ]
    if json:
        print_json(rows)
    else:
        for one in adapters():
            out.print(f"{one.name:12} {one.title}")
    return OK
