"""Let a person's first message activate WhatsApp for them, by the code of their invitation."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import NamedTuple

from recado.domain.activation import Activation, ActivationCodes, activated
from recado.domain.addresses import matching_form
from recado.domain.channels import CHANNEL_OF, Channel
from recado.domain.conversations import WINDOW, Conversation
from recado.domain.directory import WISHES, Address, Recipient, SuppressionReason
from recado.domain.errors import LostRaceError
from recado.domain.messages import plain_message
from recado.domain.notification import Mode, Notification, RouteStep, State
from recado.domain.opt_out import classify_opt
from recado.domain.orchestration import Target
from recado.domain.received import Received
from recado.domain.replies import OptChoice
from recado.domain.reply_rules import ReplyRules
from recado.domain.tenants import Tenant
from recado.domain.updates import InboundMessage, InboundType
from recado.ports.clock import Clock
from recado.ports.directory import DirectoryRepository
from recado.ports.notifications import NotificationRepository
from recado.ports.people import PeopleRepository
from recado.ports.queues import DeliveryQueues
from recado.services.change_stored import change_stored

logger = logging.getLogger(__name__)

EVENT_TYPE = "recado.activation_confirmation"

LIFE = timedelta(hours=1)
"""A confirmation is worth nothing any more after so long."""

_TEXTS = {
    "es": (
        "Listo: desde ahora {sender} le escribirá por aquí. "
        "Para dejar de recibir mensajes, responda BAJA."
    ),
    "en": "Done: from now on {sender} will write to you here. To stop messages, answer STOP.",
}


class Activating(NamedTuple):
    """A customer whose invitation a message took up, and what confirms it to them, once."""

    customer: Recipient
    confirmation: Notification
    is_first: bool


class ActivateWhatsApp:
    """Takes invitations up. An invitation belongs to the first who wrote its code."""

    def __init__(
        self,
        *,
        codes: ActivationCodes,
        people: PeopleRepository,
        directory: DirectoryRepository,
        notifications: NotificationRepository,
        queues: DeliveryQueues,
        clock: Clock,
    ) -> None:
        self._codes = codes
        self._people = people
        self._directory = directory
        self._notifications = notifications
        self._queues = queues
        self._clock = clock

    def begun_by(
        self,
        message: InboundMessage,
        conversation: Conversation,
        tenant: Tenant,
        rules: ReplyRules,
    ) -> Activating | None:
        """Whose invitation a message takes up; None for every ordinary message.

        That is also one whose code is another tenant's or of a test key, has expired, stands for a
        person who is gone, or was written by somebody else before; and one of somebody who opts
        out, in the same breath or since: a message may have waited for days. The confirmation's
        row holds the invitation for whoever wrote its code first, to what effect ever: from then
        on the log shows it.
        """
        if message.type is not InboundType.TEXT or CHANNEL_OF[message.provider] is not (
            Channel.WHATSAPP
        ):
            return None
        activation = self._codes.found_in(message.text, now=message.at)
        if activation is None or activation.tenant_id != tenant.tenant_id:
            return None
        if activation.mode is not Mode.LIVE:
            return None
        customer = self._people.person(tenant.tenant_id, activation.recipient_id)
        if customer is None:
            return None
        confirmation = self._confirmation(activation, customer, message, tenant)
        opts_out = classify_opt(message.text, rules.opt_out).choice is OptChoice.OPT_OUT
        if opts_out or self._wants_no_more(message, conversation, customer):
            now = self._clock.now()
            self._notifications.create(
                confirmation.ended(now, State.SUPPRESSED, reason="suppressed", detail="opted out")
            )
            return None
        is_first = self._notifications.create(confirmation)
        if not is_first and not self._is_theirs(confirmation, message):
            logger.warning(
                "somebody else wrote the code of an invitation that was taken up already",
                extra={"tenant_id": tenant.tenant_id, "account_id": message.account_id},
            )
            return None
        return Activating(customer, confirmation, is_first)

    def __call__(
        self, activating: Activating, received: Received, conversation: Conversation
    ) -> None:
        """Make WhatsApp the customer's first channel; twice changes nothing more.

        Writing the code is an opt-in: an opt-out of the names that they write under is lifted,
        never a complaint. The confirmation is put on its queue last: wherever this breaks off,
        the clock sends it once the message has come again.

        Raises
        ------
        LostRaceError
            The customer went away meanwhile.
        ChangedMeanwhileError
            Others changed the customer each time.
        """
        customer = activating.customer

        def read() -> Recipient:
            stored = self._people.person(customer.tenant_id, customer.recipient_id)
            if stored is None:
                raise LostRaceError
            return stored

        change_stored(
            read,
            lambda stored: activated(stored, conversation.address),
            self._people.save_person,
            now=self._clock.now(),
        )
        for name in conversation.identities:
            self._directory.lift(
                customer.tenant_id,
                Address(channel=conversation.channel, value=name.value),
                reasons=(SuppressionReason.OPT_OUT,),
                evidence=f"{received.message_id}: {received.text[:500]}",
                at=received.at,
            )
        if activating.is_first:
            self._queues.enqueue([activating.confirmation])

    def _wants_no_more(
        self, message: InboundMessage, conversation: Conversation, customer: Recipient
    ) -> bool:
        """Whether they opted out, or complained, after they had written a message."""
        channel = conversation.channel
        values = {
            *(name.value for name in (*message.sender, *conversation.identities)),
            *(address.value for address in customer.addresses_on(channel)),
        }
        known = (
            self._directory.suppression(customer.tenant_id, Address(channel=channel, value=value))
            for value in values
        )
        return any(
            each is not None and each.reason in WISHES and each.newest_at > message.at
            for each in known
        )

    def _is_theirs(self, confirmation: Notification, message: InboundMessage) -> bool:
        """Whether who took the invitation up is who writes."""
        stored = self._notifications.get(confirmation.tenant_id, confirmation.notification_id)
        if stored is None or not stored.route:
            return False
        channel = Channel.WHATSAPP
        forms = {matching_form(channel, name.value) for name in message.sender}
        return matching_form(channel, stored.current_step.address.value) in forms

    def _confirmation(
        self,
        activation: Activation,
        customer: Recipient,
        message: InboundMessage,
        tenant: Tenant,
    ) -> Notification:
        locale = customer.locale or tenant.locale
        text = _TEXTS["en" if locale.startswith("en") else "es"].format(sender=tenant.name)
        now = self._clock.now()
        step = RouteStep(
            channel=Channel.WHATSAPP,
            provider=message.provider,
            account_id=message.account_id,
            address=Address(channel=Channel.WHATSAPP, value=message.sender[0].value),
            message=plain_message(Channel.WHATSAPP, text, subject=tenant.name),
            free_text_until=message.at + WINDOW,
        )
        return Notification(
            notification_id=f"ntf_{activation.digest}",
            tenant_id=tenant.tenant_id,
            event_type=EVENT_TYPE,
            target=Target.CLIENTS,
            recipient_id=customer.recipient_id,
            division=customer.division,
            locale=locale,
            route=(step,),
            created_at=now,
            updated_at=now,
            deadline=now + LIFE,
            # While its row is there, nobody else can take the invitation up.
            expires_at=activation.expires_at + timedelta(days=tenant.retention_days),
            urgent=True,
        ).queued(now)
