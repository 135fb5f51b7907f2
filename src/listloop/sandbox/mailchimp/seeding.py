"""``POST /_sandbox/seed``: audiences with everything in them, from one JSON document, without asking the rules.

The document, every key optional unless noted::

    {"lists": [{
        "id": "a1b2c3d4e5",            # an audience with this id, else with this name, is added to; else one is made
        "name": "News",                # required for a new audience; likewise any writable key of the list object
        "merge_fields": [{"tag": "COMPANY", "name": "Company", "type": "text", "required": false, "public": true,
                          "default_value": "", "options": {"choices": []}, "help_text": ""}],
        "interest_categories": [{"title": "Topics", "type": "checkboxes", "interests": ["Wine", "Cheese"]}],
        "tags": ["vip"],
        "segments": [{"name": "In France", "options": {"match": "all", "conditions": []}}],
        "permissions": ["E-mail", "Post"],
        "forgotten": ["gone@acme.example"],
        "members": [{
            "email_address": "ann@acme.example",       # required; "email" is understood too
            "status": "subscribed",                    # or unsubscribed, cleaned, pending, transactional
            "merge_fields": {"FNAME": "Ann"}, "tags": ["vip"], "interests": ["Wine"],     # interests by name or id
            "archived": false, "origin": "self",       # who unsubscribed: self, admin, abuse
            "unsubscribe_reason": "", "vip": false, "language": "en", "source": "Import", "email_type": "html",
            "last_changed": "2026-03-01T12:00:00+00:00", "timestamp_opt": "", "timestamp_signup": "",
            "ip_opt": "", "ip_signup": "", "active": true,   # has opened or clicked before: 15 soft bounces, not 7
            "email_client": "Gmail", "country_code": "US", "region": "CA"
        }]
    }]}

FNAME, LNAME, ADDRESS and PHONE are there already; a definition with their tag changes them. ``last_changed`` is
``timestamp_opt`` unless given, and that is now. Large audiences may come in several documents. The answer:
``{"lists": [{"id": "...", "name": "News", "members": 1500}]}``.
"""

from sys import intern
from typing import Any, Required, TypedDict

import msgspec

from listloop.sandbox.clock import seconds_of
from listloop.sandbox.mailchimp import merge, writes
from listloop.sandbox.mailchimp.account import Account, add_field, add_segment, ensure_tag
from listloop.sandbox.mailchimp.audience import Audience, Category, Interest, MergeField, md5
from listloop.sandbox.mailchimp.conditions import test_of
from listloop.sandbox.mailchimp.member import WRITABLE, Member, Value
from listloop.sandbox.mailchimp.places import place_of
from listloop.sandbox.mailchimp.problems import ProblemError
from listloop.sandbox.switches import Switches
from listloop.sandbox.wire import Json

SETTINGS = frozenset({
    "name", "contact", "permission_reminder", "use_archive_bar", "campaign_defaults", "notify_on_subscribe",
    "notify_on_unsubscribe", "email_type_option", "double_optin", "has_welcome", "visibility",
})  # fmt: skip
REASONS = {"self": "None given", "abuse": "Marked as spam", "admin": writes.BY_ADMIN}
TEXTS = ("language", "source", "email_type", "ip_opt", "ip_signup")


class _Field(TypedDict, total=False):
    tag: Required[str]
    name: str
    type: str
    required: bool
    public: bool
    default_value: str
    help_text: str
    options: Json


class _Category(TypedDict, total=False):
    title: Required[str]
    type: str
    interests: list[str]


class _Saved(TypedDict):
    name: str
    options: Json


class _Entry(TypedDict, total=False):
    email: str
    email_address: str
    status: str
    archived: bool
    origin: str
    unsubscribe_reason: str
    merge_fields: Json
    tags: list[str]
    interests: list[str]
    vip: bool
    active: bool
    language: str
    source: str
    email_type: str
    email_client: str
    country_code: str
    region: str
    last_changed: str
    timestamp_opt: str
    timestamp_signup: str
    ip_opt: str
    ip_signup: str


class _List(TypedDict, total=False):
    id: str
    name: str
    double_optin: bool
    contact: dict[str, str]
    campaign_defaults: dict[str, str]
    merge_fields: list[_Field]
    interest_categories: list[_Category]
    tags: list[str]
    segments: list[_Saved]
    permissions: list[str]
    forgotten: list[str]
    members: list[_Entry]


class Document(TypedDict, total=False):
    """The shape of what may be seeded; keys that nobody knows are left alone."""

    lists: list[_List]


def seed(account: Account, switches: Switches, now: int, document: Json) -> Json:
    """Raises ValueError naming the entry that does not fit; what came before it stays."""
    try:
        msgspec.convert(document, Document)
    except msgspec.ValidationError as wrong:
        raise ValueError(f"The document does not fit: {wrong}.") from None
    filled = [_Seeder(account, switches, now, wanted).fill() for wanted in document.get("lists", [])]
    return {"lists": [{"id": one.id, "name": one.settings["name"], "members": len(one.by_id)} for one in filled]}


def _checked(account: Account, audience: Audience, saved: Json, now: int) -> None:
    try:
        test_of(account, audience, saved["options"], now)
    except ProblemError as problem:
        wrong = "; ".join(f"{name}: {text}" for name, text in problem.errors) or problem.detail
        raise ValueError(f"The segment {saved['name']!r} does not fit: {wrong}") from None


class _Seeder:
    """Fills one audience. Values that repeat are kept once, since there may be a million members."""

    def __init__(self, account: Account, switches: Switches, now: int, wanted: Json) -> None:
        self.account, self.switches, self.now, self.wanted = account, switches, now, wanted
        self.audience = self._audience()
        self.tag_sets: dict[tuple[int, tuple[str, ...]], tuple[tuple[int, int], ...]] = {}
        self.interest_sets: dict[tuple[str, ...], frozenset[str]] = {}
        self.feeds: dict[tuple[int, str, str], tuple[Json, ...]] = {}
        self.known: dict[Value, Value] = {}

    def _audience(self) -> Audience:
        by_id = self.account.audiences.get(self.wanted.get("id", ""))
        named = (one for one in self.account.audiences.values() if one.settings["name"] == self.wanted.get("name"))
        found = by_id or (next(named, None) if "id" not in self.wanted else None)
        settings = {name: value for name, value in self.wanted.items() if name in SETTINGS}
        if found is None:
            if not settings.get("name"):
                raise ValueError("A new list needs a name.")
            return self.account.add_audience(settings, self.now, self.wanted.get("id", ""))
        found.settings |= settings
        return found

    def fill(self) -> Audience:
        for definition in self.wanted.get("merge_fields", []):
            self._field(definition)
        for category in self.wanted.get("interest_categories", []):
            self._category(category)
        for text in self.wanted.get("permissions", []):
            self.audience.settings["marketing_permissions"] = True
            self.audience.permissions[self.account.token(10)] = text
        for name in self.wanted.get("tags", []):
            ensure_tag(self.account, self.audience, name, self.switches, self.now)
        for saved in self.wanted.get("segments", []):
            _checked(self.account, self.audience, saved, self.now)
            add_segment(self.account, self.audience, saved["name"], self.now, saved["options"])
        self.fields = {field.tag: field for field in self.audience.merge_fields.values()}
        self.interests = {interest.name: interest.id for interest in self.audience.interests.values()}
        self.interests |= {interest.id: interest.id for interest in self.audience.interests.values()}
        for entry in self.wanted.get("members", []):
            self._member(entry)
        self.audience.forgotten |= {md5(email) for email in self.wanted.get("forgotten", [])}
        return self.audience

    def _field(self, definition: Json) -> None:
        field = self.audience.field_by_tag(definition["tag"])
        if field is None:
            tag = str(definition["tag"])
            field = MergeField(0, tag, definition.get("name") or tag, definition.get("type", "text"))
            add_field(self.audience, field)
        if definition.get("type", field.type) not in merge.TYPES:
            raise ValueError(f"There is no merge field type {definition['type']!r}.")
        for name in ("name", "type", "required", "default_value", "public", "help_text", "options"):
            if name in definition:
                setattr(field, name, definition[name])

    def _category(self, wanted: Json) -> None:
        category = Category(self.account.token(10), wanted["title"], wanted.get("type", "checkboxes"))
        self.audience.categories[category.id] = category
        for place, name in enumerate(wanted.get("interests", []), 1):
            interest = Interest(self.account.token(10), category.id, name, place)
            self.audience.interests[interest.id] = interest

    def _member(self, entry: Json) -> None:
        email = entry.get("email_address") or entry.get("email") or ""
        key = md5(email)
        if "@" not in email or key in self.audience.by_id:
            raise ValueError(f"{email!r} is no address, or already in this list.")
        status = intern(entry.get("status", "subscribed"))
        if status not in WRITABLE:
            raise ValueError(f"{email} has the status {status!r}, which is none of {', '.join(WRITABLE)}.")
        opted = seconds_of(entry.get("timestamp_opt", ""))
        changed = seconds_of(entry.get("last_changed", "")) or opted or self.now
        member = Member(
            email, key, self.account.number(), status, changed,
            values=self._values(email, entry.get("merge_fields")), tags=self._tags(entry.get("tags"), changed),
            interests=self._interests(email, entry.get("interests")), vip=bool(entry.get("vip")), source="Import",
            timestamp_opt=opted or (changed if status == "subscribed" else 0),
            timestamp_signup=seconds_of(entry.get("timestamp_signup", "")),
        )  # fmt: skip
        for name in TEXTS:
            if entry.get(name):
                setattr(member, name, intern(entry[name]))
        if entry.get("active"):
            member.more().had_activity = True
        if entry.get("email_client"):
            member.more().client = intern(entry["email_client"])
        if entry.get("country_code"):
            member.more().place = place_of(entry["country_code"], entry.get("region", ""))
        self._left(member, entry)
        if entry.get("archived"):
            member.before, member.status = member.status, "archived"
        self.audience.created = min(self.audience.created, opted or changed)  # nobody was here before the list
        self.audience.add(member, member.timestamp_opt or changed)

    def _left(self, member: Member, entry: Json) -> None:
        member.bounced = member.status == "cleaned"
        if member.status == "unsubscribed":
            member.origin = intern(entry.get("origin", "admin"))
            if member.origin not in REASONS:
                raise ValueError(
                    f"{member.email} has the origin {member.origin!r}, which is none of {', '.join(REASONS)}."
                )
            member.reason = intern(entry.get("unsubscribe_reason") or REASONS[member.origin])
            key = (member.last_changed, member.origin, member.reason)
            member.more().left = member.last_changed
            if key not in self.feeds:
                writes.feed(
                    member, member.last_changed, "unsub",
                    is_admin_unsubscribed=member.origin == "admin", unsubscribe_reason=member.reason,
                )  # fmt: skip
                self.feeds[key] = member.more().feed
            member.more().feed = self.feeds[key]

    def _values(self, email: str, given: dict[str, Any] | None) -> tuple[Value, ...]:
        values: list[Value] = []
        for tag, value in (given or {}).items():
            field = self.fields.get(tag)
            if field is None:
                raise ValueError(f"{email} has a value for the merge field {tag!r}, which this list does not have.")
            try:
                kept = merge.stored(field, value)
            except merge.BadValueError as bad:
                raise ValueError(f"{email} has {value!r} in {tag}: {bad}.") from None
            values += [""] * (field.merge_id - len(values))
            values[field.merge_id - 1] = self.known.setdefault(kept, kept) if isinstance(kept, str) else kept
        return tuple(values)

    def _tags(self, names: list[str] | None, added: int) -> tuple[tuple[int, int], ...]:
        if not names:
            return ()
        key = (added, tuple(names))
        if key not in self.tag_sets:
            tags = [ensure_tag(self.account, self.audience, name, self.switches, self.now) for name in names]
            self.tag_sets[key] = tuple((number, added) for number in dict.fromkeys(tag.id for tag in tags))
        return self.tag_sets[key]

    def _interests(self, email: str, names: list[str] | None) -> frozenset[str]:
        key = tuple(names or ())
        if key not in self.interest_sets:
            unknown = [name for name in key if name not in self.interests]
            if unknown:
                raise ValueError(f"{email} has the interest {unknown[0]!r}, which this list does not have.")
            self.interest_sets[key] = frozenset(self.interests[name] for name in key)
        return self.interest_sets[key]
