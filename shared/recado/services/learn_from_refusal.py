"""Remember what a provider's refusal says of an address."""

from __future__ import annotations

import logging
from datetime import datetime

from recado.domain.directory import Suppression, SuppressionReason
from recado.domain.errors import (
    AddressGoneError,
    DeliveryError,
    PermanentRecipientError,
    without_message,
)
from recado.domain.notification import Notification
from recado.ports.directory import DirectoryRepository

logger = logging.getLogger(__name__)


class LearnFromRefusal:
    """Forgets addresses that are gone, and suppresses those that must be left alone."""

    def __init__(self, *, directory: DirectoryRepository) -> None:
        self._directory = directory

    def __call__(
        self, notification: Notification, result: str | DeliveryError, at: datetime
    ) -> None:
        """Learn from how a send ended; never raises.

        It is only knowledge for later sends, so where it cannot be stored nothing else suffers.
        """
        step = notification.current_step
        try:
            match result:
                case AddressGoneError():
                    self._directory.remove_address(
                        notification.tenant_id, notification.recipient_id, step.address
                    )
                case PermanentRecipientError(suppression=SuppressionReason() as reason):
                    self._directory.suppress(
                        Suppression(
                            tenant_id=notification.tenant_id,
                            channel=step.address.channel,
                            address=step.address.value,
                            reason=reason,
                            evidence=f"{step.provider} {result.code}",
                            created_at=at,
                        )
                    )
                case _:
                    pass
        except Exception as error:
            extra = {"notification_id": notification.notification_id, **without_message(error)}
            logger.error("what a refusal says of an address could not be stored", extra=extra)
