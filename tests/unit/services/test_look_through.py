"""Looking through a list: everything is found once, and a page costs no more than its bound."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from recado.domain.sorting import Position
from recado.services.look_through import AT_ONCE, MOST_LOOKED_AT, Found, look_through


@dataclass(frozen=True)
class Thing:
    number: int
    is_wanted: bool

    @property
    def position(self) -> Position:
        return f"{self.number:06d}", ""


class Shelf:
    def __init__(self, wanted: list[bool]) -> None:
        self.things = [Thing(number, each) for number, each in enumerate(wanted)]
        self.looked_at = 0

    def page(self, after: Position | None, limit: int) -> Found[Thing]:
        rest = [thing for thing in self.things if after is None or thing.position > after]
        page = rest[:limit]
        self.looked_at += len(page)
        return Found(page, page[-1].position if len(rest) > limit else None)

    def wanted(self, after: Position | None, limit: int) -> Found[Thing]:
        return look_through(
            self.page,
            lambda things: [thing for thing in things if thing.is_wanted],
            after=after,
            limit=limit,
        )


RUNS = st.lists(st.tuples(st.booleans(), st.integers(1, 300)), max_size=6)


@given(runs=RUNS, limit=st.integers(1, 120))
def test_all_pages_hold_everything_once_and_in_order(
    runs: list[tuple[bool, int]], limit: int
) -> None:
    shelf = Shelf([is_wanted for is_wanted, length in runs for _ in range(length)])
    found: list[Thing] = []
    after: Position | None = None
    while True:
        shelf.looked_at = 0
        page = shelf.wanted(after, limit)
        assert len(page.things) <= limit
        assert shelf.looked_at <= MOST_LOOKED_AT
        found += page.things
        after = page.next
        if after is None:
            break

    assert found == [thing for thing in shelf.things if thing.is_wanted]


def test_a_page_of_nothing_leads_on() -> None:
    shelf = Shelf([False] * MOST_LOOKED_AT + [True])

    first = shelf.wanted(None, 10)
    assert (list(first.things), first.next is None) == ([], False)
    assert [thing.number for thing in shelf.wanted(first.next, 10).things] == [MOST_LOOKED_AT]


def test_a_full_last_page_leads_nowhere() -> None:
    assert Shelf([True] * AT_ONCE).wanted(None, AT_ONCE).next is None
