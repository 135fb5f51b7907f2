"""``/_mail/...``: what the links in a mail lead to. Whoever has the mail may follow them, from anywhere."""

import base64
from dataclasses import dataclass
from html import escape
from urllib.parse import urlencode

from listloop.sandbox.mailchimp import forms, people
from listloop.sandbox.mailchimp.ask import Ask
from listloop.sandbox.mailchimp.audience import Audience
from listloop.sandbox.mailchimp.campaign import Recipient
from listloop.sandbox.mailchimp.compose import ROOT, Mail, html_of, links_of, mail_of, of_campaign, target_of, text_of
from listloop.sandbox.mailchimp.member import Member
from listloop.sandbox.mailchimp.problems import ProblemError
from listloop.sandbox.page import Html, button, el, page, to
from listloop.sandbox.standin import StandIn
from listloop.sandbox.wire import Call, Reply

PIXEL = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
POLICY = (
    "default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox"
)
"""A mail runs nothing, sends nothing, and loads nothing but the pictures of this machine."""
WHY = ("No longer interested", "Too many mails", "Never signed up", "Inappropriate content", "Spam")
NEW_WINDOW = '<base target="_blank">'


@dataclass(frozen=True, slots=True)
class _Visit:
    """Somebody with a mail in hand."""

    standin: StandIn
    call: Call
    mail: Mail

    def ask(self) -> Ask:
        campaign = self.mail.campaign.id if self.mail.kind == "campaign" and self.mail.campaign else ""
        state, switches = self.standin.state, self.standin.switches
        return Ask(state, switches, self.standin.clock.now(), source="user", campaign=campaign)

    def member(self) -> tuple[Audience, Member]:
        """Raises NotNowError when the mail belongs to nobody (any more)."""
        audience = self.mail.audience
        member = audience.numbered(self.mail.to.web_id) if audience else None
        if audience is None or member is None:
            raise people.NotNowError("This link belongs to nobody: the mail is a test, or the contact is gone.")
        return audience, member

    def act(self, name: str, done: str, more: Html | None = None, **told: str) -> Reply:
        """Does what the link is for, and says what came of it; ``more`` follows when it was done."""
        try:
            ask = self.ask()
            ask.body |= told
            people.ACTS[name][1](ask, *self.member())
        except ValueError as refused:
            return self.said(str(refused))
        return self.said(done, more)

    def said(self, text: str, more: Html | None = None) -> Reply:
        name = self.mail.audience.settings["name"] if self.mail.audience else "Newsletter"
        return page(self.standin, name, el("p", text), more or Html())


def answer(standin: StandIn, call: Call) -> Reply:
    mail_id, _, rest = call.path.removeprefix(ROOT).partition("/")
    mail = _archived(standin, mail_id) or mail_of(standin.state, mail_id)
    if mail is None:
        return page(standin, "No such mail", el("p", "This mail was deleted, or never sent."), status=404)
    visit = _Visit(standin, call, mail)
    what, _, detail = rest.partition("/")
    match what:
        case "":
            if mail.campaign and mail_id.endswith("-archive"):
                mail.campaign.visits.append((standin.clock.now(), call.headers.get("referer", "")))
            return _body(visit)
        case "open.gif":
            _quietly(visit, "open")
            return Reply(200, PIXEL, {"Content-Type": "image/gif", "Cache-Control": "no-store"})
        case "click" if detail.isdecimal():
            return _click(visit, int(detail))
        case "unsubscribe":
            return visit.act("unsubscribe", f"{mail.to.email} is unsubscribed.", _why(mail))
        case "why":
            return visit.act("explain", "Thank you for telling us.", reason=call.form().get("reason", ""))
        case "confirm":
            return visit.act("confirm", f"{mail.to.email} is subscribed.")
        case "profile":
            return _profile(visit)
        case _:
            return page(standin, "No such page", el("p", "A mail has no such link."), status=404)


def _why(mail: Mail) -> Html:
    """Asks who has just left for the reason."""
    rows = [el("label", el("input", type="radio", name="reason", value=one), one) for one in WHY]
    return el("form", el("p", "Would you tell us why?"), *rows, button("Send"), method="post",
              action=f"{ROOT}{mail.id}/why", class_="grid")  # fmt: skip


def _archived(standin: StandIn, mail_id: str) -> Mail | None:
    """The version in the public archive, of nobody."""
    campaign = standin.state.campaigns.get(mail_id.removesuffix("-archive"))
    if campaign is None or not mail_id.endswith("-archive"):
        return None
    return of_campaign(standin.state, campaign, Recipient(0, "", ""))


def _body(visit: _Visit) -> Reply:
    base = visit.call.base
    html = html_of(visit.mail, base) or f"<pre>{escape(text_of(visit.mail, base))}</pre>"
    headers = {"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": POLICY}
    return Reply(200, (NEW_WINDOW + html).encode(), headers)


def _quietly(visit: _Visit, act: str, url: str = "") -> None:
    """What cannot be noted (the contact is gone, the mail a test) is not."""
    try:
        ask = visit.ask()
        ask.body["url"] = url
        people.ACTS[act][1](ask, *visit.member())
    except people.NotNowError:
        return


def _click(visit: _Visit, number: int) -> Reply:
    try:
        url = links_of(visit.mail.content)[number]
    except IndexError:
        return visit.said("This link is not in the mail.")
    _quietly(visit, "click", url)
    target = target_of(visit.mail, number, visit.call.base)
    if not target.lower().startswith(("http://", "https://")):
        return visit.said(f"The link leads to {target}.")
    return Reply(302, b"", {"Location": target})


def _profile(visit: _Visit) -> Reply:
    """The preference form; sent in, it is the person who edits."""
    try:
        audience, member = visit.member()
    except people.NotNowError as refused:
        return visit.said(str(refused))
    here, said = f"{ROOT}{visit.mail.id}/profile", visit.call.params().get("said", "")
    if visit.call.method == "POST":
        form = visit.call.form()
        ask = visit.ask()
        ask.body |= forms.body(audience, form)
        try:
            people.edit_profile(ask, audience, member)
            if form.get("email", member.email).strip() != member.email:
                ask.body["new_email"] = form["email"].strip()
                people.change_address(ask, audience, member)
            text = "Saved."
        except (ProblemError, ValueError) as refused:
            text = str(refused)
        return to(f"{here}?{urlencode({'said': text})}")
    inputs = forms.inputs(audience, member)
    form_html = el("form", *inputs, button("Save"), method="post", action=here, class_="grid")
    return page(visit.standin, f"Your preferences for {audience.settings['name']}", Html(form_html), said=said)
