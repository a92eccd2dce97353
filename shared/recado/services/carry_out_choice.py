"""Carry out what a person chose about messages to come, at once, and confirm it once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from recado.domain.conversations import Conversation
from recado.domain.directory import Address, Suppression, SuppressionReason
from recado.domain.messages import plain_message
from recado.domain.notification import Notification, RouteStep
from recado.domain.orchestration import Target
from recado.domain.received import MESSAGE_ID_PREFIX, Received
from recado.domain.replies import OptChoice
from recado.domain.tenants import Tenant
from recado.ports.clock import Clock
from recado.ports.directory import DirectoryRepository
from recado.ports.notifications import NotificationRepository
from recado.ports.queues import DeliveryQueues

EVENT_TYPES = {
    OptChoice.OPT_OUT: "recado.opt_out_confirmation",
    OptChoice.OPT_IN: "recado.opt_in_confirmation",
}
CONFIRMATIONS = frozenset(EVENT_TYPES.values())
"""Event types of our own, to which nobody's answer belongs."""

LIFE = timedelta(hours=1)
"""A confirmation is worth nothing any more after so long."""

_TEXTS = {
    (OptChoice.OPT_OUT, "es"): (
        "Listo: ya no recibirá mensajes de {sender} por aquí. Si cambia de idea, responda ALTA."
    ),
    (OptChoice.OPT_OUT, "en"): (
        "Done: you will get no more messages from {sender} here. "
        "If you change your mind, answer START."
    ),
    (OptChoice.OPT_IN, "es"): (
        "Listo: volverá a recibir mensajes de {sender} por aquí. "
        "Para dejar de recibirlos, responda BAJA."
    ),
    (OptChoice.OPT_IN, "en"): (
        "Done: you will get messages from {sender} here again. To stop them, answer STOP."
    ),
}


@dataclass(frozen=True)
class Chooser:
    """Who chose: their conversation, and every address by which its channel reaches them."""

    conversation: Conversation
    locale: str | None
    addresses: tuple[Address, ...]


class CarryOutChoice:
    """Opts people out and in."""

    def __init__(
        self,
        *,
        notifications: NotificationRepository,
        directory: DirectoryRepository,
        queues: DeliveryQueues,
        clock: Clock,
    ) -> None:
        self._notifications = notifications
        self._directory = directory
        self._queues = queues
        self._clock = clock

    def __call__(self, received: Received, chooser: Chooser, tenant: Tenant) -> None:
        """Carry out what a message chose; twice changes nothing more.

        The confirmation is stored first and put on its queue last: wherever this breaks off, the
        clock sends it once the message has come again. An opt-in undoes an opt-out, never a
        complaint, and never an opt-out that is newer: a message may have waited for days.
        """
        opts_out = received.choice is OptChoice.OPT_OUT
        suppressed = self._directory.suppressed(tenant.tenant_id, chooser.addresses)
        changes = len(suppressed) < len(chooser.addresses) if opts_out else bool(suppressed)
        confirmation = self._confirmation(received, chooser, tenant)
        is_new = changes and self._notifications.create(confirmation)
        evidence = f"{received.message_id}: {received.text[:500]}"
        for address in chooser.addresses:
            if opts_out:
                self._directory.suppress(
                    Suppression(
                        tenant_id=tenant.tenant_id,
                        channel=address.channel,
                        address=address.value,
                        reason=SuppressionReason.OPT_OUT,
                        evidence=evidence,
                        created_at=received.at,
                        recipient_id=chooser.conversation.recipient_id,
                    )
                )
            else:
                self._directory.lift(
                    tenant.tenant_id,
                    address,
                    reasons=(SuppressionReason.OPT_OUT,),
                    evidence=evidence,
                    at=received.at,
                )
        if is_new:
            self._queues.enqueue([confirmation])

    def _confirmation(self, received: Received, chooser: Chooser, tenant: Tenant) -> Notification:
        conversation = chooser.conversation
        locale = chooser.locale or tenant.locale
        language = "en" if locale.startswith("en") else "es"
        text = _TEXTS[received.choice, language].format(sender=tenant.name)
        now = self._clock.now()
        step = RouteStep(
            channel=conversation.channel,
            provider=conversation.provider,
            account_id=conversation.account_id,
            address=conversation.address,
            message=plain_message(conversation.channel, text, subject=tenant.name),
            free_text_until=conversation.window_until(),
        )
        return Notification(
            notification_id=f"ntf_{received.message_id.removeprefix(MESSAGE_ID_PREFIX)}",
            tenant_id=tenant.tenant_id,
            event_type=EVENT_TYPES[received.choice],
            target=Target.CLIENTS,
            recipient_id=conversation.correspondent_id,
            division=received.division,
            locale=locale,
            route=(step,),
            created_at=now,
            updated_at=now,
            deadline=now + LIFE,
            expires_at=now + LIFE + timedelta(days=tenant.retention_days),
            confirms_choice=received.choice is OptChoice.OPT_OUT,
        ).queued(now)
