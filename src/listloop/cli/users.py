"""``listloop user``: who may sign in, in which role, by what, and where they are signed in."""

from __future__ import annotations

import getpass
import sys
from contextlib import closing
from typing import Annotated, Literal

from cyclopts import App, Parameter

from listloop.cli.console import OK, me, out, print_json, table
from listloop.cli.options import Database, Json, opened
from listloop.core.errors import NeedsAttention
from listloop.store import passwords
from listloop.store.audit import note
from listloop.store.database import reading
from listloop.store.factors import drop_factor, has_factor
from listloop.store.identities import SECRET, Provider, linked_since, set_provider, unlink
from listloop.store.options import option, set_option
from listloop.store.sessions import MUST, Must, count_sessions, end_all, end_marked, sessions_of
from listloop.store.users import (
    Role,
    User,
    add_user,
    all_users,
    change_role,
    find_user,
    make_sign_in_link,
    remove_user,
)
from listloop.web.oidc import BACK, Client, check_provider
from listloop.wiring import Listloop

user = App(name="user", help="Say who may sign in, and how.", result_action="return_value")

Email = Annotated[str, Parameter(help="The user's e-mail address.")]


@user.default
def listed(*, json: Json = False, database: Database = None) -> int:
    """List the users, what they sign in with, and in how many browsers they are signed in."""
    with opened(database) as listloop, reading(listloop.engine).begin() as db:
        counts = count_sessions(db, listloop.now())
        rows = [
            {
                "email": one.email,
                "name": one.name,
                "role": one.role.value,
                "password": passwords.password_since(db, one.id) is not None,
                "second_factor": has_factor(db, one.id),
                "single_sign_on": linked_since(db, one.id) is not None,
                "browsers": counts.get(one.id, 0),
            }
            for one in all_users(db)
        ]
        must = Must(option(db, MUST))
    if json:
        print_json(rows)
        return OK
    shown = table("e-mail", "name", "role", "password", "second factor", "single sign-on", "browsers")
    for row in rows:
        shown.add_row(*(("yes" if value else "–") if isinstance(value, bool) else str(value) for value in row.values()))
    out.print(shown)
    if must:
        out.print(f"A second factor is asked from {must}.")
    return OK


@user.command
def add(
    email: Email,
    *,
    name: Annotated[str, Parameter(help="The name that pages show; else the address.")] = "",
    role: Annotated[Role, Parameter(help="What the user may do.")] = Role.VIEWER,
    json: Json = False,
    database: Database = None,
) -> int:
    """Let somebody in, and print the link that signs in once. Nobody who is in already is changed by it."""
    with opened(database) as listloop:
        known = find_user(listloop.engine, email)
        if known is None:
            known = add_user(listloop.engine, email, name or email, role, listloop.now())
            _note(listloop, f"let in {known.email} as {known.role}")
        return _link(listloop, known, json=json)


@user.command
def link(email: Email, *, json: Json = False, database: Database = None) -> int:
    """Print a link that signs a user in once, within 24 hours; by it a forgotten password is replaced."""
    with opened(database) as listloop:
        return _link(listloop, _found(listloop, email), json=json)


@user.command(name="role")
def change(email: Email, role: Annotated[Role, Parameter(help="The new role.")], *, database: Database = None) -> int:
    """Give a user another role, from the next click on."""
    with opened(database) as listloop:
        changed = change_role(listloop.engine, _found(listloop, email).id, role)
        _note(listloop, f"made {changed.email} a {changed.role}")
    out.print(f"{changed.email} is a {changed.role} from the next click on.")
    return OK


@user.command
def remove(email: Email, *, database: Database = None) -> int:
    """Let a user in no more; every browser is signed out at once."""
    with opened(database) as listloop:
        gone = remove_user(listloop.engine, _found(listloop, email).id)
        _note(listloop, f"removed {gone.email}")
    out.print(f"{gone.email} gets in no more.")
    return OK


@user.command
def password(email: Email, *, database: Database = None) -> int:
    """Set a user's password: typed, or the first line of what is piped in. Every browser is signed out."""
    with opened(database) as listloop:
        known, text = _found(listloop, email), _typed()
        with listloop.engine.begin() as db:
            passwords.set_password(db, known, text, listloop.now())
            end_all(db, known.id)
        _note(listloop, f"set the password of {known.email}")
    out.print(f"The password of {known.email} is set, and every browser signed out.")
    return OK


@user.command
def reset(email: Email, *, json: Json = False, database: Database = None) -> int:
    """Take password, second factor and single sign-on away, sign out everywhere, and print a link to begin anew."""
    with opened(database) as listloop:
        known = _found(listloop, email)
        with listloop.engine.begin() as db:
            passwords.drop_password(db, known.id)
            drop_factor(db, listloop.secrets, known)
            unlink(db, known.id)
            end_all(db, known.id)
        _note(listloop, f"removed password and second factor of {known.email}")
        return _link(listloop, known, json=json)


@user.command
def sessions(email: Email, *, json: Json = False, database: Database = None) -> int:
    """Show in which browsers a user is signed in."""
    with opened(database) as listloop:
        known = _found(listloop, email)
        with reading(listloop.engine).begin() as db:
            found = sessions_of(db, known.id, listloop.now())
    if json:
        print_json(found)
        return OK
    if not found:
        out.print(f"{known.email} is signed in nowhere.")
        return OK
    shown = table("session", "signed in (UTC)", "by", "browser", "from where", "last seen (UTC)")
    for one in found:
        moments = [f"{at:%Y-%m-%d %H:%M}" for at in (one.created_at, one.seen_at)]
        shown.add_row(one.mark, moments[0], one.how.value, one.browser, one.address, moments[1])
    out.print(shown)
    return OK


@user.command(name="sign-out")
def sign_out(
    email: Email,
    *,
    session: Annotated[str | None, Parameter(help="Only this one of the list; else all.")] = None,
    database: Database = None,
) -> int:
    """Sign a user out everywhere, or in one browser."""
    with opened(database) as listloop:
        known = _found(listloop, email)
        with listloop.engine.begin() as db:
            ended = end_all(db, known.id) if session is None else int(end_marked(db, known.id, session))
        _note(listloop, f"signed {known.email} out " + ("everywhere" if session is None else "of a browser"))
    out.print(f"Signed {known.email} out of {ended} {'browser' if ended == 1 else 'browsers'}.")
    return OK


@user.command(name="second-factor")
def second_factor(
    must: Annotated[Literal["nobody", "administrators", "everybody"], Parameter(help="From whom one is asked.")],
    *,
    database: Database = None,
) -> int:
    """Say who has to have a second factor; whoever has none sets it up at the next click."""
    with opened(database) as listloop:
        with listloop.engine.begin() as db:
            set_option(db, MUST, Must.NOBODY if must == "nobody" else Must(must))
        _note(listloop, f"asks for a second factor: {must}")
    out.print(f"A second factor is asked from {must} from the next click on.")
    return OK


@user.command(name="sign-on")
def sign_on(
    *,
    issuer: Annotated[str, Parameter(help="The provider's address, which begins with https://.")] = "",
    client_id: Annotated[str, Parameter(help="By what the provider knows Listloop.")] = "",
    title: Annotated[str, Parameter(help="What the button on the sign-in page says.")] = "Single sign-on",
    trusted: Annotated[
        bool, Parameter(negative=(), help="Believe addresses that the provider does not call verified.")
    ] = False,
    off: Annotated[bool, Parameter(negative=(), help="Let nobody come by a provider any more.")] = False,
    database: Database = None,
) -> int:
    """Set up single sign-on (OpenID Connect); the client secret is typed, or piped in; empty for none."""
    with opened(database) as listloop:
        given = None if off else Provider(issuer, client_id, title, trusted)
        if given is not None:
            check_provider(given)
            with closing(Client(given, "")) as client:
                client.describe()
            secret = getpass.getpass("Client secret (not shown): ") if sys.stdin.isatty() else sys.stdin.readline()
            listloop.secrets.put(SECRET, secret.strip(), listloop.now())
        with listloop.engine.begin() as db:
            set_provider(db, listloop.secrets, given)
        _note(listloop, f"set up single sign-on with {issuer}" if given else "switched off single sign-on")
        back = f"{_base(listloop)}{BACK}"
    out.print("Single sign-on is off." if off else f"Set up. At the provider, the address to come back to is {back}")
    return OK


def _found(listloop: Listloop, email: str) -> User:
    known = find_user(listloop.engine, email)
    if known is None:
        raise NeedsAttention(
            f"There is no user {email}.", "“listloop user” lists them, “listloop user add” lets one in.", code="no-user"
        )
    return known


def _link(listloop: Listloop, known: User, *, json: bool) -> int:
    made = make_sign_in_link(listloop.engine, known, listloop.now(), _base(listloop))
    _note(listloop, f"made a sign-in link for {known.email}")
    if json:
        print_json({"email": known.email, "role": known.role.value, "link": made})
        return OK
    out.print(made, markup=False, soft_wrap=True)
    out.print(f"→ Give it to {known.email} only. It signs in once, within 24 hours, and is not shown again.")
    return OK


def _base(listloop: Listloop) -> str:
    at = listloop.settings
    return (at.base_url or f"http://{at.host}:{at.port}").rstrip("/")


def _typed() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    first = getpass.getpass("New password (not shown): ")
    if getpass.getpass("Once more: ") != first:
        raise NeedsAttention("It was not typed the same twice.", "Nothing was changed.", code="password-wrong")
    return first


def _note(listloop: Listloop, what: str) -> None:
    with listloop.engine.begin() as db:
        note(db, listloop.now(), me(), what)
