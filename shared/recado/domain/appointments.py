"""Appointments and interviews that customers are reminded of."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Self

from pydantic import Field

from recado.domain.model import Model
from recado.domain.notification import AppointmentMark, Mode, Notification
from recado.domain.sorting import Position

CONFIRM = "confirm_appointment"
CHANGE = "change_appointment"
"""What the buttons under a reminder tell when they are pressed."""


AT_THE_LAST_MOMENT = timedelta(minutes=1)
"""A reminder that would go sooner than this is not planned: its appointment was made just now,
and it must be stored before the moment at which it is looked at again."""


class AppointmentKind(StrEnum):
    """What somebody is expected to."""

    APPOINTMENT = "appointment"
    INTERVIEW = "interview"


class AppointmentStatus(StrEnum):
    """What the person said to it last; people decide what follows from a wish to change."""

    SCHEDULED = "scheduled"
    CONFIRMED = "confirmed"
    CHANGE_REQUESTED = "change_requested"


_STATUS_OF_BUTTON = {
    CONFIRM: AppointmentStatus.CONFIRMED,
    CHANGE: AppointmentStatus.CHANGE_REQUESTED,
}


class AppointmentReminder(Model):
    """So long before it begins, a reminder goes.

    Parameters
    ----------
    notification_id
        The notification that was planned for it; None where its moment had passed by then.
    """

    before_minutes: int
    event_type: str
    notification_id: str | None = None


class Appointment(Model):
    """Something that a customer is to come to.

    Parameters
    ----------
    starts_at
        A moment, in UTC: reminders go real hours before it, whatever clocks do in between.
    context
        Values for the templates of its reminders.
    reminders
        The earliest first.
    answered_at
        When the person pressed the button that made the status what it is; None where none did.
    version
        Counts the stored changes; 0 before the first.
    """

    tenant_id: str
    mode: Mode = Mode.LIVE
    appointment_id: str
    customer_id: str
    service_type: str
    kind: AppointmentKind = AppointmentKind.APPOINTMENT
    starts_at: datetime
    duration_minutes: int | None = None
    context: Mapping[str, str] = Field(default_factory=dict)
    reminders: tuple[AppointmentReminder, ...] = ()
    status: AppointmentStatus = AppointmentStatus.SCHEDULED
    answered_at: datetime | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    expires_at: datetime
    version: int = 0

    @property
    def position(self) -> Position:
        """Its place in a list of appointments."""
        return place_of_moment(self.starts_at), self.appointment_id

    @property
    def mark(self) -> AppointmentMark:
        """What its reminders bear."""
        return AppointmentMark(appointment_id=self.appointment_id, starts_at=self.starts_at)

    @property
    def planned(self) -> frozenset[str]:
        """The ids of its reminders' notifications."""
        ids = (reminder.notification_id for reminder in self.reminders)
        return frozenset(each for each in ids if each is not None)

    def reminds_at(self, reminder: AppointmentReminder) -> datetime:
        """When a reminder goes."""
        return self.starts_at - timedelta(minutes=reminder.before_minutes)

    def following(self, before: Self | None, *, now: datetime, keeps_status: bool) -> Self:
        """This appointment in place of another version of it, with what stays of that one.

        Unless it is moved, or becomes another person's, what they said of it holds, and so do the
        reminders that went or go at any moment, and those that would say the same again.
        """
        if before is None or self._is_elsewhere(before):
            return self
        says_the_same = (self.service_type, self.kind, self.context) == (
            before.service_type,
            before.kind,
            before.context,
        )
        known = {
            (reminder.before_minutes, reminder.event_type): reminder
            for reminder in before.reminders
            if says_the_same or before.reminds_at(reminder) <= now + AT_THE_LAST_MOMENT
        }
        status = before.status if keeps_status else self.status
        return self.model_copy(
            update={
                "reminders": tuple(
                    known.get((reminder.before_minutes, reminder.event_type), reminder)
                    for reminder in self.reminders
                ),
                "status": status,
                "answered_at": before.answered_at if status is before.status else None,
            }
        )

    def _is_elsewhere(self, before: Self) -> bool:
        return (self.starts_at, self.customer_id) != (before.starts_at, before.customer_id)

    def answered(self, button: str, at: datetime) -> Self:
        """As it is after a button under a reminder was pressed.

        The latest press counts; one that comes when it has begun says nothing any more.
        """
        status = _STATUS_OF_BUTTON.get(button)
        is_late = self.answered_at is not None and at <= self.answered_at
        if status is None or is_late or at >= self.starts_at:
            return self
        return self.model_copy(update={"status": status, "answered_at": at})


def place_of_moment(moment: datetime) -> str:
    """A moment as lists are sorted by it."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def still_stands(notification: Notification, appointment: Appointment | None) -> bool:
    """Whether a reminder still says what is so: its appointment was neither moved nor cancelled.

    The appointment holds the ids of the reminders that were planned for it as it is. Of anything
    else that was planned for it, its cancellation got lost.
    """
    if notification.appointment is None:
        return True
    return appointment is not None and notification.notification_id in appointment.planned
