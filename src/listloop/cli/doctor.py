"""``listloop doctor``: look at everything that could stop the service, before it does."""

from __future__ import annotations

from dataclasses import asdict

from listloop.cli.console import FAILED, OK, out, print_json
from listloop.cli.options import Database, Json, opened
from listloop.service.doctor import examine

SIGNS = {"ok": ("✓", "green"), "look": ("!", "yellow"), "bad": ("✗", "bold red")}


def doctor(*, json: Json = False, database: Database = None) -> int:
    """Look at settings, database, keys, clocks, rights, webhooks and runs; what is wrong comes with its next step."""
    found = []
    with opened(database) as listloop:
        for one in examine(listloop):
            found.append(one)
            if not json:
                sign, style = SIGNS[one.level]
                out.print(f"{sign} {one.about}: {one.what}", style=style if one.level != "ok" else "")
                if one.fix and one.level != "ok":
                    out.print(f"  → {one.fix}")
    if json:
        print_json([asdict(one) for one in found])
    return FAILED if any(one.level == "bad" for one in found) else OK
