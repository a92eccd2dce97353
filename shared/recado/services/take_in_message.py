"""Take a person's message in: whose it is, what it answers, what it says."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta

from recado.domain.addresses import matching_form
from recado.domain.conversations import Conversation
from recado.domain.delivery import Change
from recado.domain.directory import Address, Recipient, SuppressionReason
from recado.domain.errors import LostRaceError
from recado.domain.events import FARTHEST_AHEAD
from recado.domain.interest import classify_interest
from recado.domain.log_names import log_names
from recado.domain.notification import HistoryEntry, Mode, Notification, State
from recado.domain.opt_out import classify_opt
from recado.domain.received import (
    LONGEST_PAYLOAD,
    LONGEST_TEXT,
    MOST_CONTACTS,
    Received,
    message_id_of,
)
from recado.domain.replies import LONGEST_REPLY, Interest, OptChoice, Reply
from recado.domain.reply_rules import ReplyRules
from recado.domain.statistics import wanted_at
from recado.domain.tenants import Tenant
from recado.domain.updates import InboundMessage, InboundType
from recado.ports.clock import Clock
from recado.ports.configuration import ConfigurationRepository
from recado.ports.conversations import ConversationRepository
from recado.ports.directory import DirectoryRepository
from recado.ports.inbound import InboundLog, MediaTasks, ReplyRulesSource
from recado.ports.notifications import NotificationRepository
from recado.services.activate_whatsapp import EVENT_TYPE as ACTIVATION_CONFIRMATION
from recado.services.activate_whatsapp import ActivateWhatsApp, Activating
from recado.services.answer_appointment import AnswerAppointment
from recado.services.carry_out_choice import CONFIRMATIONS, CarryOutChoice, Chooser

logger = logging.getLogger(__name__)

LOOKED_AT = 50
"""How many of the latest notifications that came to somebody may be the one that is answered."""

MOST_READ = 400
"""How many are read to find them: many may be planned and not sent yet."""

MOST_PEOPLE = 20
"""How many who share an address are looked at."""

CLOCKS_DIFFER = timedelta(seconds=5)
"""By how much a provider's time of a message, in whole seconds, may be before our own."""

TEXTS = frozenset(
    {InboundType.TEXT, InboundType.BUTTON, InboundType.LIST, InboundType.MEDIA, InboundType.FORM}
)
"""Types whose text can tell interest."""

CHOICES = frozenset({InboundType.TEXT, InboundType.BUTTON, InboundType.LIST})
"""Types by which a person can opt out or in."""

_ACTIVATES = {"activates": True, "choice": OptChoice.OPT_IN, "interest": Interest.UNKNOWN}
"""What the message says that takes an invitation up."""

_ARRIVED = (State.SENT, State.DELIVERED, State.READ, State.REPLIED, State.UNKNOWN)


class TakeInMessage:
    """Takes messages in, each once."""

    def __init__(
        self,
        *,
        notifications: NotificationRepository,
        log: InboundLog,
        conversations: ConversationRepository,
        directory: DirectoryRepository,
        configuration: ConfigurationRepository,
        rules: ReplyRulesSource,
        choices: CarryOutChoice,
        activate: ActivateWhatsApp,
        appointments: AnswerAppointment,
        media: MediaTasks,
        clock: Clock,
    ) -> None:
        self._notifications = notifications
        self._log = log
        self._conversations = conversations
        self._directory = directory
        self._configuration = configuration
        self._rules = rules
        self._choices = choices
        self._activate = activate
        self._appointments = appointments
        self._media = media
        self._clock = clock

    def __call__(self, message: InboundMessage) -> None:
        """Take a message in; twice changes nothing more.

        What a person chose comes first, since it must hold at once. The message's row comes last:
        until it is there, everything is done again.

        Raises
        ------
        LostRaceError
            Something changed meanwhile: try again at once.
        """
        message_id = message_id_of(message)
        tenant = self._configuration.tenant(message.tenant_id)
        if tenant is None:
            logger.error("a message is for a tenant that was removed")
            return
        if self._log.received(message.tenant_id, message_id) is not None:
            return
        known = self._conversations.find(message.tenant_id, message.account_id, message.sender)
        conversation = known[0].joined_with(known[1:]) if known else Conversation.begun(message)
        rules = self._rules.reply_rules(message.tenant_id)
        activating = self._activate.begun_by(message, conversation, tenant, rules)
        people, answered = self._context(message, conversation, rules, activating)
        heard = conversation.heard(message, recipient_id=_recipient_id(answered, people))
        received = _read(message, message_id, heard, answered, rules, tenant)
        received = received.model_copy(update={"division": _division(heard, answered, people)})
        if activating is not None:
            received = received.model_copy(update=_ACTIVATES)
            self._activate(activating, received, heard)
        elif received.choice is not OptChoice.NONE:
            chooser = self._chooser(heard, people, answered)
            self._choices(received, chooser, tenant)
        self._remember(heard, conversation, known)
        if message.says_something:
            self._reaches_us(heard)
        if answered is not None and message.says_something:
            self._mark_replied(answered, received)
            self._appointments(answered, received)
        if message.media:
            self._media.put_media(received)
        self._log.keep_received(received)

    def _context(
        self,
        message: InboundMessage,
        conversation: Conversation,
        rules: ReplyRules,
        activating: Activating | None,
    ) -> tuple[dict[str, Recipient], Notification | None]:
        """Who may have written, and what they answer.

        Who takes an invitation up has said who they are, and answers nothing that we wrote here.
        """
        if activating is not None:
            return {activating.customer.recipient_id: activating.customer}, None
        people = self._people(message, conversation)
        return people, self._answered(message, conversation, people, rules)

    def _people(self, message: InboundMessage, conversation: Conversation) -> dict[str, Recipient]:
        """Whose address the sender's is, by id; the likeliest first."""
        found: dict[str, Recipient] = {}
        for name in message.sender:
            address = Address(channel=conversation.channel, value=name.value)
            reached = self._directory.reached_at(message.tenant_id, address, limit=MOST_PEOPLE)
            for recipient in reached:
                found.setdefault(recipient.recipient_id, recipient)
        return found

    def _answered(
        self,
        message: InboundMessage,
        conversation: Conversation,
        people: Mapping[str, Recipient],
        rules: ReplyRules,
    ) -> Notification | None:
        """The notification that a message answers: the quoted one, else the latest that came.

        What is done to a message (a reaction, an edit) is about that one or about none.
        """
        if message.refers_to is not None:
            found = self._notifications.attempt_of(
                message.tenant_id, message.account_id, message.refers_to
            )
            if found is not None:
                key, _ = found
                return self._notifications.get(key.tenant_id, key.notification_id)
        if not message.says_something:
            return None
        addresses = _forms(conversation, message, people)
        window = timedelta(hours=rules.window_hours)
        sent = [
            notification
            for correspondent_id in dict.fromkeys([*people, conversation.correspondent_id])
            for notification in self._latest_arrived(message, correspondent_id)
            if _reached(notification, message, addresses, window)
        ]
        return max(sent, key=_arrived_at, default=None)

    def _latest_arrived(self, message: InboundMessage, correspondent_id: str) -> list[Notification]:
        """The latest that came to somebody: by when they were made, maybe long before that."""
        limit = LOOKED_AT
        while True:
            latest = self._log.latest_to(
                message.tenant_id,
                correspondent_id,
                since=message.at - FARTHEST_AHEAD,
                limit=limit,
            )
            arrived = [each for each in latest if each.state in _ARRIVED]
            if len(arrived) >= LOOKED_AT or len(latest) < limit or limit >= MOST_READ:
                return arrived[:LOOKED_AT]
            limit *= 2

    def _chooser(
        self,
        conversation: Conversation,
        people: Mapping[str, Recipient],
        answered: Notification | None,
    ) -> Chooser:
        recipient_id = conversation.recipient_id
        person = people.get(recipient_id or "")
        if person is None and recipient_id is not None:
            person = self._directory.recipient(conversation.tenant_id, recipient_id)
        addresses = {name.value for name in conversation.identities}
        channel = conversation.channel
        forms = {matching_form(channel, value) for value in addresses}
        addresses |= {
            address.value
            for each in people.values()
            for address in each.addresses_on(channel)
            if matching_form(channel, address.value) in forms
        }
        if person is not None:
            addresses |= {address.value for address in person.addresses_on(channel)}
        if answered is not None and answered.current_step.channel is channel:
            addresses.add(answered.current_step.address.value)
        return Chooser(
            conversation=conversation,
            locale=person.locale if person else None,
            addresses=tuple(Address(channel=channel, value=a) for a in sorted(addresses)),
        )

    def _remember(
        self, heard: Conversation, before: Conversation, known: list[Conversation]
    ) -> None:
        """Store the conversation, and let all its names lead to it, those of joined ones too."""
        if heard == before and len(known) == 1:
            return
        if not self._conversations.save(heard, names=heard.identities):
            raise LostRaceError

    def _reaches_us(self, conversation: Conversation) -> None:
        """Who writes to us has the address, whatever a provider once said of it."""
        self._directory.lift(
            conversation.tenant_id,
            conversation.address,
            reasons=(SuppressionReason.INVALID_ADDRESS, SuppressionReason.BLOCKED),
            evidence="wrote to us",
            at=self._clock.now(),
        )

    def _mark_replied(self, answered: Notification, received: Received) -> None:
        """Raise a notification to `replied`, whatever it waits for."""
        reply = Reply(
            message_id=received.message_id,
            at=received.at,
            text=received.text[:LONGEST_REPLY],
            interest=received.interest or Interest.UNKNOWN,
        )
        if answered.reply == reply:
            return
        entry = HistoryEntry(at=received.at, kind="replied", detail=reply.interest)
        moved = answered.replied(self._clock.now(), reply)
        saved = self._notifications.save([Change(notification=moved, history=entry)])
        if answered.notification_id not in saved.stored:
            raise LostRaceError
        extra = {
            **log_names(answered),
            "channel": received.channel,
            "message_id": received.message_id,
            "interest": reply.interest,
        }
        logger.info("reply linked", extra=extra)


def _forms(
    conversation: Conversation, message: InboundMessage, people: Mapping[str, Recipient]
) -> set[str]:
    """Every address by which the sender is reached on this channel, in their matching forms."""
    channel = conversation.channel
    own = {
        matching_form(channel, name.value) for name in (*message.sender, *conversation.identities)
    }
    spelled = {
        matching_form(channel, address.value)
        for person in people.values()
        for address in person.addresses_on(channel)
    }
    return own | spelled


def _reached(
    notification: Notification,
    message: InboundMessage,
    addresses: set[str],
    window: timedelta,
) -> bool:
    """Whether a notification reached the sender on this account, not long before they wrote."""
    if not notification.route or notification.mode is not Mode.LIVE:
        return False
    step = notification.current_step
    return (
        step.account_id == message.account_id
        and matching_form(step.channel, step.address.value) in addresses
        and message.at - window <= _arrived_at(notification) <= message.at + CLOCKS_DIFFER
        and notification.event_type not in (*CONFIRMATIONS, ACTIVATION_CONFIRMATION)
    )


def _arrived_at(notification: Notification) -> datetime:
    """When a notification came; where nobody knows, when it was to be sent."""
    return notification.sent_at or wanted_at(notification)


def _recipient_id(answered: Notification | None, people: Mapping[str, Recipient]) -> str | None:
    """Who wrote: whom the answered message was for, else whoever has the address."""
    if answered is not None and not answered.recipient_id.startswith("cnv_"):
        return answered.recipient_id
    return next(iter(people), None)


def _division(
    conversation: Conversation, answered: Notification | None, people: Mapping[str, Recipient]
) -> str | None:
    """The part of the tenant whose person wrote."""
    person = people.get(conversation.recipient_id or "")
    if person is not None:
        return person.division
    return answered.division if answered else None


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
    fields = message.model_dump(exclude={"kind", "sender"})
    return Received(
        **{
            **fields,
            "text": message.text[:LONGEST_TEXT],
            "payload": message.payload and message.payload[:LONGEST_PAYLOAD],
            "contacts": message.contacts[:MOST_CONTACTS],
        },
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
