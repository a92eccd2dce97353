"""Claims, as what reads our queues sees them: names of bodies that were too large for a queue."""

from __future__ import annotations

from typing import Protocol


class ClaimNotRedeemedError(Exception):
    """What a message names cannot be had now; the message must come again."""


class Claims(Protocol):
    """Keeps bodies that no queue takes."""

    def redeem(self, body: str) -> str:
        """The body that a message stands for; the message's own, unless that is a claim.

        Raises
        ------
        ClaimNotRedeemedError
            What it names is not there, or cannot be read.
        """
        ...
