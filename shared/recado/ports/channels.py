"""Channels, as services see them: what is sent, and who sends it."""

from __future__ import annotations

from typing import Protocol

from recado.domain.channels import ChannelAccount
from recado.domain.directory import Address
from recado.domain.messages import Message
from recado.domain.model import Model
from recado.domain.notification import Mode


class OutboundMessage(Model):
    """A rendered message with everything that a provider needs to know of it.

    `tag` is what the provider echoes in its receipts; `unsubscribe_url` is set for mail.
    """

    to: Address
    content: Message
    tag: str
    unsubscribe_url: str | None = None


class Acceptance(Model):
    """A provider took a message: its id for it, and what it said."""

    provider_message_id: str
    detail: str = ""


class ChannelSender(Protocol):
    """Sends messages through one channel account. Threads share it."""

    def send(self, message: OutboundMessage) -> Acceptance:
        """Hand a message to the provider; returning means that the provider has it.

        Raises
        ------
        RetryableError
            Not taken, for a passing reason: try again later on this channel.
        PermanentMessageError, PermanentRecipientError, AddressGoneError, AccountError
            Not taken, and another try would not help: go on to the next channel.
        OutcomeUnknownError
            It may have been taken: never send it again blindly.
        NotAttemptedError
            Nothing was tried: come back later, no attempt is counted.
        """
        ...


class ChannelSenders(Protocol):
    """Finds the sender for an account."""

    def sender_for(self, account: ChannelAccount, mode: Mode) -> ChannelSender:
        """The sender of an account, made on first use; in test mode one that reaches nobody.

        Raises
        ------
        AccountError
            The account's settings or credentials are not complete.
        """
        ...
