"""Messenger and Instagram, which share Meta's Send API.

Protocol: developers.facebook.com/docs/messenger-platform, pages "Send API", "Quick replies" and
"Button template", and "Error codes"; for Instagram the pages of the same names. Everything here is
an answer to a person who wrote (`RESPONSE`), and reaches people for 24 hours after they did.

A send is one call and one message, although Meta shows a file and a text as two. So a file without
a text goes as the file, and a file with a text as the text with the file's address under it, which
both apps show as a preview. Buttons that answer go as quick replies; with a link among them all go
as buttons of a template, which are fewer and stay.

Meta echoes no tag of ours, so an unknown outcome can only be settled by people.

Settings: `page_id` of a Messenger account, `instagram_id` of an Instagram account; `base_url`
(default: Meta's, with the version of the Graph API; an Instagram account that is connected through
a Facebook page names `https://graph.facebook.com/v25.0`). Secret: `access_token`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import httpx

from recado.adapters.channels.graph import GraphObject
from recado.adapters.channels.inputs import content_of
from recado.adapters.channels.verdicts import (
    ErrorTable,
    account_refused,
    message_refused,
    no_recipient,
    recipient_refused,
    try_later,
    window_closed,
)
from recado.domain.channels import Channel, ChannelAccount
from recado.domain.errors import PermanentMessageError
from recado.domain.messages import Attachment, AttachmentType, Button, ChatMessage
from recado.ports.channels import Acceptance, OutboundMessage

MAX_QUICK_REPLIES = 13
MAX_TEMPLATE_BUTTONS = 3
MAX_TEMPLATE_TEXT = 640
MAX_TITLE = 20
MAX_PAYLOAD = 1000
"""Characters of what a button carries for programs."""

FILE_TYPES = {
    AttachmentType.IMAGE: "image",
    AttachmentType.VIDEO: "video",
    AttachmentType.AUDIO: "audio",
    AttachmentType.DOCUMENT: "file",
}

ERRORS: ErrorTable = {
    # Passing.
    "1": try_later("the API failed for an unknown reason"),
    "2": try_later("the API is down or overloaded"),
    "4": try_later("the app's limit of calls is reached", after=300),
    "17": try_later("the account's limit of calls is reached", after=300),
    "32": try_later("the page's limit of calls is reached", after=300),
    "613": try_later("the limit of calls per second is reached"),
    "1200": try_later("a passing fault of the API"),
    # The message.
    "100": message_refused("a parameter is not valid"),
    # The recipient.
    "10/2018278": window_closed("the person has not written to the page in the last 24 hours"),
    "10/2534022": window_closed("the person has not written on Instagram in the last 24 hours"),
    "10/2018108": recipient_refused("the person does not receive messages of this page"),
    "100/2018001": no_recipient("the page knows no such person"),
    "200/1545041": recipient_refused("the person is not available"),
    "551": recipient_refused("the person is not available"),
    # The account.
    "10": account_refused("the app lacks a permission"),
    "190": account_refused("the access token has expired or was revoked"),
    **{str(code): account_refused("the app lacks a permission") for code in range(200, 300)},
    "368": account_refused("the account is blocked for a violation of policy"),
}


class _SendApi:
    """Sends through one page or one Instagram account."""

    id_setting: ClassVar[str]
    default_url: ClassVar[str]
    max_characters: ClassVar[int | None] = None
    max_bytes: ClassVar[int | None] = None
    channel: ClassVar[Channel]

    def __init__(
        self,
        account: ChannelAccount,
        credentials: Mapping[str, str],
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._sender = GraphObject(
            account,
            credentials,
            transport,
            id_setting=self.id_setting,
            default_url=self.default_url,
            errors=ERRORS,
        )

    def send(self, message: OutboundMessage) -> Acceptance:
        """Send the text or the file, with its buttons; see `ChannelSender`."""
        content = content_of(message.content, ChatMessage)
        if content.channel is not self.channel:
            raise PermanentMessageError("wrong_content", "written for another channel")
        payload: dict[str, object] = {
            "recipient": {"id": message.to.value},
            "messaging_type": "RESPONSE",
            "message": self._message(content),
        }
        if content.reply_to:
            payload["reply_to"] = {"mid": content.reply_to}
        answer = self._sender.post("messages", payload)
        return Acceptance(provider_message_id=answer.message_id("message_id"))

    def _message(self, content: ChatMessage) -> dict[str, object]:
        file, text = content.attachment, content.text
        if file and text:
            if file.url is None:
                raise PermanentMessageError(
                    "attachment_refused", "a file without an address goes without a text"
                )
            text, file = f"{text}\n{file.url}", None
        if any(button.url for button in content.buttons):
            return {"attachment": _button_template(text, content.buttons)}
        body: dict[str, object] = (
            {"attachment": _file(file)} if file else {"text": self._text(text)}
        )
        if content.buttons:
            body["quick_replies"] = _quick_replies(content.buttons)
        return body

    def _text(self, text: str) -> str:
        if not text.strip():
            raise PermanentMessageError("text_missing", "the message has no text")
        if self.max_characters and len(text) > self.max_characters:
            raise PermanentMessageError(
                "text_too_long", f"more than {self.max_characters} characters"
            )
        if self.max_bytes and len(text.encode()) > self.max_bytes:
            raise PermanentMessageError("text_too_long", f"more than {self.max_bytes} bytes")
        return text


class MessengerSender(_SendApi):
    """Sends as a Facebook page."""

    id_setting = "page_id"
    default_url = "https://graph.facebook.com/v25.0"
    max_characters = 2000
    channel = Channel.MESSENGER


class InstagramSender(_SendApi):
    """Sends as an Instagram account."""

    id_setting = "instagram_id"
    default_url = "https://graph.instagram.com/v25.0"
    max_bytes = 1000
    channel = Channel.INSTAGRAM


def _file(file: Attachment) -> dict[str, object]:
    found = {"url": file.url} if file.url else {"attachment_id": file.media_id}
    return {"type": FILE_TYPES[file.type], "payload": found}


def _quick_replies(buttons: tuple[Button, ...]) -> list[dict[str, object]]:
    if len(buttons) > MAX_QUICK_REPLIES:
        raise PermanentMessageError("buttons_refused", f"more than {MAX_QUICK_REPLIES} buttons")
    return [
        {"content_type": "text", "title": _title(button), "payload": _payload(button)}
        for button in buttons
    ]


def _button_template(text: str, buttons: tuple[Button, ...]) -> dict[str, object]:
    if len(buttons) > MAX_TEMPLATE_BUTTONS:
        raise PermanentMessageError(
            "buttons_refused", f"more than {MAX_TEMPLATE_BUTTONS} buttons, one of them a link"
        )
    if not text.strip():
        raise PermanentMessageError("text_missing", "links need a text to stand under")
    if len(text) > MAX_TEMPLATE_TEXT:
        raise PermanentMessageError(
            "text_too_long", f"more than {MAX_TEMPLATE_TEXT} characters over links"
        )
    shown = [
        {"type": "web_url", "title": _title(button), "url": button.url}
        if button.url
        else {"type": "postback", "title": _title(button), "payload": _payload(button)}
        for button in buttons
    ]
    payload = {"template_type": "button", "text": text, "buttons": shown}
    return {"type": "template", "payload": payload}


def _title(button: Button) -> str:
    if not button.title.strip() or len(button.title) > MAX_TITLE:
        raise PermanentMessageError(
            "buttons_refused", f"a title is empty, or has more than {MAX_TITLE} characters"
        )
    return button.title


def _payload(button: Button) -> str:
    payload = button.payload or ""
    if not payload or len(payload) > MAX_PAYLOAD:
        raise PermanentMessageError(
            "buttons_refused", f"a payload is empty, or has more than {MAX_PAYLOAD} characters"
        )
    return payload
