"""Words of the pages that say which campaigns won customers."""

from __future__ import annotations

from listloop.core.attribution import Model, Unit
from listloop.core.facts import Kind
from listloop.store.deals import State
from listloop.web.words import N_

MODELS = {
    Model.FIRST: N_("First touch"),
    Model.LAST: N_("Last touch"),
    Model.LINEAR: N_("Linear"),
    Model.DECAY: N_("Time decay"),
    Model.POSITION: N_("By position"),
}
MEANS = {
    Model.FIRST: N_("All goes to the campaign that was opened or clicked first."),
    Model.LAST: N_("All goes to the campaign that was opened or clicked last."),
    Model.LINEAR: N_("Every touch counts by its weight, whenever it was."),
    Model.DECAY: N_("A touch counts the less the longer it was before the deal."),
    Model.POSITION: N_("The first and the last touch get most, those between share the rest."),
}
TIMES = {
    "all": N_("All the time"),
    "12m": N_("The last 12 months"),
    "year": N_("This year"),
    "last-year": N_("Last year"),
}
STATES = {
    State.CREDITED: (N_("won with campaigns"), N_("somebody opened or clicked a campaign before")),
    State.UNTOUCHED: (N_("without a campaign"), N_("nobody of theirs opened or clicked one in that time")),
    State.NOBODY: (N_("without a person"), N_("the deal names nobody who is known here")),
    State.NO_RATE: (N_("in a currency without a rate"), N_("in no sum, until a rate is entered")),
}
KINDS = {Kind.SENT: N_("got it"), Kind.OPENED: N_("opened it"), Kind.CLICKED: N_("clicked in it")}
UNITS = {
    Unit.PERSON: N_("What the people did whom the deal names"),
    Unit.COMPANY: N_("What anybody in their company did"),
}
