"""How long to wait before the next attempt on the same channel."""

from __future__ import annotations

from collections.abc import Callable

from pydantic import Field

from recado.domain.model import Model

MAX_VISIBILITY_SECONDS = 43_000
"""SQS keeps a message invisible for 12 hours at most, counted from when it was received."""

MAX_RETRIES = 3
"""Each attempt is a receive, and after the fifth SQS gives the channel up by itself: four
attempts leave one receive for a worker that dies."""


class RetryPolicy(Model):
    """At most `max_retries` retries on a channel after its first attempt.

    The wait before retry n is drawn evenly from 0 to `base_seconds * 2**n`, cut at
    `cap_seconds` ("full jitter": the variant that spreads a crowd of clients best).
    """

    max_retries: int = Field(default=3, ge=0, le=MAX_RETRIES)
    base_seconds: float = Field(default=30, gt=0)
    cap_seconds: float = Field(default=900, gt=0, le=MAX_VISIBILITY_SECONDS)

    def exhausted(self, tries: int) -> bool:
        """Whether `tries` attempts on a channel are all that this policy allows."""
        return tries > self.max_retries

    def delay(self, tries: int, retry_after: float | None, draw: Callable[[], float]) -> float:
        """Seconds to wait after `tries` failed attempts.

        The provider's own `retry_after` wins where it is longer, up to what SQS can hold.
        `draw` gives a number from 0 to 1.
        """
        ceiling = min(self.cap_seconds, self.base_seconds * 2.0**tries)
        return min(max(draw() * ceiling, retry_after or 0.0), MAX_VISIBILITY_SECONDS)
