"""A circuit breaker around a channel account: while its provider is out, nothing is sent.

With partial batch responses Lambda keeps its pace when a provider fails, so without a breaker
every message would wait for the same time-out. Workers share the circuit through a table.
"""

from __future__ import annotations

import logging
import random
import time
from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING

from aws_lambda_powertools.utilities.circuit_breaker import (
    CircuitBreakerConfig,
    CircuitBreakerOpenError,
    CircuitState,
    CircuitTransition,
    circuit_breaker,
)
from aws_lambda_powertools.utilities.circuit_breaker.persistence import (
    CircuitBreakerDynamoDBPersistence,
)

from recado.adapters.metrics import EmfMetrics
from recado.domain.account_performance import CIRCUIT_OPEN, is_account_fault
from recado.domain.channels import CHANNEL_OF, ChannelAccount
from recado.domain.errors import DeliveryError, NotAttemptedError, without_message
from recado.ports.channels import Acceptance, ChannelSender, OutboundMessage
from recado.ports.metrics import Metric

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

logger = logging.getLogger(__name__)

RECOVERY_SECONDS = 30
PROBE_SECONDS = 10
"""A probe takes as long as its provider, at most 100 s; each return costs two writes."""

# One success closes the circuit: a probe belongs to one thread, and a batch's threads change.
CONFIG = CircuitBreakerConfig(
    failure_threshold=5,
    recovery_timeout=RECOVERY_SECONDS,
    success_threshold=1,
    handled_exceptions=DeliveryError,
)


@dataclass
class _Call:
    """A send and how it ended, whatever the circuit's store makes of it."""

    message: OutboundMessage
    began: bool = False
    result: Acceptance | DeliveryError | None = None


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
            on_transition=partial(_report, account),
            config=CONFIG,
        )
        self._guarded = guard(self._attempt)

    def send(self, message: OutboundMessage) -> Acceptance:
        """Send unless the circuit is open; see `ChannelSender`.

        Raises
        ------
        NotAttemptedError
            The circuit is open, or could not be looked up; `retry_after` is when to come back.
        """
        call = _Call(message)
        try:
            self._guarded(call)
        except CircuitBreakerOpenError as error:
            opened_at = error.circuit.opened_at if error.circuit else None
            raise NotAttemptedError(
                CIRCUIT_OPEN,
                "the account rests after failures in a row",
                retry_after=_rest(opened_at),
            ) from None
        except Exception as error:
            if call.result is None and call.began:
                raise
            logger.warning("a circuit could not be stored", extra=without_message(error))
        if call.result is None:
            raise NotAttemptedError(
                "circuit_unknown", "the circuit could not be looked up", retry_after=_probe_rest()
            )
        if isinstance(call.result, DeliveryError):
            raise call.result
        return call.result

    def _attempt(self, call: _Call) -> None:
        """Raise only what speaks against the account.

        After a refusal of this message or recipient nothing is raised: the provider answered,
        so to the circuit it is a success.
        """
        call.began = True
        try:
            call.result = self._sender.send(call.message)
        except DeliveryError as error:
            call.result = error
            if is_account_fault(error):
                raise


@cache
def _store(client: DynamoDBClient, table_name: str) -> CircuitBreakerDynamoDBPersistence:
    """One store for all circuits: each that is made hooks into the client's requests for good."""
    return CircuitBreakerDynamoDBPersistence(table_name, boto3_client=client)


def _rest(opened_at: int | None) -> float:
    """Seconds until the circuit lets a probe through."""
    if opened_at is None:
        return RECOVERY_SECONDS
    return max(opened_at + RECOVERY_SECONDS - time.time(), _probe_rest())


def _probe_rest() -> float:
    """Seconds to wait for a probe that is running, spread so that not all come back at once."""
    return random.uniform(1, 2) * PROBE_SECONDS  # noqa: S311


def _report(account: ChannelAccount, transition: CircuitTransition) -> None:
    if transition.to_state is CircuitState.OPEN:
        dimensions = {"channel": CHANNEL_OF[account.provider], "provider": account.provider}
        EmfMetrics().put({Metric.CIRCUIT_OPENED: [1]}, dimensions)
    logger.warning(
        "circuit changed",
        extra={
            "circuit": transition.circuit_name,
            "from_state": transition.from_state.value,
            "to_state": transition.to_state.value,
        },
    )
