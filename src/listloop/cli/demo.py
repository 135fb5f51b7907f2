"""``./run demo``: a Mailchimp sandbox, a CRM full of believable people, and the loop turning."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Annotated

import httpx2
from cyclopts import Parameter

from listloop.cli.console import FAILED, OK, err, out, print_plan, print_run, progress_bar, standings_line, table
from listloop.cli.demo_crms import CRMS, Shown
from listloop.cli.demo_deals import won_by_campaigns
from listloop.cli.mailing import send_campaigns, write_draft
from listloop.cli.mapping import print_mapping
from listloop.cli.plan import print_plan_people
from listloop.cli.sandbox import KEY
from listloop.cli.serve import sign_in_link, work_and_serve
from listloop.cli.standin import running_sandbox
from listloop.core.errors import NeedsAttention
from listloop.core.people import Consent
from listloop.service.jobs import DbosJobs
from listloop.service.serve import listen
from listloop.settings import Settings
from listloop.store import schedule
from listloop.store.campaigns import list_campaigns
from listloop.store.connections import ConnectionRow
from listloop.store.database import reading
from listloop.store.people import standings
from listloop.store.rhythm import Rhythm
from listloop.store.runs import RunRow
from listloop.sync.run import approve, run_once
from listloop.testing.world import World, world
from listloop.wiring import Listloop, open_listloop


def demo(
    *,
    crm: Annotated[
        str, Parameter(help="With which CRM: local (built in), or a stand-in of maximizer or sagecrm.")
    ] = "local",
    people: Annotated[int, Parameter(help="People in the CRM.")] = 2000,
    seed: Annotated[int, Parameter(help="The same seed makes the same people.")] = 7,
    port: Annotated[int, Parameter(help="Port of the pages; 0 takes any that is free.")] = 8025,
    once: Annotated[bool, Parameter(negative=(), help="Give the first yes, run twice, and stop.")] = False,
) -> int:
    """Show the whole loop on your own machine, with invented people and nothing to sign up for."""
    if crm not in CRMS:
        raise NeedsAttention(f"The demo has no CRM “{crm}”.", f"It has: {', '.join(CRMS)}.", code="crm-unknown")
    with tempfile.TemporaryDirectory(prefix="listloop-demo-") as folder, running_sandbox(seed) as sandbox:
        settings = Settings(database=str(Path(folder) / "demo.sqlite"), tick=5.0)
        listloop = open_listloop(settings)
        made = world(people, seed)
        try:
            with CRMS[crm](listloop, made, seed) as shown:
                row = furnish(listloop, sandbox, made, shown)
                first = _first_plan(listloop, row)
                return _twice(listloop, row, first) if once else _keep_turning(listloop, row, sandbox, shown, port)
        finally:
            listloop.close()


def furnish(listloop: Listloop, sandbox: str, made: World, shown: Shown, *, quiet: bool = False) -> ConnectionRow:
    """Fill the audience with people who overlap with those of the CRM and differ, and connect the two."""
    if not quiet:
        crowd = f"{len(made.people):,} people in {shown.title}"
        out.print(f"Made {crowd}; making a Mailchimp sandbox with an audience of its own …")
    httpx2.post(f"{sandbox}/_sandbox/seed", json=made.seed_sandbox(), timeout=120).raise_for_status()
    base_url = f"{sandbox}/3.0"
    audience = listloop.audiences(KEY, base_url)[0]
    sent = send_campaigns(sandbox, KEY, audience.id)
    row = listloop.connect(
        name="Demo",
        crm=shown.crm,
        crm_settings=shown.settings,
        api_key=KEY,
        audience=audience.id,
        base_url=base_url,
        consent=Consent.SUBSCRIBED,
    )
    if not quiet:
        counted = f"{len(made.people):,} people in the CRM, {len(made.members):,} members in the audience"
        out.print(f"{counted} “{audience.name}”, which has got {sent} campaigns.\n")
        print_mapping(row)
    return row


def _first_plan(listloop: Listloop, row: ConnectionRow) -> RunRow:
    with listloop.sync(row.id) as sync, progress_bar() as sync.progress:
        made = run_once(sync, "first")
    print_plan(made.counts, "\nThe plan of the first run")
    print_plan_people(listloop.engine, row.id, made.id, 6)
    with reading(listloop.engine).begin() as db:
        out.print(f"\n{standings_line(standings(db, row.id))}")
    return made


def read_results(listloop: Listloop, row: ConnectionRow) -> None:
    """Read what came of the campaigns, and show it."""
    while listloop.import_facts(row.id).more:
        pass
    with reading(listloop.engine).begin() as db:
        sent = list_campaigns(db, row.id)
    shown = table("campaign", "#sent", "#opened", "#clicked", title="\nWhat came of the campaigns")
    for one in sent:
        shown.add_row(one.name, *(f"{n:,}" for n in (one.counted.sent, one.counted.opened, one.counted.clickers)))
    out.print(shown)
    won_by_campaigns(listloop, row)


def _twice(listloop: Listloop, row: ConnectionRow, first: RunRow) -> int:
    out.print("\nNothing was written yet: a first plan waits for a yes. With --once, the demo now says it for you.")
    with listloop.sync(row.id) as sync, progress_bar() as sync.progress:
        print_run(approve(sync, first.id, "demo"))
        again = run_once(sync, "command")
    read_results(listloop, row)
    with reading(listloop.engine).begin() as db:
        counts = standings(db, row.id)
        population = expected_population(listloop, row)
    writes = _writes(again)
    out.print(f"second run: {writes} writes")
    out.print(standings_line(counts))
    if sum(counts.values()) != population:
        err.print(f"The population is {population:,}, but the standings add up to {sum(counts.values()):,}.")
        return FAILED
    return OK if writes == 0 else FAILED


def _writes(done: RunRow) -> int:
    return sum(done.counts.get(f"{side}_{state}", 0) for side in ("crm", "mailchimp") for state in ("done", "refused"))


def expected_population(listloop: Listloop, row: ConnectionRow) -> int:
    """The population, counted from the two sides themselves rather than from what Listloop stored about standings.

    CRM people and active members, a pair counted once; a CRM record and a member are a pair when the CRM stores the
    member's ID. Archived members count only where they are linked.
    """
    with listloop.sync(row.id) as sync:
        crm = [record for page in sync.crm.changes(None) for record in page.records]
        members = [record for page in sync.audience.changes(None) for record in page.records]
    stored = {record.mailchimp_id for record in crm if record.mailchimp_id}
    alone = [one for one in members if one.takes_part is not False and one.mailchimp_id not in stored]
    return len(crm) + len(alone)


def _keep_turning(listloop: Listloop, row: ConnectionRow, sandbox: str, shown: Shown, port: int) -> int:
    listening = listen("127.0.0.1", port)
    base = f"http://127.0.0.1:{listening.getsockname()[1]}"
    schedule.set_rhythm(listloop.engine, row.id, Rhythm(1), listloop.now())
    jobs = DbosJobs(listloop.engine, listloop.run, threads=2, every=5.0)
    listloop.owner = jobs.owner
    read_results(listloop, row)
    draft = write_draft(listloop, row)
    out.print("\nThe first plan waits for your yes on the page; after it, the loop turns every minute.")
    out.print(f"  Listloop (sign in once): {sign_in_link(listloop, base)}")
    out.print(f"  Mailchimp sandbox:       {sandbox}/_sandbox/")
    out.print(f"  A campaign to send:      {base}/sending/{draft}")
    out.print(f"  Where its mails arrive:  {sandbox}/_sandbox/pages/inbox")
    if shown.pages:
        out.print(f"  The CRM's sandbox:       {shown.pages}/_sandbox/")
    out.print("  Your own people:         listloop rehearse --crm people.csv --audience export.zip", markup=False)
    out.print("Edit somebody on either side, and see it on the other. What members do crosses within seconds.")
    out.print("Under Campaigns, each number opens to its people, and they become a group in two clicks.")
    out.print("Ctrl-C stops everything.\n")
    listloop.settings.webhook_url = base
    finished = work_and_serve(listloop, jobs, base, listening)
    if not finished:
        os._exit(OK)
    return OK
