"""``listloop preview`` and ``listloop sync``: the plan, the first yes, exit codes, and what rests or fails."""

from __future__ import annotations

from tests.cli.stage import Cli, opened_book


def writes(cli: Cli) -> int:
    """How many requests changed something in Mailchimp."""
    methods = cli.mailchimp.control("journal")["by_method"]
    return sum(count for method, count in methods.items() if method != "GET")


def test_a_preview_tells_what_to_whom_and_why_and_writes_nothing(connected: Cli) -> None:
    said = connected("preview")
    assert said.code == 0
    assert "1  new in Mailchimp, become CRM people" in said.out
    assert "Ann Archer — the same person on both sides, linked" in said.out
    assert "Mailchimp Phone Number: +44 20 7946 0001 → +44 20 7946 0002" in said.out
    assert "CRM       Sync with Mailchimp: not set → Yes" in said.out
    assert "the CRM's value wins" in said.out
    assert "→ Say yes with “listloop sync --yes”." in said.out
    assert said.out.count("sum 5") == 1
    assert writes(connected) == 0


def test_the_preview_for_scripts_has_the_documented_shape(connected: Cli) -> None:
    plan = connected("preview", "--json").json
    assert list(plan) == ["population", "standings", "people"]
    assert list(plan["standings"]) == ["in_sync", "waiting", "excluded", "failed"]
    assert sum(plan["standings"].values()) == plan["population"] == len(plan["people"]) == 5
    keys = ["email", "crm_key", "audience_key", "standing", "action", "crm_type", "rule", "reasons"]
    keys += ["to_crm", "to_mailchimp"]
    assert all(list(person) == keys for person in plan["people"])
    people = {person["email"]: person for person in plan["people"]}
    ann, eve, bob = (people[name] for name in ("ann@archer.example", "eve@evans.example", "bob@brown.example"))
    assert (ann["action"], ann["crm_type"]) == ("pair", "Individual")
    assert ann["to_mailchimp"] == {"PHONE": {"old": "+44 20 7946 0001", "new": "+44 20 7946 0002"}}
    assert (eve["action"], eve["crm_type"], eve["crm_key"]) == ("new_crm", "Contact", None)
    assert eve["to_crm"]["company"] == {"old": "", "new": "Evans & Daughters"}
    assert eve["to_crm"]["consent"] == {"old": None, "new": "subscribed"}
    assert (bob["action"], bob["standing"], bob["to_crm"], bob["to_mailchimp"]) == ("none", "excluded", {}, {})
    assert bob["rule"]
    assert all(reason for person in plan["people"] for reason in person["reasons"])


def test_people_without_a_flag_become_members_once_it_is_set(synced: Cli) -> None:
    assert synced("people", "flag", "yes", "--email", "bob@brown.example").code == 0
    plan = {person["email"]: person for person in synced("preview", "--json").json["people"]}
    bob = plan["bob@brown.example"]
    assert bob["action"] == "new_mailchimp"
    assert bob["to_mailchimp"]["consent"] == {"old": None, "new": "subscribed"}
    assert synced("sync", "--yes").code == 0
    assert synced.member("bob@brown.example")["merge_fields"]["COMPANY"] == "Brown Brothers"


def test_the_first_plan_waits_and_says_so_with_exit_code_3(connected: Cli) -> None:
    said = connected("sync")
    assert said.code == 3
    assert "Waits for your yes:" in said.out
    assert "“listloop sync --yes”" in said.out
    assert writes(connected) == 0
    assert connected("sync").code == 3


def test_a_yes_writes_the_plan_and_the_next_run_writes_nothing(connected: Cli) -> None:
    done = connected("sync", "--yes")
    assert done.code == 0
    assert "in sync 3, waiting 0, excluded 2, failed 0, sum 5" in done.out
    again = connected("sync", "--json").json
    assert again["state"] == "done"
    assert not {name for name in again["counts"] if name.endswith("_done")}
    assert again["standings"] == {"in_sync": 3, "waiting": 0, "excluded": 2, "failed": 0}
    assert connected("sync", "--full").code == 0


def test_an_edit_on_either_side_crosses_and_so_does_a_no(synced: Cli) -> None:
    synced.edit("ann@archer.example", phone="+44 20 7946 0003")
    synced.member("eve@evans.example", merge_fields={"CITY": "Cardiff"})
    synced.mailchimp.control("people/unsubscribe", {"email": "eve@evans.example"})
    assert synced("sync").code == 0
    assert synced.member("ann@archer.example")["merge_fields"]["PHONE"] == "+44 20 7946 0003"
    (eve,) = synced("people", "show", "eve@evans.example", "--json").json
    assert eve["crm"]["person"]["fields"]["city"] == "Cardiff"
    assert eve["crm"]["person"]["consent"] == "unsubscribed"


def test_a_field_that_mailchimp_lost_rests_and_everything_else_goes_on(synced: Cli) -> None:
    delete_merge_field(synced, "CITY")
    synced.edit("ann@archer.example", phone="+44 20 7946 0004", city="York")
    said = synced("sync")
    assert said.code == 0
    assert "Note: City is no longer in Mailchimp: the field rests" in said.out
    assert synced.member("ann@archer.example")["merge_fields"]["PHONE"] == "+44 20 7946 0004"
    (ann,) = synced("people", "show", "ann@archer.example", "--json").json
    assert ann["crm"]["person"]["fields"]["city"] == "York"


def delete_merge_field(cli: Cli, tag: str) -> None:
    """As a marketer does in Mailchimp: by its own API, from outside of Listloop."""
    with cli.api() as api:
        (audience,) = api.get("/lists").json()["lists"]
        fields = api.get(f"/lists/{audience['id']}/merge-fields").json()["merge_fields"]
        number = next(one["merge_id"] for one in fields if one["tag"] == tag)
        api.delete(f"/lists/{audience['id']}/merge-fields/{number}").raise_for_status()


def test_a_name_of_300_characters_hinders_nobody_and_is_not_cut_unseen(synced: Cli) -> None:
    name = "Adiaha" * 50
    with opened_book(synced.database) as book:
        book.add_person({"first_name": name, "last_name": "Long"}, "long@long.example", takes_part=True)
        book.add_person({"first_name": "Zoe", "last_name": "Short"}, "zoe@short.example", takes_part=True)
    said = synced("sync")
    assert said.code == 0
    assert synced.member("zoe@short.example")["merge_fields"]["FNAME"] == "Zoe"
    (long,) = synced("people", "show", "long@long.example", "--json").json
    assert long["crm"]["person"]["fields"]["first_name"] == name
    assert long["mailchimp"]["person"]["fields"]["FNAME"] == name[:255]
    assert "First Name is cut to the 255 characters that fit" in synced("history", "long@long.example").out
    assert synced("sync", "--json").json["counts"]["people"] == 0, "a name that was cut goes back and forth"


def test_a_refused_person_is_failed_with_the_reason_and_the_others_go_on(synced: Cli) -> None:
    with opened_book(synced.database) as book:
        book.add_person({"first_name": "No", "last_name": "Mail"}, "not an address", takes_part=True)
        book.add_person({"first_name": "Zoe", "last_name": "Short"}, "zoe@short.example", takes_part=True)
    said = synced("sync")
    assert said.code == 0
    assert synced.member("zoe@short.example")["status"] == "subscribed"
    (bad,) = synced("people", "show", "not an address", "--json").json
    assert bad["standing"] in {"failed", "excluded"}
    assert bad["reason"]


def test_without_a_connection_every_command_says_how_to_make_one(cli: Cli) -> None:
    for words in (["sync"], ["preview"], ["mapping"], ["history"], ["people", "show", "a@b.example"]):
        said = cli(*words)
        assert said.code == 1
        assert "There is no connection yet." in said.err
        assert "→ Make one with “listloop connect”." in said.err


def test_of_several_connections_one_has_to_be_named(connected: Cli) -> None:
    assert connected.connect("--name", "Second").code == 0
    said = connected("sync")
    assert said.code == 1
    assert "Which connection? There are “Built-in CRM – Newsletter”, “Second”." in said.err
    assert connected("sync", "--connection", "Second").code == 3
    assert connected("sync", "-c", "2").code == 3


def test_an_exchanged_key_pauses_the_connection_and_tells_both_accounts(synced: Cli) -> None:
    synced.mailchimp.control("reset", {"seed": 2})
    synced.mailchimp.control("seed", {"lists": [{"name": "Somebody else's"}]})
    said = synced("sync")
    assert said.code == 1
    assert "has no audience" in said.err
    assert "paused:" in synced("status").out
    assert "in sync 3" in synced("status").out
