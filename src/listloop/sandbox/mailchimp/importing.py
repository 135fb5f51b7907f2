"""An exported audience as a document to seed: the CSV files that Mailchimp makes, one alone or the zip with all.

What an export has and a seed takes: address, all fields by their names (as text; a postal address as one), country,
tags, rating (as earlier activity), times and addresses of the opt-in, the last change, who left and why, who bounced.
"""

import csv
import io
import re
import zipfile
from datetime import UTC, datetime

from listloop.sandbox.mailchimp.merge import NEEDED, PARTS
from listloop.sandbox.wire import Json

ADDRESS = "Email Address"
KNOWN = {"First Name": "FNAME", "Last Name": "LNAME", "Phone Number": "PHONE", "Address": "ADDRESS"}
META = frozenset({
    ADDRESS, "MEMBER_RATING", "OPTIN_TIME", "OPTIN_IP", "CONFIRM_TIME", "CONFIRM_IP", "LATITUDE", "LONGITUDE",
    "GMTOFF", "DSTOFF", "TIMEZONE", "CC", "REGION", "LAST_CHANGED", "LEID", "EUID", "NOTES", "TAGS", "UNSUB_TIME",
    "UNSUB_CAMPAIGN_TITLE", "UNSUB_CAMPAIGN_ID", "UNSUB_REASON", "UNSUB_REASON_OTHER", "CLEAN_TIME",
    "CLEAN_CAMPAIGN_TITLE", "CLEAN_CAMPAIGN_ID",
})  # fmt: skip
STATUSES = {"subscribed": "subscribed", "unsubscribed": "unsubscribed", "cleaned": "cleaned",
            "nonsubscribed": "transactional"}  # fmt: skip
LARGEST = 512 * 1024 * 1024  # bytes unpacked


def document(raw: bytes) -> Json:
    """The fields and members of an export. Raises ValueError naming what cannot be read."""
    files = _files(raw)
    fields: dict[str, str] = {}
    members: dict[str, Json] = {}
    for name, text in files.items():
        rows = csv.DictReader(io.StringIO(text))
        heads = list(rows.fieldnames or [])
        if ADDRESS not in heads:
            raise ValueError(f"{name or 'The file'} has no column {ADDRESS!r}; it is no export of an audience.")
        fields |= {head: KNOWN.get(head) or _tag(head, fields) for head in heads if head not in META | fields.keys()}
        for row in rows:
            email = (row.get(ADDRESS) or "").strip()
            if email:
                members[email.lower()] = _member(_status(name, row), row, fields)
    added = [{"tag": tag, "name": head, "type": "text"} for head, tag in fields.items() if tag not in KNOWN.values()]
    return {"merge_fields": added, "members": list(members.values())}


def _files(raw: bytes) -> dict[str, str]:
    if not raw:
        raise ValueError("Send the export as the body: a CSV file, or the zip that Mailchimp made.")
    if not raw.startswith(b"PK"):
        return {"": _text(raw)}
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as packed:
            parts = [one for one in packed.infolist() if one.filename.lower().endswith(".csv")]
            if sum(one.file_size for one in parts) > LARGEST:
                raise ValueError("The export is larger than 512 MB unpacked.")
            found = {one.filename: _text(packed.read(one)) for one in parts}
    except zipfile.BadZipFile:
        raise ValueError("The zip file cannot be read.") from None
    if not found:
        raise ValueError("There is no CSV file in the zip.")
    return found


def _text(raw: bytes) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError("The export is not UTF-8.") from None


def _tag(head: str, taken: dict[str, str]) -> str:
    """A merge tag for a column: ten capital letters or digits, and a number when two are alike."""
    plain = re.sub(r"[^A-Z0-9_]", "", head.upper())[:10] or "FIELD"
    tag, number = plain, 1
    while tag in taken.values() or tag in KNOWN.values() or tag == "EMAIL":
        number += 1
        tag = f"{plain[: 10 - len(str(number))]}{number}"
    return tag


def _status(name: str, row: dict[str, str]) -> str:
    """By the columns that only some exports have, else by the name of the file."""
    if row.get("UNSUB_TIME"):
        return "unsubscribed"
    if row.get("CLEAN_TIME"):
        return "cleaned"
    file = name.rpartition("/")[2].lower()
    return next((status for word, status in STATUSES.items() if file.startswith(word)), "subscribed")


def _member(status: str, row: dict[str, str], fields: dict[str, str]) -> Json:
    address = _address(row.get("Address") or "")
    left = row.get("UNSUB_TIME") or row.get("CLEAN_TIME") or ""
    values = {tag: row[head] for head, tag in fields.items() if row.get(head) and tag != "ADDRESS"}
    member: Json = {
        "email_address": row[ADDRESS].strip(), "status": status,
        "merge_fields": values | ({"ADDRESS": address} if address else {}),
        "tags": [one.strip().strip('"') for one in (row.get("TAGS") or "").split(",") if one.strip()],
        "timestamp_opt": _time(row.get("CONFIRM_TIME", "")), "timestamp_signup": _time(row.get("OPTIN_TIME", "")),
        "ip_opt": row.get("CONFIRM_IP") or "", "ip_signup": row.get("OPTIN_IP") or "",
        "last_changed": _time(row.get("LAST_CHANGED", "")) or _time(left),
        "active": (row.get("MEMBER_RATING") or "0").isdecimal() and int(row.get("MEMBER_RATING") or 0) > 2,
    }  # fmt: skip
    if row.get("CC"):
        member |= {"country_code": row["CC"].upper(), "region": row.get("REGION") or ""}
    if status == "unsubscribed":
        by_admin = "admin" in (row.get("UNSUB_REASON") or "").lower()
        member |= {"origin": "admin" if by_admin else "self", "unsubscribe_reason": row.get("UNSUB_REASON") or ""}
    return member


def _address(text: str) -> Json:
    """From one text, its parts two spaces apart; nothing unless it is complete. The second line may be left out."""
    parts = text.split("  ")
    if len(parts) == len(PARTS) - 1:
        parts.insert(1, "")
    if len(parts) != len(PARTS):
        return {}
    found = dict(zip(PARTS, (part.strip() for part in parts), strict=True))
    return found if all(found[part] for part in NEEDED) else {}


def _time(text: str) -> str:
    """An export writes ``2026-03-01 12:00:00``, in UTC."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC).isoformat() if text else ""
    except ValueError:
        raise ValueError(f"{text!r} is no time of the form 2026-03-01 12:00:00.") from None
