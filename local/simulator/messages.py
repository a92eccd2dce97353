"""The messages that the simulated providers accepted, oldest first."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Literal
from uuid import uuid4

from local.simulator.revisions import Revisions
from local.simulator.windows import Windows

Provider = Literal[
    "meta",
    "twilio",
    "evolution",
    "ses",
    "smtp",
    "web_push",
    "telegram",
    "slack",
    "messenger",
    "instagram",
]
Channel = Literal["whatsapp", "sms", "email", "push", "telegram", "slack", "messenger", "instagram"]
Kind = Literal["text", "template", "media", "reaction", "email", "push"]
ButtonKind = Literal["reply", "row", "url", "form", "location"]
Outcome = Literal["accepted", "accepted_then_dropped"]
Status = Literal["sent", "delivered", "read", "failed", "bounce", "complaint"]

_RANKS = {"sent": 1, "delivered": 2, "read": 3, "failed": 4, "bounce": 5, "complaint": 6}


@dataclass(frozen=True, kw_only=True)
class Template:
    """The approved template that a message was made from."""

    name: str
    language: str | None
    parameters: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Button:
    """Something that a person can press: an answer, a row of a list, a link, a form.

    `payload` is what the sender hears when it is pressed; `url` is where a link leads.
    """

    title: str
    payload: str | None = None
    kind: ButtonKind = "reply"
    url: str | None = None


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
    buttons: tuple[Button, ...] = ()
    media_url: str | None = None
    """The address of a picture or file that was sent along, or the provider's id of one."""
    reply_to: str | None = None
    """The provider's id of the message that this one answers."""

    def to_json(self) -> dict[str, object]:
        """The message as the control API shows it; fields without a value are left out."""
        shown = {name: value for name, value in vars(self).items() if value is not None}
        shown["from"] = shown.pop("sender")
        shown["received_at"] = self.received_at.isoformat()
        if self.template:
            shown["template"] = vars(self.template)
        if not shown.pop("buttons"):
            return shown
        return {**shown, "buttons": [vars(button) for button in self.buttons]}


class MessageStore:
    """Accepted messages in memory, for the control API and the page.

    A message says that its 24-hour window is closed unless `windows` knows better.
    """

    def __init__(self, revisions: Revisions | None = None, windows: Windows | None = None) -> None:
        self._messages: list[Message] = []
        self._told: dict[str, str] = {}
        self._revisions = revisions or Revisions()
        self._windows = windows or Windows()
        self._listeners: list[Callable[[Message], None]] = []
        self._epoch = uuid4().hex

    def listen(self, listener: Callable[[Message], None]) -> None:
        """Have each message told as soon as it is accepted."""
        self._listeners.append(listener)

    @property
    def epoch(self) -> str:
        """A mark that changes when the store forgets, so that a watching page starts anew."""
        return self._epoch

    def __len__(self) -> int:
        return len(self._messages)

    def add(self, messages: Iterable[Message], outcome: Outcome) -> None:
        """Keep the messages of one accepted request."""
        for message in messages:
            kept = replace(message, outcome=outcome)
            if kept.window_closed and self._windows.is_open(
                kept.provider, kept.channel, kept.to, kept.received_at
            ):
                kept = replace(kept, window_closed=False)
            self._messages.append(kept)
            self._revisions.touch(kept.id)
            for listener in self._listeners:
                listener(kept)

    def tell(self, message_id: str, status: str) -> None:
        """Note what the provider told of a message; what is less than it told before is not."""
        if _RANKS[status] > _RANKS.get(self._told.get(message_id, ""), 0):
            self._told[message_id] = status
            self._revisions.touch(message_id)

    def shown(self, message: Message) -> dict[str, object]:
        """The message as the control API shows it, with the most that was told of it."""
        told = self._told.get(message.id)
        return {**message.to_json(), "told": told} if told else message.to_json()

    def changed(self, after: int) -> list[Message]:
        """The messages that are new or of which more was told since that change."""
        return [kept for kept in self._messages if self._revisions.is_newer(kept.id, after)]

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
        self._told.clear()
        self._epoch = uuid4().hex
