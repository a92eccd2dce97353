"""A provider that does what it is told and remembers what it accepted."""

from __future__ import annotations

import threading
from collections import defaultdict, deque
from collections.abc import Callable

from recado.domain.channels import ChannelAccount
from recado.domain.errors import DeliveryError
from recado.domain.notification import Mode
from recado.ports.channels import Acceptance, ChannelSender, OutboundMessage

Behaviour = DeliveryError | Callable[[OutboundMessage], None] | None


class FakeSenders:
    """Implements `ports.ChannelSenders`.

    `script` gives per account what the next sends do: None accepts, an error is raised, a
    function is called and then the message is accepted. An empty script accepts.
    """

    def __init__(self) -> None:
        self.accepted: list[OutboundMessage] = []
        self.attempted: list[OutboundMessage] = []
        self.script: defaultdict[str, deque[Behaviour]] = defaultdict(deque)
        self._lock = threading.Lock()

    def sender_for(self, account: ChannelAccount, mode: Mode) -> ChannelSender:
        return _FakeSender(self, account)

    def carry_out(self, account: ChannelAccount, message: OutboundMessage) -> Acceptance:
        with self._lock:
            self.attempted.append(message)
            script = self.script[account.account_id]
            behaviour = script.popleft() if script else None
        if isinstance(behaviour, DeliveryError):
            raise behaviour
        if behaviour is not None:
            behaviour(message)
        with self._lock:
            self.accepted.append(message)
            return Acceptance(provider_message_id=f"{account.account_id}-{len(self.accepted)}")


class _FakeSender:
    def __init__(self, senders: FakeSenders, account: ChannelAccount) -> None:
        self._senders = senders
        self._account = account

    def send(self, message: OutboundMessage) -> Acceptance:
        return self._senders.carry_out(self._account, message)
