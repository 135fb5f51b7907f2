"""``/batches``: operations that run later, and their results as a ``.tar.gz`` at a signed address that expires."""

import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from listloop.sandbox.clock import iso
from listloop.sandbox.mailchimp import batch_hooks, storage
from listloop.sandbox.mailchimp.account import Account
from listloop.sandbox.mailchimp.ask import Ask, kind
from listloop.sandbox.mailchimp.members import FIELDS, PAGED, Handler
from listloop.sandbox.mailchimp.problems import ProblemError, fields_invalid, invalid, not_found
from listloop.sandbox.mailchimp.render import collection, link
from listloop.sandbox.switches import Switches
from listloop.sandbox.wire import Call, Json, Route, encoded

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
STATES = ("pending", "preprocessing", "started", "finalizing")
ENDS = len(STATES)  # seconds after the submission: one for each state on the way
KEPT = 7 * 24 * 3600
URL_LASTS = 600
MOST_PENDING = 500
PAGE = 1000
PER_FILE = 500
BUSY = "You have more than 500 pending webhooks. Please wait for some to complete before adding any more batches."
Run = Callable[[Call, int], Json | None]


@dataclass(slots=True)
class Batch:
    id: str
    operations: list[Json]
    submitted: int
    finished: int = 0
    errored: int = 0
    done: bool = False
    archive: bytes = b""
    base: str = ""
    """The address that the batch came to, for the link in what webhooks are told."""
    results: list[Json] = field(default_factory=list)
    begun: int = 0
    """How many operations are done; they are shuffled before the first one."""

    @property
    def ends(self) -> int:
        """The second in which its operations are done."""
        return self.submitted + ENDS

    def status(self, now: int) -> str:
        return "finished" if self.done else STATES[max(0, min(now - self.submitted, ENDS - 1))]


def post_batch(ask: Ask) -> Json:
    operations = ask.body.get("operations")
    limit = int(ask.switches["batch_body_limit"])
    if limit and len(json.dumps(ask.body)) > limit:
        raise invalid(f"The batch is larger than {limit} bytes.")
    if not isinstance(operations, list) or not operations:
        raise fields_invalid(("operations", "This value should not be blank."))
    errors = [error for place, one in enumerate(operations) for error in _wrong(place, one)]
    if errors:
        raise fields_invalid(*errors)
    if sum(not batch.done for batch in ask.account.batches.values()) >= MOST_PENDING:
        raise ProblemError(429, "Too Many Requests", BUSY)
    batch = Batch(ask.account.token(10), operations, ask.now, base=ask.base)
    ask.account.batches[batch.id] = batch
    return show(ask, batch)


def _wrong(place: int, operation: Any) -> list[tuple[str, str]]:
    root = f"operations.item:{place}"
    if not isinstance(operation, dict):
        return [(root, "Schema describes object, another type found instead")]
    errors = []
    if operation.get("method") not in METHODS:
        errors.append((f"{root}.method", "Data did not match any of the enum values."))
    if not isinstance(operation.get("path"), str):
        errors.append((f"{root}.path", "This value should not be blank."))
    for name, wanted, named in (("body", str, "string"), ("params", dict, "object"), ("operation_id", str, "string")):
        given = operation.get(name)
        if given is not None and not isinstance(given, wanted):
            errors.append((f"{root}.{name}", f"Schema describes {named}, {kind(given)} found instead"))
    return errors


def list_batches(ask: Ask) -> Json:
    offset, count = ask.slice()
    found = [batch for batch in ask.account.batches.values() if ask.now - batch.submitted < KEPT][::-1]
    shown = [show(ask, batch) for batch in found[offset : offset + count]]
    return collection("batches", shown, len(found), f"{ask.base}/batches")


def get_batch(ask: Ask) -> Json:
    return show(ask, _batch(ask))


def delete_batch(ask: Ask) -> None:
    del ask.account.batches[_batch(ask).id]


def _batch(ask: Ask) -> Batch:
    batch: Batch | None = ask.account.batches.get(ask.args["batch_id"])
    if batch is None or ask.now - batch.submitted >= KEPT:
        raise not_found()
    return batch


def show(ask: Ask, batch: Batch) -> Json:
    href = f"{ask.base}/batches/{batch.id}"
    address = storage.address(ask.account, ask.base, f"batches/{batch.id}.tar.gz", ask.now + URL_LASTS)
    return {
        "id": batch.id, "status": batch.status(ask.now), "total_operations": _counted(batch, ask.now),
        "finished_operations": batch.finished, "errored_operations": batch.errored,
        "submitted_at": iso(batch.submitted), "completed_at": iso(batch.ends) if batch.done else "",
        "response_body_url": address if batch.done else "",
        "_links": [link("self", href), link("parent", f"{ask.base}/batches"), link("delete", href, "DELETE")],
    }  # fmt: skip


def _counted(batch: Batch, now: int) -> int:
    """Nobody has looked at the operations of a pending batch; in the end a page is one."""
    return batch.finished or (0 if batch.status(now) == "pending" else len(batch.operations))


def due(account: Account, now: int) -> list[Batch]:
    """Those that have to be done by now, the earliest first."""
    found = [one for one in account.batches.values() if not one.done and now >= one.ends]
    return sorted(found, key=lambda one: one.ends)


def work(account: Account, switches: Switches, batch: Batch, run: Run, paged: Callable[[str], bool], end: int) -> bool:
    """Does a batch, as of the second it was due, its operations in an order of their own.

    An operation is a step; False when ``account.steps`` reached ``end`` before the last one.
    """
    if account.steps >= end:
        return False
    if not batch.begun:
        account.random.shuffle(batch.operations)
    for operation in batch.operations[batch.begun :]:
        if account.steps >= end:
            return False
        account.steps += 1
        batch.begun += 1
        batch.results += _results(operation, batch.ends, run, paged)
    batch.finished = len(batch.results)
    batch.errored = sum(result["status_code"] >= 300 for result in batch.results)
    batch.archive = _archive(batch)
    batch.done, batch.operations, batch.results = True, [], []
    batch_hooks.tell(account, show(Ask(account, switches, batch.ends, base=batch.base), batch), batch.ends)
    return True


def _results(operation: Json, now: int, run: Run, paged: Callable[[str], bool]) -> list[Json]:
    """One result per operation; a GET without ``count`` reads the whole collection, a result per page."""
    params = {key: str(value) for key, value in (operation.get("params") or {}).items()}
    path, _, query = operation["path"].partition("?")
    path = "/" + path.lstrip("/")
    by_page = operation["method"] == "GET" and "count" not in params and "count=" not in query and paged(path)
    results: list[Json] = []
    offset = 0
    while True:
        asked = urlencode(params | ({"count": str(PAGE), "offset": str(offset)} if by_page else {}))
        call = Call(
            operation["method"], f"/3.0{path}", "&".join(filter(None, (query, asked))),
            body=(operation.get("body") or "").encode(),
        )  # fmt: skip
        status, value = _one(call, now, run)
        text = "" if value is None else encoded(value).decode()
        results.append({"status_code": status, "operation_id": operation.get("operation_id"), "response": text})
        offset += PAGE
        if not (by_page and status == 200 and (value or {}).get("total_items", 0) > offset):
            return results


def _one(call: Call, now: int, run: Run) -> tuple[int, Json | None]:
    try:
        value = run(call, now)
    except ProblemError as problem:
        return problem.status, problem.body("")
    return (204, None) if value is None else (200, value)


def _archive(batch: Batch) -> bytes:
    """A directory entry first, as recorded, then the files. No time or name of this machine gets in."""
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        root = tarfile.TarInfo("./")
        root.type, root.mode = tarfile.DIRTYPE, 0o755
        tar.addfile(root)
        for start in range(0, len(batch.results) or 1, PER_FILE):
            data = json.dumps(batch.results[start : start + PER_FILE], ensure_ascii=False).encode()
            name = hashlib.blake2b(f"{batch.id} {start}".encode(), digest_size=8).hexdigest()
            info = tarfile.TarInfo(f"./{name}.json")
            info.size, info.mtime = len(data), batch.ends
            tar.addfile(info, io.BytesIO(data))
    return gzip.compress(raw.getvalue(), mtime=batch.ends)


ROUTES: list[Route[Handler]] = [
    Route("GET", "/batches", list_batches, PAGED),
    Route("POST", "/batches", post_batch, body=frozenset({"operations"})),
    Route("GET", "/batches/{batch_id}", get_batch, FIELDS),
    Route("DELETE", "/batches/{batch_id}", delete_batch),
]
