from hypothesis import given
from hypothesis import strategies as st

from listloop.sandbox.mailchimp.member import CODES, STATUSES, Member
from listloop.sandbox.mailchimp.order import Order

MOVES = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 9), st.sampled_from(STATUSES)), max_size=60)


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
    order = Order(slotted=True)
    members: dict[int, Member] = {}
    plain: list[Member] = []
    for who, key, new in moves:
        member = members.get(who)
        if member is None:
            member = members[who] = Member("", "", who, new, key)
        else:
            order.drop(member.last_changed, member)
            plain.remove(member)
            member.status, member.last_changed = new, key
        order.append(key, member)
        plain.append(member)
    expected = [one for one in sorted(plain, key=lambda one: one.last_changed) if low <= one.last_changed <= high]
    expected = [one for one in expected if one.status == status]
    start, end = order.between(low, high)
    assert order.count([CODES[status]], start, end) == len(expected)
    page = order.page([CODES[status]], start, end, offset, count, backwards=backwards)
    assert page == (expected[::-1] if backwards else expected)[offset : offset + count]


def test_pages_reach_over_blocks() -> None:
    order = Order(slotted=False)
    for number in range(10_000):
        order.append(number, Member("", "", number, "subscribed" if number % 2 else "cleaned", 0))
    page = order.page([CODES["cleaned"]], 0, 10_000, 2_500, 3)
    assert [one.web_id for one in page] == [5_000, 5_002, 5_004]
    page = order.page([CODES["cleaned"]], 0, 10_000, 4_998, 3, backwards=True)
    assert [one.web_id for one in page] == [2, 0]
