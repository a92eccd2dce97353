"""Work on what people send us: whose it is, what it answers, what it says, what follows from it."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import timedelta

from recado.domain.account_states import learned_from
from recado.domain.addresses import matching_form
from recado.domain.conversations import Conversation
from recado.domain.delivery import Change
from recado.domain.directory import Address, Recipient, Suppression, SuppressionReason
from recado.domain.errors import without_message
from recado.domain.interest import classify_interest
from recado.domain.messages import plain_message
from recado.domain.notification import HistoryEntry, Notification, RouteStep, State
from recado.domain.opt_out import classify_opt
from recado.domain.orchestration import Target
from recado.domain.received import MESSAGE_ID_PREFIX, Received, message_id_of
from recado.domain.replies import Interest, OptChoice, Reply
from recado.domain.reply_rules import ReplyRules
from recado.domain.tenants import Tenant
from recado.domain.updates import (
    AccountUpdate,
    ContactEvent,
    ContactUpdate,
    IdentityChange,
    InboundMessage,
    InboundType,
    InboundUpdate,
    ReadUpTo,
)
from recado.ports.clock import Clock
from recado.ports.configuration import ConfigurationRepository
from recado.ports.conversations import ConversationRepository
from recado.ports.directory import DirectoryRepository
from recado.ports.inbound import InboundLog, MediaTasks, ReplyRulesSource, StateKeeper
from recado.ports.notifications import NotificationRepository
from recado.ports.queues import DeliveryQueues

logger = logging.getLogger(__name__)

LOOKED_AT = 20
"""How many of the latest notifications to somebody may be the one that is answered."""

TEXTS = frozenset(
    {InboundType.TEXT, InboundType.BUTTON, InboundType.LIST, InboundType.MEDIA, InboundType.FORM}
)
"""Types whose text can tell interest."""

CHOICES = frozenset({InboundType.TEXT, InboundType.BUTTON, InboundType.LIST})
"""Types by which a person can opt out or in."""

_ARRIVED = (State.SENT, State.DELIVERED, State.READ, State.REPLIED, State.UNKNOWN)
_CONFIRMATION_LIFE = timedelta(hours=1)

_CONFIRMATIONS = {
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


class _LostRaceError(Exception):
    """Something changed while we worked on it: the update must come again."""


class ReceiveInbound:
    """Works on updates, those of one person in their order."""

    def __init__(
        self,
        *,
        notifications: NotificationRepository,
        log: InboundLog,
        conversations: ConversationRepository,
        directory: DirectoryRepository,
        configuration: ConfigurationRepository,
        rules: ReplyRulesSource,
        states: StateKeeper,
        queues: DeliveryQueues,
        media: MediaTasks,
        clock: Clock,
    ) -> None:
        self._notifications = notifications
        self._log = log
        self._conversations = conversations
        self._directory = directory
        self._configuration = configuration
        self._rules = rules
        self._states = states
        self._queues = queues
        self._media = media
        self._clock = clock

    def __call__(self, updates: Sequence[tuple[str, str, InboundUpdate]]) -> set[str]:
        """Work on updates, each with its queue message's id and the person's group.

        Gives the messages that must come again. What follows a failed one in its group comes
        again with it, so that the order is kept. Working on one twice changes nothing more.
        """
        again: set[str] = set()
        stopped: set[str] = set()
        for message_id, group, update in updates:
            if group not in stopped and self._succeeds(update):
                continue
            stopped.add(group)
            again.add(message_id)
        return again

    def _succeeds(self, update: InboundUpdate) -> bool:
        try:
            self._work_on(update)
        except _LostRaceError:
            return False
        except Exception as error:
            extra = {"kind": update.kind, "tenant_id": update.tenant_id, **without_message(error)}
            logger.error("an update could not be worked on", extra=extra)
            return False
        return True

    def _work_on(self, update: InboundUpdate) -> None:
        match update:
            case InboundMessage():
                self._receive(update)
            case IdentityChange():
                self._rename(update)
            case ContactUpdate():
                self._note_contact(update)
            case ReadUpTo():
                self._mark_read(update)
            case AccountUpdate():
                state = learned_from(update)
                if state is not None:
                    self._states.learn(state)

    def _receive(self, message: InboundMessage) -> None:
        """Take a message in. Its row comes last: until it is there, everything is done again."""
        message_id = message_id_of(message)
        tenant = self._configuration.tenant(message.tenant_id)
        if tenant is None:
            logger.error("a message is for a tenant that was removed")
            return
        if self._log.received(message.tenant_id, message_id) is not None:
            return
        known = self._conversations.find(message.tenant_id, message.account_id, message.sender)
        conversation = known or Conversation.begun(message)
        people = self._people(message, conversation)
        rules = self._rules.reply_rules(message.tenant_id)
        answered = self._answered(message, conversation, people, rules)
        recipient_id = _recipient_id(answered, people)
        conversation = self._remember(conversation, message, recipient_id)
        received = _read(message, message_id, conversation, answered, rules, tenant)
        if answered is not None and message.says_something:
            self._mark_replied(answered, received)
        if received.choice is not OptChoice.NONE:
            self._carry_out(received, conversation, people, tenant)
        if message.media:
            self._media.put_media(received)
        self._log.keep_received(received)

    def _people(
        self, message: InboundMessage, conversation: Conversation
    ) -> Mapping[str, Recipient]:
        """Whose address the sender's is, by id; the likeliest first."""
        found: dict[str, Recipient] = {}
        for name in message.sender:
            address = Address(channel=conversation.channel, value=name.value)
            for recipient in self._directory.reached_at(message.tenant_id, address):
                found.setdefault(recipient.recipient_id, recipient)
        return found

    def _answered(
        self,
        message: InboundMessage,
        conversation: Conversation,
        people: Mapping[str, Recipient],
        rules: ReplyRules,
    ) -> Notification | None:
        """The notification that a message answers: the quoted one, else the latest that came."""
        if message.refers_to is not None:
            found = self._notifications.attempt_of(
                message.tenant_id, message.account_id, message.refers_to
            )
            if found is not None:
                key, _ = found
                return self._notifications.get(key.tenant_id, key.notification_id)
        since = message.at - timedelta(hours=rules.window_hours)
        correspondents = dict.fromkeys([*people, conversation.correspondent_id])
        sent = [
            notification
            for correspondent_id in correspondents
            for notification in self._log.latest_to(
                message.tenant_id, correspondent_id, since=since, limit=LOOKED_AT
            )
            if _came_before(notification, message)
        ]
        return max(sent, key=lambda each: each.sent_at or each.created_at, default=None)

    def _remember(
        self, conversation: Conversation, message: InboundMessage, recipient_id: str | None
    ) -> Conversation:
        heard = conversation.heard(message, recipient_id=recipient_id)
        if heard == conversation and conversation.version:
            return conversation
        if not self._conversations.save(heard, names=message.sender):
            raise _LostRaceError
        return heard

    def _mark_replied(self, answered: Notification, received: Received) -> None:
        """Raise a notification to `replied`, whatever it waits for."""
        reply = Reply(
            message_id=received.message_id,
            at=received.at,
            text=received.text,
            interest=received.interest or Interest.UNKNOWN,
        )
        if answered.reply == reply:
            return
        entry = HistoryEntry(at=received.at, kind="replied", detail=reply.interest)
        moved = answered.replied(self._clock.now(), reply)
        saved = self._notifications.save([Change(notification=moved, history=entry)])
        if answered.notification_id not in saved.stored:
            raise _LostRaceError

    def _carry_out(
        self,
        received: Received,
        conversation: Conversation,
        people: Mapping[str, Recipient],
        tenant: Tenant,
    ) -> None:
        """Do what a person chose, at once, and confirm it once.

        The confirmation is stored first and put on its queue last: wherever this breaks off, the
        clock sends it once the message has come again.
        """
        opts_out = received.choice is OptChoice.OPT_OUT
        addresses = _addresses(conversation, people)
        suppressed = self._directory.suppressed(tenant.tenant_id, addresses)
        changes = len(suppressed) < len(addresses) if opts_out else bool(suppressed)
        confirmation = self._confirmation(received, conversation, people, tenant)
        is_new = changes and self._notifications.create(confirmation)
        evidence = f"{received.message_id}: {received.text[:500]}"
        for address in addresses:
            if opts_out:
                self._directory.suppress(
                    Suppression(
                        tenant_id=tenant.tenant_id,
                        channel=address.channel,
                        address=address.value,
                        reason=SuppressionReason.OPT_OUT,
                        evidence=evidence,
                        created_at=received.at,
                        recipient_id=conversation.recipient_id,
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

    def _confirmation(
        self,
        received: Received,
        conversation: Conversation,
        people: Mapping[str, Recipient],
        tenant: Tenant,
    ) -> Notification:
        person = people.get(conversation.recipient_id or "")
        locale = (person.locale if person else None) or tenant.locale
        language = "en" if locale.startswith("en") else "es"
        text = _CONFIRMATIONS[received.choice, language].format(sender=tenant.name)
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
            event_type=f"{received.choice}_confirmation",
            target=Target.CLIENTS,
            recipient_id=conversation.correspondent_id,
            locale=locale,
            route=(step,),
            created_at=now,
            updated_at=now,
            deadline=now + _CONFIRMATION_LIFE,
            expires_at=now + timedelta(days=tenant.retention_days),
            confirms_choice=received.choice is OptChoice.OPT_OUT,
        ).queued(now)

    def _rename(self, change: IdentityChange) -> None:
        """Let a person be known under a new name; answers go there from now on."""
        conversation = self._conversations.find(
            change.tenant_id, change.account_id, [change.old, change.new]
        )
        if conversation is None:
            return
        renamed = conversation.renamed(change.old, change.new)
        if renamed == conversation:
            return
        if not self._conversations.save(renamed, names=[change.new]):
            raise _LostRaceError
        self._conversations.forget(change.tenant_id, change.account_id, change.old)

    def _note_contact(self, update: ContactUpdate) -> None:
        """Somebody blocked us, or does no longer."""
        conversation = self._conversations.find(update.tenant_id, update.account_id, update.sender)
        if conversation is None:
            return
        for address in _addresses(conversation, {}):
            if update.event is ContactEvent.BLOCKED:
                self._directory.suppress(
                    Suppression(
                        tenant_id=update.tenant_id,
                        channel=address.channel,
                        address=address.value,
                        reason=SuppressionReason.BLOCKED,
                        evidence=f"{update.provider} {update.event}",
                        created_at=update.at,
                        recipient_id=conversation.recipient_id,
                    )
                )
            else:
                self._directory.lift(
                    update.tenant_id,
                    address,
                    reasons=(SuppressionReason.BLOCKED, SuppressionReason.INVALID_ADDRESS),
                    evidence=f"{update.provider} {update.event}",
                    at=update.at,
                )

    def _mark_read(self, update: ReadUpTo) -> None:
        """A person read everything up to a moment."""
        conversation = self._conversations.find(update.tenant_id, update.account_id, update.sender)
        if conversation is None:
            return
        now = self._clock.now()
        sent = self._log.latest_to(
            update.tenant_id,
            conversation.correspondent_id,
            since=update.up_to - timedelta(hours=ReplyRules().window_hours),
            limit=LOOKED_AT,
        )
        changes = [
            Change(
                notification=notification.reached(now, State.READ, at=update.at),
                history=HistoryEntry(at=update.at, kind="receipt_read", detail="all up to here"),
            )
            for notification in sent
            if notification.state in (State.SENT, State.DELIVERED)
            and notification.current_step.account_id == update.account_id
            and (notification.sent_at or notification.created_at) <= update.up_to
        ]
        saved = self._notifications.save(changes)
        if len(saved.stored) < len(changes):
            raise _LostRaceError


def _came_before(notification: Notification, message: InboundMessage) -> bool:
    """Whether a notification reached the sender on this account before they wrote."""
    return (
        bool(notification.route)
        and notification.current_step.account_id == message.account_id
        and notification.state in _ARRIVED
        and (notification.sent_at or notification.created_at) <= message.at + timedelta(minutes=1)
        and not notification.event_type.endswith("_confirmation")
    )


def _recipient_id(answered: Notification | None, people: Mapping[str, Recipient]) -> str | None:
    """Who wrote: whom the answered message was for, else whoever has the address."""
    if answered is not None and not answered.recipient_id.startswith("cnv_"):
        return answered.recipient_id
    return next(iter(people), None)


def _read(
    message: InboundMessage,
    message_id: str,
    conversation: Conversation,
    answered: Notification | None,
    rules: ReplyRules,
    tenant: Tenant,
) -> Received:
    """A message with what it says, by the tenant's rules; a choice says nothing of interest."""
    choice = OptChoice.NONE
    if message.type in CHOICES:
        choice = classify_opt(message.text, rules.opt_out).choice
    interest: Interest | None = None
    if message.says_something:
        interest = Interest.UNKNOWN
        if message.type in TEXTS and choice is OptChoice.NONE:
            interest = classify_interest(message.text, rules.interest).interest
    return Received(
        **message.model_dump(exclude={"kind", "sender"}),
        message_id=message_id,
        conversation_id=conversation.conversation_id,
        recipient_id=conversation.recipient_id,
        channel=conversation.channel,
        sender=message.sender[0],
        expires_at=message.received_at + timedelta(days=tenant.retention_days),
        replies_to=answered.notification_id if answered else None,
        interest=interest,
        choice=choice,
    )


def _addresses(conversation: Conversation, people: Mapping[str, Recipient]) -> list[Address]:
    """Every address by which the person is reached on the conversation's channel.

    The directory may spell a number otherwise than the provider; what is planned has its spelling.
    """
    channel = conversation.channel
    names = {name.value for name in conversation.identities}
    forms = {matching_form(channel, name) for name in names}
    spelled = {
        address.value
        for person in people.values()
        for address in person.addresses_on(channel)
        if matching_form(channel, address.value) in forms
    }
    return [Address(channel=channel, value=value) for value in sorted(names | spelled)]
