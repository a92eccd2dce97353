"""What people and providers tell us, as services see it."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from recado.domain.account_states import AccountState, TemplateState
from recado.domain.model import Model
from recado.domain.notification import Notification
from recado.domain.received import Received
from recado.domain.reply_rules import ReplyRules
from recado.domain.updates import InboundUpdate


class InboundDelivery(Model):
    """A message of the inbound queue.

    `group` is the person's, `receives` how often the queue handed it out; `update` is None where
    nobody can read the `body`.
    """

    message_id: str
    group: str
    receives: int
    body: str
    update: InboundUpdate | None


class InboundDeadLetters(Protocol):
    """Where updates end that could not be worked on."""

    def put(self, delivery: InboundDelivery) -> None:
        """Keep a message for people to look at; raises when it cannot be kept."""
        ...


class InboundLog(Protocol):
    """People's messages in the log, beside the notifications."""

    def keep_received(self, received: Received) -> bool:
        """Store a message; False when it is there already."""
        ...

    def received(self, tenant_id: str, message_id: str) -> Received | None:
        """A message by our id."""
        ...

    def latest_to(
        self, tenant_id: str, correspondent_id: str, *, since: datetime, limit: int
    ) -> list[Notification]:
        """The latest notifications to somebody that were made since a moment, newest first."""
        ...


class MediaTasks(Protocol):
    """The queue of files that are still at the provider."""

    def put_media(self, received: Received) -> None:
        """Have a message's files fetched; raises when the queue does not take them."""
        ...


class ReplyRulesSource(Protocol):
    """How tenants have replies understood."""

    def reply_rules(self, tenant_id: str) -> ReplyRules:
        """A tenant's rules; the defaults where it has none."""
        ...


class StateKeeper(Protocol):
    """What providers say of accounts and templates."""

    def learn(self, state: AccountState | TemplateState) -> None:
        """Store a state, unless a later one is stored."""
        ...


class StateReader(Protocol):
    """What providers said last of accounts and templates."""

    def account_states(self, tenant_id: str) -> list[AccountState]:
        """What was said of a tenant's accounts; of most of them nothing was."""
        ...

    def template_states(self, tenant_id: str) -> list[TemplateState]:
        """What was said of a tenant's approved templates."""
        ...
