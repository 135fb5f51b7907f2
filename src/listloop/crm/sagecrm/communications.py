"""Communications: one for each campaign and recipient, linked to person and company, with a line for each kind.

``Comm_MailChimpCampaignId`` is a stock column: the built-in integration ties its history to a campaign by it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from listloop.core.errors import RecordRejected
from listloop.core.people import Key
from listloop.core.side import Communication, Outcome
from listloop.crm.sagecrm.asking import Asking
from listloop.crm.sagecrm.client import literal
from listloop.crm.sagecrm.keys import is_key, lead_key, lead_of
from listloop.crm.sagecrm.leads import NUMBER as LEAD
from listloop.crm.sagecrm.mails import is_exposed
from listloop.crm.sagecrm.rows import Row, text, whole
from listloop.crm.sagecrm.writing import gone

TYPE, ACTION, STATUS, PRIORITY = "Task", "EmailOut", "Complete", "Normal"
"""Codes of captions: a finished mail that went out. Status complete asks for a completed time."""

CAMPAIGN, SUBJECT = 40, 255
"""Characters of Comm_MailChimpCampaignId and Comm_Subject."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A communication that is there."""

    number: int
    note: str


def append(asking: Asking, wanted: Sequence[Communication]) -> Iterator[Outcome]:
    """Write each once; the same again takes its new line. One outcome each, refusals included."""
    by_campaign: defaultdict[str, list[Communication]] = defaultdict(list)
    for one in wanted:
        by_campaign[one.campaign].append(one)
    for campaign, some in by_campaign.items():
        yield from _campaign(asking, campaign, some)


def _campaign(asking: Asking, campaign: str, wanted: Sequence[Communication]) -> Iterator[Outcome]:
    links = is_exposed(asking, "Comm_Link")
    there, lost = _there(asking, campaign) if links else (_viewed(asking, campaign), [])
    owners = _owners(asking, {one.key for one in wanted})
    for one in wanted:
        ref = f"{one.campaign}|{one.key}|{one.kind}"
        try:
            if one.key not in owners:
                raise gone(one.key)
            known = there.get(one.key)
            there[one.key] = (
                _rewritten(asking, one, known) if known else _made(asking, one, owners[one.key], lost, links)
            )
            yield Outcome(ref)
        except RecordRejected as error:
            yield Outcome(ref, error=error)


def _owners(asking: Asking, keys: Collection[Key]) -> dict[Key, Row]:
    """The columns that link to these people, with the company of each, and to these leads."""
    people = {int(key) for key in keys if is_key(key)}
    rows = asking.by_numbers("Person", "pers_personid", people, "pers_personid,pers_companyid")
    owners: dict[Key, Row] = {
        text(row, "pers_personid"): {
            "cmli_comm_personid": whole(row, "pers_personid"),
            "cmli_comm_companyid": whole(row, "pers_companyid") or None,
        }
        for row in rows
    }
    leads = {lead_of(key) for key in keys}
    for row in asking.by_numbers("Lead", LEAD, leads, LEAD):
        owners[lead_key(whole(row, LEAD))] = {"cmli_comm_leadid": whole(row, LEAD)}
    return owners


def _owner(row: Row) -> Key:
    lead = whole(row, "cmli_comm_leadid")
    return text(row, "cmli_comm_personid") or (lead_key(lead) if lead else "")


def _there(asking: Asking, campaign: str) -> tuple[dict[str, Kept], list[Kept]]:
    """The campaign's communications, by the person to whom they belong; and those that belong to nobody, because
    whoever made them died before the link to the person was there.
    """
    where = f"comm_mailchimpcampaignid eq {literal(campaign[:CAMPAIGN])}"
    rows = asking.everything("Communication", "comm_communicationid", "comm_communicationid,comm_note", where)
    kept = {whole(row, "comm_communicationid"): text(row, "comm_note") for row in rows}
    select = "cmli_commlinkid,cmli_comm_communicationid,cmli_comm_personid,cmli_comm_leadid"
    found = {}
    for row in asking.by_numbers("Comm_Link", "cmli_comm_communicationid", list(kept), select):
        number = whole(row, "cmli_comm_communicationid")
        found[_owner(row)] = Kept(number, kept[number])
    owned = {one.number for one in found.values()}
    return found, [Kept(number, note) for number, note in kept.items() if number not in owned]


def _viewed(asking: Asking, campaign: str) -> dict[str, Kept]:
    """The same by the view vCommunication, where Comm_Link is hidden. Raises where neither can be read: else a repeated
    communication would stand there twice.
    """
    where = f"comm_mailchimpcampaignid eq {literal(campaign[:CAMPAIGN])}"
    select = "comm_communicationid,comm_note,cmli_comm_personid,cmli_comm_leadid"
    rows = asking.everything("vCommunication", "comm_communicationid", select, where)
    return {_owner(row): Kept(whole(row, "comm_communicationid"), text(row, "comm_note")) for row in rows}


def _rewritten(asking: Asking, one: Communication, known: Kept) -> Kept:
    note = note_with(known.note, one)
    if note != known.note:
        asking.client.change("Communication", known.number, {"comm_note": note})
    return Kept(known.number, note)


def _made(asking: Asking, one: Communication, linked: Row, lost: list[Kept], links: bool) -> Kept:
    """Made, and linked to person and company, or to the lead; one of ``lost`` that says the same takes its place."""
    note = note_with("", one)
    if not links:
        return Kept(asking.client.create("Communication", _columns(one, note) | linked), note)
    made = next((other for other in lost if other.note == note), None)
    if made is None:
        made = Kept(asking.client.create("Communication", _columns(one, note)), note)
    else:
        lost.remove(made)
    asking.client.create("Comm_Link", {"cmli_comm_communicationid": made.number, **linked})
    return made


def _columns(one: Communication, note: str) -> dict[str, object]:
    return {
        "comm_type": TYPE, "comm_action": ACTION, "comm_status": STATUS, "comm_priority": PRIORITY,
        "comm_datetime": one.at, "comm_todatetime": one.at, "comm_completedtime": one.at,
        "comm_percentcomplete": 100, "comm_subject": f"Mailchimp: {one.title}"[:SUBJECT], "comm_note": note,
        "comm_mailchimpcampaignid": one.campaign[:CAMPAIGN],
    }  # fmt: skip


def note_with(note: str, one: Communication) -> str:
    """A note with the line of this kind, in the place of an earlier one of the kind."""
    said = " – ".join(filter(None, (one.title, " ".join(one.text.split()))))
    line = f"[{one.kind}] {one.at[:16].replace('T', ' ')} {said}"
    lines = note.splitlines()
    at = next((number for number, old in enumerate(lines) if old.startswith(f"[{one.kind}] ")), None)
    if at is None:
        return "\n".join([*lines, line])
    return "\n".join([*lines[:at], line, *lines[at + 1 :]])
