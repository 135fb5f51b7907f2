"""A rehearsal as a file: everybody's changes as CSV, or the whole of it as a page that needs nothing else."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment
from sqlalchemy import Engine

from listloop.cli.console import ACTIONS
from listloop.cli.plan import WORDS, Entry, entries, rehearsed, shown
from listloop.cli.proposal import audience_told, crm_told, pairs_told
from listloop.core.errors import NeedsAttention
from listloop.files.defusing import defuse
from listloop.files.mapping import Agreed
from listloop.store.database import reading
from listloop.store.runs import RunRow

COLUMNS = ("email", "standing", "action", "rule", "side", "field", "old", "new", "reasons", "crm_key", "audience_key")

#: A page with more people than this is too much for a browser; the CSV has everybody.
MOST_ON_A_PAGE = 5000

#: What becomes of one person.
_ACTIONS = {
    "pair": "linked with the same person",
    "new_crm": "becomes a person in the CRM",
    "new_mailchimp": "becomes a member",
    "none": "nobody is made or linked",
}

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Rehearsal of a first sync</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
body { font: 15px/1.5 system-ui, sans-serif; max-width: 75rem; margin: 2rem auto; padding: 0 1rem; color: #1f2937 }
table { border-collapse: collapse; width: 100% } th, td { text-align: left; vertical-align: top; padding: .3rem .6rem }
tr { border-top: 1px solid #e5e7eb } del { color: #6b7280 } ins { text-decoration: none; font-weight: 600 }
ul { margin: 0; padding-left: 1rem } dl { display: flex; flex-wrap: wrap; gap: .5rem 2rem }
dd { margin: 0; font-size: 1.6rem } td { overflow-wrap: anywhere } td ul { list-style: none; padding: 0 }
small { display: block; color: #4b5563 } table { margin-top: 1rem }
summary { cursor: pointer } details { margin-top: 1rem } .pairs { max-width: 45rem }
th:nth-child(1) { width: 24% } th:nth-child(2) { width: 9% } th:nth-child(3), th:nth-child(4) { width: 22% }
@media (max-width: 45rem) {
  thead { position: absolute; clip-path: inset(50%) } tr { display: block; padding: .6rem 0 }
  td { display: block; padding: .15rem 0 } td:empty { display: none }
  td[data-title]::before { content: attr(data-title) ": "; color: #4b5563 }
}
</style></head><body>
<h1>Rehearsal of a first sync</h1>
<p>Nothing was written. This is what the plan of the first run would be, and where everybody would stand after it.</p>
<dl><div><dt>population</dt><dd>{{ "{:,}".format(population) }}</dd></div>
{% for name, count in standings.items() %}<div><dt>{{ name.replace("_", " ") }}</dt><dd>{{ "{:,}".format(count) }}</dd>
</div>{% endfor %}</dl>
<ul>{% for count, words in actions %}<li>{{ "{:,}".format(count) }} {{ words }}</li>{% endfor %}</ul>
{% if population > most %}<p>The first {{ "{:,}".format(most) }} people; the CSV (--csv) has everybody.</p>{% endif %}
<details{% if doubts %} open{% endif %}><summary>How the files were understood</summary>
<p>{{ crm }}<br>{{ audience }}</p>
<table class="pairs"><thead><tr><th scope="col">CRM</th><th scope="col">Mailchimp</th>
<th scope="col">type</th></tr></thead><tbody>
{% for here, there, type in pairs %}<tr><td>{{ here }}</td><td data-title="Mailchimp">{{ there }}</td>
<td data-title="type">{{ type }}</td></tr>{% endfor %}</tbody></table>
{% if doubts %}<ul>{% for one in doubts %}<li>{{ one }}</li>{% endfor %}</ul>{% endif %}</details>
<table><thead><tr><th scope="col">who</th><th scope="col">stands</th><th scope="col">to Mailchimp</th>
<th scope="col">to the CRM</th><th scope="col">why</th></tr></thead><tbody>
{% for one in people %}<tr><td><strong>{{ one.email or "no e-mail" }}</strong>
<small>{{ actions_of[one.action] }}
{%- if not one.email %}; {{ one.crm_key or one.audience_key }} in its file{% endif %}</small></td>
<td data-title="stands">{{ one.standing.replace("_", " ") }}
{% if one.rule %}<small>{{ one.rule.replace("-", " ") }}</small>{% endif %}</td>
{% for title, patch in (("to Mailchimp", one.to_mailchimp), ("to the CRM", one.to_crm)) %}
<td{% if patch %} data-title="{{ title }}"{% endif %}>{% if patch %}<ul>
{% for what, change in patch.items() %}<li>{{ words.get(what, what) }}:
{% if what == "labels" %}<ins>{{ change.add | join(", ") }}</ins>
{% if change.remove %}<del>{{ change.remove | join(", ") }}</del>{% endif %}
{% else %}{% if change.old not in ("", none) %}<del>{{ shown(change.old) }}</del> {% endif %}
<ins>{{ shown(change.new) }}</ins>{% endif %}</li>{% endfor %}</ul>{% endif %}</td>{% endfor %}
<td data-title="why">{{ one.reasons | join("; ") }}</td></tr>
{% endfor %}</tbody></table></body></html>
"""


def write_csv(path: Path, engine: Engine, connection_id: int, run_id: int) -> None:
    """A line for each change, and one for everybody without any; formulas in cells are defused."""
    with reading(engine).begin() as db, _writing(path) as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for one in entries(db, connection_id, run_id, rehearsal=True):
            shared = (one.email, one.standing, one.action, one.rule or "")
            end = ("; ".join(one.reasons), one.crm_key or "", one.audience_key or "")
            for change in list(_changes(one)) or [("", "", "", "")]:
                writer.writerow([defuse(str(cell)) for cell in (*shared, *change, *end)])


def _changes(one: Entry) -> Iterator[tuple[str, str, str, str]]:
    for side, patch in (("mailchimp", one.to_mailchimp), ("crm", one.to_crm)):
        for what, change in patch.items():
            if what == "labels":
                yield from ((side, "label", "", label) for label in change["add"])
                yield from ((side, "label", label, "") for label in change["remove"])
            else:
                yield side, WORDS.get(what, what), _text(change["old"]), _text(change["new"])


def _text(value: Any) -> str:
    """A cell: yes and no in words, and nothing for what is empty or not set."""
    return shown(value) if isinstance(value, bool) else "" if value is None else str(value)


def write_html(
    path: Path, engine: Engine, connection_id: int, run: RunRow, agreed: Agreed, doubts: Sequence[str]
) -> None:
    """The counts, how the files were understood, and the first 5,000 people on one page."""
    page = Environment(autoescape=True).from_string(_PAGE)
    with reading(engine).begin() as db, _writing(path) as file:
        counts = rehearsed(db, connection_id, run.id)
        people = entries(db, connection_id, run.id, rehearsal=True)
        listed = (one for _, one in zip(range(MOST_ON_A_PAGE), people, strict=False))
        actions = [(run.counts[name], words) for name, words in ACTIONS.items() if run.counts.get(name)]
        pieces = page.generate(
            population=sum(counts.values()),
            standings=counts,
            actions=actions,
            people=listed,
            most=MOST_ON_A_PAGE,
            words=WORDS | {"labels": "labels"},
            actions_of=_ACTIONS,
            shown=shown,
            crm=crm_told(agreed.contacts),
            audience=audience_told(agreed.members),
            pairs=pairs_told(agreed),
            doubts=doubts,
        )
        file.writelines(pieces)


def _writing(path: Path) -> Any:
    try:
        return path.open("w", encoding="utf-8-sig" if path.suffix == ".csv" else "utf-8", newline="")
    except OSError as error:
        raise NeedsAttention(
            f"{path} can't be written: {error.strerror}.", "Name another place.", code="file-unwritable"
        ) from None
