"""Pages to look at and edit "the Mailchimp side": audiences, members, one member, the sign-up form."""

from collections.abc import Iterable
from itertools import islice
from typing import Any
from urllib.parse import urlencode

from listloop.sandbox.mailchimp import forms, merge
from listloop.sandbox.mailchimp.audience import Audience
from listloop.sandbox.mailchimp.controls import Controls
from listloop.sandbox.mailchimp.history import feed_of
from listloop.sandbox.mailchimp.member import STATUSES, Member, codes_of
from listloop.sandbox.page import Html, button, el, field, page, table, to, when
from listloop.sandbox.standin import ControlHandler, StandIn
from listloop.sandbox.wire import Call, Json, Reply, Route

ROWS = 50
EXAMPLE = "0123456789abcdef0123456789abcdef-us1"
LIST = "/_sandbox/lists/{list_id}"
MEMBER = LIST + "/members/{contact_id}"
ACTS = (
    ("unsubscribe", "Click unsubscribe"), ("confirm", "Confirm opt-in"), ("hard-bounce", "Hard bounce"),
    ("soft-bounce", "Soft bounce"), ("complain", "Mark as spam"),
)  # fmt: skip


class Pages:
    def __init__(self, standin: StandIn, controls: Controls, *, one_key: bool) -> None:
        """``one_key``: not any key is let in."""
        self.standin, self.controls, self.one_key = standin, controls, one_key

    def routes(self) -> list[Route[ControlHandler]]:
        return [
            Route("GET", "/_sandbox", self.home),
            Route("POST", "/_sandbox/pages/import", self.bring),
            Route("GET", LIST, self.members),
            Route("GET", MEMBER, self.member),
            Route("POST", MEMBER, self.edit),
            Route("POST", MEMBER + "/act", self.act),
            Route("GET", LIST + "/signup", self.form),
            Route("POST", LIST + "/signup", self.sign_up),
        ]

    def home(self, call: Call, __: dict[str, str]) -> Reply:
        said = call.params().get("said", "")
        rows = [
            (
                el("a", one.settings["name"], href=f"/_sandbox/lists/{one.id}"), one.id,
                *(one.number_of(status) for status in STATUSES),
                el("a", "Sign-up form", href=f"/_sandbox/lists/{one.id}/signup"),
            )
            for one in self.standin.state.audiences.values()
        ]  # fmt: skip
        listed = table(("Name", "ID", *STATUSES, ""), rows) if rows else el("p", "There is no audience yet.")
        form = el(
            "form", field("Its export, a CSV file or the zip with all", "file", type="file", required=True,
                          accept=".csv,.zip"),
            field("Name of the audience here", "name", "Imported"), button("Import"),
            method="post", action="/_sandbox/pages/import", enctype="multipart/form-data", class_="row",
        )  # fmt: skip
        text = el("p", "In Mailchimp: Audience, All contacts, Export audience.", class_="quiet")
        return page(
            self.standin, "Audiences", listed, *self._first_call(call.base), el("h2", "Bring an audience"), text, form,
            said=said,
        )  # fmt: skip

    def _first_call(self, base: str) -> list[Html]:
        """What a program needs to know."""
        keys = "the key it was started with" if self.one_key else "any key of the form 32 hex digits and -us1"
        shown = "YOUR-KEY" if self.one_key else EXAMPLE
        return [
            el("h2", "Point your program here"),
            el("p", "Base address ", el("code", f"{base}/3.0"), f", {keys}. For example:"),
            el("pre", f"curl -u any:{shown} {base}/3.0/lists"),
        ]

    def bring(self, call: Call, _: dict[str, str]) -> Reply:
        """An uploaded export becomes members."""
        parts = call.uploaded()
        name = parts.get("name", b"").decode("utf-8", "replace").strip() or "Imported"
        try:
            done = self.controls.bring(parts.get("file", b""), {"name": name})["lists"][0]
            said = f"{done['name']} has {done['members']} members."
        except ValueError as refused:
            said = str(refused)
        return to(f"/_sandbox/?{urlencode({'said': said})}")

    def members(self, call: Call, args: dict[str, str]) -> Reply:
        audience, params = self._audience(args), call.params()
        query, status = params.get("q", "").strip(), params.get("status", "")
        number = max(1, int(params["page"])) if params.get("page", "").isdecimal() else 1
        found, more = self._found(audience, query.lower(), status, (number - 1) * ROWS)
        root = f"/_sandbox/lists/{audience.id}"
        options = [el("option", one or "any", value=one, selected=one == status) for one in ("", *STATUSES)]
        search = el(
            "form", field("Name or address", "q", query, type="search"),
            el("label", "Status", el("select", *options, name="status")), button("Search"), class_="row",
        )  # fmt: skip
        rows = [
            (el("a", one.email, href=f"{root}/members/{audience.contact_id(one)}"), _name(audience, one), one.status,
             ", ".join(audience.segments[tag].name for tag in one.tag_ids()), when(one.last_changed))
            for one in found
        ]  # fmt: skip
        turns = [(number - 1, "Newer")] * (number > 1) + [(number + 1, "Older")] * more
        links = [
            el("a", text, href=f"?{urlencode({'q': query, 'status': status, 'page': to_page})}")
            for to_page, text in turns
        ]
        empty = el("p", "Nobody found.") if not rows else Html()
        heads = ("Address", "Name", "Status", "Tags", "Last changed")
        return page(
            self.standin,
            audience.settings["name"],
            search,
            table(heads, rows),
            empty,
            el("p", Html(" &nbsp; ".join(links))),
        )

    @staticmethod
    def _found(audience: Audience, query: str, status: str, skip: int) -> tuple[list[Member], bool]:
        """The members of a page, last changed first, and whether there are more."""
        codes = codes_of(status) if status in STATUSES else codes_of(*STATUSES)
        changed = audience.by_time["last_changed"]
        start, end = changed.between(None, None)
        if query:
            everybody = changed.each(codes, start, end, backwards=True)
            matching = (one for one in everybody if _matches(audience, one, query))
            found = list(islice(matching, skip, skip + ROWS + 1))
        else:
            found = changed.page(codes, start, end, skip, ROWS + 1, backwards=True)
        return found[:ROWS], len(found) > ROWS

    def member(self, call: Call, args: dict[str, str]) -> Reply:
        audience, member = self._member(args)
        here = f"/_sandbox/lists/{audience.id}/members/{audience.contact_id(member)}"
        back = el("p", "In ", el("a", audience.settings["name"], href=f"/_sandbox/lists/{audience.id}"))
        facts = [
            ("Status", member.status + (f" ({member.reason})" if member.reason else "")), ("Source", member.source),
            ("Last changed", when(member.last_changed)), ("Opted in", when(member.timestamp_opt) or "never"),
            ("Contact ID", el("code", audience.contact_id(member))),
        ]  # fmt: skip
        acts = [button(text, name="act", value=act) for act, text in ACTS]
        items = feed_of(self.standin.state, audience, member)
        feed = [(when(one["created_at_timestamp"]), one["activity_type"], _details(one)) for one in items]
        return page(
            self.standin, member.email,
            back,
            table((), facts),
            el("h2", "What the person or the mailbox does"),
            el("form", *acts, method="post", action=here + "/act", class_="row"),
            el("h2", "Edit as the marketer"),
            el("form", *_inputs(audience, member), button("Save"), method="post", action=here, class_="grid"),
            el("h2", "Activity"), table(("When", "What", ""), feed) if feed else el("p", "None yet."),
            said=call.params().get("said", ""),
        )  # fmt: skip

    def edit(self, call: Call, args: dict[str, str]) -> Reply:
        audience, member = self._member(args)
        form = call.form()
        now = {audience.segments[tag].name for tag in member.tag_ids()}
        wanted = {tag.strip() for tag in form.get("tags", "").split(",") if tag.strip()}
        body: Json = {
            "list_id": audience.id, "email": member.email, "merge_fields": forms.merge_fields(audience, form),
            "add_tags": sorted(wanted - now), "remove_tags": sorted(now - wanted),
        }  # fmt: skip
        address = form.get("email_address", "").strip()
        if address and address != member.email:
            body["email_address"] = address
        if form.get("status", member.status) != member.status:
            archive = form["status"] == "archived"
            body |= {"archive": True} if archive else {"status": form["status"]}
        return self._done(audience, member, "admin-edit", body, "Saved.")

    def act(self, call: Call, args: dict[str, str]) -> Reply:
        audience, member = self._member(args)
        act = call.form().get("act", "")
        if act not in dict(ACTS):
            raise ValueError(f"There is no act {act!r}.")
        return self._done(audience, member, act, {"list_id": audience.id, "email": member.email}, "Done.")

    def _done(self, audience: Audience, member: Member, act: str, body: Json, said: str) -> Reply:
        try:
            self.controls.act(act, body)
        except ValueError as refused:
            said = str(refused)
        return to(f"/_sandbox/lists/{audience.id}/members/{audience.contact_id(member)}?{urlencode({'said': said})}")

    def form(self, call: Call, args: dict[str, str]) -> Reply:
        audience = self._audience(args)
        form = el("form", *forms.inputs(audience, None), button("Sign up"), method="post", class_="grid")
        mode = "A confirmation mail is sent first." if audience.settings["double_optin"] else ""
        return page(
            self.standin,
            f"Sign up for {audience.settings['name']}",
            el("p", mode),
            form,
            said=call.params().get("said", ""),
        )

    def sign_up(self, call: Call, args: dict[str, str]) -> Reply:
        audience, form = self._audience(args), call.form()
        given: Json = {"list_id": audience.id, "email": form.get("email", "").strip()}
        try:
            member = self.controls.sign_up(given | forms.body(audience, form, only_yes=True))["member"]
            said = f"{member['email_address']} is {member['status']}."
        except ValueError as refused:
            said = str(refused)
        return to(f"/_sandbox/lists/{audience.id}/signup?{urlencode({'said': said})}")

    def _audience(self, args: dict[str, str]) -> Audience:
        found: Audience | None = self.standin.state.audiences.get(args["list_id"])
        if found is None:
            raise LookupError(f"the list {args['list_id']}")
        return found

    def _member(self, args: dict[str, str]) -> tuple[Audience, Member]:
        audience = self._audience(args)
        member = audience.find(args["contact_id"])
        if member is None:
            raise LookupError(f"the member {args['contact_id']}")
        return audience, member


def _name(audience: Audience, member: Member) -> str:
    return merge.full_name(audience, member.values)


def _matches(audience: Audience, member: Member, query: str) -> bool:
    return query in member.email.lower() or query in _name(audience, member).lower()


def _details(item: dict[str, Any]) -> str:
    shown = {key: value for key, value in item.items() if key not in {"activity_type", "created_at_timestamp"}}
    return ", ".join(f"{key}: {value}" for key, value in shown.items())


def _inputs(audience: Audience, member: Member) -> Iterable[Html]:
    yield field("E-mail address", "email_address", member.email)
    for shown in audience.merge_fields.values():
        yield from forms.field_inputs(shown.tag, shown.name, shown.type, merge.shown(member.value(shown.merge_id)))
    yield field("Tags, separated by commas", "tags", ", ".join(audience.segments[tag].name for tag in member.tag_ids()))
    options = [el("option", one, selected=one == member.status) for one in STATUSES]
    yield el("label", "Status", el("select", *options, name="status"))
