"""Every answer of Mailchimp's error catalogue leads to one reaction, and to words that a person can act on."""

import json
from pathlib import Path

import pytest

from listloop.core.errors import ListloopError, NeedsAttention, RecordRejected, TryLater
from listloop.mailchimp.errors import RULES, Subject, item_refusal, refusal

SEE_ERRORS = "The resource submitted could not be validated. For field-specific details, see the 'errors' array."
ANN = "ann@acme.test"
R, N, T = RecordRejected, NeedsAttention, TryLater

#: status, title, detail, errors, reaction, code: as the catalogue of the API reference and public threads show them
CATALOGUE: list[tuple[int, str, str, list[dict[str, str]], type[ListloopError], str]] = [
    (400, "Bad Request", "Your Campaign is not ready to send.", [], R, "refused"),
    (400, "Invalid Resource", SEE_ERRORS, [{"field": "status", "message": "no"}], R, "invalid-value"),
    (
        400,
        "Invalid Resource",
        "Your merge fields were invalid.",
        [{"field": "AGE", "message": "x"}],
        R,
        "invalid-value",
    ),
    (400, "Invalid Resource", "Please provide a valid email address.", [], R, "invalid-address"),
    (
        400,
        "Invalid Resource",
        f"{ANN} looks fake or invalid, please enter a real email address.",
        [],
        R,
        "fake-address",
    ),
    (
        400,
        "Invalid Resource",
        f"{ANN} has signed up to a lot of lists very recently; we're not allowing more signups for now",
        [],
        R,
        "signup-throttled",
    ),
    (400, "Invalid Resource", "Invalid interest ID: 'abc'.", [], R, "label-missing"),
    (400, "Invalid Resource", "Cannot have more than 60 interests per list (Across all categories)", [], N, "limit"),
    (400, "Invalid Action", "The action requested was not valid for this resource.", [], R, "refused"),
    (400, "JSON Parse Exception", "We encountered an unspecified JSON parsing error.", [], R, "refused"),
    (400, "Member Exists", f"{ANN} is already a list member. Use PUT to insert or update.", [], R, "address-taken"),
    (400, "Member In Compliance State", f"{ANN} is in a compliance state due to unsubscribe", [], R, "compliance"),
    (
        400,
        "Bad Request",
        f"{ANN} is already a list member in compliance state due to unsubscribe, bounce, or compliance review.",
        [],
        R,
        "compliance",
    ),
    (400, "Forgotten Email Not Subscribed", f"{ANN} was permanently deleted and cannot be", [], R, "forgotten"),
    (400, "Member In Compliance State", f"{ANN} was permanently deleted and cannot be", [], R, "forgotten"),
    (
        400,
        "Invalid Resource",
        'This member\'s status is "cleaned." You can only update email addresses for members with a status of',
        [],
        R,
        "address-fixed",
    ),
    (
        401,
        "API Key Invalid",
        "Your API key may be invalid, or you've attempted to access the wrong",
        [],
        N,
        "key-invalid",
    ),
    (401, "API Key Missing", "Your request did not include an API key.", [], N, "key-invalid"),
    (403, "Forbidden", "You are not permitted to access this resource.", [], N, "forbidden"),
    (403, "User Disabled", "This account has been disabled.", [], N, "key-invalid"),
    (403, "WrongDatacenter", "The API key provided is linked to a different datacenter.", [], N, "key-invalid"),
    (403, "Forbidden", "This account's plan doesn't include advanced segmentation.", [], N, "plan"),
    (404, "Resource Not Found", "The requested resource could not be found.", [], R, "not-found"),
    (405, "Method Not Allowed", "The requested method and resource are not compatible.", [], R, "archived"),
    (
        405,
        "Method Not Allowed",
        "This list member cannot be removed. Can not archive a contact that is bounced, pending or archived",
        [],
        R,
        "not-archivable",
    ),
    (414, "Resource Nesting Too Deep", "The sub-resource requested is nested too deeply.", [], N, "refused"),
    (422, "RequestedFieldsInvalid", "The fields requested from this resource are invalid.", [], N, "refused"),
    (426, "Upgrade Required", "Your request was made with the HTTP protocol.", [], N, "https"),
    (429, "Too Many Requests", "You have exceeded the limit of 10 simultaneous connections.", [], T, "throttled"),
    (429, "Too Many Requests", "You have more than 500 pending webhooks.", [], T, "throttled"),
    (500, "Internal Server Error", "An unexpected internal error has occurred.", [], T, "server-error"),
    (502, "", "", [], T, "server-error"),
    (503, "Service Unavailable", "", [], T, "server-error"),
    (503, "ComplianceRelated", "This method has been disabled.", [], N, "under-review"),
    (504, "Gateway Timeout", "", [], T, "server-error"),
]


def body(title: str, detail: str, errors: list[dict[str, str]]) -> bytes:
    return json.dumps({"title": title, "detail": detail, "errors": errors, "instance": ""}).encode()


@pytest.mark.parametrize("row", CATALOGUE, ids=lambda row: f"{row[0]} {row[5]} {row[2][:24]}")
def test_each_row_of_the_catalogue_has_its_reaction_and_its_words(
    row: tuple[int, str, str, list[dict[str, str]], type[ListloopError], str],
) -> None:
    status, title, detail, errors, kind, code = row
    error = refusal(status, body(title, detail, errors), who=ANN)
    assert (type(error), error.code) == (kind, code)
    assert error.problem
    assert error.fix
    assert "{" not in error.problem
    assert detail in error.detail.replace('\\"', '"')


def test_a_row_is_recognised_without_its_title_by_the_words_of_the_detail() -> None:
    """Batch results and old answers carry the same sentences under other titles."""
    for status, _, detail, _, kind, code in CATALOGUE:
        if status == 400 and code in {"compliance", "forgotten", "address-taken", "signup-throttled", "label-missing"}:
            error = refusal(400, body("", detail, []), who=ANN)
            assert (type(error), error.code) == (kind, code)


def test_each_rule_is_reached_by_some_answer_of_the_catalogue() -> None:
    """A rule that an earlier one hides would be dead."""
    reached = {
        next(rule for rule in RULES if rule.fits(status, f"{title}: {detail}", subject))
        for status, title, detail, _, _, code in CATALOGUE
        for subject in Subject
        if code != "server-error"
    }
    assert [rule for rule in RULES if rule not in reached] == []


def test_a_refused_value_names_its_fields_and_what_mailchimp_says_of_them() -> None:
    errors = [{"field": "merge_fields.AGE", "message": "Please enter a number"}, {"field": "", "message": "and more"}]
    error = refusal(400, body("Invalid Resource", "Your merge fields were invalid.", errors), who=ANN)
    assert error.problem == f"Mailchimp refuses a value of {ANN}: AGE (Please enter a number), and more."


def test_an_address_that_signed_up_too_often_is_not_refused_for_good() -> None:
    error = refusal(400, body("Invalid Resource", f"{ANN} has signed up to a lot of lists very recently", []))
    assert isinstance(error, RecordRejected)
    assert not error.permanent


def test_a_403_without_a_problem_document_is_throttling_not_a_missing_right() -> None:
    error = refusal(403, b"<html>Access Denied</html>", retry_after=7)
    assert isinstance(error, TryLater)
    assert (error.code, error.retry_after) == ("throttled", 7)


def test_a_404_of_an_audience_pauses_the_connection_while_that_of_a_member_does_not() -> None:
    gone = body("Resource Not Found", "The requested resource could not be found.", [])
    assert refusal(404, gone, subject=Subject.AUDIENCE).code == "audience-missing"
    assert isinstance(refusal(404, gone, subject=Subject.MEMBER), RecordRejected)


def test_an_item_of_a_bulk_call_is_classified_like_a_single_answer() -> None:
    exists = "is already a list member, do you want to update? please provide update_existing:true"
    assert item_refusal(ANN, f"{ANN} {exists}", "ERROR_CONTACT_EXISTS").code == "address-taken"
    assert (
        item_refusal(ANN, f"{ANN} was permanently deleted and cannot be re-imported.", "ERROR_GENERIC").code
        == "forgotten"
    )
    assert (
        item_refusal(ANN, f"{ANN} is already a list member in compliance state.", "ERROR_GENERIC").code == "compliance"
    )
    value = item_refusal(ANN, "Your merge fields were invalid.", "ERROR_GENERIC", "AGE", "Please enter a number")
    assert value.code == "invalid-value"
    assert "AGE (Please enter a number)" in value.problem


def test_an_unknown_answer_asks_for_a_report_instead_of_being_repeated() -> None:
    error = refusal(418, b"{}")
    assert isinstance(error, NeedsAttention)
    assert "418" in error.problem


def test_every_code_has_its_line_in_the_docs() -> None:
    page = (Path(__file__).parents[2] / "docs" / "explanation" / "mailchimp.md").read_text()
    assert [rule.code for rule in RULES if f"`{rule.code}`" not in page] == []
