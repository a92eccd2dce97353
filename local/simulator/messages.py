"""The messages that the simulated providers accepted, oldest first."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Literal
from uuid import uuid4

Provider = Literal["meta", "twilio", "evolution", "ses", "smtp", "web_push"]
Channel = Literal["whatsapp", "sms", "email", "push"]
Kind = Literal["text", "template", "email", "push"]
Outcome = Literal["accepted", "accepted_then_dropped"]


@dataclass(frozen=True, kw_only=True)
class Template:
    """The approved template that a message was made from."""

    name: str
    language: str | None
    parameters: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Message:
    """One message to one recipient, as its provider accepted it.

    `to` is E.164 for phones, the address for mail and the endpoint for push. `text` is what the
    person reads. `tag` is the sender's own mark, which receipts will carry back.
    """

    provider: Provider
    channel: Channel
    to: str
    sender: str
    kind: Kind
    text: str
    provider_message_id: str
    id: str = field(default_factory=lambda: uuid4().hex)
    received_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    outcome: Outcome = "accepted"
    tag: str | None = None
    template: Template | None = None
    subject: str | None = None
    html: str | None = None
    headers: dict[str, str] | None = None
    wa_id: str | None = None
    """WhatsApp's own id of the recipient: in some countries not the number that people dial."""
    window_closed: bool | None = None
    """True: free text to somebody who did not write in the last 24 hours. WhatsApp accepts it and
    reports the failure later (Meta 131047, Twilio 63016)."""
    segments: int | None = None
    """How many SMS the text is billed as."""
    status_callback: str | None = None
    """Where Twilio was asked to report what becomes of the message."""
    customer: str | None = None
    """The label of the simulated browser that received a push."""
    payload: object | None = None
    """The decrypted JSON of a push."""

    def to_json(self) -> dict[str, object]:
        """The message as the control API shows it; fields without a value are left out."""
        shown = {name: value for name, value in vars(self).items() if value is not None}
        shown["from"] = shown.pop("sender")
        shown["received_at"] = self.received_at.isoformat()
        if self.template:
            shown["template"] = vars(self.template)
        return shown


class MessageStore:
    """Accepted messages in memory, for the control API and the page."""

    def __init__(self) -> None:
        self._messages: list[Message] = []
        self._epoch = uuid4().hex

    @property
    def epoch(self) -> str:
        """A mark that changes when the store forgets, so that a watching page starts anew."""
        return self._epoch

    def __len__(self) -> int:
        return len(self._messages)

    def add(self, messages: Iterable[Message], outcome: Outcome) -> None:
        """Keep the messages of one accepted request."""
        self._messages.extend(replace(message, outcome=outcome) for message in messages)

    def get(self, message_id: str) -> Message | None:
        """The message with this id, if it was accepted and not forgotten."""
        return next((kept for kept in self._messages if kept.id == message_id), None)

    def find(
        self,
        *,
        provider: str | None = None,
        channel: str | None = None,
        to: str | None = None,
        since: datetime | None = None,
    ) -> list[Message]:
        """The messages that fit every filter given, newest last; `since` includes that instant."""
        return [
            kept
            for kept in self._messages
            if provider in (None, kept.provider)
            and channel in (None, kept.channel)
            and to in (None, kept.to)
            and (since is None or kept.received_at >= since)
        ]

    def forget(self) -> None:
        """Drop every message."""
        self._messages.clear()
        self._epoch = uuid4().hex
