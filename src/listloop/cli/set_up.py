"""The set-up behind the pages: a connection made end by end, each checked before it is kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from itertools import islice

from listloop.core.errors import ListloopError, NeedsAttention
from listloop.core.people import address_key
from listloop.core.plan import Rule
from listloop.core.rules import Row, Rules
from listloop.core.scope import outside
from listloop.core.side import Adapter, Schema
from listloop.crm.registry import adapter, adapters, arranged
from listloop.mailchimp.schema import merge_tag
from listloop.service.doctor import of_connection
from listloop.service.webhooks import CHECK, remove, tend
from listloop.store import drafts, schedule, webhooks
from listloop.store.audit import note
from listloop.store.connections import ConnectionRow, change_connection, follow_rules, save_rules
from listloop.store.database import reading
from listloop.store.drafts import Draft
from listloop.store.rhythm import Rhythm, nightly
from listloop.web.setup import STEPS, AudienceChoice, Example, Headcount, Hook, Looked
from listloop.wiring import Listloop, crm_secret, must_work

EXAMPLES = 5
"""CRM people who are looked for in the audience to show an example: each may cost a call."""


COUNTED = 5_000
"""CRM people who are read to tell how many take part: a page waits for it."""


@dataclass(frozen=True, slots=True)
class Drafting:
    """``SetUp`` on a real installation."""

    listloop: Listloop

    def crms(self) -> Sequence[Adapter]:
        """The CRMs that can be connected."""
        return adapters()

    def name_of(self, crm: str) -> str:
        """What the CRM is called."""
        return adapter(crm).title

    def drafts(self) -> Sequence[Draft]:
        """Set-ups that were begun and not finished."""
        with reading(self.listloop.engine).begin() as db:
            return drafts.all_drafts(db)

    def draft(self, draft_id: int) -> Draft:
        """One of them."""
        with reading(self.listloop.engine).begin() as db:
            return drafts.draft(db, draft_id)

    def begin(self, crm: str, settings: Mapping[str, str], who: str) -> int:
        """Check that the CRM can be read and written with these settings, and keep them as a draft."""
        chosen = adapter(crm)
        unsigned = chosen.page is not None and chosen.page.ask(settings, "", "")
        title = "" if unsigned else self._checked(crm, settings)
        hidden = chosen.secrets
        shown = {name: value for name, value in settings.items() if name not in hidden}
        with self.listloop.engine.begin() as db:
            made = drafts.add_draft(db, crm=crm, crm_settings=shown, crm_title=title, now=self.listloop.now())
            note(db, self.listloop.now(), who, f"began to connect {chosen.title}")
        for name in sorted(hidden):
            self.listloop.secrets.put(crm_secret(_place(made), name), settings.get(name, ""), self.listloop.now())
        return made

    def _checked(self, crm: str, settings: Mapping[str, str], place: str = "") -> str:
        """How the CRM calls itself. Raises NeedsAttention where it can't be used."""
        with closing(self.listloop.crm(crm, settings, place)) as opened:
            arranged(opened)
            health = opened.check()
        must_work(health.problems)
        return health.title

    def _end(self, place: str) -> tuple[str, dict[str, str]]:
        """The CRM of a draft or a connection, and all of its settings."""
        kind, _, number = place.partition("/")
        row = self.draft(int(number)) if kind == "draft" else self.listloop.connection(number)
        return row.crm, row.crm_settings | self.listloop.crm_secrets(row.crm, place)

    def ask_crm(self, place: str, back: str, state: str) -> str:
        """Where to sign in at the CRM, to come back to ``back``; "" where that is not how it is signed in to."""
        crm, settings = self._end(place)
        page = adapter(crm).page
        return page.ask(settings, back, state) if page else ""

    def crm_came_back(self, place: str, code: str, back: str, who: str) -> None:
        """Take the code that the CRM gave, and keep what it opens."""
        crm, before = self._end(place)
        page, now = adapter(crm).page, self.listloop.now()
        taken = page.take(before, code, back) if page else {}
        for name, value in taken.items():
            self.listloop.secrets.put(crm_secret(place, name), value, now)
        kind, _, number = place.partition("/")
        if kind == "draft":
            title = self._checked(crm, before | dict(taken), place)
            with self.listloop.engine.begin() as db:
                drafts.change_title(db, int(number), title)
                note(db, now, who, f"signed in to {adapter(crm).title} for a new connection")
            return
        try:
            self.change_crm(int(number), {}, who)
        except ListloopError:
            for name in taken:  # what was there stays, whatever it is good for
                self.listloop.secrets.put(crm_secret(place, name), before[name], now)
            raise

    def sign_in(self, draft_id: int, key: str, base_url: str, who: str) -> None:
        """Check a Mailchimp key and keep it."""
        self.draft(draft_id)
        self.listloop.audiences(key, base_url)
        with self.listloop.engine.begin() as db:
            drafts.change_base_url(db, draft_id, base_url)
            note(db, self.listloop.now(), who, "signed in to Mailchimp for a new connection")
        self.listloop.secrets.put(_key(draft_id), key, self.listloop.now())

    def ask_mailchimp(self, back: str, state: str) -> str:
        """Where to sign in at Mailchimp, to come back to ``back``; "" where only a key can be pasted."""
        app = self.listloop.app()
        return "" if app is None else app.ask(back, state)

    def came_back(self, draft_id: int, code: str, back: str, who: str) -> None:
        """Take the code that Mailchimp gave, and keep what it opens."""
        app = self.listloop.app()
        if app is None:
            raise NeedsAttention("Listloop is no app of Mailchimp here.", "Paste an API key instead.", code="oauth")
        key, base_url = app.take(code, back)
        self.sign_in(draft_id, key, base_url, who)

    def audiences(self, draft_id: int) -> Sequence[AudienceChoice]:
        """The audiences that the kept key opens."""
        found = self.listloop.audiences(self.listloop.secrets.get(_key(draft_id)), self.draft(draft_id).base_url)
        kept = {row.audience: row.name for row in self.listloop.connections()}
        return [AudienceChoice(one.id, one.name, one.members, kept.get(one.id, "")) for one in found]

    def connect(self, draft_id: int, audience: str, name: str, who: str) -> int:
        """Make the connection with a proposed mapping, still off the schedule; gives its id."""
        found = self.draft(draft_id)
        place = _place(draft_id)
        made = self.listloop.connect(
            name=name,
            crm=found.crm,
            crm_settings=found.crm_settings | self.listloop.crm_secrets(found.crm, place),
            api_key=self.listloop.secrets.get(_key(draft_id)),
            audience=audience,
            base_url=found.base_url,
            place=place,
        )
        with self.listloop.engine.begin() as db:
            change_connection(db, made.id, setup_step=STEPS[0])
            note(db, self.listloop.now(), who, f"connected {name}", connection_id=made.id)
        schedule.set_audit(self.listloop.engine, made.id, nightly(made.id), self.listloop.now())
        let_opt_outs_cross(self.listloop, made, who)
        self._forget(draft_id)
        return made.id

    def drop(self, draft_id: int, who: str) -> None:
        """Forget a draft and its secrets."""
        self._forget(draft_id)
        with self.listloop.engine.begin() as db:
            note(db, self.listloop.now(), who, "dropped the set-up of a connection")

    def _forget(self, draft_id: int) -> None:
        with self.listloop.engine.begin() as db:
            drafts.drop_draft(db, draft_id)
        for name in self.listloop.secrets.names():
            if name.startswith(f"draft/{draft_id}/"):
                self.listloop.secrets.delete(name)

    def check(self, connection_id: int) -> Sequence[Looked]:
        """Ask both ends who they are and what is allowed, and look at the runs and the webhook."""
        found = of_connection(self.listloop, self.listloop.connection(str(connection_id)))
        return [Looked(one.level, one.what, one.fix) for one in found]

    def schemas(self, connection_id: int) -> tuple[Schema, Schema]:
        """The fields and labels of both ends as they are now."""
        with self.listloop.ends(self.listloop.connection(str(connection_id))) as (crm, audience):
            return crm.schema(), audience.schema()

    def count(self, connection_id: int, rules: Rules) -> Headcount:
        """How many people of the CRM would take part under these rules; of a large CRM the first some thousand."""
        left_out: Counter[Rule] = Counter()
        read, whole = 0, False
        with closing(self.listloop.crm_of(self.listloop.connection(str(connection_id)))) as crm:
            for page in crm.changes(None):
                people = [one for one in page.records if one.kind != "Company"]
                left_out.update(rule for one in people if (rule := outside(one, rules, linked=False)))
                read, whole = read + len(people), page.last
                if read >= COUNTED:
                    break
        return Headcount(read, whole, dict(left_out))

    def example(self, connection_id: int) -> Example:
        """Somebody who is on both sides, else on the CRM's."""
        with self.listloop.ends(self.listloop.connection(str(connection_id))) as (crm, audience):
            page = next(iter(crm.changes(None)), None)
            here = list(islice((one for one in (page.records if page else ()) if one.email), EXAMPLES))
            there = {address_key(one.email): one for one in audience.find([one.email for one in here])}
        both = [(one, there[address_key(one.email)]) for one in here if address_key(one.email) in there]
        if both:  # whoever has most to show
            return Example(*max(both, key=lambda pair: sum(map(bool, pair[1].person.fields.values()))))
        return Example(here[0] if here else None)

    def make_field(self, connection_id: int, name: str, who: str) -> None:
        """Make a merge field for this field of the CRM, and map the two."""
        row = self.listloop.connection(str(connection_id))
        with self.listloop.ends(row) as (crm, audience):
            field = crm.schema().field(name)
            if field is None:
                raise NeedsAttention("The CRM no longer has this field.", "Load the page again.", code="field-unknown")
            there = audience.schema()
            tag = merge_tag(field.title, frozenset(one.name for one in there.fields))
            audience.prepare(Schema((replace(field, name=tag, required=False),)))
            made = audience.schema().field(tag)
        if made is None:
            raise NeedsAttention(
                "Mailchimp did not keep the new field.", "Make it in Mailchimp, then load the page again.", code="limit"
            )
        rules = replace(row.rules, rows=(*row.rules.rows, Row(field, made)))
        self.save(connection_id, rules, f"made the merge field {tag} for {field.title}", who)

    def save(self, connection_id: int, rules: Rules, what: str, who: str) -> None:
        """Keep changed rules; the next plan waits for a yes."""
        with self.listloop.engine.begin() as db:
            save_rules(db, connection_id, rules)
            note(db, self.listloop.now(), who, what, connection_id=connection_id)

    def change_key(self, connection_id: int, key: str, who: str) -> None:
        """Take another key of the same Mailchimp account."""
        self.listloop.change_key(self.listloop.connection(str(connection_id)), key)
        with self.listloop.engine.begin() as db:
            note(db, self.listloop.now(), who, "changed the Mailchimp key", connection_id=connection_id)

    def crm_settings(self, connection_id: int) -> dict[str, str]:
        """What a connection's CRM is opened with, its secrets left out."""
        return dict(self.listloop.connection(str(connection_id)).crm_settings)

    def change_crm(self, connection_id: int, given: Mapping[str, str], who: str) -> None:
        """Open the same CRM with these from now on; a secret that is "" stays as it is."""
        self.listloop.change_crm_settings(self.listloop.connection(str(connection_id)), given)
        with self.listloop.engine.begin() as db:
            note(db, self.listloop.now(), who, "changed how the CRM is signed in to", connection_id=connection_id)

    def hook(self, connection_id: int) -> Hook:
        """How its webhook stands, as far as it is known here."""
        address = self.listloop.settings.webhook_url
        with reading(self.listloop.engine).begin() as db:
            off = webhooks.is_off(db, connection_id)
            kept = [one for one in webhooks.webhooks_of(db, connection_id) if one.retired_at is None]
        if not kept:
            return Hook(address, off)
        one = kept[-1]
        state = "problem" if one.problem else "works" if one.mailchimp_id else ""
        return Hook(address, off, state, one.heard_at, one.problem, one.fix)

    def use_hook(self, connection_id: int, wanted: bool, who: str) -> None:
        """Have Mailchimp tell at once, or no more."""
        row, now = self.listloop.connection(str(connection_id)), self.listloop.now()
        if wanted:
            tend(self.listloop, row)
        else:
            remove(self.listloop, row)
        with self.listloop.engine.begin() as db:
            webhooks.check_again(db, connection_id, now + CHECK if wanted else webhooks.NEVER)
            said = "asked for a webhook of Mailchimp" if wanted else "removed the webhook of Mailchimp"
            note(db, now, who, said, connection_id=connection_id)

    def runs(self, connection_id: int, rhythm: Rhythm | None, who: str) -> None:
        """Run in this rhythm; None: only when somebody asks."""
        schedule.set_rhythm(self.listloop.engine, connection_id, rhythm, self.listloop.now())
        with self.listloop.engine.begin() as db:
            note(db, self.listloop.now(), who, f"set the schedule: {rhythm or 'off'}", connection_id=connection_id)

    def results(self, connection_id: int, rhythm: Rhythm | None, who: str) -> None:
        """Read campaign results in this rhythm; None: only when somebody asks."""
        schedule.set_facts(self.listloop.engine, connection_id, rhythm, self.listloop.now())
        with self.listloop.engine.begin() as db:
            note(
                db,
                self.listloop.now(),
                who,
                f"set when campaign results are read: {rhythm or 'off'}",
                connection_id=connection_id,
            )

    def step(self, connection_id: int, step: str) -> None:
        """Note how far a set-up is; "" when it is done."""
        with self.listloop.engine.begin() as db:
            change_connection(db, connection_id, setup_step=step)


def let_opt_outs_cross(listloop: Listloop, made: ConnectionRow, who: str) -> list[str]:
    """Where the account has other audiences in step, a no in one of them counts in all of them; gives their names."""
    for row in listloop.connections():
        with suppress(ListloopError):  # one that is out of reach now is none that could be told apart
            listloop.know_account(row)
    others = [one for one in listloop.same_account(made) if one.audience != made.audience]
    with listloop.engine.begin() as db:
        for one in [made, *others] if others else []:
            if not one.rules.everywhere:
                follow_rules(db, one.id, replace(one.rules, everywhere=True))
                said = "opt-outs of the account's other audiences count here, too"
                note(db, listloop.now(), who, said, connection_id=one.id)
    return [one.name for one in others]


def _place(draft_id: int) -> str:
    return f"draft/{draft_id}"


def _key(draft_id: int) -> str:
    return f"{_place(draft_id)}/mailchimp-key"
