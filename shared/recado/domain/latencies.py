"""How long things took, as counts in buckets of fixed bounds, and what a median of those is.

A bucket is 19 % wider than the one before it (four of them double the time), so a quantile that is
read from the counts is at most 19 % beside the true one, from a quarter of a second to three days.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping

BOUNDS: tuple[float, ...] = tuple(0.25 * 2 ** (step / 4) for step in range(81))
"""Upper bounds in seconds; a last bucket takes what is longer. Stored counts rest on them."""


def bucket_of(seconds: float) -> int:
    """The bucket that a duration belongs to."""
    return bisect_left(BOUNDS, seconds)


def quantile(counts: Mapping[int, int], share: float) -> float | None:
    """The seconds within which a share of durations lies; None where nothing was counted.

    Inside a bucket the durations are taken for spread evenly. What is longer than all bounds counts
    as the last bound.
    """
    wanted = share * sum(counts.values())
    passed = 0
    for bucket in sorted(counts):
        count = counts[bucket]
        if count and passed + count >= wanted:
            upper = BOUNDS[min(bucket, len(BOUNDS) - 1)]
            lower = BOUNDS[bucket - 1] if bucket else 0.0
            return lower + (upper - lower) * (wanted - passed) / count
        passed += count
    return None
