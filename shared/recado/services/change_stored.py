"""Change something that is stored, so that no change of anybody else is lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from recado.domain.directory import Recipient
from recado.domain.errors import ChangedMeanwhileError
from recado.domain.vehicles import Reminder, Vehicle

TRIES = 8
"""How often a change is made again on what somebody else has stored meanwhile."""

VersionCheck = Callable[[int], None]
"""Raises PreconditionFailedError when the stored version is not the one that a client read."""


def change_stored[T: (Recipient, Vehicle, Reminder)](
    read: Callable[[], T],
    change: Callable[[T], T],
    save: Callable[[T], bool],
    *,
    now: datetime,
) -> T:
    """Read, change and save until nobody came between; what is as it was is not saved again.

    Raises
    ------
    ChangedMeanwhileError
        Others changed it each time.
    """
    for _ in range(TRIES):
        stored = read()
        changed = change(stored)
        if changed == stored:
            return stored
        changed = changed.model_copy(update={"updated_at": now})
        if save(changed):
            return changed.model_copy(update={"version": stored.version + 1})
    raise changed_meanwhile()


def delete_stored[T: (Recipient, Vehicle, Reminder)](
    read: Callable[[], T], delete: Callable[[T], bool]
) -> None:
    """Read and delete until nobody came between; `read` refuses what may not go.

    Raises
    ------
    ChangedMeanwhileError
        Others changed it each time.
    """
    if not any(delete(read()) for _ in range(TRIES)):
        raise changed_meanwhile()


def changed_meanwhile() -> ChangedMeanwhileError:
    """Others change it all the time."""
    return ChangedMeanwhileError("others changed it meanwhile; try again")
