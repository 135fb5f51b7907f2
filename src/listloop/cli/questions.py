"""``listloop questions`` and ``listloop answer``: what only a person can decide, and the decision."""

from __future__ import annotations

from typing import Annotated

from cyclopts import CycloptsError, Parameter

from listloop.cli.console import OK, WAITS, me, out, print_json, table
from listloop.cli.options import Database, Json, Named, opened
from listloop.core.errors import NeedsAttention
from listloop.core.people import Consent, Origin, address_key
from listloop.core.questions import ANSWERS, TOPICS, Answer, Topic
from listloop.store import questions as store
from listloop.store.database import reading
from listloop.store.people import PersonRow, by_address

About = Annotated[Topic | None, Parameter(help="Only those of one kind.")]


def questions(
    *,
    about: About = None,
    most: Annotated[int, Parameter(help="How many to list.")] = 50,
    connection: Named = None,
    json: Json = False,
    database: Database = None,
) -> int:
    """List what only a person can decide, with both values, why, and the answers there are."""
    with opened(database) as listloop:
        row = listloop.connection(connection)
        with reading(listloop.engine).begin() as db:
            found = store.lines(db, connection_id=row.id, topic=about, limit=most)
            counted = store.sums(db, row.id)
    if json:
        print_json([_entry(one) for one in found])
        return OK
    if not found:
        out.print("No question is open.")
        return OK
    shown = table("#", "person", "question", "CRM", "Mailchimp", "answers")
    for one in found:
        shown.add_row(
            str(one.id), one.person, f"{one.title}: {one.why}", one.crm, one.mailchimp, ", ".join(one.answers) or "–"
        )
    out.print(shown)
    total = sum(one.number for one in counted if about in (None, one.topic))
    if total > len(found):
        out.print(f"… and {total - len(found):,} more; --most lists more of them.")
    said = {answer for one in found for answer in one.answers}
    for answer in (one for one in Answer if one in said):
        out.print(f"  {answer}: {ANSWERS[answer][0]}; {ANSWERS[answer][1]}.")
    out.print(
        "→ Answer with “listloop answer NUMBER ANSWER”, or all of one kind with “listloop answer --all KIND ANSWER”."
    )
    return OK


def answer(
    *words: Annotated[str, Parameter(help="The numbers of questions, then the answer; with --all the answer alone.")],
    all: Annotated[  # noqa: A002 - the option's name
        Topic | None, Parameter(help="Every open question of this kind.")
    ] = None,
    yes: Annotated[bool, Parameter(negative=(), help="Answer them all; without it you are told how many.")] = False,
    connection: Named = None,
    json: Json = False,
    database: Database = None,
) -> int:
    """Answer open questions; the next run carries the answer out, and it is not asked again."""
    ids, said = _read(words, every=all is not None)
    with opened(database) as listloop:
        row = listloop.connection(connection)
        if all is not None:
            with reading(listloop.engine).begin() as db:
                ids = store.answerable(db, row.id, all, said)
            if not ids:
                raise NeedsAttention(
                    f"No open question of the kind “{all}” can be answered with “{said}”.",
                    "“listloop questions” lists what there is.",
                    code="answer-unknown",
                )
            if not yes:
                out.print(f"{_number(len(ids))} of the kind “{TOPICS[all][1]}” would be answered: {ANSWERS[said][0]}.")
                out.print(f"That means: {ANSWERS[said][1]}.\n→ Say so with --yes.")
                return WAITS
        with listloop.engine.begin() as db:
            answered = store.answer(db, ids, said, me(), listloop.now())
    if json:
        print_json([_entry(one) for one in answered])
    else:
        out.print(f"{_number(len(answered))} answered: {ANSWERS[said][0]}. The next run carries it out.")
    return OK


def confirm(
    email: Annotated[str, Parameter(help="Whose address.")],
    *,
    why: Annotated[str, Parameter(help="Why this person wants mail again; it is logged.")],
    connection: Named = None,
    database: Database = None,
) -> int:
    """Have Mailchimp ask somebody who opted out for a confirmation; only the person's own yes counts."""
    with opened(database) as listloop:
        row = listloop.connection(connection)
        with reading(listloop.engine).begin() as db:
            found = [one for one in by_address(db, row.id, address_key(email)) if one.linked_at and one.mailchimp]
        if not found:
            raise NeedsAttention(
                f"No linked person has the address {email}.",
                "Check the spelling, or run “listloop sync”.",
                code="nobody",
            )
        for one in found:
            _check_opted_out(one)
        with listloop.engine.begin() as db:
            for one in found:
                store.offer_confirmation(db, row.id, one.id, me(), why, listloop.now())
    out.print(f"The next run has Mailchimp ask {email} for a confirmation; nobody is mailed before the own yes.")
    return OK


def _check_opted_out(person: PersonRow) -> None:
    member = person.mailchimp
    if member is None or member.takes_part is False or member.person.consent is not Consent.UNSUBSCRIBED:
        raise NeedsAttention(
            "A confirmation mail is for somebody who is unsubscribed in Mailchimp, and this person is not.",
            "“listloop people show” tells where the person stands.",
            code="not-unsubscribed",
        )
    if member.origin is Origin.COMPLAINT:
        raise NeedsAttention(
            "This person complained about a mail, and Mailchimp sends no confirmation to such.",
            "Let the person sign up by the audience's form.",
            code="not-unsubscribed",
        )


def _read(words: tuple[str, ...], *, every: bool) -> tuple[list[int], Answer]:
    """The numbers and the answer. Raises CycloptsError for anything else."""
    *numbers, said = words or ("",)
    if said not in set(Answer):
        raise CycloptsError(msg=f"“{said}” is no answer. There are: {', '.join(Answer)}.")
    if every and numbers:
        raise CycloptsError(msg="Give either the numbers of questions or --all, not both.")
    if not every and (not numbers or not all_numbers(numbers)):
        raise CycloptsError(msg="Give the numbers of the questions, then the answer: “listloop answer 12 13 crm”.")
    return [int(one) for one in numbers], Answer(said)


def all_numbers(words: list[str]) -> bool:
    """Are all of these whole numbers?"""
    return all(one.isascii() and one.isdecimal() for one in words)


def _number(count: int) -> str:
    return "1 question" if count == 1 else f"{count:,} questions"


def _entry(one: store.Line) -> dict[str, object]:
    return {
        "question": one.id,
        "person": one.person,
        "email": one.email,
        "about": one.topic,
        "title": one.title,
        "crm": one.crm,
        "mailchimp": one.mailchimp,
        "why": one.why,
        "answers": one.answers,
    }
