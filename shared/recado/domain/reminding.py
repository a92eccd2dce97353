"""When a maintenance reminder is due, and on which days somebody is reminded."""

from __future__ import annotations

import hashlib
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from recado.domain.days import days_after
from recado.domain.model import Model
from recado.domain.odometer import reaches
from recado.domain.vehicles import Reminder, ReminderStatus, Vehicle
from recado.domain.wall_clock import at_wall_clock

LOOK_AGAIN_AFTER = 7
"""Days after which what depends on a mileage is looked at again: a new reading may have come."""

GRACE = timedelta(hours=1)
"""How long after the hour reminders go out at least, when the day is over before that."""

LONGEST_KEY = 128

_NEVER_REMINDED = {"last_reminded_on": None, "times_reminded": 0, "last_notification_id": None}


class Look(Model):
    """What came of looking at a reminder.

    Parameters
    ----------
    reminder
        As it is to be stored; where somebody is to be reminded, after `reminded` or `put_off`.
    due_on
        The day on which it is due, where somebody is to be reminded of it today.
    """

    reminder: Reminder
    due_on: date | None = None


def planned(reminder: Reminder, before: Reminder | None, today: date) -> Reminder:
    """A reminder that somebody wrote, with the day on which the clock looks at it first.

    `before` is how it was: another customer was not reminded yet. What is due by a mileage is
    looked at at once: the clock estimates.
    """
    if reminder.status is not ReminderStatus.PENDING:
        return reminder.model_copy(update={"look_on": None})
    if before is not None and before.customer_id != reminder.customer_id:
        reminder = reminder.model_copy(update=_NEVER_REMINDED)
    by_day = reminder.due_on if reminder.due_mileage is None else None
    return reminder.model_copy(
        update={
            "look_on": _rested(reminder, by_day or today),
            "due_since": _due_since_after(reminder, before, today),
        }
    )


def look_at(
    reminder: Reminder, vehicle: Vehicle | None, *, today: date, kilometres_a_day: int
) -> Look:
    """Look at a reminder on a day; one whose day has not come stays as it is."""
    if (
        reminder.status is not ReminderStatus.PENDING
        or reminder.look_on is None
        or reminder.look_on > today
    ):
        return Look(reminder=reminder)
    due_on = _due_on(reminder, vehicle, kilometres_a_day)
    if due_on is None or due_on > today:
        not_yet = {"look_on": _look_again(reminder, due_on, today), "due_since": None}
        return Look(reminder=reminder.model_copy(update=not_yet))
    due = reminder.model_copy(update={"due_since": _due_since(reminder, today)})
    if today > _last_day(due):
        over = {"status": ReminderStatus.EXPIRED, "look_on": None}
        return Look(reminder=due.model_copy(update=over))
    rested = _rested(due, today)
    if rested > today:
        return Look(reminder=due.model_copy(update={"look_on": rested}))
    return Look(reminder=due, due_on=due_on)


def reminded(reminder: Reminder, today: date, notification_id: str | None) -> Reminder:
    """A due reminder of which somebody was reminded today.

    The clock looks at it again when it reminds again, or when it expires.
    """
    again = days_after(today, reminder.repeat_every_days)
    return reminder.model_copy(
        update={
            "last_reminded_on": today,
            "times_reminded": reminder.times_reminded + 1,
            "last_notification_id": notification_id,
            "look_on": min(again, days_after(_last_day(reminder), 1)),
        }
    )


def put_off(reminder: Reminder, today: date) -> Reminder:
    """A due reminder that cannot be told of as things are; they may be mended tomorrow."""
    return reminder.model_copy(update={"look_on": days_after(today, 1)})


def unwanted_notification(reminder: Reminder) -> str | None:
    """The notification that, if it still waits, nobody wants any more: it is over, or not due."""
    is_wanted = reminder.status is ReminderStatus.PENDING and reminder.due_since is not None
    return None if is_wanted else reminder.last_notification_id


def reminding_day(now: datetime, reminders_at: time, zone: ZoneInfo) -> date | None:
    """The local day whose reminders go out at a moment; None while none do.

    They go out from the hour on until the day ends, so that a later run makes up for a lost one.
    """
    today = now.astimezone(zone).date()
    if at_wall_clock(today, reminders_at, zone) <= now:
        return today
    yesterday = today - timedelta(days=1)
    return yesterday if now - at_wall_clock(yesterday, reminders_at, zone) < GRACE else None


def reminder_key(reminder_id: str) -> str:
    """The key of all notifications of a reminder."""
    key = f"reminder:{reminder_id}"
    if len(key) <= LONGEST_KEY:
        return key
    return f"reminder:{hashlib.sha256(reminder_id.encode()).hexdigest()}"


def _what_counts(reminder: Reminder) -> tuple[object, ...]:
    """What decides since when it is due."""
    return (
        reminder.status,
        reminder.due_on,
        reminder.due_mileage,
        reminder.vehicle_id,
        reminder.customer_id,
    )


def _due_since_after(reminder: Reminder, before: Reminder | None, today: date) -> date | None:
    """Since when a pending reminder is due after a change; None where the clock is to find out.

    One that is opened again begins its time anew: else it would be over as it was before.
    """
    if before is not None and _what_counts(before) == _what_counts(reminder):
        return reminder.due_since
    is_reopened = before is not None and before.status is not ReminderStatus.PENDING
    is_due = reminder.due_on is not None and reminder.due_on <= today
    return today if is_reopened and is_due else None


def _due_on(reminder: Reminder, vehicle: Vehicle | None, kilometres_a_day: int) -> date | None:
    """The day on which it is due, by its day or by the vehicle's mileage; None if nobody knows."""
    by_mileage = (
        reaches(vehicle, reminder.due_mileage, kilometres_a_day)
        if vehicle is not None and reminder.due_mileage is not None
        else None
    )
    return min((day for day in (reminder.due_on, by_mileage) if day is not None), default=None)


def _due_since(reminder: Reminder, today: date) -> date:
    """Since when it is due: an estimate says so on the day on which it is made.

    A new reading may put the estimated day far back, and nobody was reminded meanwhile.
    """
    if reminder.due_since is not None:
        return reminder.due_since
    return min(reminder.due_on or today, today)


def _last_day(reminder: Reminder) -> date:
    """The last day on which somebody is reminded."""
    return days_after(reminder.due_since or date.max, reminder.give_up_after_days)


def _look_again(reminder: Reminder, due_on: date | None, today: date) -> date:
    if due_on is not None and reminder.due_mileage is None:
        return due_on
    return min(due_on or date.max, days_after(today, LOOK_AGAIN_AFTER))


def _rested(reminder: Reminder, day: date) -> date:
    """That day, or the first one after it on which it may remind again."""
    if reminder.last_reminded_on is None:
        return day
    return max(day, days_after(reminder.last_reminded_on, reminder.repeat_every_days))
