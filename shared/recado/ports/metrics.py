"""What a person on duty watches, as services see it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Protocol


class Metric(StrEnum):
    """A measure by channel.

    Those up to `FELL_BACK` are changes of the counters of live notifications, so that their sums
    equal them; a change may be negative: one that failed and is taken up again failed no longer.
    `FAILURE` is 1 for one that failed and 0 for one that a provider took, each for the first time,
    so that its average is the share of those that failed. `ACCEPT_TO_SENT` is in milliseconds,
    from when a notification might be sent to when a provider took it first. `CIRCUIT_OPENED`
    counts the times at which an account's breaker opened.
    """

    ACCEPTED = "Accepted"
    SENT = "Sent"
    DELIVERED = "Delivered"
    READ = "Read"
    REPLIED = "Replied"
    FAILED = "Failed"
    FELL_BACK = "FellBack"
    FAILURE = "Failure"
    ACCEPT_TO_SENT = "AcceptToSent"
    CIRCUIT_OPENED = "CircuitOpened"


class Metrics(Protocol):
    """Where measures go; what cannot be kept there costs nothing else."""

    def put(self, values: Mapping[Metric, Sequence[float]], dimensions: Mapping[str, str]) -> None:
        """Keep values for their dimensions, and for all dimensions together."""
        ...
