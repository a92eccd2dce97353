"""What people sent: answers, presses of buttons, files, and news of themselves."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal
from uuid import uuid4

from local.simulator.media import MediaFile
from local.simulator.messages import Button, Channel, Message, Provider
from local.simulator.revisions import Revisions

MediaType = Literal["image", "audio", "voice", "video", "document", "sticker"]
Event = Literal["blocked", "unblocked", "changed_number"]


@dataclass(frozen=True, kw_only=True)
class SentFile:
    """A file, what the app calls it, and where it can be fetched without a login."""

    type: MediaType
    file: MediaFile
    url: str


@dataclass(frozen=True, kw_only=True)
class Place:
    """A place, in degrees."""

    latitude: float
    longitude: float
    name: str | None = None
    address: str | None = None


@dataclass(frozen=True, kw_only=True)
class Card:
    """Somebody's contact; `phone` in E.164."""

    name: str
    phone: str


@dataclass(frozen=True, kw_only=True)
class InboundMessage:
    """One thing that a person did; beside `text`, at most one of the others is there.

    `sender` is the person as messages to them have it in `to`. `identity` is the name that a
    channel gives to somebody whose number it hides. `reaction` is an emoji, empty when it was
    taken back.
    """

    provider: Provider
    channel: Channel
    sender: str
    provider_message_id: str
    name: str | None = None
    identity: str | None = None
    text: str = ""
    reply_to: Message | None = None
    button: Button | None = None
    file: SentFile | None = None
    place: Place | None = None
    card: Card | None = None
    reaction: str | None = None
    event: Event | None = None
    new_number: str | None = None
    origin: str = ""
    """Scheme, host and port of the simulator, for the addresses of files."""
    id: str = field(default_factory=lambda: uuid4().hex)
    at: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def opens_window(self) -> bool:
        """True for what a person writes; WhatsApp's own notes open no window."""
        return self.event is None

    def to_json(self) -> dict[str, object]:
        """The message as the control API shows it; fields without a value are left out."""
        shown = {
            "id": self.id,
            "at": self.at.isoformat(),
            "provider": self.provider,
            "channel": self.channel,
            "from": self.sender,
            "provider_message_id": self.provider_message_id,
            "name": self.name,
            "identity": self.identity,
            "text": self.text or None,
            "reply_to": self.reply_to.id if self.reply_to else None,
            "button": self.button.title if self.button else None,
            "file": self.file.file.file_name or self.file.type if self.file else None,
            "file_url": self.file.url if self.file else None,
            "place": vars(self.place) if self.place else None,
            "card": vars(self.card) if self.card else None,
            "reaction": self.reaction,
            "event": self.event,
            "new_number": self.new_number,
        }
        return {name: value for name, value in shown.items() if value is not None}


class InboundStore:
    """What people sent, in memory, oldest first."""

    def __init__(self, revisions: Revisions) -> None:
        self._kept: list[InboundMessage] = []
        self._revisions = revisions

    def add(self, message: InboundMessage) -> None:
        """Keep a message."""
        self._kept.append(message)
        self._revisions.touch(message.id)

    def all(self) -> list[InboundMessage]:
        """Every message, newest last."""
        return list(self._kept)

    def changed(self, after: int) -> list[InboundMessage]:
        """The messages that are new since that change."""
        return [kept for kept in self._kept if self._revisions.is_newer(kept.id, after)]

    def forget(self) -> None:
        """Drop every message."""
        self._kept.clear()
