"""Keep what a provider published about messages of ours."""

from __future__ import annotations

import logging

from recado.domain.errors import MalformedWebhookError
from recado.ports.webhooks import PublishedReader, UpdateQueues
from recado.services.take_in_webhook import keep

logger = logging.getLogger(__name__)


class TakeInPublished:
    """Takes in what one provider publishes to a topic of ours: nobody is answered."""

    def __init__(self, *, reader: PublishedReader, queues: UpdateQueues) -> None:
        self._reader = reader
        self._queues = queues

    def __call__(self, text: str) -> None:
        """Keep what a published text carries; one that is no such thing is parked as it is.

        Raises whatever keeps it from being kept: it is to come again.
        """
        try:
            published = self._reader.read_notification(text)
        except MalformedWebhookError as error:
            # It would never be well formed, and nobody else has it.
            logger.error("what was published is malformed", extra={"reason": str(error)})
            self._queues.park([text])
            return
        keep(published, self._queues)
