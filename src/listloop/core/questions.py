"""Open questions: what only a person can answer, the answers there are, and what was answered.

An answer is about what both sides showed when the question was asked. Once one of them shows something else, it is
another question.
"""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum

from listloop.core.frozen import frozen


class Topic(StrEnum):
    """What a question is about."""

    FIELD = "field"
    STORED = "stored"
    ADDRESS = "address"
    WHO = "who"
    REVIVE = "revive"
    CONFIRM = "confirm"


class Answer(StrEnum):
    """What a person may say to a question; the words people see are in ``ANSWERS``."""

    CRM = "crm"
    MAILCHIMP = "mailchimp"
    KEEP = "keep"
    SAME = "same"
    BACK = "back"
    CONFIRM = "confirm"
    OUT = "out"


#: What each topic is called, one and many of them.
TOPICS: dict[Topic, tuple[str, str]] = {
    Topic.FIELD: ("A field differs", "Fields that differ"),
    Topic.STORED: ("A value was stored otherwise", "Values that were stored otherwise"),
    Topic.ADDRESS: ("An address can't move", "Addresses that can't move"),
    Topic.WHO: ("Several people could be meant", "Several people could be meant"),
    Topic.REVIVE: ("Archived in Mailchimp, wanted in the CRM", "Archived in Mailchimp, wanted in the CRM"),
    Topic.CONFIRM: ("A confirmation mail", "Confirmation mails"),
}

#: What each answer says on its button, and what it does.
ANSWERS: dict[Answer, tuple[str, str]] = {
    Answer.CRM: ("Take the CRM's", "the CRM's value is written to Mailchimp"),
    Answer.MAILCHIMP: ("Take Mailchimp's", "Mailchimp's value is written to the CRM"),
    Answer.KEEP: ("Keep both as they are", "nothing is written, until somebody changes one of them"),
    Answer.SAME: ("This is the one", "this record is linked with the member, the others are left out"),
    Answer.BACK: ("Bring back", "the member comes back from the archive, and may be mailed as the CRM says"),
    Answer.CONFIRM: ("Send a confirmation mail", "Mailchimp asks the person, who is mailed only after a yes"),
    Answer.OUT: ("Leave out", "Sync with Mailchimp is set to No, and the member stays as it is"),
}


@frozen
class Question:
    """Something that only a person can answer.

    ``subject`` tells several of one topic apart (a mapping row's name). ``crm`` and ``mailchimp`` are what both sides
    show, ``why`` is a clause for people. Without ``answers`` there is nothing to choose: something else must change.
    """

    topic: Topic
    subject: str
    title: str
    crm: str
    mailchimp: str
    why: str
    answers: tuple[Answer, ...] = ()


@frozen
class Answered:
    """A question that was asked before, with what was said to it: None where nothing was said yet."""

    topic: Topic
    subject: str
    crm: str
    mailchimp: str
    answer: Answer | None = None
    who: str = ""


def answer_to(
    answered: Collection[Answered], topic: Topic, subject: str = "", crm: str = "", mailchimp: str = ""
) -> Answer | None:
    """What was said to this question, about these very values; None: nothing."""
    return next(
        (
            one.answer
            for one in answered
            if (one.topic, one.subject, one.crm, one.mailchimp) == (topic, subject, crm, mailchimp) and one.answer
        ),
        None,
    )


def was_asked(answered: Collection[Answered], topic: Topic, subject: str, crm: str, mailchimp: str) -> bool:
    """Is this question there already, about these very values?"""
    asked = (topic, subject, crm, mailchimp)
    return any((one.topic, one.subject, one.crm, one.mailchimp) == asked for one in answered)
