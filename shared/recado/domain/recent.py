"""Which notifications of the log somebody wants to see."""

from __future__ import annotations

from recado.domain.communications import (
    CommunicationFilter,
    LogEntry,
    candidate_of,
    channel_of,
)
from recado.domain.notification import Mode, Notification, State


class NotificationFilter(CommunicationFilter):
    """Which notifications are wanted; None takes all. People's messages never are.

    `channel` and `template_id` are those that a notification takes now, or took last.
    """

    mode: Mode
    state: State | None = None
    event_type: str | None = None
    template_id: str | None = None

    def takes(self, entry: LogEntry) -> bool:
        """Whether an entry of the log is wanted."""
        if not isinstance(entry, Notification):
            return False
        told = {
            "candidate_id": candidate_of(entry),
            "channel": channel_of(entry),
            "division": entry.division,
            "mode": entry.mode,
            "state": entry.state,
            "event_type": entry.event_type,
            "template_id": entry.current_step.template_id if entry.route else None,
        }
        return all(told[name] == wanted for name, wanted in self if wanted is not None)
