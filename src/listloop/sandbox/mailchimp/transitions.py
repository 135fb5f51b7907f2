"""What a status may become by the API, as data: one row per state a member can be in, one column per wish.

The state is finer than the visible status: who unsubscribed, and what an archived member was, decide as well
(Mailchimp help on compliance states; recorded traffic of 2021/22 for the plain cells).
"""

from dataclasses import dataclass

from listloop.sandbox.switches import Switches

SET, MAIL, SAME = "set", "mail", "same"
BARRED, FORGOTTEN, MISSING, KEPT = "barred", "forgotten", "missing", "kept"
OUTCOMES = {
    SET: "the status becomes what was asked",
    MAIL: "it becomes pending and a confirmation mail goes out",
    SAME: "nothing changes",
    BARRED: "400 Member In Compliance State",
    FORGOTTEN: "400 Forgotten Email Not Subscribed",
    MISSING: "404",
    KEPT: "405, cannot be archived",
}


@dataclass(frozen=True, slots=True)
class By:
    """A cell that a switch decides."""

    switch: str
    on: str
    off: str


Cell = str | By
WISHES = ("subscribed", "unsubscribed", "cleaned", "pending", "transactional", "archive", "forget")
_CLEAN = By("cleaned_by_api", SET, BARRED)
_OUT = By("optout_to_transactional", SET, BARRED)
_BAR = By("archived_optout_barred", BARRED, SET)
_NEVER = (FORGOTTEN, FORGOTTEN, FORGOTTEN, FORGOTTEN, FORGOTTEN, MISSING, MISSING)
_ROWS: dict[str, tuple[Cell, ...]] = {
    "none": (SET, SET, _CLEAN, MAIL, SET, MISSING, MISSING),
    "subscribed": (
        SAME, SET, _CLEAN, By("pending_leaves_subscribed", MAIL, SAME),
        By("downgrade_to_transactional", SET, BARRED), SET, SET,
    ),
    "unsubscribed by admin": (By("readd_after_admin_unsubscribe", SET, BARRED), SAME, _CLEAN, MAIL, _OUT, SET, SET),
    "unsubscribed by self": (BARRED, SAME, _CLEAN, MAIL, _OUT, SET, SET),
    "complained": (BARRED, SAME, _CLEAN, By("pending_on_complained", MAIL, BARRED), _OUT, SET, SET),
    "cleaned": (
        BARRED, By("unsubscribe_cleaned", SET, BARRED), SAME, By("pending_on_cleaned", MAIL, BARRED), _OUT, KEPT, SET,
    ),
    "pending": (SET, SET, _CLEAN, SAME, SET, KEPT, SET),
    "transactional": (SET, SET, _CLEAN, MAIL, SAME, SET, SET),
    "archived": (SET, SET, _CLEAN, MAIL, SET, KEPT, SET),
    "archived after opt-out": (_BAR, SET, _CLEAN, MAIL, _OUT, KEPT, SET),
    "archived after complaint": (_BAR, SET, _CLEAN, By("pending_on_complained", MAIL, BARRED), _OUT, KEPT, SET),
    "archived after bounce": (_BAR, SET, _CLEAN, By("pending_on_cleaned", MAIL, BARRED), _OUT, KEPT, SET),
    "forgotten": _NEVER,
}  # fmt: skip
TABLE: dict[tuple[str, str], Cell] = {
    (state, wish): cell for state, row in _ROWS.items() for wish, cell in zip(WISHES, row, strict=True)
}
STATES = tuple(_ROWS)


def outcome(state: str, wish: str, switches: Switches) -> str:
    cell = TABLE[state, wish]
    if isinstance(cell, By):
        return cell.on if switches[cell.switch] else cell.off
    return cell


def state_of(status: str, origin: str, before: str, *, bounced: bool) -> str:
    """The row of a member. ``origin``: who unsubscribed (self, admin, abuse); ``before``: what it was when archived."""
    if status == "unsubscribed":
        # An address that bounced stays barred, whatever it is called now.
        by = {"self": "unsubscribed by self", "abuse": "complained"}.get(origin, "unsubscribed by admin")
        return "unsubscribed by self" if bounced and by == "unsubscribed by admin" else by
    if status == "archived":
        if bounced or before == "cleaned":
            return "archived after bounce"
        return {"self": "archived after opt-out", "abuse": "archived after complaint"}.get(origin, "archived")
    return status
