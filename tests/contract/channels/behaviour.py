"""How a provider can behave, and what each behaviour must mean to every adapter."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from contextlib import AbstractContextManager
from enum import Enum, auto

from recado.domain.channels import ChannelAccount
from recado.ports.channels import ChannelSender, OutboundMessage


class Behaviour(Enum):
    """What a provider does with the next messages."""

    ACCEPTS = auto()
    REFUSES_MESSAGE = auto()
    REFUSES_RECIPIENT = auto()
    REFUSES_ACCOUNT = auto()
    THROTTLES = auto()
    FAILS = auto()
    CANNOT_BE_REACHED = auto()
    NEVER_ANSWERS = auto()
    DROPS_THE_CONNECTION = auto()
    ANSWERS_GARBAGE = auto()
    ANSWERS_AN_UNKNOWN_CODE = auto()


class SimulatedProvider(ABC):
    """A provider at the other end of the wire.

    `requests` holds what reached it, one entry for each message that an adapter began to send.
    `retry_after` is what it asks for when it throttles; None where its protocol has no way to.
    """

    account: ChannelAccount
    credentials: Mapping[str, str]
    required_settings: tuple[str, ...]
    required_credentials: tuple[str, ...]
    message: OutboundMessage
    retry_after: float | None

    def __init__(self) -> None:
        self.requests: list[object] = []

    @abstractmethod
    def sender(self, behaviour: Behaviour) -> AbstractContextManager[ChannelSender]:
        """The adapter, wired to this provider with a behaviour."""

    @abstractmethod
    def make(self, account: ChannelAccount, credentials: Mapping[str, str]) -> ChannelSender:
        """The adapter as the product makes it, wired to nothing."""

    def message_for(self, behaviour: Behaviour) -> OutboundMessage:
        """The message that shows a behaviour."""
        return self.message

    def confidential(self) -> list[str]:
        """What may stand in no error and in no log."""
        to = self.message.to
        return [
            *self.credentials.values(),
            to.value,
            to.value.removeprefix("+"),
            *([to.push_keys.p256dh, to.push_keys.auth] if to.push_keys else []),
            *(
                str(text)
                for text in self.message.content.model_dump(exclude={"channel"}).values()
                if text
            ),
        ]
