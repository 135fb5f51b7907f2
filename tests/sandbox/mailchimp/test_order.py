from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from listloop.sandbox.mailchimp.member import CODES, STATUSES, Member, codes_of
from listloop.sandbox.mailchimp.order import Arrivals, Order

MOVES = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 9), st.sampled_from(STATUSES)), max_size=60)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    MOVES,
    st.integers(0, 9),
    st.integers(0, 9),
    st.sampled_from(STATUSES),
    st.integers(0, 4),
    st.integers(1, 4),
    st.booleans(),
)
def test_an_order_equals_a_sorted_list(
    moves: list[tuple[int, int, str]], low: int, high: int, status: str, offset: int, count: int, backwards: bool
) -> None:
    arrivals = Arrivals()
    order = Order(arrivals)
    members: dict[int, Member] = {}
    plain: list[Member] = []
    for who, key, new in moves:
        member = members.get(who)
        if member is None:
            member = members[who] = Member("", "", 10 + len(members), new, key)
            arrivals.append(member)
        else:
            order.drop(member)
            plain.remove(member)
            member.status, member.last_changed = new, key
            arrivals.mark(member)
        order.append(key, member)
        plain.append(member)
    expected = [one for one in sorted(plain, key=lambda one: one.last_changed) if low <= one.last_changed <= high]
    expected = [one for one in expected if one.status == status]
    start, end = order.between(low, high)
    codes = codes_of(status)
    assert order.count(codes, start, end) == len(expected)
    in_turn = expected[::-1] if backwards else expected
    assert order.page(codes, start, end, offset, count, backwards=backwards) == in_turn[offset : offset + count]
    assert list(order.each(codes, start, end, backwards=backwards)) == in_turn


def test_pages_reach_over_blocks() -> None:
    arrivals = Arrivals()
    for number in range(10_000):
        arrivals.append(Member("", "", number, "subscribed" if number % 2 else "cleaned", 0))
    page = arrivals.page(codes_of("cleaned"), 0, 10_000, 2_500, 3)
    assert [one.web_id for one in page] == [5_000, 5_002, 5_004]
    page = arrivals.page(codes_of("cleaned"), 0, 10_000, 4_998, 3, backwards=True)
    assert [one.web_id for one in page] == [2, 0]


def test_who_is_gone_leaves_a_gap_and_the_others_where_they_were() -> None:
    arrivals = Arrivals()
    members = [Member("", "", number, "subscribed", 0) for number in (3, 7, 8)]
    for member in members:
        arrivals.append(member)
    arrivals.drop(members[1])
    assert [arrivals.at(number) for number in (3, 7, 8, 9)] == [members[0], None, members[2], None]
    assert list(arrivals.each(frozenset(CODES.values()))) == [members[0], members[2]]
