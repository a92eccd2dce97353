"""What a provider's refusal means: the rows of its error table, and the errors they become."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass

from recado.domain.channels import ChannelAccount
from recado.domain.directory import SuppressionReason
from recado.domain.errors import (
    AccountError,
    AddressGoneError,
    DeliveryError,
    OutcomeUnknownError,
    PermanentMessageError,
    PermanentRecipientError,
    RetryableError,
    WindowClosedError,
)

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Verdict:
    """A row of an error table.

    Parameters
    ----------
    error
        The class that decides what happens next.
    meaning
        What the provider's code says, in our words; shown to operators beside the code.
    retry_after
        Seconds to wait at least when the provider's answer names no time of its own.
    account_fault, suppression
        As in `RetryableError` and `PermanentRecipientError`.
    """

    error: type[DeliveryError]
    meaning: str
    retry_after: float | None = None
    account_fault: bool = True
    suppression: SuppressionReason | None = None

    def to_error(self, code: str, *, retry_after: float | None = None) -> DeliveryError:
        """The error to raise; `retry_after` is what the provider's answer asked for."""
        if issubclass(self.error, RetryableError):
            return self.error(
                code,
                self.meaning,
                retry_after=self.retry_after if retry_after is None else retry_after,
                account_fault=self.account_fault,
            )
        if issubclass(self.error, PermanentRecipientError):
            return self.error(code, self.meaning, suppression=self.suppression)
        return self.error(code, self.meaning)


ErrorTable = Mapping[str, Verdict]
"""A provider's codes, each with its verdict."""


def try_later(meaning: str, *, after: float | None = None, account_fault: bool = True) -> Verdict:
    """Not taken, for a passing reason; `account_fault=False` when only this recipient waits."""
    return Verdict(RetryableError, meaning, retry_after=after, account_fault=account_fault)


def message_refused(meaning: str) -> Verdict:
    """This message will not be taken on this channel, whenever it is sent."""
    return Verdict(PermanentMessageError, meaning)


def window_closed(meaning: str) -> Verdict:
    """Free text does not reach this recipient now; an approved template may."""
    return Verdict(WindowClosedError, meaning)


def recipient_refused(meaning: str) -> Verdict:
    """This recipient is not reached on this channel now; another day it may be."""
    return Verdict(PermanentRecipientError, meaning)


def no_recipient(meaning: str) -> Verdict:
    """Nobody is reached at that address, now or later."""
    suppression = SuppressionReason.INVALID_ADDRESS
    return Verdict(PermanentRecipientError, meaning, suppression=suppression)


def opted_out(meaning: str) -> Verdict:
    """The recipient does not want to hear from this sender."""
    return Verdict(PermanentRecipientError, meaning, suppression=SuppressionReason.OPT_OUT)


def blocked(meaning: str) -> Verdict:
    """The recipient blocked the sender, which the provider tells us when it ends."""
    return Verdict(PermanentRecipientError, meaning, suppression=SuppressionReason.BLOCKED)


def address_gone(meaning: str) -> Verdict:
    """The address ceased to exist."""
    return Verdict(AddressGoneError, meaning)


def account_refused(meaning: str) -> Verdict:
    """The account must be mended by people."""
    return Verdict(AccountError, meaning)


def outcome_unknown(meaning: str) -> Verdict:
    """The provider does not say whether it has the message."""
    return Verdict(OutcomeUnknownError, meaning)


def by_http_status(status: int) -> Verdict:
    """The verdict where an HTTP answer has no code that we know."""
    meaning = f"HTTP {status}, and no code that is in the error table"
    if status in (408, 429) or status >= 500:
        return try_later(meaning)
    if status in (401, 403) or 300 <= status < 400:
        return account_refused(meaning)
    return message_refused(meaning)


def unlisted(account: ChannelAccount, code: str, verdict: Verdict) -> Verdict:
    """Log that a code is missing in the error table, so that somebody adds it."""
    logger.warning(
        "provider code is not in the error table",
        extra={
            "tenant_id": account.tenant_id,
            "account_id": account.account_id,
            "provider": account.provider.value,
            "provider_code": code,
            "treated_as": verdict.error.__name__,
        },
    )
    return verdict
