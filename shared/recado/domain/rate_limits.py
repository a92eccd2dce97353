"""How often something may happen: a token bucket, kept as one moment in time.

A bucket holds `burst` tokens and gets `most` back in `seconds`. Instead of their number it keeps
when it will be full again (the generic cell rate algorithm): taking tokens moves that moment on,
and time alone refills it. So one number says everything, and one addition takes tokens.
"""

from __future__ import annotations

from datetime import UTC, datetime

from pydantic import Field

from recado.domain.model import Model

DEFAULT_PER_SECOND = 50
MOST_PER_SECOND = 10_000
LONGEST_SECONDS = 86_400

MICROSECONDS = 1_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class RateLimit(Model):
    """What a bucket holds and gets back. Moments are microseconds since 1970.

    Parameters
    ----------
    most
        So many may happen in `seconds`, over and over.
    burst
        So many may happen at once after a rest; without one, `most`.
    """

    most: int = Field(ge=1, le=MOST_PER_SECOND)
    seconds: int = Field(default=1, ge=1, le=LONGEST_SECONDS)
    burst: int = Field(default_factory=lambda data: data["most"], ge=1, le=2 * MOST_PER_SECOND)

    @property
    def at_once(self) -> int:
        """How many tokens a container takes at once: what is used up in a tenth of a second."""
        return min(max(5, self.most // (10 * self.seconds)), self.burst)

    def cost(self, tokens: int) -> int:
        """The microseconds in which so many tokens come back."""
        return -(-tokens * self.seconds * MICROSECONDS // self.most)

    def latest(self, tokens: int, now: int) -> int:
        """The latest moment to be full again at which so many tokens are there now."""
        return now + self.cost(self.burst) - self.cost(tokens)

    def available(self, full_at: int, now: int) -> int:
        """How many tokens a bucket has that will be full again at a moment."""
        lacking = max(full_at - now, 0)
        unused = (self.cost(self.burst) - lacking) * self.most // (self.seconds * MICROSECONDS)
        # The cost of a burst is rounded up, which may be worth another token.
        return min(max(0, unused), self.burst)

    def token_at(self, number: int, full_at: int) -> int:
        """When a bucket that will be full again at a moment has so many tokens."""
        return full_at - self.cost(self.burst) + self.cost(number)

    def seconds_until_one(self, full_at: int, now: int) -> float:
        """How long it takes until such a bucket has a token."""
        return max(0, self.token_at(1, full_at) - now) / MICROSECONDS


class Lease(Model):
    """Tokens that a container may spend, or none and the seconds until there is one."""

    tokens: int
    wait: float = 0.0


def in_microseconds(moment: datetime) -> int:
    """A moment as microseconds since 1970."""
    since = moment - _EPOCH
    return (since.days * 86_400 + since.seconds) * MICROSECONDS + since.microseconds
