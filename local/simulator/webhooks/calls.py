"""What all providers' webhooks have in common: a request, and who makes it of what happened."""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import ClassVar, Literal, NoReturn

from local.simulator.inbound_messages import InboundMessage
from local.simulator.messages import Channel, Message, Provider, Status

PHONE = re.compile(r"\+[1-9]\d{6,14}")
JSON_TYPE = "application/json"
FORM_TYPE = "application/x-www-form-urlencoded"


class ImpossibleWebhook(Exception):
    """This provider tells nothing like that.

    `field` is what is wrong with the wish; `status` is what the control API answers.
    """

    def __init__(self, field: str, message: str, status: int = 400) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field
        self.message = message
        self.status = status


def _is_refusal(status: int | None) -> bool:
    return status is None or not 200 <= status < 300


@dataclass(frozen=True, kw_only=True)
class WebhookCall:
    """One request, ready to be sent.

    `wants_retry` says whether the provider sends it again after a status (None: nobody answered);
    `retry_headers` makes what another try carries besides, from its number (1 is the first one
    after the original) and that status.
    """

    provider: Provider
    kind: Literal["receipts", "inbound"]
    url: str
    body: bytes
    headers: Mapping[str, str]
    wants_retry: Callable[[int | None], bool] = _is_refusal
    retry_headers: Callable[[int, int | None], Mapping[str, str]] = lambda _number, _status: {}


@dataclass(frozen=True, kw_only=True)
class Report:
    """What became of a message; `code` is the provider's own reason for a failure."""

    message: Message
    status: Status
    code: str | None = None
    at: datetime = field(default_factory=lambda: datetime.now(UTC))


@dataclass(frozen=True, kw_only=True)
class WhenBlocked:
    """What a sender sees of a person who blocked it, after the message was accepted."""

    steps: tuple[Status, ...]
    code: str | None = None


class WebhookProvider(ABC):
    """One provider's webhooks: how it tells what became of messages, and what people sent."""

    name: ClassVar[Provider]
    channels: ClassVar[tuple[Channel, ...]]

    def statuses(self, message: Message) -> Collection[Status]:
        """What the provider tells of such a message at all."""
        return ()

    def receipt_calls(self, reports: Sequence[Report]) -> list[WebhookCall]:
        """Requests with these reports: as few as the provider would make.

        Raises ImpossibleWebhook when it tells nothing like that, or nobody knows where to.
        """
        raise ImpossibleWebhook("status", f"{self.name} tells nothing about messages")

    def when_blocked(self, channel: Channel) -> WhenBlocked | None:
        """What happens to messages once a person blocked the sender; None when nothing tells."""
        return None

    @abstractmethod
    def new_id(self) -> str:
        """An id for a message that a person sends."""

    @abstractmethod
    def inbound_call(self, message: InboundMessage) -> WebhookCall:
        """The request about what a person sent; raises ImpossibleWebhook as `receipt_calls`."""

    def _address(self, url: str | None) -> str:
        if not url:
            raise ImpossibleWebhook(
                "webhook_url", f"the accounts file has none for {self.name}", 409
            )
        return url

    def _cannot(self, field: str, why: str = "it tells nothing like that") -> NoReturn:
        raise ImpossibleWebhook(field, f"by {self.name}: {why}")

    def _check(self, reports: Sequence[Report]) -> None:
        for report in reports:
            if report.status not in self.statuses(report.message):
                self._cannot("status")
