"""Pages for the mails: the inbox, one mail as its reader sees it, the campaigns, and a report with its events."""

from urllib.parse import urlencode

from listloop.sandbox.mailchimp import inbox, variate
from listloop.sandbox.mailchimp.campaign import Campaign
from listloop.sandbox.mailchimp.compose import ROOT, Mail, mail_of, subject_of, text_of
from listloop.sandbox.mailchimp.controls import Controls
from listloop.sandbox.page import Html, button, el, field, page, table, to, when
from listloop.sandbox.standin import ControlHandler, StandIn
from listloop.sandbox.wire import Call, Reply, Route

ROWS = 50
EVENTS = 200
INBOX = "/_sandbox/pages/inbox"
CAMPAIGNS = "/_sandbox/pages/campaigns"
KINDS = ("", "campaign", "test", "confirmation")


def _open(mail: Mail, base: str) -> Html:
    return el("a", subject_of(mail, base) or "(no subject)", href=f"{INBOX}/{mail.id}")


def _trial(one: Campaign) -> Html:
    """What a variate campaign tries, with a button for each while the others still wait."""
    if not variate.children(one):
        return Html()
    rows = []
    for child in variate.children(one):
        found = child.tally()
        pick = button("Send this one to the rest", name="combination", value=child.id)
        form = el("form", pick, method="post", action=f"{CAMPAIGNS}/{one.id}/winner")
        rows.append((child.settings["subject_line"], child.settings["from_name"], found.sent, found.openers,
                     found.clickers, form if one.rest else ""))  # fmt: skip
    heads = ("Subject", "From", "Mails", "Opened by", "Clicked by", "")
    waits = el("p", f"{len(one.rest)} people wait for the winner.") if one.rest else Html()
    return Html(el("h2", "What is tried") + waits + table(heads, rows))


class MailPages:
    def __init__(self, standin: StandIn, controls: Controls) -> None:
        self.standin, self.controls = standin, controls

    def routes(self) -> list[Route[ControlHandler]]:
        return [
            Route("GET", INBOX, self.inbox),
            Route("GET", INBOX + "/{mail_id}", self.mail),
            Route("GET", CAMPAIGNS, self.campaigns),
            Route("GET", CAMPAIGNS + "/{campaign_id}", self.campaign),
            Route("POST", CAMPAIGNS + "/{campaign_id}/winner", self.elect),
        ]

    def inbox(self, call: Call, _: dict[str, str]) -> Reply:
        params = call.params()
        wanted = inbox.Wanted(params.get("email", ""), params.get("campaign_id", ""), params.get("kind", ""))
        number = max(1, int(params["page"])) if params.get("page", "").isdecimal() else 1
        total, mails = inbox.listed(self.standin.state, wanted, (number - 1) * ROWS, ROWS)
        options = [el("option", kind or "any", value=kind, selected=kind == wanted.kind) for kind in KINDS]
        search = el(
            "form", field("Address", "email", wanted.email, type="search"),
            el("label", "Kind", el("select", *options, name="kind")), button("Search"), class_="row",
        )  # fmt: skip
        rows = [
            (when(mail.at), mail.to.email, _open(mail, call.base), mail.kind) for mail in mails
        ]  # fmt: skip
        turns = [(number - 1, "Newer")] * (number > 1) + [(number + 1, "Older")] * (total > number * ROWS)
        here = {"email": wanted.email, "kind": wanted.kind, "campaign_id": wanted.campaign_id}
        links = [el("a", text, href=f"?{urlencode(here | {'page': turn})}") for turn, text in turns]
        listed = table(("When", "To", "Subject", "Kind"), rows) if rows else el("p", "No mail has arrived.")
        text = el("p", "All mail that anybody got. To look at one opens it, as if the person did.", class_="quiet")
        return page(self.standin, "Inbox", text, search, listed, el("p", Html(" &nbsp; ".join(links))))

    def mail(self, call: Call, args: dict[str, str]) -> Reply:
        mail = mail_of(self.standin.state, args["mail_id"])
        if mail is None:
            raise LookupError(f"the mail {args['mail_id']}")
        head = inbox.shown(mail, call.base)
        facts = [("From", f"{head['from']} <{head['reply_to']}>"), ("To", head["to"]), ("When", when(mail.at))]
        frame = el(
            "iframe", src=f"{ROOT}{mail.id}", title="The mail", width="100%", height="480",
            sandbox="allow-popups allow-popups-to-escape-sandbox",
        )  # fmt: skip
        text = el("pre", text_of(mail, call.base), style="white-space:pre-wrap")
        parts = [table((), facts), frame, el("h2", "Plain-text part"), text]
        return page(self.standin, head["subject"] or "(no subject)", *parts)

    def campaigns(self, _: Call, __: dict[str, str]) -> Reply:
        rows = [self._row(one) for one in reversed(self.standin.state.campaigns.values())]
        heads = ("Campaign", "Audience", "Status", "Sent or scheduled", "Mails", "Opened by", "Clicked by")
        listed = table(heads, rows) if rows else el("p", "There is no campaign yet. Make one by the API.")
        return page(self.standin, "Campaigns", listed)

    def _row(self, one: Campaign) -> tuple[object, ...]:
        found = one.tally()
        name = el("a", one.title or one.id, href=f"{CAMPAIGNS}/{one.id}")
        return name, self._audience(one), one.status, when(one.send_time), found.sent, found.openers, found.clickers

    def _audience(self, one: Campaign) -> str:
        audience = self.standin.state.audiences.get(one.list_id)
        return audience.settings["name"] if audience else ""

    def elect(self, call: Call, args: dict[str, str]) -> Reply:
        self.controls.elect({"campaign_id": args["campaign_id"], "combination_id": call.form().get("combination", "")})
        return to(f"{CAMPAIGNS}/{args['campaign_id']}")

    def campaign(self, _: Call, args: dict[str, str]) -> Reply:
        one: Campaign | None = self.standin.state.campaigns.get(args["campaign_id"])
        if one is None:
            raise LookupError(f"the campaign {args['campaign_id']}")
        found = one.tally()
        facts = [
            ("Status", one.status), ("Audience", self._audience(one)), ("Subject", one.settings["subject_line"]),
            ("Sent or scheduled", when(one.send_time) or "not yet"), ("Mails", found.sent),
            ("Opens", f"{found.opens} by {found.openers}"),
            ("Clicks", f"{found.clicks} by {found.clickers}"), ("Bounces", f"{found.hard} hard, {found.soft} soft"),
            ("Unsubscribed", found.unsubscribed), ("Complaints", found.complaints),
        ]  # fmt: skip
        events = sorted(one.happened(), key=lambda pair: -pair[1].at)[:EVENTS]
        rows = [(when(event.at), to.email, event.kind, event.detail) for to, event in events]
        address = f"{INBOX}?{urlencode({'campaign_id': one.id})}"
        mails = el("p", el("a", "Its mails", href=address)) if found.sent else Html()
        listed = table(("When", "Who", "What", ""), rows) if rows else el("p", "None yet.")
        title = one.title or one.id
        return page(
            self.standin, title, table((), facts), mails, _trial(one), el("h2", f"Events, the last {EVENTS}"), listed
        )
