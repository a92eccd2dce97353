"""Keep what a provider's webhook carried, and answer it."""

from __future__ import annotations

import logging

from recado.domain.errors import MalformedWebhookError, WebhookRefusedError
from recado.domain.receipts import Receipt
from recado.ports.webhooks import (
    UpdateQueues,
    Webhook,
    WebhookAnswer,
    WebhookReader,
    WebhookRequest,
)

logger = logging.getLogger(__name__)


class TakeInWebhook:
    """Takes in the requests of one provider."""

    def __init__(self, *, reader: WebhookReader, queues: UpdateQueues) -> None:
        self._reader = reader
        self._queues = queues

    def __call__(self, request: WebhookRequest) -> WebhookAnswer:
        """Verify a request and keep what it carries; the answer says 2xx only when that is done.

        Raises whatever keeps it from being kept: the provider is to come again.
        """
        try:
            webhook = self._reader.read(request)
        except WebhookRefusedError as error:
            logger.warning("a webhook was refused", extra={"reason": str(error)})
            return WebhookAnswer(status=401, body=error.code)
        except MalformedWebhookError as error:
            logger.warning("a webhook was malformed", extra={"reason": str(error)})
            return WebhookAnswer(status=400, body=error.code)
        keep(webhook, self._queues)
        return webhook.answer


def keep(webhook: Webhook, queues: UpdateQueues) -> None:
    """Keep what a provider told, each part in its queue."""
    receipts = [update for update in webhook.updates if isinstance(update, Receipt)]
    others = [update for update in webhook.updates if not isinstance(update, Receipt)]
    queues.put_receipts(receipts)
    queues.put_inbound(others)
    queues.park(webhook.unreadable)
