"""``listloop token``: what other programs call the API with."""

from __future__ import annotations

from typing import Annotated

from cyclopts import App, Parameter
from cyclopts.validators import Number

from listloop.cli.console import OK, me, out, print_json, table
from listloop.cli.options import Database, Json, opened
from listloop.core.errors import NeedsAttention
from listloop.store.audit import note
from listloop.store.database import reading
from listloop.store.tokens import SCOPES, Scope, Token, all_tokens, make_token, revoke_token
from listloop.store.users import Role, User, add_user, find_user
from listloop.wiring import Listloop

token = App(name="token", help="Let other programs call the API.", result_action="return_value")


@token.default
def listed(*, json: Json = False, database: Database = None) -> int:
    """List the tokens there are, without the tokens themselves."""
    with opened(database) as listloop, reading(listloop.engine).begin() as db:
        rows = all_tokens(db)
    if json:
        print_json([_entry(one) for one in rows])
        return OK
    if not rows:
        out.print("There is no token.\n→ “listloop token make NAME --scope read” makes one.")
        return OK
    shown = table("#", "name", "owner", "good for", "made (UTC)", "runs out", "last used (UTC)")
    for one in rows:
        moments = (one.created_at, one.expires_at, one.used_at)
        said = [f"{at:%Y-%m-%d %H:%M}" if at else "–" for at in moments]
        shown.add_row(str(one.id), one.name, one.user, " ".join(sorted(one.scopes)), *said)
    out.print(shown)
    return OK


@token.command
def make(
    name: Annotated[str, Parameter(help="What it is for, such as “nightly report”.")],
    *,
    scope: Annotated[tuple[Scope, ...], Parameter(help="What it is good for; several times for several.")] = (
        Scope.READ,
    ),
    user: Annotated[str | None, Parameter(help="Its owner's address; else the administrator.")] = None,
    days: Annotated[
        int, Parameter(validator=Number(gte=0, lte=3650), help="For so many days; 0: until it is revoked.")
    ] = 0,
    json: Json = False,
    database: Database = None,
) -> int:
    """Make a token, and show it this once. It may never do more than its owner."""
    with opened(database) as listloop:
        owner = _owner(listloop, user)
        made, text = make_token(listloop.engine, owner, name, scope, listloop.now(), days)
        with listloop.engine.begin() as db:
            what = f"made the API token “{made.name}” for {owner.email}: {', '.join(sorted(made.scopes))}"
            note(db, listloop.now(), me(), what)
    if json:
        print_json({**_entry(made), "token": text})
        return OK
    out.print(text, markup=False, soft_wrap=True)
    for one in sorted(made.scopes):
        out.print(f"  {one}: {SCOPES[one]}")
    out.print("→ It is not shown again. Keep it where only that program can read it.")
    return OK


@token.command
def revoke(number: Annotated[int, Parameter(help="Its number in the list.")], *, database: Database = None) -> int:
    """Let nobody in with a token any more, from now on."""
    with opened(database) as listloop, listloop.engine.begin() as db:
        gone = revoke_token(db, number)
        note(db, listloop.now(), me(), f"revoked the API token “{gone.name}” of {gone.user}")
    out.print(f"The token “{gone.name}” opens nothing any more.")
    return OK


def _owner(listloop: Listloop, email: str | None) -> User:
    if email is None:
        return add_user(
            listloop.engine, "administrator@listloop.example", "Administrator", Role.ADMINISTRATOR, listloop.now()
        )
    found = find_user(listloop.engine, email)
    if found is None:
        raise NeedsAttention(f"There is no user {email}.", "Let that person in under Settings, Users.", code="no-user")
    return found


def _entry(one: Token) -> dict[str, object]:
    return {
        "id": one.id,
        "name": one.name,
        "user": one.user,
        "scopes": sorted(one.scopes),
        "created_at": one.created_at,
        "expires_at": one.expires_at,
        "used_at": one.used_at,
    }
