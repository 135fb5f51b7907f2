import io
import json
import tarfile
from typing import Any

import httpx2
import pytest

from tests.sandbox.api import Api

ANN = "ann@acme.example"


def operation(method: str, path: str, body: Any = None, **more: Any) -> dict[str, Any]:
    return {"method": method, "path": path, **({} if body is None else {"body": json.dumps(body)}), **more}


def submit(api: Api, *operations: dict[str, Any]) -> str:
    made = api.ok("POST", "/batches", {"operations": list(operations)})
    assert (made["status"], made["completed_at"], made["response_body_url"]) == ("pending", "", "")
    return str(made["id"])


def results(url: str) -> list[dict[str, Any]]:
    with httpx2.Client() as stranger:
        archive = stranger.get(url)
        assert archive.status_code == 200
    with tarfile.open(fileobj=io.BytesIO(archive.content)) as tar:
        members = tar.getmembers()
        assert members[0].isdir()
        return [row for one in members[1:] for row in json.load(tar.extractfile(one) or io.BytesIO(b"[]"))]


def test_operations_run_later_and_their_results_are_in_the_archive(api: Api) -> None:
    root = f"/lists/{api.list_id}/members"
    batch = submit(
        api,
        operation("POST", root, {"email_address": ANN, "status": "subscribed"}, operation_id="make"),
        operation("DELETE", f"{root}/nobody@x.example", operation_id="drop"),
        operation("GET", "/3.0/ping"),
    )
    assert api.get("members")["total_items"] == 0
    assert api.get(f"/batches/{batch}")["total_operations"] == 0
    states = []
    for _ in range(3):
        api.step()
        states.append(api.get(f"/batches/{batch}")["status"])
    assert states == ["preprocessing", "started", "finalizing"]
    api.step()
    now = api.get(f"/batches/{batch}")
    counts = (now["total_operations"], now["finished_operations"], now["errored_operations"])
    assert (now["status"], counts) == ("finished", (3, 3, 2))
    rows = {row["operation_id"]: row for row in results(now["response_body_url"])}
    assert rows["make"]["status_code"] == 200
    assert json.loads(rows["make"]["response"])["email_address"] == ANN
    assert json.loads(rows["drop"]["response"])["instance"] == ""
    assert rows[None]["status_code"] == 404
    assert api.member(ANN)["last_changed"] == "2027-01-15T08:00:04+00:00"


def test_a_batch_ends_in_the_second_it_was_due_however_late_one_looks(api: Api) -> None:
    root = f"/lists/{api.list_id}/members"
    batch = submit(api, operation("POST", root, {"email_address": ANN, "status": "subscribed"}))
    api.step(500)
    assert api.get(f"/batches/{batch}")["completed_at"] == "2027-01-15T08:00:04+00:00"
    assert api.member(ANN)["last_changed"] == "2027-01-15T08:00:04+00:00"


def test_an_answer_without_a_body_is_an_empty_text(api: Api) -> None:
    api.seed({"email_address": ANN})
    batch = submit(api, operation("DELETE", f"lists/{api.list_id}/members/{ANN}"))
    api.step(4)
    row = results(api.get(f"/batches/{batch}")["response_body_url"])[0]
    assert (row["status_code"], row["response"]) == (204, "")


def test_a_get_without_count_reads_the_whole_collection_page_by_page(api: Api) -> None:
    api.seed(*({"email_address": f"p{n}@x.example"} for n in range(1500)))
    batch = submit(api, operation("GET", f"/lists/{api.list_id}/members", params={"fields": "members.id,total_items"}))
    api.step(4)
    pages = results(api.get(f"/batches/{batch}")["response_body_url"])
    assert [len(json.loads(page["response"])["members"]) for page in pages] == [1000, 500]


def test_any_collection_is_read_whole_and_a_resource_is_read_once(api: Api) -> None:
    api.seed({"email_address": ANN})
    for n in range(12):
        api.ok("POST", f"members/{ANN}/events", {"name": f"event{n}"})
    root = f"/lists/{api.list_id}/members/{ANN}"
    batch = submit(api, operation("GET", f"{root}/events", operation_id="all"), operation("GET", root, params=None))
    api.step(4)
    rows = {
        row["operation_id"]: json.loads(row["response"])
        for row in results(api.get(f"/batches/{batch}")["response_body_url"])
    }
    assert len(rows["all"]["events"]) == 12
    assert rows[None]["email_address"] == ANN


def test_the_address_of_the_results_expires_and_cannot_be_forged(api: Api) -> None:
    batch = submit(api, operation("GET", "ping"))
    api.step(4)
    url = api.get(f"/batches/{batch}")["response_body_url"]
    with httpx2.Client() as stranger:
        assert stranger.get(url.replace("signature=", "signature=0")).status_code == 403
        api.step(601)
        assert stranger.get(url).status_code == 403
    assert len(results(api.get(f"/batches/{batch}")["response_body_url"])) == 1


def test_batches_are_listed_for_seven_days_and_can_be_dropped(api: Api) -> None:
    first, second = submit(api, operation("GET", "ping")), submit(api, operation("GET", "ping"))
    assert [one["id"] for one in api.get("/batches")["batches"]] == [second, first]
    api.ok("DELETE", f"/batches/{first}")
    assert api.refused("GET", f"/batches/{first}") == (404, "Resource Not Found")
    api.step(7 * 24 * 3600)
    assert api.refused("GET", f"/batches/{second}") == (404, "Resource Not Found")


@pytest.mark.parametrize(
    "wrong",
    [
        {"method": "HEAD", "path": "ping"},
        {"method": "GET"},
        {"method": "PUT", "path": "x", "body": {}},
        {"method": "GET", "path": "ping", "params": 1},
        "x",
    ],
)
def test_a_wrong_operation_refuses_the_whole_batch(api: Api, wrong: Any) -> None:
    assert api.refused("POST", "/batches", {"operations": [operation("GET", "ping"), wrong]}) == (
        400,
        "Invalid Resource",
    )
