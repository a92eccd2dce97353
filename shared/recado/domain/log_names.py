"""By which names logs speak of a notification: nothing in them tells who it is for."""

from __future__ import annotations

from recado.domain.notification import Notification


def log_names(notification: Notification) -> dict[str, str | None]:
    """What every line about a notification has; its client knows the `correlation_id` too."""
    return {
        "tenant_id": notification.tenant_id,
        "notification_id": notification.notification_id,
        "correlation_id": notification.correlation_id,
    }
