"""Words for what the store keeps as codes: one entry each, marked for the catalogues, translated where it is shown."""

from __future__ import annotations

from listloop.core import questions
from listloop.core.people import Consent
from listloop.core.plan import RULES, Rule
from listloop.core.side import FieldType


class Word(str):
    """A text of ours that stands where usually data stands, and is translated there all the same."""

    __slots__ = ()


def N_(text: str) -> Word:  # noqa: N802 - gettext's customary name for "translate later"
    """Mark a text for the catalogues without translating it here."""
    return Word(text)


#: What questions are about, and what answers say, in the words of every surface.
ANSWERS, TOPICS = questions.ANSWERS, questions.TOPICS

#: Standing -> (word, icon, class of the word, class of its part of a bar).
STANDINGS = {
    "in_sync": (N_("in sync"), "circle-check", "ok", "f-ok"),
    "waiting": (N_("waiting"), "clock", "wait", "f-wait"),
    "excluded": (N_("excluded"), "circle-minus", "out", "f-out"),
    "failed": (N_("failed"), "alert-triangle", "bad", "f-bad"),
}

#: Kind of a decision -> (word, icon, class of the chip, class of its part of a bar).
ACTIONS = {
    "new_mailchimp": (N_("new in Mailchimp"), "user-plus", "acc", "f-acc"),
    "new_crm": (N_("new in the CRM"), "user-plus", "acc", "f-soft"),
    "update": (N_("changed"), "pencil", "wait", "f-wait"),
    "pair": (N_("linked"), "link", "ok", "f-ok"),
    "resume": (N_("takes part again"), "player-play", "ok", "f-ok2"),
    "part": (N_("no longer takes part"), "archive", "out", "f-out"),
    "move": (N_("linked with another member"), "link", "wait", "f-wait"),
    "undo": (N_("put back"), "history", "wait", "f-wait"),
    "keep": (N_("stays as it is"), "circle-minus", "out", "f-out2"),
    "none": (N_("agrees already"), "check", "ok", "f-out2"),
}

#: Ways to narrow a plan that go across the kinds.
NARROWED = {"opt_out": (N_("opted out"), "ban", "bad"), "held": (N_("waiting for your yes"), "player-pause", "wait")}

#: State of a run -> (word, icon, class of the chip).
STATES = {
    "reading": (N_("running"), "loader", "acc"),
    "deciding": (N_("running"), "loader", "acc"),
    "writing": (N_("running"), "loader", "acc"),
    "waiting": (N_("waits for your yes"), "player-pause", "wait"),
    "agreed": (N_("got its yes, starts in a moment"), "loader", "acc"),
    "done": (N_("done"), "circle-check", "ok"),
    "failed": (N_("failed"), "alert-triangle", "bad"),
    "dropped": (N_("dropped"), "x", "out"),
}

#: The stages of a run in their order -> word.
STAGES = {
    "read": N_("Read"),
    "match": N_("Match"),
    "decide": N_("Decide"),
    "guard": N_("Guard"),
    "write": N_("Write"),
    "remember": N_("Remember"),
}

TRIGGERS = {
    "schedule": N_("by the schedule"),
    "button": N_("by a button"),
    "command": N_("by a command"),
    "webhook": N_("by a webhook"),
    "audit": N_("the nightly comparison"),
    "first": N_("the first run"),
    "preview": N_("by a preview"),
    "yes": N_("by a yes"),
    "rest": N_("as the rest of another plan"),
    "undo": N_("to take something back"),
    "restore": N_("to put a value back"),
    "forget": N_("to forget somebody"),
    "flag": N_("after people were chosen"),
}

#: Consent -> (word, icon, class).
CONSENTS = {
    Consent.SUBSCRIBED: (N_("subscribed"), "circle-check", "ok"),
    Consent.PENDING: (N_("pending: asked, no answer yet"), "clock", "wait"),
    Consent.UNKNOWN: (N_("not known"), "help-circle", "out"),
    Consent.UNSUBSCRIBED: (N_("unsubscribed"), "ban", "bad"),
    Consent.CLEANED: (N_("cleaned: the address bounced for good"), "ban", "bad"),
}

ORIGINS = {
    "person": N_("by the person"),
    "complaint": N_("by a complaint of the person"),
    "admin": N_("by somebody in the account"),
    "crm": N_("in the CRM"),
    "unknown": N_("by whom is not known"),
}

LINKED_BY = {
    "id": N_("the Mailchimp ID stored in the CRM"),
    "e-mail": N_("the same e-mail address"),
    "created": N_("Listloop, which created the one from the other"),
    "person": N_("a person who said so"),
}

#: What a field holds, in the words of a form.
TYPES = {
    FieldType.TEXT: N_("text"),
    FieldType.NUMBER: N_("number"),
    FieldType.MONEY: N_("money"),
    FieldType.DATE: N_("date"),
    FieldType.DATETIME: N_("date with a time"),
    FieldType.BIRTHDAY: N_("birthday"),
    FieldType.PHONE: N_("phone"),
    FieldType.URL: N_("website"),
    FieldType.IMAGE_URL: N_("address of a picture"),
    FieldType.EMAIL: N_("e-mail"),
    FieldType.YES_NO: N_("yes or no"),
    FieldType.CHOICE: N_("one choice"),
    FieldType.CHOICES: N_("several choices"),
    FieldType.ADDRESS: N_("address"),
    FieldType.ZIP: N_("postal code"),
    FieldType.COMPANY: N_("company"),
}

#: Kinds of records, as their sides call them.
KINDS = {
    "Individual": N_("Individual"),
    "Contact": N_("Contact"),
    "Company": N_("Company"),
    "Member": N_("Member"),
}

OWNERS = {"crm": N_("CRM"), "mailchimp": N_("Mailchimp"), "ask": N_("ask")}

DIRECTIONS = {"both": N_("both ways"), "to crm": N_("to the CRM"), "to mailchimp": N_("to Mailchimp")}


#: The same as ``OWNERS``, as a sentence about a conflict.
WINNERS = {"crm": N_("the CRM wins"), "mailchimp": N_("Mailchimp wins"), "ask": N_("I am asked")}

LABELS = {"tag": N_("tag"), "interest": N_("group"), "group": N_("group")}

#: The steps of a set-up in their order -> word.
SETUP = {
    "crm": N_("CRM"),
    "mailchimp": N_("Mailchimp"),
    "audience": N_("Audience"),
    "fields": N_("Fields"),
    "companies": N_("Companies"),
    "labels": N_("Groups and tags"),
    "who": N_("Who takes part"),
    "consent": N_("Consent"),
    "schedule": N_("How often"),
    "webhooks": N_("At once"),
    "plan": N_("First plan"),
}

#: Those that stay as settings afterwards.
SETTINGS = frozenset({"fields", "companies", "labels", "who", "consent", "schedule", "webhooks"})

#: Settings of a connection that no set-up asks for.
LATER = {"communications": N_("Into the CRM")}


def rule(code: str) -> str:
    """The words for a rule; the code itself for one that has none."""
    return RULES[Rule(code)] if code in set(Rule) else code


#: By what somebody signed in.
HOWS = {"link": N_("link"), "password": N_("password"), "sign-on": N_("single sign-on")}

ROLES = {"administrator": N_("Administrator"), "marketer": N_("Marketer"), "viewer": N_("Viewer")}

#: What a line of the history is about, where it is not a field.
CHANGES = {
    "e-mail": N_("E-mail"),
    "label": N_("Label"),
    "consent": N_("Consent"),
    "flag": N_("Takes part"),
    "link": N_("Link"),
    "created": N_("Created"),
    "moved": N_("Linked with the member of"),
    "lost": N_("Value that lost"),
}

#: State of a write -> word.
WRITES = {
    "planned": N_("planned"),
    "intended": N_("being written"),
    "done": N_("written"),
    "refused": N_("refused"),
    "left": N_("left for the next plan"),
}

#: Why a request was refused or failed -> (title, what happened and what to do next).
ERRORS = {
    "signed-out": (
        N_("You are not signed in"),
        N_("Open your sign-in link. It works once, within 24 hours. Whoever runs Listloop can make you a new one."),
    ),
    "often": (
        N_("Too many tries"),
        N_("Wait a minute, then try once more. A link that works is not barred."),
    ),
    "barred": (
        N_("Too many wrong tries"),
        N_("Wait a quarter of an hour, then try once more; a sign-in link from whoever runs Listloop works at once."),
    ),
    "sign-on": (
        N_("The sign-in did not work"),
        N_("It took too long, or was begun in another browser. Go to the sign-in page and begin again."),
    ),
    "unknown": (
        N_("Listloop does not know you yet"),
        N_("An administrator lets you in under Settings, Users, with the address that you have at the provider."),
    ),
    "unverified": (
        N_("Your address is not verified"),
        N_("The provider does not say that it checked your address. Verify it there, or ask an administrator."),
    ),
    "role": (
        N_("Your role does not allow this"),
        N_("Nothing was changed. Ask an administrator to do it, or to give you another role."),
    ),
    "cross-site": (
        N_("This request came from another site"),
        N_("Nothing was changed. If you meant to do this, do it on the page of Listloop itself."),
    ),
    "token": (
        N_("This page was open for too long"),
        N_("Nothing was changed. Go back, load the page again and repeat what you did."),
    ),
    "link": (
        N_("This link no longer opens anything"),
        N_("The CRM makes a new one each time: open the record again. If it stays, tell whoever runs Listloop."),
    ),
    "stranger": (
        N_("Listloop does not know you yet"),
        N_("An administrator lets you in under Settings, Users, with the address that the CRM sends."),
    ),
    "missing": (
        N_("There is nothing at this address"),
        N_("It may have been removed, or the link was cut. Start from the overview."),
    ),
    "unreadable": (
        N_("Listloop could not read this request"),
        N_("Nothing was changed. Go back, check what you entered and try again."),
    ),
    "unable": (N_("This can't be shown now"), ""),
    "broken": (
        N_("Something went wrong inside Listloop"),
        N_("It is noted in the log, and what was saved is safe. Try again; if it stays, tell whoever runs Listloop."),
    ),
}

#: The parts of the built-in CRM -> word.
BOOK = {
    "people": N_("People"),
    "companies": N_("Companies"),
    "groups": N_("Groups"),
    "opportunities": N_("Opportunities"),
    "communications": N_("Communications"),
    "fields": N_("Fields"),
}

#: The fields of a company of the built-in CRM.
COMPANY = {
    "name": N_("Name"),
    "business": N_("Business"),
    "phone": N_("Phone"),
    "street": N_("Street"),
    "city": N_("City"),
    "postal_code": N_("Postal code"),
    "country": N_("Country"),
}

#: The parts of an address.
ADDRESS = {
    "addr1": N_("Street"),
    "addr2": N_("Second line"),
    "city": N_("City"),
    "state": N_("State"),
    "zip": N_("Postal code"),
    "country": N_("Country"),
}

#: Stages of an opportunity that everybody knows.
STAGES_OF_DEALS = {"open": N_("open"), "won": N_("won"), "lost": N_("lost")}
