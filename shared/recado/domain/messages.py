"""Messages as they leave Recado: rendered, one shape a channel."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

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


class WhatsAppMessage(Model):
    """A WhatsApp message as free text, and as approved template where there is one.

    Providers without templates send the text; the others prefer the template, which may be sent
    at any time, while free text only reaches people who wrote in the last 24 hours.
    """

    channel: Literal[Channel.WHATSAPP] = Channel.WHATSAPP
    text: str
    approved_template: ApprovedTemplateMessage | None = None


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
    EmailMessage | WhatsAppMessage | SmsMessage | PushMessage, Field(discriminator="channel")
]


def plain_message(channel: Channel, text: str, *, subject: str) -> Message:
    """A message of plain text for any channel, for what no template writes."""
    match channel:
        case Channel.EMAIL:
            return EmailMessage(subject=subject, text=text, html=html_from_text(text))
        case Channel.WHATSAPP:
            return WhatsAppMessage(text=text)
        case Channel.SMS:
            return SmsMessage(text=text)
        case Channel.PUSH:
            return PushMessage(title=subject, body=text)
