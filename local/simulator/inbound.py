"""What people do: `POST /_sim/inbound` makes the provider tell the product of it."""

import base64
import binascii
from collections.abc import Mapping
from typing import Annotated

from aiohttp import web
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
)

from local.simulator.behaviour import Behaviour, Behaviours
from local.simulator.inbound_messages import (
    Card,
    Event,
    InboundMessage,
    InboundStore,
    MediaType,
    Place,
    SentFile,
)
from local.simulator.ladders import Ladder, Ladders
from local.simulator.media import MediaStore
from local.simulator.messages import Button, ButtonKind, Channel, Message, MessageStore, Provider
from local.simulator.problems import invalid, refused
from local.simulator.sample_files import sample_file
from local.simulator.webhooks.calls import ImpossibleWebhook, WebhookProvider
from local.simulator.webhooks.deliveries import Deliveries
from local.simulator.windows import Windows

MIME_TYPES: Mapping[MediaType, str] = {
    "image": "image/jpeg",
    "audio": "audio/mpeg",
    "voice": "audio/ogg; codecs=opus",
    "video": "video/mp4",
    "document": "application/pdf",
    "sticker": "image/webp",
}
"""What a file is unless it is said."""

MAX_SIZE = 110_000_000
"""Bytes; a little over the largest file that WhatsApp takes."""


def _decoded(text: object) -> object:
    try:
        return base64.b64decode(text, validate=True) if isinstance(text, str) else text
    except binascii.Error:
        raise ValueError("is no base64") from None


def _with_subtype(mime_type: str) -> str:
    if "/" not in mime_type:
        raise ValueError("has the form type/subtype")
    return mime_type


class WantedMedia(BaseModel):
    """A file: its bytes, or a size for which bytes of that type are made up."""

    model_config = ConfigDict(extra="forbid")

    type: MediaType
    mime_type: Annotated[str, AfterValidator(_with_subtype)] | None = None
    size: int | None = Field(default=None, ge=1, le=MAX_SIZE)
    content: Annotated[bytes, BeforeValidator(_decoded)] | None = Field(
        default=None, alias="content_base64"
    )
    file_name: str | None = Field(default=None, min_length=1)


class WantedPlace(BaseModel):
    """A place, in degrees."""

    model_config = ConfigDict(extra="forbid")

    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)
    name: str | None = None
    address: str | None = None


class WantedCard(BaseModel):
    """Somebody's contact."""

    model_config = ConfigDict(extra="forbid")

    name: str
    phone: str = Field(pattern=r"^\+[1-9][0-9]{6,14}$")


class WantedButton(BaseModel):
    """A button that need not be on any message."""

    model_config = ConfigDict(extra="forbid")

    title: str
    payload: str | None = None
    kind: ButtonKind = "reply"


class WantedInbound(BaseModel):
    """What `POST /_sim/inbound` takes; the README has the meaning of each field."""

    model_config = ConfigDict(extra="forbid")

    provider: Provider | None = None
    channel: Channel | None = None
    sender: str | None = Field(default=None, alias="from", min_length=1)
    identity: str | None = Field(default=None, min_length=1)
    name: str | None = Field(default=None, min_length=1)
    text: str | None = None
    button: int | str | WantedButton | None = None
    reply_to: str | None = None
    media: WantedMedia | None = None
    location: WantedPlace | None = None
    contact: WantedCard | None = None
    reaction: str | None = None
    event: Event | None = None
    new_number: str | None = Field(default=None, pattern=r"^\+[1-9][0-9]{6,14}$")
    times: int = Field(default=1, ge=1, le=20)


class Inbound:
    """Has people write to the product."""

    def __init__(
        self,
        webhooks: Mapping[str, WebhookProvider],
        messages: MessageStore,
        inbound: InboundStore,
        windows: Windows,
        media: MediaStore,
        deliveries: Deliveries,
        ladders: Ladders,
        behaviours: Behaviours,
    ) -> None:
        self._webhooks = webhooks
        self._messages = messages
        self._inbound = inbound
        self._windows = windows
        self._media = media
        self._deliveries = deliveries
        self._blocked = _Blocked(ladders, behaviours)

    def routes(self) -> list[web.RouteDef]:
        """The control API's part about what people send."""
        return [
            web.get("/_sim/inbound", self.list_all),
            web.post("/_sim/inbound", self.send),
        ]

    def forget(self) -> None:
        """Nobody has blocked anybody."""
        self._blocked.forget()

    async def list_all(self, _: web.Request) -> web.Response:
        """Everything that people sent, newest last."""
        return web.json_response({"inbound": [kept.to_json() for kept in self._inbound.all()]})

    async def send(self, request: web.Request) -> web.Response:
        """Send it; answers with the status codes that the product gave first."""
        try:
            wanted = WantedInbound.model_validate_json(await request.read())
        except ValidationError as error:
            return invalid(error)
        try:
            message, webhooks = self._read(wanted, str(request.url.origin()))
            blocking = self._blocked.note(message, webhooks)
            calls = [] if blocking else [webhooks.inbound_call(message)] * wanted.times
        except ImpossibleWebhook as error:
            return refused(error.status, error.field, error.message)
        self._inbound.add(message)
        if message.file:
            self._media.attach(message.provider_message_id, message.file.file)
        if message.opens_window:
            self._windows.open(message.provider, message.channel, message.sender, message.at)
        answers = [await self._deliveries.send(call) for call in calls]
        if None in answers:
            return refused(502, "webhook_url", "nobody answers there")
        return web.json_response(
            {
                "id": message.id,
                "provider_message_id": message.provider_message_id,
                "answers": answers,
            }
        )

    def _read(self, wanted: WantedInbound, origin: str) -> tuple[InboundMessage, WebhookProvider]:
        sender = wanted.sender or wanted.identity
        if sender is None:
            raise ImpossibleWebhook("from", "who sends it is required")
        _check_content(wanted)
        webhooks, channel = self._channel(wanted, sender)
        reply_to = self._reply_to(wanted)
        if reply_to is None and wanted.button is not None:
            reply_to = self._last_with_buttons(webhooks, channel, sender)
        if reply_to and reply_to.provider != webhooks.name:
            raise ImpossibleWebhook("reply_to", f"is a message by {reply_to.provider}")
        message = InboundMessage(
            provider=webhooks.name,
            channel=channel,
            sender=sender,
            identity=wanted.identity,
            name=wanted.name,
            provider_message_id=webhooks.new_id(),
            text=wanted.text or "",
            reply_to=reply_to,
            button=_button(wanted.button, reply_to),
            file=self._file(wanted.media, origin),
            place=Place(**wanted.location.model_dump()) if wanted.location else None,
            card=Card(**wanted.contact.model_dump()) if wanted.contact else None,
            reaction=wanted.reaction,
            event=wanted.event,
            new_number=wanted.new_number,
            origin=origin,
        )
        return message, webhooks

    def _channel(self, wanted: WantedInbound, sender: str) -> tuple[WebhookProvider, Channel]:
        """Through which provider, and on which of its channels.

        What is not said is as in the last message to this person, else the first that there is.
        """
        if wanted.provider is None and wanted.channel is None:
            raise ImpossibleWebhook("provider", "say the provider or the channel")
        fitting = [
            (webhooks, channel)
            for webhooks in self._webhooks.values()
            for channel in webhooks.channels
            if wanted.provider in (None, webhooks.name) and wanted.channel in (None, channel)
        ]
        if not fitting:
            raise ImpossibleWebhook(
                "channel" if wanted.channel else "provider", "nobody writes to us there"
            )
        for sent in reversed(self._messages.find(to=sender)):
            for webhooks, channel in fitting:
                if (webhooks.name, channel) == (sent.provider, sent.channel):
                    return webhooks, channel
        return fitting[0]

    def _reply_to(self, wanted: WantedInbound) -> Message | None:
        if wanted.reply_to is None:
            return None
        message = self._messages.get(wanted.reply_to)
        if message is None:
            raise ImpossibleWebhook("reply_to", "no message with this id was accepted", 404)
        return message

    def _last_with_buttons(
        self, webhooks: WebhookProvider, channel: Channel, sender: str
    ) -> Message | None:
        sent = self._messages.find(provider=webhooks.name, channel=channel, to=sender)
        return next((message for message in reversed(sent) if message.buttons), None)

    def _file(self, wanted: WantedMedia | None, origin: str) -> SentFile | None:
        if wanted is None:
            return None
        mime_type = wanted.mime_type or MIME_TYPES[wanted.type]
        content = wanted.content or sample_file(mime_type, wanted.size)
        file = self._media.get(self._media.put(content, mime_type, wanted.file_name))
        if file is None:
            return None
        return SentFile(type=wanted.type, file=file, url=f"{origin}/media/{file.id}")


class _Blocked:
    """What happens to messages for people who blocked the sender, until they unblock it."""

    def __init__(self, ladders: Ladders, behaviours: Behaviours) -> None:
        self._ladders = ladders
        self._behaviours = behaviours
        self._in_force: dict[tuple[str, str], tuple[str, str | None]] = {}

    def note(self, message: InboundMessage, webhooks: WebhookProvider) -> bool:
        """Take up a block or its end; True when the provider does not tell of it."""
        if message.event not in ("blocked", "unblocked"):
            return False
        when_blocked = webhooks.when_blocked(message.channel)
        if when_blocked is None:
            raise ImpossibleWebhook("event", f"{webhooks.name} knows no blocking there")
        tells = message.provider == "telegram"
        person = (message.provider, message.sender)
        ladder, behaviour = self._in_force.pop(person, (None, None))
        if ladder:
            self._ladders.remove(ladder)
        if behaviour:
            self._behaviours.remove(behaviour)
        if message.event == "blocked":
            ladder = self._ladders.add(
                Ladder(
                    provider=message.provider,
                    recipient=message.sender,
                    steps=when_blocked.steps,
                    code=when_blocked.code,
                )
            )
            self._in_force[person] = (ladder, self._refuse(message) if tells else None)
        return not tells

    def forget(self) -> None:
        """Whoever blocked the sender has not; what followed from it is forgotten elsewhere."""
        self._in_force.clear()

    def _refuse(self, message: InboundMessage) -> str:
        refusal = {"provider": message.provider, "recipient": message.sender, "status": 403}
        return self._behaviours.add(Behaviour.parse(refusal))


def _check_content(wanted: WantedInbound) -> None:
    """One thing at a time; only a file has words beside it, and a form its answers."""
    kinds = ("button", "media", "location", "contact", "reaction", "event")
    given = [kind for kind in kinds if getattr(wanted, kind) is not None]
    if len(given) > 1:
        raise ImpossibleWebhook(given[1], f"cannot be combined with {given[0]}")
    if not given and not wanted.text:
        raise ImpossibleWebhook("text", f"say a text, or one of {', '.join(kinds)}")
    if (wanted.event == "changed_number") != (wanted.new_number is not None):
        raise ImpossibleWebhook("new_number", "goes with the event changed_number")


def _button(wanted: int | str | WantedButton | None, message: Message | None) -> Button | None:
    """A button by its place, counted from 0, by its payload or by its title."""
    if wanted is None:
        return None
    if isinstance(wanted, WantedButton):
        return Button(title=wanted.title, payload=wanted.payload, kind=wanted.kind)
    buttons = message.buttons if message else ()
    if isinstance(wanted, int):
        if not 0 <= wanted < len(buttons):
            raise ImpossibleWebhook("button", f"the message has {len(buttons)} buttons")
        return buttons[wanted]
    named = [button for button in buttons if wanted in (button.payload, button.title)]
    return named[0] if named else Button(title=wanted, payload=wanted)
