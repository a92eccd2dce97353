"""Circuits of channel accounts: an account that fails again and again rests for a while."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from recado.domain.model import Model


class CircuitState(StrEnum):
    """`open` lets nothing through, `half_open` one message to see whether it works again."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


class Circuit(Model):
    """The circuit of an account; `failures` are those in a row.

    One `is_forgotten` that never failed, or that nobody used for an hour: it lets messages through,
    but whether they would go is not known.
    """

    state: CircuitState = CircuitState.CLOSED
    failures: int = 0
    opened_at: datetime | None = None
    is_forgotten: bool = False
