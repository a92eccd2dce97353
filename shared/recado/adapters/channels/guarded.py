"""A circuit breaker around a channel account: while its provider is out, nothing is sent.

With partial batch responses Lambda keeps its pace when a provider fails, so without a breaker
every message would wait for the same time-out. Workers share the circuit through a table.
"""

from __future__ import annotations

import logging
import time
from functools import cache
from typing import TYPE_CHECKING, cast

from aws_lambda_powertools.utilities.circuit_breaker import (
    CircuitBreakerConfig,
    CircuitBreakerOpenError,
    CircuitTransition,
    circuit_breaker,
)
from aws_lambda_powertools.utilities.circuit_breaker.persistence import (
    CircuitBreakerDynamoDBPersistence,
)

from recado.domain.channels import ChannelAccount
from recado.domain.errors import (
    AccountError,
    DeliveryError,
    NotAttemptedError,
    OutcomeUnknownError,
    RetryableError,
)
from recado.ports import Acceptance, ChannelSender, OutboundMessage

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

logger = logging.getLogger(__name__)

RECOVERY_SECONDS = 30

# One success closes the circuit: a probe belongs to one thread, and a batch's threads change.
CONFIG = CircuitBreakerConfig(
    failure_threshold=5,
    recovery_timeout=RECOVERY_SECONDS,
    success_threshold=1,
    handled_exceptions=DeliveryError,
)


class GuardedSender:
    """Sends through another sender until that one fails five times in a row."""

    def __init__(
        self,
        account: ChannelAccount,
        sender: ChannelSender,
        *,
        client: DynamoDBClient,
        table_name: str,
    ) -> None:
        self._sender = sender
        guard = circuit_breaker(
            name=f"{account.tenant_id}/{account.account_id}",
            persistence_store=_store(client, table_name),
            on_transition=_report,
            config=CONFIG,
        )
        self._guarded = guard(self._attempt)

    def send(self, message: OutboundMessage) -> Acceptance:
        """Send unless the circuit is open; see `ChannelSender`.

        Raises
        ------
        NotAttemptedError
            The circuit is open; `retry_after` is when it lets a message through again.
        """
        try:
            result = cast("Acceptance | DeliveryError", self._guarded(message))
        except CircuitBreakerOpenError as error:
            opened_at = error.circuit.opened_at if error.circuit else None
            raise NotAttemptedError(
                "circuit_open",
                "the account rests after failures in a row",
                retry_after=_rest(opened_at),
            ) from None
        if isinstance(result, DeliveryError):
            raise result
        return result

    def _attempt(self, message: OutboundMessage) -> Acceptance | DeliveryError:
        """Raise only what speaks against the account.

        A refusal of this message or recipient is given back instead: the provider answered, so
        to the circuit it is a success.
        """
        try:
            return self._sender.send(message)
        except DeliveryError as error:
            if _is_account_fault(error):
                raise
            return error


@cache
def _store(client: DynamoDBClient, table_name: str) -> CircuitBreakerDynamoDBPersistence:
    """One store for all circuits: each that is made hooks into the client's requests for good."""
    return CircuitBreakerDynamoDBPersistence(table_name, boto3_client=client)


def _is_account_fault(error: DeliveryError) -> bool:
    if isinstance(error, RetryableError):
        return error.account_fault
    return isinstance(error, AccountError | OutcomeUnknownError)


def _rest(opened_at: int | None) -> float:
    """Seconds until the circuit lets a probe through; at least one, while a probe is running."""
    if opened_at is None:
        return RECOVERY_SECONDS
    return max(opened_at + RECOVERY_SECONDS - time.time(), 1.0)


def _report(transition: CircuitTransition) -> None:
    logger.warning(
        "circuit changed",
        extra={
            "circuit": transition.circuit_name,
            "from_state": transition.from_state.value,
            "to_state": transition.to_state.value,
        },
    )
