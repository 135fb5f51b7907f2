from tests.sandbox.api import Api

ANN = "ann@acme.example"


def test_the_hosted_form_has_groups_by_kind_and_permissions_to_tick(api: Api) -> None:
    groups = [
        {"title": "Topics", "type": "checkboxes", "interests": ["Wine"]},
        {"title": "Often", "type": "radio", "interests": ["Daily", "Weekly"]},
        {"title": "Where", "type": "dropdown", "interests": ["North"]},
        {"title": "Inside", "type": "hidden", "interests": ["Secret"]},
    ]
    api.seed(interest_categories=groups, permissions=["By post"])
    page = api.client.get(f"/_sandbox/lists/{api.list_id}/signup").text
    for text in ("Wine", 'type="radio"', "<select", "North", "By post"):
        assert text in page
    assert "Secret" not in page
    audience = api.standin.state.audience(api.list_id)
    ids = {one.name: one for one in audience.interests.values()}
    form = {
        "email": ANN, f"interest.{ids['Wine'].id}": "on", f"category.{ids['Weekly'].category_id}": ids["Weekly"].id,
        f"permission.{next(iter(audience.permissions))}": "on",
    }  # fmt: skip
    assert api.client.post(f"/_sandbox/lists/{api.list_id}/signup", data=form).status_code == 303
    now = api.member(ANN)
    assert {name for name, one in ids.items() if now["interests"][one.id]} == {"Wine", "Weekly"}
    assert now["marketing_permissions"][0]["enabled"] is True
