"""What providers say of accounts when they are asked, as services see it."""

from __future__ import annotations

from typing import Protocol

from recado.domain.channels import ChannelAccount
from recado.domain.probes import ProbedAccount, ProviderTemplate
from recado.domain.templates import Template


class AccountProbe(Protocol):
    """Asks the provider of an account about it; changes nothing there. Threads share it.

    Each call of the provider takes at most the account's `timeout_seconds`.
    """

    def state(self, account: ChannelAccount) -> ProbedAccount:
        """The account as its provider describes it now.

        Raises
        ------
        AccountError
            People must act: credentials, settings or rights are wrong.
        RetryableError, OutcomeUnknownError
            The provider cannot say now: look again later.
        """
        ...

    def templates(self, account: ChannelAccount) -> list[ProviderTemplate]:
        """All templates that the provider has for the account; none where it knows no such.

        Raises
        ------
        AccountError, RetryableError, OutcomeUnknownError
            As in `state`. A list is whole or not given at all.
        """
        ...


class TemplatesInForce(Protocol):
    """A tenant's templates."""

    def in_force(self, tenant_id: str) -> list[Template]:
        """The templates in force in all slots."""
        ...


class ConversationSigns(Protocol):
    """What a conversation has beside messages: ticks and typing."""

    def has_signs(self, account: ChannelAccount) -> bool:
        """Whether an account's provider shows such signs."""
        ...

    def show(self, account: ChannelAccount, provider_message_id: str, *, typing: bool) -> None:
        """Mark a person's message as read, and with `typing` show that we write.

        Raises
        ------
        DeliveryError
            As from `ChannelSender.send`; showing it again does no harm.
        """
        ...
