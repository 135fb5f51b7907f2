import pickle
import subprocess

import pytest

from listloop.sandbox.mailchimp.standin import Mailchimp
from tests.sandbox.api import Api

ANN = "ann@acme.example"


class Evil:
    def __reduce__(self) -> tuple[object, tuple[list[str]]]:
        return subprocess.call, (["true"],)


def test_a_restored_snapshot_gives_equal_answers_to_reads_and_writes(api: Api) -> None:
    api.seed(
        {"email_address": ANN, "tags": ["vip"], "status": "pending"},
        interest_categories=[{"title": "T", "interests": ["x"]}],
    )
    saved = api.client.get("/_sandbox/snapshot").content

    def story() -> list[bytes]:
        made = api.call("POST", "members", {"email_address": "bob@acme.example", "status": "subscribed"})
        return [made.content, api.call("GET", "members").content, api.call("GET", "/nowhere").content]

    first = story()
    api.server.control("reset", {})
    api.client.post("/_sandbox/restore", content=saved).raise_for_status()
    assert story() == first


@pytest.mark.parametrize(
    "saved", [b"", b"nonsense", pickle.dumps(Evil()), pickle.dumps({"a": 1}), pickle.dumps(Mailchimp)]
)
def test_bytes_that_are_no_snapshot_are_refused_and_run_nothing(saved: bytes) -> None:
    with pytest.raises(ValueError, match="no snapshot"):
        Mailchimp().restore(saved)


def test_a_reset_empties_everything(api: Api) -> None:
    api.seed({"email_address": ANN})
    api.switch("since_inclusive", False)
    api.server.control("faults", {"kind": "500"})
    api.server.control("reset", {"seed": 9})
    assert api.server.control("journal")["total"] == 0
    assert api.server.control("faults")["faults"] == []
    assert all(row["value"] == row["default"] for row in api.server.control("switches")["switches"])
    assert api.server.control("clock")["frozen"] is False
    assert api.get("/lists")["total_items"] == 0
