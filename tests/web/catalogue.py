"""The texts of the source, and the catalogues: ``./run texts`` takes new texts in, ``./run texts --check`` looks only.

Three kinds of texts reach pages: those of the templates, those marked by ``N_``, and the sentences that the rest of
Listloop makes in English (``listloop.web.sentences`` tells how they are translated). The last are found by reading the
source: a literal of several words, or an f-string, whose places for values get names.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.pofile import write_po

from listloop.web.texts import FOLDER, LANGUAGES, forms, read_catalogue

SOURCE = Path(__file__).parents[2] / "src" / "listloop"

#: Where every text of several words is for people.
SPEAKING = (
    "core/*.py", "sync/*.py", "campaigns/sending.py", "crm/local/values.py",
    "mailchimp/bodies.py", "mailchimp/errors.py", "mailchimp/schema.py", "mailchimp/values.py",
    "service/alerts.py", "service/webhooks.py",
    "web/pages/book.py",
    "cli/buttons.py", "cli/set_up.py",
    "store/ledger.py", "store/questions.py", "store/rhythm.py",
)  # fmt: skip
#: Where only what is said in an error, or noted in the audit log, is for people.
REPORTING = (
    "campaigns/*.py", "crm/*.py", "crm/local/*.py", "mailchimp/*.py", "store/*.py",
    "web/*.py", "web/pages/*.py",
)  # fmt: skip
#: The calls that say something to people, in REPORTING.
SAYING = re.compile(
    r"(NeedsAttention|TryLater|RecordRejected|ListloopError|Problem|note|_note|noted|saved|_order|save|pause|Field|_text"
    r"|Adapter|_refused|_wrong)$"
)
#: What isn't for people: SQL, patterns, logs.
TECHNICAL = re.compile(r"^[A-Z]{3,}[ _]|\\|\|[a-z]|^\W*$|attachment; |^- |^[a-z_]+ = ")
#: Data that happens to be several words.
SILENT = frozenset({"core/countries.py", "core/errors.py"})
#: Errors of Mailchimp that are recognised, and never shown as they are.
RECOGNISED = frozenset({
    "invalid interest", "invalid resource", "json parse", "looks fake or invalid", "merge fields were invalid",
    "signed up to a lot of lists", "Invalid Resource", "Member Exists", "Listloop keeps this in step ",
})  # fmt: skip


def texts() -> Catalog:
    """All texts that pages may show."""
    found = Catalog(project="Listloop", fuzzy=False)
    keywords = {"N_": None, "_": None, "gettext": None, "ngettext": (1, 2)}
    for path in sorted((SOURCE / "web" / "templates").glob("*.html")):
        options = {"newstyle_gettext": "true", "trimmed": "false"}
        for _line, text, _comments, _context in extract_from_file(
            "jinja2.ext:babel_extract", path, keywords, options=options
        ):
            found.add(text, locations=[(place(path), 0)])
    for path in sorted((SOURCE / "web").rglob("*.py")):
        for _line, text, _comments, _context in extract_from_file("python", path, {"N_": None}):
            found.add(text, locations=[(place(path), 0)])
    for path, text in sentences():
        found.add(text, locations=[(place(path), 0)])
    return found


def place(path: Path) -> str:
    """A file as the catalogues name it."""
    return path.relative_to(SOURCE).as_posix()


def sentences() -> Iterator[tuple[Path, str]]:
    """Every sentence that the rest of Listloop makes, with the file it stands in."""
    speaking = {path for pattern in SPEAKING for path in SOURCE.glob(pattern)}
    for path in sorted(speaking | {path for pattern in REPORTING for path in SOURCE.glob(pattern)}):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        roots: list[ast.AST] = [tree] if path in speaking else list(_saying(tree))
        for root in roots:
            for text in _literals(root):
                spoken = " " in text.strip() and not TECHNICAL.search(text) and text not in RECOGNISED
                if spoken and place(path) not in SILENT:
                    yield path, text
    for path in (SOURCE / "crm" / "local" / "values.py", SOURCE / "crm" / "local" / "side.py"):
        for call in _saying(ast.parse(path.read_text(encoding="utf-8"))):
            name = call.args[1] if len(call.args) > 1 else None
            if isinstance(name, ast.Constant) and isinstance(name.value, str) and name.value.istitle():
                yield path, name.value


def _saying(tree: ast.AST) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if SAYING.match(name):
                yield node


def _literals(root: ast.AST) -> Iterator[str]:
    """The texts below a node, f-strings as texts with places; docstrings and programmers' errors left out."""
    if isinstance(root, ast.Expr) and isinstance(root.value, ast.Constant):
        return
    if isinstance(root, ast.Raise) and isinstance(root.exc, ast.Call) and getattr(root.exc.func, "id", "") in {
        "ValueError", "KeyError", "RuntimeError", "TypeError", "LookupError",
    }:  # fmt: skip
        return
    if isinstance(root, ast.Assert) or (isinstance(root, ast.Call) and ast.unparse(root.func).startswith("_log.")):
        return
    if isinstance(root, ast.Constant) and isinstance(root.value, str):
        yield root.value
    elif isinstance(root, ast.JoinedStr):
        yield _with_places(root)
        for part in root.values:
            if isinstance(part, ast.FormattedValue):
                yield from _literals(part.value)
    else:
        for child in ast.iter_child_nodes(root):
            yield from _literals(child)


def _with_places(text: ast.JoinedStr) -> str:
    made, used = "", set[str]()
    for part in text.values:
        if isinstance(part, ast.Constant):
            made += str(part.value)
        elif isinstance(part, ast.FormattedValue):
            names = re.findall(r"[a-z_][a-z0-9_]*", ast.unparse(part.value).split(" if ")[0].split("[")[0])
            name = stem = (names[-1] if names else "value").strip("_") or "value"
            while name in used:
                name = f"{stem}{int(name.removeprefix(stem) or 1) + 1}"
            used.add(name)
            made += "{" + name + "}"
    return made if re.search(r"[a-zA-Z]{2}", re.sub(r"\{\w+\}", "", made)) else ""


def missing(code: str) -> list[str]:
    """What is wrong with a catalogue, one line each: texts that are missing, that are gone, or that lose a value."""
    there, wanted = read_catalogue(FOLDER / f"{code}.po"), texts()
    wrong = []
    for message in wanted:
        kept = there.get(message.id)
        if message.id and (kept is None or not all(forms(kept.string)) or kept.fuzzy):
            wrong.append(f"{code}: no translation of {message.id!r}")
    known = {message.id for message in there if message.id}
    wrong += [f"{code}: no page says {text!r} any more" for text in known if text not in wanted]
    for message in there:
        for form in forms(message.string):
            if message.id and set(_places(form)) - set(_places(*forms(message.id))):
                wrong.append(f"{code}: {form!r} has a place for a value that {message.id!r} has not")
    return wrong


def _places(*given: str) -> list[str]:
    return [one for text in given for one in re.findall(r"%\(\w+\)s|\{[a-z_0-9]+\}", text)]


def take_in(code: str) -> int:
    """Bring a catalogue up to date: new texts come in empty, texts that are gone go out. Gives how many are empty."""
    path = FOLDER / f"{code}.po"
    old, new = (read_catalogue(path) if path.exists() else Catalog(locale=code)), texts()
    made = Catalog(locale=code, project="Listloop", fuzzy=False)
    made.header_comment = f"# The texts of the pages in {LANGUAGES[code]}. ./run texts takes new ones in."
    made.revision_date = made.creation_date = datetime(2026, 1, 1, tzinfo=UTC)
    for message in sorted(new, key=lambda one: (sorted(one.locations), str(one.id))):
        kept = old.get(message.id) if message.id else None
        if message.id:
            made.add(message.id, kept.string if kept else None, locations=sorted(set(message.locations)))
    with path.open("wb") as file:
        write_po(file, made, width=120, sort_output=False, include_lineno=False, omit_header=False)
    return sum(bool(message.id) and not all(forms(message.string)) for message in made)


def main(arguments: list[str]) -> int:
    """Take new texts in, or say what is wrong."""
    codes = [code for code in LANGUAGES if code != "en"]
    if arguments == ["--check"]:
        wrong = [line for code in codes for line in missing(code)]
        sys.stdout.writelines(f"{line}\n" for line in wrong)
        return 1 if wrong else 0
    for code in codes:
        sys.stdout.write(f"{FOLDER / f'{code}.po'}: {take_in(code)} texts wait for their translation\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
