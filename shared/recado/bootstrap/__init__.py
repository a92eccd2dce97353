"""The only package that knows concrete classes: it builds each function's service.

Called once per container, when the first event comes, never while a module is imported. What
only one function needs is imported in its own builder, so that the others start without it.
"""

from recado.bootstrap.delivery import (
    apply_receipts,
    deliver_notifications,
    fall_back,
    sweep_due,
    take_in_requests,
)
from recado.bootstrap.deployment import CLIENT_CONFIG, Stack, stack
from recado.bootstrap.directory_tasks import carry_out_task
from recado.bootstrap.http_api import (
    api,
    documentation_pages,
    internal_api,
    management_api,
    unsubscribe_page,
    whatsapp_accounts,
)
from recado.bootstrap.inbound import (
    evolution_webhook,
    fetch_media,
    meta_webhook,
    receive_inbound,
    ses_events,
    slack_webhook,
    telegram_webhook,
    twilio_webhook,
)
from recado.bootstrap.streams import (
    client_webhook_sender,
    count_notifications,
    publish_events,
    send_client_webhooks,
)

__all__ = [
    "CLIENT_CONFIG",
    "Stack",
    "api",
    "apply_receipts",
    "carry_out_task",
    "client_webhook_sender",
    "count_notifications",
    "deliver_notifications",
    "documentation_pages",
    "evolution_webhook",
    "fall_back",
    "fetch_media",
    "internal_api",
    "management_api",
    "meta_webhook",
    "publish_events",
    "receive_inbound",
    "send_client_webhooks",
    "ses_events",
    "slack_webhook",
    "stack",
    "sweep_due",
    "take_in_requests",
    "telegram_webhook",
    "twilio_webhook",
    "unsubscribe_page",
    "whatsapp_accounts",
]
