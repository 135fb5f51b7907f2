"""How the Maximizer stand-in is reached and signed in to, and its envelope: behaviours 1 to 12."""

import json
from urllib.parse import parse_qsl, urlsplit

import pytest

from listloop.sandbox.wire import Call
from tests.sandbox.maximizer.book import Book, number_of

ON_PREMISE = "/MaximizerWebData/Data.svc/json"
SIGN_IN = {"Database": "AcmeBook", "UID": "SYNC", "Password": "sync"}


@pytest.mark.parametrize("base", ["/octopus", ON_PREMISE, ON_PREMISE.lower()])
def test_1_both_bases_answer_to_post_alone(book: Book, base: str) -> None:
    assert json.loads(book.post(f"{base}/GetSystemInfo").body)["Code"] == 0
    assert book.post(f"{base}/Read", method="GET").status == 405
    assert book.post(f"{base}/VerifyToken", method="GET").status == 200
    assert book.post("/elsewhere/Read").status == 404


def test_1_without_web_data_there_is_nothing(book: Book) -> None:
    book.switch(web_data=False)
    assert book.post(f"{ON_PREMISE}/Read").status == 404


def test_2_a_session_slides_ten_minutes_and_ends_after_a_day(book: Book) -> None:
    token = book.call("Authenticate", SIGN_IN)["Data"]["Token"]
    for _ in range(150):
        book.wait(599)
        if book.call("TokenValid", token=token)["Code"] != 0:
            break
    assert 86_400 - 600 <= book.standin.clock.now() - 1_800_000_000 <= 86_400 + 600
    token = book.call("Authenticate", SIGN_IN)["Data"]["Token"]
    book.wait(600)
    assert book.call("TokenValid", token=token) == {"Code": -1, "Msg": ["Token is invalid"]}


def test_2_the_cloud_wants_vendor_and_app_key(book: Book) -> None:
    book.switch(version="cloud")
    assert book.call("Authenticate", SIGN_IN)["Code"] != 0
    assert book.call("Authenticate", {**SIGN_IN, "VendorId": "v", "AppKey": "k"})["Code"] == 0
    assert book.call("Authenticate", {**SIGN_IN, "Password": "x"})["Code"] != 0


def test_2_an_older_server_takes_the_token_in_the_body(book: Book) -> None:
    book.switch(bearer_header=False)
    assert book.post("/octopus/Read").status == 401
    assert book.call("Read", {"Token": "pat-sync"})["Code"] == 0


@pytest.mark.parametrize(("position", "told"), [("401", 401), ("-2", -2), ("-1", -1)])
def test_3_an_ended_pass_is_told_in_three_ways(book: Book, position: str, told: int) -> None:
    book.switch(expired_token=position)
    token = book.do("passes", {"uid": "SYNC", "days": 1})["token"]
    assert book.call("Read", token=token)["Code"] == 0
    book.wait(86_400)
    reply = book.post("/octopus/Read", token=token)
    assert (reply.status if told == 401 else json.loads(reply.body)["Code"]) == told


@pytest.mark.parametrize("rotates", [True, False])
def test_4_an_oauth_refresh_token_may_rotate(book: Book, rotates: bool) -> None:
    book.switch(refresh_rotates=rotates)
    base = "/MaximizerWebAuthentication/OAuth2"
    asked = "response_type=code&client_id=c&redirect_uri=https%3A%2F%2Fours.example%2Fback&state=s"
    back = book.standin.answer(Call("GET", f"{base}/Authorize", asked)).headers["Location"]
    code = dict(parse_qsl(urlsplit(back).query))["code"]

    def exchange(body: str) -> dict[str, str]:
        found: dict[str, str] = json.loads(book.standin.answer(Call("POST", f"{base}/Token", body=body.encode())).body)
        return found

    first = exchange(f"grant_type=authorization_code&client_id=c&code={code}")
    assert book.call("Read", token=first["access_token"])["Code"] == 0
    again = exchange(f"grant_type=refresh_token&client_id=c&refresh_token={first['refresh_token']}")
    assert (again["refresh_token"] != first["refresh_token"]) is rotates
    third = exchange(f"grant_type=refresh_token&client_id=c&refresh_token={first['refresh_token']}")
    assert ("error" in third) is rotates


def test_5_it_says_who_it_is(book: Book) -> None:
    asked = {"AddressBook": {"WorkspaceId": 1, "Database": 1}}
    before = book.call("GetSessionInfo", asked)["Data"]["AddressBook"]
    assert before["Database"] == "AcmeBook"
    assert before["WorkspaceId"]
    book.switch(version="cloud", region="UK")
    assert book.call("GetSystemInfo", token="")["Data"]["Region"] == "UK"
    assert book.call("GetVersionInfo", token="")["Data"]["Current"]["Major"] == 2
    assert book.call("ConfigurationRead")["Code"] == 0


@pytest.mark.parametrize("shape", ["objects", "top", "texts"])
def test_6_an_error_comes_with_200_in_three_shapes(book: Book, shape: str) -> None:
    book.switch(error_shape=shape)
    reply = book.post("/octopus/Create", {"AbEntry": {"Data": {"Type": "Individual"}}})
    answer = json.loads(reply.body)
    assert reply.status == 200
    assert answer["Code"] == (-10010 if shape == "top" else -1)
    assert isinstance(answer["Msg"][0], dict) is (shape == "objects")


def test_7_names_know_no_case_and_come_back_as_sent(book: Book) -> None:
    answer = book.call("Create", {"abEntry": {"data": {"key": None, "type": "Individual", "lastName": "Ng"}}})
    assert answer["abEntry"]["Data"]["lastName"] == "Ng"
    found = book.call("Read", {"abEntry": {"scope": {"fields": {"lastname": 1}}}})
    assert found["abEntry"]["Data"] == [{"lastname": "Ng"}]


def test_8_the_echo_is_no_proof(book: Book) -> None:
    field = book.udf("Colour", MaxLength=20)
    key = book.person()
    ident = book.rows({"Key": {"ID": 1, "Number": 1}})[0]["Key"]
    book.do("people/mark", {"key": f"{ident['ID']}.{ident['Number']}", "damaged": True})
    answer = book.update(key, **{field: "red"})
    assert (answer["Code"], answer["AbEntry"]["Data"][field]) == (0, "red")
    assert book.value(key, field) == ""


def test_9_a_write_batch_stops_at_its_first_error_and_keeps_what_was_before(book: Book) -> None:
    people = {
        f"AbEntry.{n}": {"Data": {"Type": "Individual", "LastName": name}} for n, name in enumerate(("A", "", "C"))
    }
    answer = book.call("Create", people)
    assert number_of(answer) == -10010
    assert "AbEntry.0" not in answer
    assert [one["LastName"] for one in book.rows({"LastName": 1})] == ["A"]


def test_9_a_read_batch_is_all_or_nothing(book: Book) -> None:
    book.person()
    good, bad = {"Scope": {"Fields": {"LastName": 1}}}, {"Criteria": {"SearchQuery": {"LastName": {"$NONE": 1}}}}
    answer = book.call("Read", {"AbEntry.a": good, "AbEntry.b": bad})
    assert answer["Code"] != 0
    assert "AbEntry.a" not in answer


def test_10_each_mistake_has_its_number(book: Book) -> None:
    key = book.person()
    seats = book.udf("Seats", "NumericField")
    assert book.call("Read", {"Nonsense": {}})["Code"] != 0
    assert number_of(book.update(key, Colour="red")) == -1023
    assert number_of(book.update(key, Type="Company")) == -1023
    assert number_of(book.update(key, **{seats: "12"})) == -1024
    assert number_of(book.call("Create", {"AbEntry": {"Data": {"Type": "Individual"}}})) == -10010
    assert number_of(book.update(key, LastName="")) == -10003
    book.do("users", {"uid": "SYNC", "denied": ["update"]})
    assert number_of(book.update(key, LastName="Po")) == -30002


def test_11_an_unknown_field_in_the_scope_hides_everybody(book: Book) -> None:
    book.person()
    assert book.read({"LastName": 1, "Nonsense": 1}) == {"Code": 0, "AbEntry": {"Data": []}}
    book.switch(unknown_scope_field="error")
    assert book.read({"Nonsense": 1})["Code"] == -1


def test_12_an_operator_that_a_field_lacks_is_refused_with_words(book: Book) -> None:
    answer = book.read({"LastName": 1}, {"LastName": {"$NEAR": "x"}})
    assert answer["Code"] == -1
    assert answer["Msg"]
