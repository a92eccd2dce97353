"""Follow what providers tell of people: new names, blocks, how far they have read."""

from __future__ import annotations

from datetime import timedelta

from recado.domain.conversations import Conversation
from recado.domain.delivery import Change
from recado.domain.directory import WISHES, Address, Suppression, SuppressionReason
from recado.domain.errors import LostRaceError
from recado.domain.identities import Identity
from recado.domain.notification import HistoryEntry, State
from recado.domain.updates import ContactEvent, ContactUpdate, IdentityChange, ReadUpTo
from recado.ports.clock import Clock
from recado.ports.conversations import ConversationRepository
from recado.ports.directory import DirectoryRepository
from recado.ports.inbound import InboundLog
from recado.ports.notifications import NotificationRepository

READ_AT_ONCE = 50
READ_BACK = timedelta(days=7)
"""A watermark says nothing of older messages that is worth knowing."""


class FollowPeople:
    """Works on updates about people; each twice changes nothing more.

    Raises
    ------
    LostRaceError
        From any of its methods: something changed meanwhile, try again at once.
    """

    def __init__(
        self,
        *,
        notifications: NotificationRepository,
        log: InboundLog,
        conversations: ConversationRepository,
        directory: DirectoryRepository,
        clock: Clock,
    ) -> None:
        self._notifications = notifications
        self._log = log
        self._conversations = conversations
        self._directory = directory
        self._clock = clock

    def rename(self, change: IdentityChange) -> None:
        """Let a person be known under a new name: answers go there, and their wishes hold there."""
        known = self._conversations.find(
            change.tenant_id, change.account_id, [change.old, change.new]
        )
        if not known:
            return
        self._carry_wishes_over(known[0], change.old, change.new)
        renamed = known[0].joined_with(known[1:]).renamed(change.old, change.new)
        if renamed != known[0] and not self._conversations.save(renamed, names=renamed.identities):
            raise LostRaceError
        self._conversations.forget(change.tenant_id, change.account_id, change.old)

    def _carry_wishes_over(self, conversation: Conversation, old: Identity, new: Identity) -> None:
        before = Address(channel=conversation.channel, value=old.value)
        suppression = self._directory.suppression(conversation.tenant_id, before)
        if suppression is not None and suppression.reason in WISHES:
            self._directory.suppress(suppression.model_copy(update={"address": new.value}))

    def note(self, update: ContactUpdate) -> None:
        """Somebody blocked us, or does no longer."""
        known = self._conversations.find(update.tenant_id, update.account_id, update.sender)
        if not known:
            return
        for name in known[0].identities:
            address = Address(channel=known[0].channel, value=name.value)
            if update.event is ContactEvent.BLOCKED:
                self._directory.suppress(
                    Suppression(
                        tenant_id=update.tenant_id,
                        channel=address.channel,
                        address=address.value,
                        reason=SuppressionReason.BLOCKED,
                        evidence=f"{update.provider} {update.event}",
                        created_at=update.at,
                        recipient_id=known[0].recipient_id,
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

    def mark_read(self, update: ReadUpTo) -> None:
        """A person read everything up to a moment."""
        known = self._conversations.find(update.tenant_id, update.account_id, update.sender)
        if not known:
            return
        now = self._clock.now()
        sent = self._log.latest_to(
            update.tenant_id,
            known[0].correspondent_id,
            since=update.up_to - READ_BACK,
            limit=READ_AT_ONCE,
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
            raise LostRaceError
