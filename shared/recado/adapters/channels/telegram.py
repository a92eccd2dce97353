"""Telegram through the Bot API.

Protocol: core.telegram.org/bots/api, "Making requests", "sendMessage", "sendPhoto" and its
siblings, "InlineKeyboardMarkup" and "ResponseParameters". Refusals have HTTP's codes and a text
for people; the texts are those of the server's source (github.com/tdlib/telegram-bot-api).

A message's number counts within its chat, so its id is `<chat>:<number>` here and wherever a
webhook names a message. Texts have no parse mode: nobody's text is markup. Telegram fetches files
by their address: photos up to 5 MB, all others up to 20 MB, and of documents PDF, ZIP and GIF only.
It echoes no tag, so an unknown outcome can only be settled by people.

The token is part of every address, so no address may be told to anybody.

Settings: `base_url` (default: Telegram's). Secret: `bot_token`.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from urllib.parse import quote

import httpx

from recado.adapters.channels.http import Answer, base_url, exchange, new_client, refusal
from recado.adapters.channels.inputs import content_of, credential
from recado.adapters.channels.verdicts import (
    ErrorTable,
    account_refused,
    blocked,
    by_http_status,
    message_refused,
    no_recipient,
    outcome_unknown,
    recipient_refused,
    try_later,
)
from recado.domain.channels import Channel, ChannelAccount
from recado.domain.errors import (
    DeliveryError,
    OutcomeUnknownError,
    PermanentMessageError,
    PermanentRecipientError,
)
from recado.domain.messages import AttachmentType, Button, ChatMessage
from recado.ports.channels import Acceptance, OutboundMessage

logger = logging.getLogger(__name__)

BASE_URL = "https://api.telegram.org"

MAX_TEXT = 4096
MAX_CAPTION = 1024
MAX_BUTTONS = 100
MAX_PAYLOAD_BYTES = 64

METHODS = {
    AttachmentType.IMAGE: ("sendPhoto", "photo"),
    AttachmentType.VIDEO: ("sendVideo", "video"),
    AttachmentType.AUDIO: ("sendAudio", "audio"),
    AttachmentType.DOCUMENT: ("sendDocument", "document"),
}
"""Method for each kind of file, and its parameter that names the file."""

ERRORS: ErrorTable = {
    # Passing.
    "http_429": try_later("too many messages, of the bot or to the chat"),
    "http_500": try_later("Telegram failed"),
    "http_502": try_later("Telegram is restarting or overloaded"),
    "http_503": try_later("Telegram is temporarily unavailable"),
    "http_504": outcome_unknown("a proxy gave up waiting for Telegram"),
    # The recipient.
    "blocked": blocked("the person blocked the bot"),
    "deactivated": no_recipient("the person's account was deleted"),
    "is_bot": no_recipient("the chat is another bot's"),
    "not_started": recipient_refused("the person never started the bot"),
    # Another bot's token finds none of the chats, so a chat that is not found is not suppressed.
    "chat_not_found": recipient_refused("the bot knows no such chat"),
    "migrated": recipient_refused("the group has another id, and that one moved on too"),
    "not_in_chat": recipient_refused("the bot is no member of the chat, or the chat is gone"),
    "no_rights": recipient_refused("the bot may not write in the chat"),
    "http_403": recipient_refused("the bot may not write to the chat"),
    # The message.
    "button_refused": message_refused("a button's title, payload or link is not valid"),
    "not_parsed": message_refused("the text or a parameter could not be parsed"),
    "too_long": message_refused("the text or the caption is too long"),
    "no_text": message_refused("the text is empty"),
    "file_not_fetched": message_refused("Telegram did not get the file at its address"),
    "file_refused": message_refused("Telegram does not take the file"),
    # The account.
    "http_401": account_refused("the bot's token was refused"),
    "http_404": account_refused("the bot's token is malformed, or the base URL is wrong"),
    "http_409": account_refused("somebody else uses the bot in another way"),
}

SIGNALS = {
    # Comes first: this text repeats the button's link, which may be anything.
    "inline keyboard button": "button_refused",
    "button_data_invalid": "button_refused",
    "button_url_invalid": "button_refused",
    "reply_markup_too_long": "button_refused",
    "blocked by the user": "blocked",
    "user_is_blocked": "blocked",
    "user is deactivated": "deactivated",
    "input_user_deactivated": "deactivated",
    "can't send messages to bots": "is_bot",
    "user_is_bot": "is_bot",
    "can't initiate conversation": "not_started",
    "chat not found": "chat_not_found",
    "user not found": "chat_not_found",
    "peer_id_invalid": "chat_not_found",
    "upgraded to a supergroup": "migrated",
    "migrated to a supergroup": "migrated",
    "bot was kicked": "not_in_chat",
    "bot is not a member": "not_in_chat",
    "channel_private": "not_in_chat",
    "group chat was deleted": "not_in_chat",
    "not enough rights": "no_rights",
    "have no rights": "no_rights",
    "need administrator rights": "no_rights",
    "chat_write_forbidden": "no_rights",
    "chat_restricted": "no_rights",
    "topic_closed": "no_rights",
    "can't parse": "not_parsed",
    "is too long": "too_long",
    "caption_too_long": "too_long",
    "text is empty": "no_text",
    "text must be non-empty": "no_text",
    "failed to get http url content": "file_not_fetched",
    "wrong type of the web page content": "file_not_fetched",
    "webpage_curl_failed": "file_not_fetched",
    "webpage_media_empty": "file_not_fetched",
    "wrong file identifier": "file_refused",
    "wrong remote file": "file_refused",
    "file is too big": "file_refused",
    "photo_invalid_dimensions": "file_refused",
    "image_process_failed": "file_refused",
}
"""What a description contains, in lower case, and the row of the error table that it means."""

_CHAT_ID = re.compile(r"-?[1-9][0-9]{0,17}")
_PUBLIC_NAME = re.compile(r"@[A-Za-z][A-Za-z0-9_]{3,31}")


class TelegramSender:
    """Sends as one bot."""

    def __init__(
        self,
        account: ChannelAccount,
        credentials: Mapping[str, str],
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        token = quote(credential(credentials, "bot_token"), safe=":")
        self._account = account
        self._url = f"{base_url(account, BASE_URL)}/bot{token}"
        self._client = new_client(account, transport=transport)

    def send(self, message: OutboundMessage) -> Acceptance:
        """Send the text or the file with its caption, and the buttons; see `ChannelSender`.

        The address is a chat's id, or the public name of a group or channel. To a group that has
        become a supergroup the same is sent once more, under the id that Telegram gives: the
        first call was refused for certain.
        """
        content = content_of(message.content, ChatMessage)
        if content.channel is not Channel.TELEGRAM:
            raise PermanentMessageError("wrong_content", "written for another channel")
        chat = message.to.value
        method, parameters = _request(content, chat)
        answer = self._call(method, {"chat_id": _chat_id(chat), **parameters})
        moved_to = answer.at("parameters", "migrate_to_chat_id")
        if answer.at("ok") is False and type(moved_to) is int:
            extra = {"tenant_id": self._account.tenant_id, "account_id": self._account.account_id}
            logger.warning("a group became a supergroup: its address must be changed", extra=extra)
            answer = self._call(method, {"chat_id": moved_to, **parameters})
        if not answer.is_success or answer.at("ok") is False:
            raise self._refusal(answer)
        return Acceptance(provider_message_id=_message_id(answer))

    def _call(self, method: str, parameters: Mapping[str, object]) -> Answer:
        url = f"{self._url}/{method}"
        return exchange(self._client, self._client.build_request("POST", url, json=parameters))

    def _refusal(self, answer: Answer) -> DeliveryError:
        # The code in the body counts: the status of the answer may be another.
        status = int(answer.error_number("error_code") or answer.status)
        wait = answer.at("parameters", "retry_after")
        return refusal(
            self._account,
            ERRORS,
            _signal(status, answer.at("description")) or f"http_{status}",
            answer,
            otherwise=by_http_status(status),
            retry_after=float(wait) if type(wait) is int and 0 < wait < 10**9 else None,
        )


def _chat_id(address: str) -> int | str:
    if _CHAT_ID.fullmatch(address):
        return int(address)
    if _PUBLIC_NAME.fullmatch(address):
        return address
    raise PermanentRecipientError("invalid_address", "neither a chat's id nor a public name")


def _request(content: ChatMessage, chat: str) -> tuple[str, dict[str, object]]:
    """The method for a content, and its parameters beside the chat."""
    parameters: dict[str, object] = {}
    if content.buttons:
        parameters["reply_markup"] = {"inline_keyboard": _keyboard(content.buttons)}
    quoted_chat, _, number = (content.reply_to or "").rpartition(":")
    # A message of another chat cannot be quoted, and one that was deleted need not be.
    if quoted_chat == chat and re.fullmatch(r"[0-9]{1,18}", number):
        quoted = {"message_id": int(number), "allow_sending_without_reply": True}
        parameters["reply_parameters"] = quoted
    if content.attachment:
        method, name = METHODS[content.attachment.type]
        parameters[name] = content.attachment.url or content.attachment.media_id
        if content.text:
            parameters["caption"] = _limited(content.text, MAX_CAPTION)
        return method, parameters
    if not content.text.strip():
        raise PermanentMessageError("text_missing", "the message has no text")
    parameters["text"] = _limited(content.text, MAX_TEXT)
    parameters["link_preview_options"] = {"is_disabled": True}
    return "sendMessage", parameters


def _limited(text: str, most: int) -> str:
    if len(text) > most:
        raise PermanentMessageError("text_too_long", f"more than {most} characters")
    return text


def _keyboard(buttons: tuple[Button, ...]) -> list[list[dict[str, str]]]:
    """A row for each button: two in a row leave a phone room for a few letters each."""
    if len(buttons) > MAX_BUTTONS:
        raise PermanentMessageError("buttons_refused", f"more than {MAX_BUTTONS} buttons")
    return [[_key(button)] for button in buttons]


def _key(button: Button) -> dict[str, str]:
    if button.url is not None:
        return {"text": button.title, "url": button.url}
    payload = button.payload or ""
    if not 0 < len(payload.encode()) <= MAX_PAYLOAD_BYTES:
        raise PermanentMessageError(
            "buttons_refused", f"a payload is empty, or has more than {MAX_PAYLOAD_BYTES} bytes"
        )
    return {"text": button.title, "callback_data": payload}


def _message_id(answer: Answer) -> str:
    chat, number = answer.at("result", "chat", "id"), answer.at("result", "message_id")
    if type(chat) is not int or type(number) is not int:
        raise OutcomeUnknownError("no_message_id", f"HTTP {answer.status} without a message id")
    return f"{chat}:{number}"


def _signal(status: int, description: object) -> str | None:
    """Which row of the error table a refusal belongs to by its text."""
    if status not in (400, 403) or not isinstance(description, str):
        return None
    told = description.lower()
    return next((name for words, name in SIGNALS.items() if words in told), None)
