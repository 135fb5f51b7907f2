"""What somebody did adds up as Mailchimp's report counts it."""

from datetime import UTC, datetime, timedelta

from listloop.core.facts import (
    LONGEST,
    Difference,
    Happening,
    Kind,
    Response,
    Sums,
    detail,
    differences,
    response,
    total,
    who,
)

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


def after(minutes: int) -> datetime:
    return AT + timedelta(minutes=minutes)


def test_machine_opens_are_counted_and_are_no_first_open() -> None:
    """An open of a mail program counts among all opens, and not as the person's."""
    found = response(
        [
            Happening(Kind.OPENED, after(0), machine=True),
            Happening(Kind.OPENED, after(9)),
            Happening(Kind.OPENED, after(5)),
        ]
    )
    assert (found.opens, found.own_opens, found.first_open, found.last_open) == (3, 2, after(5), after(9))


def test_a_complaint_is_no_unsubscribe() -> None:
    """Who complained is counted there, and not among those who left."""
    both = response([Happening(Kind.UNSUBSCRIBED, after(0), "too many"), Happening(Kind.COMPLAINED, after(0))])
    sums = total([both, Response(left_at=AT), Response()])
    assert (sums.sent, sums.unsubscribed, sums.complained) == (3, 1, 1)


def test_sums_are_compared_number_by_number() -> None:
    """What the report does not tell is no difference."""
    report = Sums(sent=10, opens=4, openers=3)
    assert differences(report, Sums(sent=10, opens=3, openers=3, own_opens=3, own_openers=3)) == (
        Difference("opens", 4, 3),
    )


def test_long_links_stay_apart() -> None:
    """Two links that begin alike are two, however long they are."""
    long = "https://shop.example/" + "x" * LONGEST
    assert detail(long + "a") != detail(long + "b")
    assert len(detail(long)) < 1000
    assert detail(detail(long)) == detail(long)
    assert detail("https://shop.example/") == "https://shop.example/"


def test_erased_recipients_are_known_by_the_reports_id() -> None:
    """A recipient without an address is not the next one without."""
    assert who("Ann@Acme.example ", "1") == "ann@acme.example"
    assert who("", "1") != who("", "2")
