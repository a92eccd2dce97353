"""Messages as they leave Recado: rendered, one shape a channel."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from recado.domain.channels import Channel
from recado.domain.email_layout import html_from_text
from recado.domain.model import Model


class EmailMessage(Model):
    """A mail with both parts; the text part is never empty."""

    channel: Literal[Channel.EMAIL] = Channel.EMAIL
    subject: str
    text: str
    html: str


class ApprovedTemplateMessage(Model):
    """A template that the provider approved, with the values of its parameters in order.

    `name` and `language` identify it at Meta, `content_sid` at Twilio.
    """

    name: str
    language: str
    content_sid: str | None = None
    parameters: tuple[str, ...] = ()


class Button(Model):
    """A button under a message: pressing it answers with `payload`, or opens `url`."""

    title: str = Field(min_length=1)
    payload: str | None = None
    url: str | None = None

    @model_validator(mode="after")
    def _answers_or_opens(self) -> Self:
        if (self.payload is None) == (self.url is None):
            raise ValueError("a button has either a payload or a url")
        return self


class MenuRow(Model):
    """A line of a menu; choosing it answers with `payload`."""

    title: str = Field(min_length=1)
    payload: str = Field(min_length=1)
    description: str | None = None


class Menu(Model):
    """A list that opens by a tap on `button`, for choices that are too many for buttons."""

    button: str = Field(min_length=1)
    rows: tuple[MenuRow, ...] = Field(min_length=1)


class Form(Model):
    """A WhatsApp Flow: opens at `screen` with `data`; `token` comes back with the answer."""

    flow_id: str
    button: str
    token: str
    screen: str
    data: Mapping[str, str] = Field(default_factory=dict)


class AttachmentType(StrEnum):
    """What kind of file goes with a message."""

    IMAGE = "image"
    VIDEO = "video"
    AUDIO = "audio"
    DOCUMENT = "document"


class Attachment(Model):
    """A file that goes with a message: by a public https `url`, or by the provider's `media_id`."""

    type: AttachmentType
    url: str | None = None
    media_id: str | None = None
    mime_type: str | None = None
    file_name: str | None = None

    @model_validator(mode="after")
    def _is_somewhere(self) -> Self:
        if (self.url is None) == (self.media_id is None):
            raise ValueError("an attachment has either a url or a media_id")
        return self


class Reaction(Model):
    """An emoji put on a message of theirs; an empty one takes it back."""

    message_id: str
    emoji: str


class WhatsAppMessage(Model):
    """A WhatsApp message as free text, and as approved template where there is one.

    The template may be sent at any time. Free text, and all that goes with it, only reaches
    people who wrote in the last 24 hours; `free_text` says that it may go, so that providers
    with templates send it. Providers without templates always send the text.

    At most one of buttons, menu, form, `asks_for_location`, attachment and reaction is sent; with
    an attachment the text is its caption, with a reaction there is none.
    """

    channel: Literal[Channel.WHATSAPP] = Channel.WHATSAPP
    text: str = ""
    approved_template: ApprovedTemplateMessage | None = None
    free_text: bool = False
    buttons: tuple[Button, ...] = ()
    menu: Menu | None = None
    form: Form | None = None
    asks_for_location: bool = False
    attachment: Attachment | None = None
    reaction: Reaction | None = None
    reply_to: str | None = None
    """Provider's id of the message that this one quotes."""


class ChatMessage(Model):
    """A message on a chat channel that knows no templates."""

    channel: Literal[Channel.TELEGRAM, Channel.MESSENGER, Channel.INSTAGRAM, Channel.SLACK]
    text: str
    buttons: tuple[Button, ...] = ()
    attachment: Attachment | None = None
    reply_to: str | None = None


class SmsMessage(Model):
    """A text message."""

    channel: Literal[Channel.SMS] = Channel.SMS
    text: str


class PushMessage(Model):
    """A web push notification; `url` is what a tap opens."""

    channel: Literal[Channel.PUSH] = Channel.PUSH
    title: str
    body: str
    url: str | None = None


Message = Annotated[
    EmailMessage | WhatsAppMessage | SmsMessage | PushMessage | ChatMessage,
    Field(discriminator="channel"),
]


def plain_message(channel: Channel, text: str, *, subject: str) -> Message:
    """A message of plain text for any channel, for what no template writes."""
    match channel:
        case Channel.EMAIL:
            return EmailMessage(subject=subject, text=text, html=html_from_text(text))
        case Channel.WHATSAPP:
            return WhatsAppMessage(text=text, free_text=True)
        case Channel.SMS:
            return SmsMessage(text=text)
        case Channel.PUSH:
            return PushMessage(title=subject, body=text)
        case Channel.TELEGRAM | Channel.MESSENGER | Channel.INSTAGRAM | Channel.SLACK:
            return ChatMessage(channel=channel, text=text)
