"""What campaigns, their states and what people did with them are called on the pages."""

from __future__ import annotations

from listloop.core.crowd import Did
from listloop.sync.sources import Kind as Source
from listloop.web.words import N_

#: What a group of people did, with its icon.
DID = {
    Did.SENT: (N_("sent"), "send"),
    Did.DELIVERED: (N_("delivered"), "mail-check"),
    Did.OPENED: (N_("opened"), "mail-opened"),
    Did.MACHINE: (N_("opened by a machine only"), "mail-opened"),
    Did.CLICKED: (N_("clicked"), "click"),
    Did.NOT_OPENED: (N_("did not open"), "mail"),
    Did.NOT_CLICKED: (N_("did not click"), "mail"),
    Did.OPENED_NOT_CLICKED: (N_("opened, did not click"), "mail-opened"),
    Did.BOUNCED: (N_("bounced"), "alert-triangle"),
    Did.HARD: (N_("bounced for good"), "alert-triangle"),
    Did.SOFT: (N_("bounced for now"), "alert-triangle"),
    Did.UNSUBSCRIBED: (N_("opted out"), "user-minus"),
    Did.COMPLAINED: (N_("complained"), "ban"),
    Did.LEFT: (N_("opted out or complained"), "user-minus"),
}

#: Mailchimp's kinds of campaigns.
KINDS = {
    "regular": N_("regular"),
    "plaintext": N_("plain text"),
    "variate": N_("several versions"),
    "absplit": N_("A/B test"),
    "rss": N_("from a feed"),
    "automation": N_("automation"),
    "automation-email": N_("mail of an automation"),
}

#: Mailchimp's states of a campaign, with icon and colour.
STATUSES = {
    "save": (N_("draft"), "pencil", "out"),
    "paused": (N_("paused"), "player-pause", "wait"),
    "schedule": (N_("scheduled"), "clock", "wait"),
    "sending": (N_("being sent"), "send", "wait"),
    "sent": (N_("sent"), "circle-check", "ok"),
    "canceling": (N_("being cancelled"), "ban", "bad"),
    "canceled": (N_("cancelled"), "ban", "bad"),
    "archived": (N_("archived"), "archive", "out"),
}

#: The numbers of a report.
NUMBERS = {
    "sent": N_("mails sent"),
    "opens": N_("opens"),
    "openers": N_("people whose mail was opened"),
    "own_opens": N_("opens by people"),
    "own_openers": N_("people who opened"),
    "clicks": N_("clicks"),
    "clickers": N_("people who clicked"),
    "hard": N_("bounced for good"),
    "soft": N_("bounced for now"),
    "unsubscribed": N_("opted out"),
    "complained": N_("complained"),
}

#: What a campaign can be sent to: what they are, how they come about, and what to do where there are none.
SOURCES = {
    Source.AUDIENCE: (N_("Audience"), "", ""),
    Source.SEGMENT: (N_("Saved segments"), N_("Mailchimp finds anew whoever fits, each time"), ""),
    Source.TAG: (N_("Tags"), N_("static segments: whoever was put there"), ""),
    Source.GROUP: (
        N_("Mailchimp groups"),
        N_("a campaign goes to one through its saved segment"),
        N_("This audience has no groups. They are made in Mailchimp, for topics that members choose themselves."),
    ),
    Source.CRM: (
        N_("Groups of the CRM"),
        N_("pushed, a group becomes a segment with the moment in its name"),
        N_("The CRM shows no groups."),
    ),
}

#: Why Mailchimp may not mail somebody.
WHY = {
    "unsubscribed": N_("opted out"),
    "cleaned": N_("address bounced for good"),
    "pending": N_("did not confirm yet"),
    "unknown": N_("never agreed to be mailed"),
    "archived": N_("archived in Mailchimp"),
    "absent": N_("not in the audience"),
}
