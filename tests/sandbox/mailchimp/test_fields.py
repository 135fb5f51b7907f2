from typing import Any

import pytest

from tests.sandbox.api import Api

ANN = "ann@acme.example"


def test_a_new_audience_has_the_four_standard_fields(api: Api) -> None:
    fields = api.get("merge-fields")["merge_fields"]
    assert [(one["merge_id"], one["tag"]) for one in fields] == [
        (1, "FNAME"),
        (2, "LNAME"),
        (3, "ADDRESS"),
        (4, "PHONE"),
    ]


def test_ten_fields_are_listed_unless_more_are_asked_for(api: Api) -> None:
    for number in range(8):
        api.ok("POST", "merge-fields", {"name": f"F{number}", "type": "text"})
    page = api.get("merge-fields")
    assert (len(page["merge_fields"]), page["total_items"]) == (10, 12)


def test_a_tag_is_made_upper_case_and_unique_and_generated_when_left_out(api: Api) -> None:
    assert api.ok("POST", "merge-fields", {"name": "C", "type": "text", "tag": "company"})["tag"] == "COMPANY"
    assert api.ok("POST", "merge-fields", {"name": "D", "type": "text"})["tag"] == "MMERGE6"
    reply = api.call("POST", "merge-fields", {"name": "C", "type": "text", "tag": "COMPANY"})
    assert reply.json()["detail"] == 'A Merge Field with the tag "COMPANY" already exists for this list.'
    assert api.refused("POST", "merge-fields", {"name": "C", "type": "text", "tag": "TOOLONGATAG"})[0] == 400
    assert api.refused("POST", "merge-fields", {"name": "C", "type": "text", "tag": "EMAIL"})[0] == 400


def test_renaming_a_tag_renames_the_key_and_keeps_the_value(api: Api) -> None:
    api.seed({"email_address": ANN, "merge_fields": {"PHONE": "1"}})
    before = api.member(ANN)["last_changed"]
    api.step()
    api.ok("PATCH", "merge-fields/4", {"name": "Phone", "tag": "TEL"})
    now = api.member(ANN)
    assert (now["merge_fields"].get("TEL"), "PHONE" in now["merge_fields"], now["last_changed"]) == ("1", False, before)


def test_deleting_a_field_drops_its_values_and_its_id_for_good(api: Api) -> None:
    api.seed({"email_address": ANN, "merge_fields": {"PHONE": "1"}})
    api.ok("DELETE", "merge-fields/4")
    assert "PHONE" not in api.member(ANN)["merge_fields"]
    made = api.ok("POST", "merge-fields", {"name": "Phone", "type": "phone", "tag": "PHONE"})
    assert (made["merge_id"], api.member(ANN)["merge_fields"]["PHONE"]) == (5, "")


@pytest.mark.parametrize(
    "body",
    [{"name": "x"}, {"type": "text"}, {"name": "x", "type": "blob"}, {"name": "x", "type": "text", "required": "yes"}],
)
def test_a_field_needs_a_name_and_a_known_type(api: Api, body: dict[str, Any]) -> None:
    assert api.refused("POST", "merge-fields", body) == (400, "Invalid Resource")


def test_the_type_of_a_field_cannot_be_changed(api: Api) -> None:
    assert api.refused("PATCH", "merge-fields/1", {"name": "x", "type": "number"})[0] == 400
    assert api.refused("PATCH", "merge-fields/1", {"tag": "x"})[0] == 400
    assert api.refused("GET", "merge-fields/99") == (404, "Resource Not Found")


def test_groups_can_be_made_renamed_and_dropped(api: Api) -> None:
    category = api.ok("POST", "interest-categories", {"title": "Topics", "type": "checkboxes"})
    path = f"interest-categories/{category['id']}"
    wine = api.ok("POST", f"{path}/interests", {"name": "Wine"})
    api.seed({"email_address": ANN, "interests": ["Wine"]})
    assert api.get(f"{path}/interests/{wine['id']}")["subscriber_count"] == "1"
    assert api.ok("PATCH", f"{path}/interests/{wine['id']}", {"name": "Cider"})["name"] == "Cider"
    assert api.ok("PATCH", path, {"title": "Drinks"})["title"] == "Drinks"
    assert api.get("interest-categories")["total_items"] == 1
    api.ok("DELETE", path)
    assert "interests" not in api.member(ANN)


def test_an_audience_has_at_most_sixty_interests(api: Api) -> None:
    api.seed(interest_categories=[{"title": "T", "interests": [str(n) for n in range(60)]}])
    category = api.get("interest-categories")["categories"][0]["id"]
    reply = api.call("POST", f"interest-categories/{category}/interests", {"name": "one more"})
    assert reply.json()["detail"] == "Cannot have more than 60 interests per list (Across all categories)"
