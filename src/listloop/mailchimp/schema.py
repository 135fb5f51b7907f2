"""What an audience can hold: merge fields, tags and groups, as they are now, and how missing ones are made."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping

from listloop.core.errors import ListloopError, NeedsAttention, RecordRejected
from listloop.core.side import Field, FieldType, Label, LabelKind, Schema
from listloop.mailchimp.client import MailchimpClient
from listloop.mailchimp.payloads import PERMISSIONS, AudienceInfo, Category, Interest, MemberPage, MergeField, Tag
from listloop.mailchimp.records import INTEREST, PERMISSION, TAG
from listloop.mailchimp.values import MAKES, TYPES, field_of

_TAG = re.compile(r"[A-Z0-9_]{1,10}")
_CHOICES = frozenset({"dropdown", "radio"})
MARK = "Listloop keeps this in step "
"""Begins the name of the empty tag that a Listloop leaves in an audience, so that a second one finds it."""

CATEGORY = "Interests"
"""Where a group without a named category is made."""


def merge_tag(title: str, taken: frozenset[str] = frozenset()) -> str:
    """A free merge tag for a field of that title: at most 10 of A-Z, 0-9 and _ (API reference, merge fields)."""
    plain = unicodedata.normalize("NFKD", title.upper()).encode("ascii", "ignore").decode()
    stem = re.sub(r"[^A-Z0-9]+", "_", plain).strip("_")[:10] or "FIELD"
    names = (stem, *(f"{stem[: 10 - len(str(number))]}{number}" for number in range(2, 1000)))
    return next(name for name in names if name not in taken)


class Definitions:
    """The fields and labels of one audience. Types are kept, for values mean nothing without them."""

    def __init__(self, client: MailchimpClient, list_id: str, more: set[str] | None = None) -> None:
        """``more`` are the parts of members that are read as well; it learns here whether there are permissions."""
        self._client = client
        self._more = set[str]() if more is None else more
        self.asks_permissions: bool | None = None
        """Has the audience marketing permissions? None: not asked yet."""
        self._path = f"lists/{list_id}"
        self._types: dict[str, FieldType] | None = None
        self._labels: dict[str, str] | None = None
        self._marks: list[str] | None = None

    @property
    def types(self) -> Mapping[str, FieldType]:
        """The type of each merge field by its tag, read once and with each ``schema``."""
        if self._types is None:
            self.merge_fields()
        return self._types or {}

    def types_of(self, tags: frozenset[str]) -> Mapping[str, FieldType]:
        """Like ``types``, read again if one of these tags is new."""
        if not tags <= self.types.keys():
            self.merge_fields()
        return self.types

    def merge_fields(self) -> list[MergeField]:
        """All merge fields; the address is not among them."""
        found = list(self._client.pages(f"{self._path}/merge-fields", "merge_fields", MergeField, fields=_MERGE))
        self._types = {one.tag: TYPES.get(one.type, FieldType.TEXT) for one in found}
        return found

    def tags(self) -> list[Tag]:
        """All tags, which are the static segments; marks of a Listloop are none."""
        found = list(self._client.pages(f"{self._path}/segments", "segments", Tag, type="static", fields=_SEGMENTS))
        self._marks = [one.name.removeprefix(MARK) for one in found if one.name.startswith(MARK)]
        return [one for one in found if not one.name.startswith(MARK)]

    def marks(self) -> list[str]:
        """The marks as the tags were last read; read now where they never were."""
        if self._marks is None:
            self.tags()
        return list(self._marks or ())

    def leave_mark(self, mark: str) -> None:
        """Makes the empty tag that marks this audience as kept in step by a Listloop."""
        body = {"name": f"{MARK}{mark}", "static_segment": []}
        self._client.send("POST", f"{self._path}/segments", body, who="the mark of this Listloop")
        self._marks = [*self.marks(), mark]

    def schema(self) -> Schema:
        """Fields, tags and groups as they are now."""
        tags = [Label(f"{TAG}{tag.id}", tag.name, LabelKind.TAG) for tag in self.tags()]
        groups = [
            Label(f"{INTEREST}{one.id}", f"{category.title}: {one.name}", LabelKind.INTEREST)
            for category, one in self._interests()
        ]
        labels = (*tags, *groups)
        self._labels = {label.name: label.title for label in labels}
        return Schema((*(field_of(one) for one in self.merge_fields()), *self._permissions()), labels)

    def _permissions(self) -> list[Field]:
        """The marketing permissions as fields that a program may only take away.

        No call lists them: they are seen on members alone (Mailchimp API reference, lists/members).
        """
        if self.asks_permissions is None:
            info = self._client.get(self._path, AudienceInfo, fields="id,name,marketing_permissions")
            self.asks_permissions = bool(info.marketing_permissions)
        if not self.asks_permissions:
            self._more.discard(PERMISSIONS)
            return []
        self._more.add(PERMISSIONS)
        page = self._client.get(f"{self._path}/members", MemberPage, count=1, fields=f"members.{PERMISSIONS}")
        seen = [one for member in page.members for one in member.marketing_permissions or ()]
        return [
            Field(
                f"{PERMISSION}{one.marketing_permission_id}", one.text, FieldType.YES_NO, clearable=False, only_no=True
            )
            for one in seen
        ]

    def missing(self, labels: frozenset[str]) -> frozenset[str]:
        """Those of the labels that do not exist; a tag that does not would be made by putting it on somebody."""
        return labels - self._titles(labels).keys()

    def tag_names(self, labels: frozenset[str]) -> list[str]:
        """The names of the tags among some labels, as calls want them; those that do not exist are left out."""
        tags = {one for one in labels if one.startswith(TAG)}
        return sorted(title for name, title in self._titles(frozenset(tags)).items() if name in tags) if tags else []

    def _titles(self, labels: frozenset[str]) -> dict[str, str]:
        if self._labels is None or labels - self._labels.keys():
            self.schema()
        return self._labels or {}

    def prepare(self, wanted: Schema) -> None:
        """Makes the fields, choices and labels that are missing, and touches nothing that exists.

        A field's name is its merge tag, a tag's title its name, a group's title "Category: name". Raises
        ``NeedsAttention`` where Mailchimp refuses, mostly because the plan's number of fields or the 60 groups are used
        up.
        """
        try:
            self._prepare_fields(wanted)
            self._prepare_labels(wanted)
        except RecordRejected as error:
            raise NeedsAttention(
                f"Mailchimp refuses to make what the mapping needs: {_reason(error)}",
                "Remove fields or groups that nobody uses in Mailchimp, or map fewer, then try again.",
                code="limit",
                detail=error.detail,
            ) from None

    def _prepare_fields(self, wanted: Schema) -> None:
        present = {one.tag: one for one in self.merge_fields()}
        for field in wanted.fields:
            if field.name not in present:
                self._make_field(field)
            elif present[field.name].type in _CHOICES:
                self._add_choices(present[field.name], field)
        self._types = self._labels = None

    def _make_field(self, field: Field) -> None:
        if not _TAG.fullmatch(field.name):
            raise NeedsAttention(
                f"“{field.name}” can't be a Mailchimp merge tag: those have at most 10 of A-Z, 0-9 and _.",
                "Choose another name for the new field.",
                code="invalid-tag",
            )
        kind = MAKES.get(field.type, "text")
        body: dict[str, object] = {"tag": field.name, "name": field.title, "type": kind, "public": False}
        choices = field.choices or (("yes", "no") if field.type is FieldType.YES_NO else ())
        if kind in _CHOICES:
            body["options"] = {"choices": list(choices)}
        self._client.send("POST", f"{self._path}/merge-fields", body, who=f"the field {field.title}")

    def _add_choices(self, merge: MergeField, field: Field) -> None:
        missing = [choice for choice in field.choices if choice not in merge.choices]
        if missing:
            body = {"name": merge.name, "options": {"choices": [*merge.choices, *missing]}}
            who = f"the choices of {merge.name}"
            self._client.send("PATCH", f"{self._path}/merge-fields/{merge.merge_id}", body, who=who)

    def drop_choice(self, tag: str, choice: str) -> None:
        """Take a choice off a radio or drop-down field; members who have it keep it."""
        for merge in self.merge_fields():
            if merge.tag == tag and choice in merge.choices:
                left = [one for one in merge.choices if one != choice]
                body = {"name": merge.name, "options": {"choices": left}}
                who = f"the choices of {merge.name}"
                self._client.send("PATCH", f"{self._path}/merge-fields/{merge.merge_id}", body, who=who)

    def rename_label(self, label: Label, title: str) -> None:
        """Give a tag or a group another name. Raises ``NeedsAttention`` where Mailchimp refuses."""
        try:
            if label.kind is LabelKind.TAG:
                path = f"{self._path}/segments/{label.name.removeprefix(TAG)}"
                self._client.send("PATCH", path, {"name": title}, who=f"the tag {label.title}")
            for category, one in self._interests() if label.kind is LabelKind.INTEREST else ():
                if label.name == f"{INTEREST}{one.id}":
                    path = f"{self._path}/interest-categories/{category.id}/interests/{one.id}"
                    name = title.removeprefix(f"{category.title}: ")
                    self._client.send("PATCH", path, {"name": name}, who=f"the group {label.title}")
        except RecordRejected as error:
            raise NeedsAttention(
                f"Mailchimp refuses to call {label.title} “{title}”: {_reason(error)}",
                "Choose another name.",
                code="limit",
                detail=error.detail,
            ) from None
        self._labels = None

    def _prepare_labels(self, wanted: Schema) -> None:
        tags = [label for label in wanted.labels if label.kind is LabelKind.TAG]
        if tags:
            present = {tag.name.lower() for tag in self.tags()}
            for name in (label.title for label in tags):
                if name.lower() not in present:
                    body = {"name": name, "static_segment": []}
                    self._client.send("POST", f"{self._path}/segments", body, who=f"the tag {name}")
        interests = [label for label in wanted.labels if label.kind is LabelKind.INTEREST]
        if interests:
            self._prepare_interests(interests)

    def _prepare_interests(self, wanted: list[Label]) -> None:
        there = list(self._interests())
        names = {f"{category.title}: {one.name}" for category, one in there} | {
            f"{INTEREST}{one.id}" for _, one in there
        }
        categories = {one.title: one.id for one in self._categories()}
        for label in wanted:
            if label.title in names or label.name in names:
                continue
            title, _, name = label.title.rpartition(": ")
            title = title or CATEGORY
            if title not in categories:
                body = {"title": title, "type": "hidden"}
                reply = self._client.send("POST", f"{self._path}/interest-categories", body, who=f"the groups {title}")
                categories[title] = reply.read(Category).id
            path = f"{self._path}/interest-categories/{categories[title]}/interests"
            self._client.send("POST", path, {"name": name}, who=f"the group {name}")

    def _interests(self) -> Iterator[tuple[Category, Interest]]:
        for category in self._categories():
            path = f"{self._path}/interest-categories/{category.id}/interests"
            for one in self._client.pages(path, "interests", Interest, fields=_INTERESTS):
                yield category, one

    def category_of(self, interest: str) -> str:
        """The id of the category that an interest is in. Raises RecordRejected for one that is gone."""
        for category, one in self._interests():
            if one.id == interest:
                return category.id
        raise RecordRejected("This Mailchimp group is gone.", "Choose another one.", code="no-group")

    def _categories(self) -> Iterator[Category]:
        return self._client.pages(f"{self._path}/interest-categories", "categories", Category, fields=_CATEGORIES)


_MERGE = ",".join(f"merge_fields.{name}" for name in ("merge_id", "tag", "name", "type", "required", "options"))
_MERGE += ",total_items"
_SEGMENTS = "segments.id,segments.name,total_items"
_CATEGORIES = "categories.id,categories.title,categories.type,total_items"
_INTERESTS = "interests.id,interests.name,total_items"


def _reason(error: ListloopError) -> str:
    return error.problem.rstrip(".") + "."
