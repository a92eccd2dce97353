"""Lets a run come to its end: the faults are over, the clock is moved on, all must be final."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from chaos.functions import Functions
from chaos.log import Log
from chaos.queues import Queues

JUMP = timedelta(minutes=8)
"""The clock goes on by so much after the next thing that is due, so that much is due at once."""

ROUNDS = 40
QUIET_SECONDS = 1.5
LOOK_SECONDS = 0.5
STANDSTILL_SECONDS = 120.0
"""After which nothing more is to be hoped for: a dead worker's messages come again after 32 s at
most, and a slow machine that goes on is waited for."""

LONGEST_SECONDS = 900.0
"""So long queues may go round without an end."""

MOST_AT_ONCE = 2_000
"""Of one run of the clock's function."""


class NotQuiet(Exception):
    """The queues do not run empty."""


def wait_until_quiet(queues: Queues, log: Log) -> None:
    """Wait until nothing waits in the queues and the log stands still.

    Raises
    ------
    NotQuiet
        Something waits, and nothing moves any more or it goes round without an end.
    """
    end = time.monotonic() + LONGEST_SECONDS
    seen: tuple[list[str], dict[str, int]] | None = None
    since = time.monotonic()
    while time.monotonic() < end:
        now = log.due(), queues.waiting()
        if now != seen:
            seen, since = now, time.monotonic()
        stands_for = time.monotonic() - since
        if not now[1] and stands_for >= QUIET_SECONDS:
            return
        if stands_for >= STANDSTILL_SECONDS:
            raise NotQuiet(f"Nothing moves for {stands_for:.0f} s, and there wait {now[1]}.")
        time.sleep(LOOK_SECONDS)
    raise NotQuiet(f"After {LONGEST_SECONDS:.0f} s there still wait {queues.waiting()}.")


def settle(
    functions: Functions,
    queues: Queues,
    log: Log,
    *,
    tell: Callable[[str], None],
) -> None:
    """Move the clock from one thing that is due to the next, until nothing is.

    Raises
    ------
    NotQuiet
        The queues do not run empty.
    """
    now = datetime.now(UTC)
    begun = now
    for _ in range(ROUNDS):
        wait_until_quiet(queues, log)
        due = log.due()
        if not due:
            return
        now = max(now, datetime.fromisoformat(due[0])) + JUMP
        ahead = (now - begun).total_seconds() / 60
        tell(f"{len(due)} wait; the clock is moved {ahead:.0f} minutes ahead")
        while functions.sweep(now) >= MOST_AT_ONCE:
            pass
