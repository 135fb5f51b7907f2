"""What Mailchimp's refusals mean: which of our three reactions, and what a person reads about it.

Titles and details are those of Mailchimp's error glossary, and of answers that others made public. ``type`` is missing
in many of them, titles and wording drift, so a refusal is recognised by its status and a tolerant pattern on title and
detail, in the order of the table; the first row that fits is taken.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import msgspec

from listloop.core.errors import ListloopError, NeedsAttention, RecordRejected, TryLater
from listloop.mailchimp.decoding import decode


class Subject(Enum):
    """What a call was about: it decides what a plain "not found" means."""

    MEMBER = "member"
    AUDIENCE = "audience"
    ACCOUNT = "account"
    CAMPAIGN = "campaign"


class FieldError(msgspec.Struct):
    """One entry of a problem's ``errors``."""

    field: str | None = ""
    message: str | None = ""


class ProblemDocument(msgspec.Struct):
    """The body of a refusal (application/problem+json); every key may be missing."""

    title: str | None = ""
    detail: str | None = ""
    errors: list[FieldError] | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the catalogue. ``{who}``, ``{fields}`` and ``{detail}`` are filled in; None fits everything."""

    status: int
    pattern: str
    kind: type[ListloopError]
    code: str
    problem: str
    fix: str
    subject: Subject | None = None
    permanent: bool = True

    def fits(self, status: int, text: str, subject: Subject) -> bool:
        """Is this the row for that answer? ``text`` is its title and its detail."""
        return (
            self.status == status
            and self.subject in {None, subject}
            and re.search(self.pattern, text, re.IGNORECASE) is not None
        )


RETRY = "Nothing to do: Listloop tries again by itself."
PERSON = "Correct it in the CRM; the next run tries again."
CONSENT = "Only the person can sign up again, by a Mailchimp form or by a confirmation mail that you offer."
NEW_KEY = "Make a new API key in Mailchimp (Profile, Extras, API keys) and enter it here, or with “listloop key”."
PLAN = "Ask the owner of the Mailchimp account to allow it or to upgrade the plan, then resume the connection."
BUG = "Please report it with the details below; the other people are not affected."

_R, _N, _T = RecordRejected, NeedsAttention, TryLater
RULES: tuple[Rule, ...] = (
    Rule(
        400, "permanently deleted|forgotten email", _R, "forgotten",
        "Mailchimp deleted {who} permanently and refuses to take it back.", CONSENT,
    ),
    Rule(
        400, "compliance (state|review)", _R, "compliance",
        "{who} unsubscribed, bounced or complained, and Mailchimp does not let anybody else subscribe it.", CONSENT,
    ),
    Rule(
        400, "member exists|already a list member|appears more than once|duplicate", _R, "address-taken",
        "{who} is in the audience already, as another member.", "Listloop looks for that member in the next run.",
    ),
    Rule(
        400, "looks fake or invalid", _R, "fake-address",
        "Mailchimp takes the address {who} for a made-up one.", PERSON,
    ),
    Rule(
        400, "signed up to a lot of lists", _R, "signup-throttled",
        "Mailchimp does not take {who} for now: this address joined many audiences lately.",
        "Nothing to do: Listloop tries again later.", permanent=False,
    ),
    Rule(
        400, "valid email address|email address.*invalid", _R, "invalid-address",
        "{who} is not an e-mail address that Mailchimp accepts.", PERSON,
    ),
    Rule(
        400, "can only update email addresses|status is .?.?(cleaned|unsubscribed|archived|pending)", _R,
        "address-fixed", "Mailchimp changes an address only while its member is subscribed, and {who} is not.",
        "Nothing is lost: the pair waits until the member is subscribed again.",
    ),
    Rule(
        400, "invalid interest", _R, "label-missing",
        "Mailchimp does not know a group that {who} should get.",
        "Check the mapped groups: one of them was deleted in Mailchimp.",
    ),
    Rule(
        400, "more than 60 interests|merge fields? (limit|allowed)|maximum number of|exceeded the maximum", _N,
        "limit",
        "The audience holds no more of these: {detail}",
        "Remove fields or groups that nobody uses in Mailchimp, or map fewer, then resume the connection.",
    ),
    Rule(
        400, "merge fields were invalid", _R, "invalid-value",
        "Mailchimp refuses a value of {who}: {fields}.", PERSON,
    ),
    Rule(
        400, "invalid resource", _R, "invalid-value",
        "Mailchimp refuses what was written to {who}: {fields}.", PERSON, Subject.MEMBER,
    ),
    Rule(
        400, "not ready to send|cannot be scheduled|quarter-hour", _N, "not-ready",
        "Mailchimp does not send this campaign as it is: {detail}",
        "Look at its checklist, mend what it names, and try again.", Subject.CAMPAIGN,
    ),
    Rule(
        400, "", _N, "campaign-refused", "Mailchimp refuses this for the campaign: {detail}",
        "Look at the campaign again, and at its checklist.", Subject.CAMPAIGN,
    ),
    Rule(400, "json parse", _R, "refused", "Mailchimp could not read what was sent for {who}.", BUG),
    Rule(400, "", _R, "refused", "Mailchimp refuses this for {who}: {detail}", BUG),
    Rule(401, "", _N, "key-invalid", "Mailchimp does not accept the API key.", NEW_KEY),
    Rule(
        403, "datacenter|data centre", _N, "key-invalid",
        "The API key belongs to another Mailchimp datacenter.", NEW_KEY,
    ),
    Rule(403, "disabled", _N, "key-invalid", "The Mailchimp user of this API key is disabled.", NEW_KEY),
    Rule(403, r"\bplan\b", _N, "plan", "The plan of the Mailchimp account does not include this: {detail}", PLAN),
    Rule(403, "", _N, "forbidden", "The Mailchimp user of this API key may not do this: {detail}", PLAN),
    Rule(
        404, "", _R, "not-found", "{who} is not in the audience any more.",
        "Listloop looks for the person in the next run.", Subject.MEMBER,
    ),
    Rule(
        404, "", _N, "campaign-gone", "The campaign does not exist in Mailchimp any more.",
        "It was deleted there. Make a copy of it to send it after all.", Subject.CAMPAIGN,
    ),
    Rule(
        404, "", _N, "audience-missing", "The audience or a part of it does not exist in this Mailchimp account.",
        "Check in Mailchimp whether it was deleted. A connection never moves to another audience: make a new one.",
    ),
    Rule(
        405, "cannot be removed|can not archive", _R, "not-archivable",
        "Mailchimp cannot archive {who}: it bounced, has not confirmed, or is archived already.",
        "Nothing to do: the member stays as it is, and nothing is mailed to it.",
    ),
    Rule(
        405, "", _R, "archived", "{who} is archived in Mailchimp, and archived members cannot be changed.",
        "Bring the member back first, by setting Sync with Mailchimp to Yes.", Subject.MEMBER,
    ),
    Rule(405, "", _N, "refused", "Mailchimp does not offer this call any more: {detail}", BUG),
    Rule(414, "", _N, "refused", "Mailchimp does not accept the address of a call: {detail}", BUG),
    Rule(422, "", _N, "refused", "Mailchimp refuses a call: {detail}", BUG),
    Rule(
        426, "", _N, "https", "Mailchimp is called by plain HTTP and accepts only HTTPS.",
        "Give the address of the API with https:// in front.",
    ),
    Rule(
        429, "pending (webhooks|batches)", _T, "throttled",
        "Mailchimp has too many batches of this account waiting.", RETRY,
    ),
    Rule(429, "", _T, "throttled", "Mailchimp is asked for more at once than it allows this account.", RETRY),
    Rule(503, "compliance ?related|method has been disabled", _N, "under-review",
        "Mailchimp reviews this account and has switched the call off.",
        "Look for a message of Mailchimp's compliance team in the account; resume the connection afterwards.",
    ),
)  # fmt: skip
"""The catalogue. Rows for 5xx and answers without a problem document are in ``refusal``."""


def refusal(
    status: int,
    body: bytes,
    *,
    who: str = "",
    subject: Subject = Subject.MEMBER,
    retry_after: float | None = None,
) -> ListloopError:
    """The error for an answer with an HTTP status of 400 and above. ``who`` is the address it was about, if known."""
    document = _document(body)
    raw = body[:2000].decode(errors="replace")
    if status == 403 and document is None:
        return TryLater(
            "Mailchimp's network refuses calls for now, as it does after very many of them.", RETRY,
            retry_after=retry_after, code="throttled", detail=raw,
        )  # fmt: skip
    document = document or ProblemDocument()
    title, detail = document.title or "", document.detail or ""
    rule = next((one for one in RULES if one.fits(status, f"{title}: {detail}", subject)), None)
    if rule is None and (status >= 500 or status == 408):
        return TryLater(
            f"Mailchimp has a fault on its side (HTTP {status}).", RETRY,
            retry_after=retry_after, code="server-error", detail=raw,
        )  # fmt: skip
    if rule is None:
        return NeedsAttention(f"Mailchimp answers in an unknown way (HTTP {status}).", BUG, code="refused", detail=raw)
    return _error(rule, who, document, raw, retry_after)


def item_refusal(who: str, text: str, error_code: str = "", field: str = "", message: str = "") -> ListloopError:
    """The error for one item of a bulk call, which is told in words only (``ERROR_GENERIC`` covers nearly all)."""
    errors = [FieldError(field, message)] if field or message else None
    title = "Member Exists" if error_code == "ERROR_CONTACT_EXISTS" else "Invalid Resource"
    document = ProblemDocument(title, text, errors)
    rule = next(one for one in RULES if one.fits(400, f"{title}: {text}", Subject.MEMBER))
    return _error(rule, who, document, f"{error_code}: {text} {field} {message}".strip(), None)


def _error(rule: Rule, who: str, document: ProblemDocument, raw: str, retry_after: float | None) -> ListloopError:
    detail = document.detail or "no reason given"
    problem = rule.problem.format(who=who or "this member", fields=_named(document.errors, detail), detail=detail)
    problem = problem[0].upper() + problem[1:] if rule.problem.startswith("{who}") and not who else problem
    if rule.kind is TryLater:
        return TryLater(problem, rule.fix, retry_after=retry_after, code=rule.code, detail=raw)
    if rule.kind is RecordRejected:
        return RecordRejected(problem, rule.fix, permanent=rule.permanent, code=rule.code, detail=raw)
    return NeedsAttention(problem, rule.fix, code=rule.code, detail=raw)


def _named(errors: Sequence[FieldError] | None, otherwise: str) -> str:
    named = [
        f"{(one.field or '').removeprefix('merge_fields.')} ({one.message})" if one.field else one.message or ""
        for one in errors or ()
    ]
    return ", ".join(named) or otherwise.rstrip(".")


def _document(body: bytes) -> ProblemDocument | None:
    try:
        return decode(body, ProblemDocument)
    except msgspec.DecodeError:
        return None
