"""What the workers do: send, and apply receipts."""

import random
from datetime import UTC, datetime
from typing import Any

from celery import Task, shared_task
from django.db import transaction
from django.utils import timezone

from bench.peers.celery_app import texts, whatsapp
from bench.peers.celery_app.models import RANKS, Attempt, Notification, Receipt
from bench.peers.drf.models import Suppression

_RETRIES = 3
_CHANCE = random.SystemRandom()


@shared_task(bind=True, max_retries=_RETRIES)
def deliver(self: Task, notification_id: str) -> None:
    """Claim, render, send, record; a passing error comes again later."""
    started = timezone.now()
    # A task that Redis hands out twice finds nothing to claim.
    claimed = Notification.objects.filter(pk=notification_id, state="queued").update(
        state="sending", rank=RANKS["sending"], updated_at=started
    )
    if not claimed:
        return
    notification = Notification.objects.select_related("template").get(pk=notification_id)
    step = notification.route[0]
    if Suppression.objects.filter(channel=step["channel"], address=step["to"]).exists():
        _record(notification, started, {}, state="suppressed")
        return
    message = texts.render(notification.template.content, notification.context)
    try:
        provider_id = whatsapp.send(step["to"], message, tag=f"{notification_id}.1")
    except whatsapp.PassingError as error:
        _record(notification, started, message, state="queued", code=str(error))
        wait = 2**self.request.retries * (1 + _CHANCE.random())
        raise self.retry(exc=error, countdown=wait) from error
    except whatsapp.PermanentError as error:
        _record(notification, started, message, state="failed", code=str(error))
    except whatsapp.UnknownOutcomeError as error:
        _record(notification, started, message, state="unknown", code=str(error))
    else:
        _record(notification, started, message, state="sent", provider_id=provider_id)


@shared_task(bind=True, max_retries=8)
def apply_receipt(self: Task, receipt: dict[str, Any]) -> None:
    """Keep a receipt, and raise the notification's rank; one that is early comes again."""
    status, at = receipt["status"], datetime.fromtimestamp(int(receipt["timestamp"]), UTC)
    code = str(receipt["errors"][0]["code"]) if receipt.get("errors") else None
    found = Attempt.objects.filter(provider_message_id=receipt["id"])
    attempt = found.values_list("pk", "notification_id").first()
    if attempt is None:
        raise self.retry(countdown=1)
    with transaction.atomic():
        Receipt.objects.bulk_create(
            [Receipt(attempt_id=attempt[0], status=status, code=code, at=at)],
            ignore_conflicts=True,
        )
        notification = Notification.objects.filter(pk=attempt[1])
        now = timezone.now()
        if status in RANKS:
            notification.filter(rank__lt=RANKS[status]).update(
                state=status, rank=RANKS[status], updated_at=now, **{f"{status}_at": at}
            )
        else:
            notification.filter(rank__lt=RANKS["delivered"]).update(
                state="failed", reason=code, updated_at=now
            )


def _record(
    notification: Notification,
    started: datetime,
    message: dict[str, Any],
    *,
    state: str,
    code: str | None = None,
    provider_id: str | None = None,
) -> None:
    """Store the attempt, and what it made of the notification, together."""
    now = timezone.now()
    reached = {"rank": RANKS["sent"], "sent_at": now} if state == "sent" else {}
    with transaction.atomic():
        Attempt.objects.create(
            notification=notification,
            channel=notification.route[0]["channel"],
            outcome=state,
            code=code,
            provider_message_id=provider_id,
            message=message,
            started_at=started,
            ended_at=now,
        )
        Notification.objects.filter(pk=notification.pk, state="sending").update(
            state=state, reason=code, updated_at=now, **reached
        )
