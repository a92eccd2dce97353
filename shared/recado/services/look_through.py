"""Look through a list for what no index finds, a bounded number of things at a time."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from recado.domain.sorting import Position

AT_ONCE = 100
MOST_LOOKED_AT = 500
"""For one page, which then may be short or empty: its `next` leads on."""


class Placed(Protocol):
    """Something with a place in a list."""

    @property
    def position(self) -> Position:
        """Its place."""
        ...


@dataclass(frozen=True)
class Found[T]:
    """What was found; `next` leads on."""

    things: Sequence[T]
    next: Position | None


def look_through[T: Placed](
    page: Callable[[Position | None, int], Found[T]],
    keep: Callable[[Sequence[T]], Collection[T]],
    *,
    after: Position | None,
    limit: int,
) -> Found[T]:
    """Up to `limit` of the things of a list that `keep` keeps.

    Parameters
    ----------
    page
        Gives so many things of the list after a place.
    """
    found: list[T] = []
    for _ in range(0, MOST_LOOKED_AT, AT_ONCE):
        looked_at = page(after, AT_ONCE)
        found += keep(looked_at.things)
        after = looked_at.next
        if len(found) > limit or (len(found) == limit and after is not None):
            return Found(found[:limit], found[limit - 1].position)
        if after is None:
            break
    return Found(found, after)
