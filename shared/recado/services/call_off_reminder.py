"""Cancel the notification of a reminder that nobody wants to hear of any more."""

from __future__ import annotations

from recado.domain.reminding import unwanted_notification
from recado.domain.vehicles import Reminder
from recado.services.cancel_notifications import CancelNotifications


class CallOffReminder:
    """Calls off what was planned for a reminder and still waits."""

    def __init__(self, *, cancel: CancelNotifications) -> None:
        self._cancel = cancel

    def __call__(self, reminder: Reminder) -> None:
        """Call off the last notification of a reminder that is over, or not due yet.

        Raises
        ------
        ChangedMeanwhileError
            Others changed the notification each time; another try may work.
        """
        notification_id = unwanted_notification(reminder)
        if notification_id is not None:
            why = "the reminder is over or was moved"
            self._cancel.these(reminder.tenant_id, [notification_id], why=why)
