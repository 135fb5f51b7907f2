"""One mail as it reaches one person: filled, with its links followed, its footer, and a plain-text part."""

import re
from dataclasses import dataclass
from html import unescape
from urllib.parse import urlencode, urlsplit, urlunsplit

from listloop.sandbox.mailchimp import merge, plaintext
from listloop.sandbox.mailchimp.account import Account
from listloop.sandbox.mailchimp.audience import Audience, unique_id
from listloop.sandbox.mailchimp.campaign import Campaign, Content, Json, Letter, Recipient
from listloop.sandbox.mailchimp.mergetags import fill

ROOT = "/_mail/"
HREF = re.compile(r"""(<a\b[^>]*?\bhref\s*=\s*)(["'])(.*?)\2""", re.IGNORECASE | re.DOTALL)
FOOTER = (
    '<hr><p style="font-size:12px;color:#666">*|LIST:DESCRIPTION|*<br>*|LIST:ADDRESSLINE|*<br>'
    '<a href="*|UPDATE_PROFILE|*">Update your preferences</a> &middot; <a href="*|UNSUB|*">Unsubscribe</a></p>'
)
TEXT_FOOTER = (
    "\n\n--\n*|LIST:DESCRIPTION|*\n*|LIST:ADDRESSLINE|*\nPreferences: *|UPDATE_PROFILE|*\nUnsubscribe: *|UNSUB|*"
)


@dataclass(frozen=True, slots=True)
class Mail:
    """What `compose` needs. ``id``: the address of the mail below ``/_mail/``; the audience may be gone by now."""

    id: str
    kind: str
    at: int
    to: Recipient
    settings: Json
    content: Content
    tracking: Json
    audience: Audience | None
    campaign: Campaign | None


def mail_of(account: Account, mail_id: str) -> Mail | None:
    """A mail by its id: ``<campaign>-<web id>`` of a sending, or the id of a letter."""
    letter = account.letters.get(mail_id)
    if letter is not None:
        return of_letter(account, letter)
    campaign_id, _, web_id = mail_id.partition("-")
    campaign = account.campaigns.get(campaign_id)
    recipient = campaign.recipients.get(int(web_id)) if campaign and web_id.isdecimal() else None
    return of_campaign(account, campaign, recipient) if campaign and recipient else None


def of_letter(account: Account, letter: Letter) -> Mail:
    campaign = account.campaigns.get(letter.campaign_id)
    audience = account.audiences.get(letter.list_id)
    return Mail(letter.id, letter.kind, letter.at, letter.to, letter.settings, letter.content, {}, audience, campaign)


def of_campaign(account: Account, campaign: Campaign, to: Recipient) -> Mail:
    return Mail(
        f"{campaign.id}-{to.web_id or 'archive'}", "campaign", campaign.mailed_at(to), to,
        campaign.settings | combination(campaign, to.combination), content_of(campaign, to.combination),
        campaign.tracking, account.audiences.get(campaign.list_id), campaign,
    )  # fmt: skip


def combinations(campaign: Campaign) -> list[Json]:
    """The mails that a variate campaign tries: every subject with every sender and every content."""
    tried = campaign.variate_settings
    subjects = tried.get("subject_lines") or [campaign.settings.get("subject_line", "")]
    names = tried.get("from_names") or [campaign.settings.get("from_name", "")]
    addresses = tried.get("reply_to_addresses") or [campaign.settings.get("reply_to", "")] * len(names)
    contents = range(max(1, len(campaign.content.variants)))
    return [
        {"subject_line": subject, "send_time": time, "from_name": name, "reply_to": address, "content": content}
        for subject in subjects
        for time in tried.get("send_times") or [""]
        for name, address in zip(names, addresses, strict=False)
        for content in contents
    ]


def combination(campaign: Campaign, number: int) -> Json:
    if campaign.type != "variate":
        return {}
    tried = combinations(campaign)[number]
    return {key: part for key, part in tried.items() if key not in {"content", "send_time"}}


def content_of(campaign: Campaign, number: int) -> Content:
    content = campaign.content
    if campaign.type != "variate" or not content.variants:
        return content
    _, html, text = content.variants[combinations(campaign)[number]["content"]]
    return Content(html, text)


def archive_of(base: str, campaign: Campaign) -> str:
    """The address of the public page of a campaign; ``base`` with or without ``/3.0``."""
    return f"{base.removesuffix('/3.0')}{ROOT}{campaign.id}-archive"


def subject_of(mail: Mail, base: str) -> str:
    return _filled(mail, str(mail.settings.get("subject_line", "")), base, html=False)


def links_of(content: Content) -> list[str]:
    """The addresses in the content that clicks are counted for, each once, as they stand there."""
    found = [unescape(one[3]).strip() for one in HREF.finditer(content.html)]
    return list(dict.fromkeys(one for one in found if _counted(one)))


def _counted(address: str) -> bool:
    return address.lower().startswith(("http://", "https://")) or bool(
        re.match(r"\*\|(?!UNSUB|UPDATE|ARCHIVE)", address)
    )


def html_of(mail: Mail, base: str) -> str:
    """The empty string for a mail that has no HTML part."""
    html = mail.content.html
    if not html or (mail.campaign and mail.campaign.type == "plaintext"):
        return ""
    if mail.kind != "confirmation":
        html = html if _has_unsub(html) else _before_end(html, FOOTER)
    if mail.tracking.get("html_clicks", True) and mail.campaign and mail.kind == "campaign":
        html = _tracked(mail, html, base)
    html = _filled(mail, html, base, html=True)
    if mail.tracking.get("opens", True) and mail.kind == "campaign":
        html = _before_end(html, f'<img src="{base}{ROOT}{mail.id}/open.gif" alt="" width="1" height="1">')
    return html


def text_of(mail: Mail, base: str) -> str:
    text = mail.content.plain_text or plaintext.from_html(mail.content.html)
    if mail.kind != "confirmation" and not _has_unsub(text):
        text += TEXT_FOOTER
    return _filled(mail, text, base, html=False)


def target_of(mail: Mail, number: int, base: str) -> str:
    """Where a counted link leads for this person, with the parameters that tell a shop who came from where."""
    target = _filled(mail, links_of(mail.content)[number], base, html=False)
    if not mail.campaign or not (mail.tracking.get("ecomm360") or mail.tracking.get("google_analytics")):
        return target
    parts = urlsplit(target)
    marks = urlencode({"mc_cid": mail.campaign.id, "mc_eid": unique_id(mail.to.email)})
    return urlunsplit(parts._replace(query="&".join(filter(None, (parts.query, marks)))))


def _has_unsub(text: str) -> bool:
    return "*|UNSUB" in text.upper()


def _before_end(html: str, part: str) -> str:
    at = html.lower().rfind("</body>")
    return html + part if at < 0 else html[:at] + part + html[at:]


def _tracked(mail: Mail, html: str, base: str) -> str:
    numbers = {address: number for number, address in enumerate(links_of(mail.content))}

    def through(found: re.Match[str]) -> str:
        number = numbers.get(unescape(found[3]).strip())
        return found[0] if number is None else f'{found[1]}"{base}{ROOT}{mail.id}/click/{number}"'

    return HREF.sub(through, html)


def _filled(mail: Mail, text: str, base: str, *, html: bool) -> str:
    return fill(text, _values(mail, base), mail.at, html=html, groups=_groups(mail))


def _values(mail: Mail, base: str) -> dict[str, str]:
    audience, to = mail.audience, mail.to
    here = f"{base}{ROOT}{mail.id}"
    values = {
        "EMAIL": to.email, "MERGE0": to.email, "UNIQID": unique_id(to.email), "UNSUB": f"{here}/unsubscribe",
        "UPDATE_PROFILE": f"{here}/profile", "ARCHIVE": here, "CONFIRM": f"{here}/confirm", "FORWARD": here,
        "CAMPAIGN_UID": mail.campaign.id if mail.campaign else "", "REWARDS": "",
        "MC:SUBJECT": str(mail.settings.get("subject_line", "")),
        "MC_PREVIEW_TEXT": str(mail.settings.get("preview_text", "")),
        "EMAIL_TYPE": "html",
    }  # fmt: skip
    if audience is None:
        return values
    settings = audience.settings
    contact = settings["contact"]
    line = ", ".join(str(contact[part]) for part in ("company", "address1", "zip", "city") if contact.get(part))
    values |= {
        "LIST:NAME": settings["name"], "LIST:COMPANY": str(contact.get("company", "")), "LIST:ADDRESSLINE": line,
        "LIST:ADDRESS": line, "LIST_ADDRESS_HTML": line, "HTML:LIST_ADDRESS_HTML": line, "LIST:UID": audience.id,
        "LIST:DESCRIPTION": settings["permission_reminder"],
        "LIST:SUBSCRIBERS": str(audience.number_of("subscribed")),
        "LIST:SUBSCRIBE": f"{base}/_sandbox/lists/{audience.id}/signup",
    }  # fmt: skip
    for field in audience.merge_fields.values():
        value = merge.shown(to.values[field.merge_id - 1]) if field.merge_id <= len(to.values) else ""
        text = ", ".join(part for part in value.values() if part) if isinstance(value, dict) else str(value)
        values[field.tag] = values[f"MERGE{field.merge_id}"] = text or field.default_value
    return values


def _groups(mail: Mail) -> dict[str, frozenset[str]]:
    if mail.audience is None:
        return {}
    chosen: dict[str, frozenset[str]] = {}
    for category in mail.audience.categories.values():
        own = [one for one in mail.audience.interests.values() if one.category_id == category.id]
        chosen[category.title.lower()] = frozenset(one.name.lower() for one in own if one.id in mail.to.interests)
    return chosen
