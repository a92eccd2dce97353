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
MOST_AT_ONCE = 2_000
"""Of one run of the clock's function."""


class NotQuiet(Exception):
    """The queues did not run empty in time."""


def wait_until_quiet(queues: Queues, log: Log, *, seconds: float) -> None:
    """Wait until nothing waits in the queues and the log stands still.

    Raises
    ------
    NotQuiet
        It goes on for longer than that.
    """
    end = time.monotonic() + seconds
    seen: list[str] = []
    due: list[str] = []
    waiting: dict[str, int] = {}
    since = time.monotonic()
    while time.monotonic() < end:
        due, waiting = log.due(), queues.waiting()
        if due != seen or waiting:
            seen, since = due, time.monotonic()
        elif time.monotonic() - since >= QUIET_SECONDS:
            return
        time.sleep(LOOK_SECONDS)
    raise NotQuiet(f"after {seconds:.0f} s {len(due)} are due, and there wait {waiting or 'none'}")


def settle(
    functions: Functions,
    queues: Queues,
    log: Log,
    *,
    seconds: float,
    tell: Callable[[str], None],
) -> None:
    """Move the clock from one thing that is due to the next, until nothing is.

    Raises
    ------
    NotQuiet
        The queues do not run empty.
    """
    end = time.monotonic() + seconds
    now = datetime.now(UTC)
    begun = now
    for _ in range(ROUNDS):
        wait_until_quiet(queues, log, seconds=end - time.monotonic())
        due = log.due()
        if not due:
            return
        now = max(now, datetime.fromisoformat(due[0])) + JUMP
        ahead = (now - begun).total_seconds() / 60
        tell(f"{len(due)} wait; the clock is moved {ahead:.0f} minutes ahead")
        while functions.sweep(now) >= MOST_AT_ONCE:
            pass
