"""The ``listloop`` command: the list of commands, and what happens to errors.

Commands are imported when they are called: most of them need only a part of the program, and start faster so.
"""

from __future__ import annotations

import gc
import os
import sys

from cyclopts import App, CycloptsError, Group

from listloop.cli.console import FAILED, USAGE, complain, err
from listloop.core.errors import ListloopError
from listloop.service.log import log_to_stderr

app = App(
    name="listloop",
    help="Keeps a CRM and a Mailchimp audience in step, both ways.",
    result_action="return_value",
)

#: Where each command is, and what it does, by what one wants. Told here too, so that the list imports none of them.
COMMANDS = {
    "Set up": {
        "connect:connect": "Connect a CRM with a Mailchimp audience.",
        "connect:key": "Use another Mailchimp API key.",
        "connect:crms": "List the CRMs that can be connected.",
        "mapping:mapping": "Show and change which fields go together.",
        "consent:consent": "Say what is true of consent, and write who said what.",
        "leaving:leave_alone": "Say which members belong to other tools.",
        "schedule:schedule": "Say when the service runs a connection.",
        "webhooks:webhooks": "Let Mailchimp tell at once who changed.",
    },
    "Keep in step": {
        "syncing:preview": "Show exactly what the next run would write, and why.",
        "syncing:sync": "Run once: read both sides, decide, write, remember.",
        "status:status": "Show where everybody stands, and what needs you.",
        "answers:approve": "Say yes to a plan that waits, or to a part of it.",
        "answers:drop": "Say no to a plan that waits.",
        "questions:questions": "List what only a person can decide.",
        "questions:answer": "Answer open questions.",
        "questions:confirm": "Have Mailchimp ask somebody who opted out for a confirmation.",
        "answers:retry": "Try people again whom a side refused.",
        "undoing:undo": "Take back what was written: of a run, a person, a field.",
        "audit:audit": "Compare both sides in full, and heal what drifted.",
    },
    "People": {
        "people:people": "Look at people, and say who takes part.",
        "history:history": "Show past runs, or what was written for one person.",
        "undoing:restore": "Put a value that was overwritten back on both sides.",
        "person_rights:export_person": "Print everything that is held on one person.",
        "person_rights:forget": "Delete a person for good, on both sides and here.",
    },
    "Campaigns": {
        "campaign:campaign": "Write, test, schedule, send and follow up a campaign.",
        "campaigns:campaigns": "List campaigns, with what came of them.",
        "results:results": "Show what came of a campaign, or of all for one person.",
        "groups:groups": "Make groups and segments of people by what they did.",
        "customers:customers": "Show which campaigns won deals and new customers.",
    },
    "Files": {
        "rehearse:rehearse": "Show what a first sync would do, from two exports.",
        "importing:import_people": "Bring people from a file into the built-in CRM.",
        "exporting:export": "Write both sides as files.",
    },
    "The service": {
        "serve:serve": "Serve the pages and keep every connection in step.",
        "worker:worker": "Do the runs of a PostgreSQL installation, without pages.",
        "alerts:alerts": "Show what is wrong now, and try whether alerts arrive.",
        "users:user": "Say who may sign in, and how.",
        "tokens:token": "Let other programs call the API.",
        "doctor:doctor": "Look for what could stop the service, before it does.",
        "backup:backup": "Write everything into one file, and check it.",
        "backup:restore": "Fill a new database from a backup.",
        "upkeep:prune_": "Delete what is old enough.",
        "upkeep:migrate_": "Bring the database to this version.",
        "upkeep:rotate_key": "Encrypt all stored passwords with a new key.",
    },
    "Try out": {
        "demo:demo": "Show the whole loop with invented people.",
        "sandbox:sandbox": "Stand-ins for outside services, on your own machine.",
        "bench:bench": "Measure requests, CPU and memory with invented people.",
    },
}

#: The names of commands that Python has a use of its own for, or that another command has.
NAMES = {
    "person_rights:export_person": "export-person",
    "undoing:restore": "put-back",
    "importing:import_people": "import",
    "upkeep:prune_": "prune",
    "upkeep:migrate_": "migrate",
    "upkeep:rotate_key": "rotate-key",
}

for _group, _commands in COMMANDS.items():
    _together = Group.create_ordered(_group)
    for _path, _help in _commands.items():
        app.command(f"listloop.cli.{_path}", name=NAMES.get(_path), help=_help, group=_together)


#: After so many new objects Python looks for garbage that refers to itself: more than the people of one chunk are made
#: of. People and decisions never do, and are freed at once: looking after every 700, as usual, took a sixth of a run's
#: CPU, and after every 50,000 a thirtieth, and freed nothing.
GARBAGE = 200_000


def main() -> None:
    """Run the command line; the exit code is 0 done, 1 failed, 2 wrong usage, 3 waits for a yes."""
    gc.set_threshold(GARBAGE)
    log_to_stderr()
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        code = app(sys.argv[1:], exit_on_error=False, print_error=False)
    except CycloptsError as error:
        err.print(str(error), style="bold red")
        err.print("→ “listloop --help” and “listloop COMMAND --help” tell what there is.")
        sys.exit(USAGE)
    except ListloopError as error:
        complain(error)
        sys.exit(FAILED)
    except KeyboardInterrupt:
        err.print("Stopped. Nothing is lost; the next run goes on from here.")
        sys.exit(130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(FAILED)
    sys.exit(code if isinstance(code, int) else 0)
