"""How often a key may ask: a token bucket, kept as one moment in time.

A bucket holds `burst` tokens and gets `per_second` back each second. Instead of their number it
keeps when it will be full again (the generic cell rate algorithm): taking tokens moves that moment
on, and time alone refills it. So one number says everything, and one addition takes tokens.
"""

from __future__ import annotations

from datetime import UTC, datetime

from pydantic import Field

from recado.domain.model import Model

DEFAULT_PER_SECOND = 50
MOST_PER_SECOND = 10_000

MICROSECONDS = 1_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class RateLimit(Model):
    """What a bucket holds and gets back. Moments are microseconds since 1970."""

    per_second: int = Field(ge=1, le=MOST_PER_SECOND)

    @property
    def burst(self) -> int:
        """How many requests may come at once after a rest."""
        return 2 * self.per_second

    @property
    def at_once(self) -> int:
        """How many tokens a container takes at once: what is used up in a tenth of a second."""
        return min(max(5, self.per_second // 10), self.burst)

    def cost(self, tokens: int) -> int:
        """The microseconds in which so many tokens come back."""
        return -(-tokens * MICROSECONDS // self.per_second)

    def latest(self, tokens: int, now: int) -> int:
        """The latest moment to be full again at which so many tokens are there now."""
        return now + self.cost(self.burst) - self.cost(tokens)

    def available(self, full_at: int, now: int) -> int:
        """How many tokens a bucket has that will be full again at a moment."""
        lacking = max(full_at - now, 0)
        return max(0, (self.cost(self.burst) - lacking) * self.per_second // MICROSECONDS)

    def seconds_until_one(self, full_at: int, now: int) -> float:
        """How long it takes until such a bucket has a token."""
        return max(0, full_at - self.latest(1, now)) / MICROSECONDS


class Lease(Model):
    """Tokens that a container may spend, or none and the seconds until there is one."""

    tokens: int
    wait: float = 0.0


def in_microseconds(moment: datetime) -> int:
    """A moment as microseconds since 1970."""
    since = moment - _EPOCH
    return (since.days * 86_400 + since.seconds) * MICROSECONDS + since.microseconds
