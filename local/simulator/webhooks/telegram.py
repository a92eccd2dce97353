"""Telegram's updates, with the secret that the webhook was set up with.

Protocol: core.telegram.org/bots/api, "Getting updates" and "setWebhook".
"""

import itertools
import json
import secrets
from datetime import datetime

from local.simulator.accounts import TelegramAccount
from local.simulator.inbound_messages import InboundMessage, SentFile
from local.simulator.messages import Channel, Message
from local.simulator.webhooks.calls import JSON_TYPE, WebhookCall, WebhookProvider, WhenBlocked

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105
FIRST_MESSAGE = 500_000_000
"""Ids of people's messages begin here, away from the ids that the bot's own messages get."""


class TelegramWebhooks(WebhookProvider):
    """What Telegram tells one bot: what people write to it. It tells nothing of its messages."""

    name = "telegram"
    channels = ("telegram",)

    def __init__(self, account: TelegramAccount) -> None:
        self._account = account
        self._bot_id = int("0" + account.bot_token.partition(":")[0])
        self._updates = itertools.count(secrets.randbelow(10**6) + 100_000_000)
        self._messages = itertools.count(FIRST_MESSAGE)

    def when_blocked(self, channel: Channel) -> WhenBlocked:
        """Telegram says so at once, by an update and by refusing what is sent."""
        return WhenBlocked(steps=())

    def new_id(self) -> str:
        """The number of a message in its chat."""
        return str(next(self._messages))

    def inbound_call(self, message: InboundMessage) -> WebhookCall:
        """An update about what a person did."""
        if not message.sender.isdecimal():
            self._cannot("from", "a chat's number is wanted")
        update = {"update_id": next(self._updates), **self._update(message)}
        return WebhookCall(
            provider=self.name,
            kind="inbound",
            url=self._address(self._account.webhook_url),
            body=json.dumps(update).encode(),
            headers={"Content-Type": JSON_TYPE, SECRET_HEADER: self._account.secret_token},
        )

    def _update(self, message: InboundMessage) -> dict[str, object]:
        person, chat = _person(message), _chat(message)
        if message.event:
            return self._membership(message)
        if message.reaction is not None:
            return {"message_reaction": self._reaction(message, message.reaction)}
        if message.button:
            press: dict[str, object] = {
                "id": str(secrets.randbits(63)),
                "from": person,
                "chat_instance": str(secrets.randbits(63)),
                "data": message.button.payload or message.button.title,
            }
            if message.reply_to:
                press["message"] = self._our_message(message.reply_to, chat)
            return {"callback_query": press}
        said: dict[str, object] = {
            "message_id": int(message.provider_message_id),
            "from": person,
            "chat": chat,
            "date": _seconds(message.at),
            **_content(message),
        }
        if message.reply_to:
            said["reply_to_message"] = self._our_message(message.reply_to, chat)
        return {"message": said}

    def _membership(self, message: InboundMessage) -> dict[str, object]:
        if message.event == "changed_number":
            self._cannot("event")
        bot = {"id": self._bot_id, "is_bot": True, "first_name": "Recado", "username": "recado_bot"}
        member = {"user": bot, "status": "member"}
        kicked = {"user": bot, "status": "kicked", "until_date": 0}
        blocked = message.event == "blocked"
        return {
            "my_chat_member": {
                "chat": _chat(message),
                "from": _person(message),
                "date": _seconds(message.at),
                "old_chat_member": member if blocked else kicked,
                "new_chat_member": kicked if blocked else member,
            }
        }

    def _reaction(self, message: InboundMessage, emoji: str) -> dict[str, object]:
        if message.reply_to is None:
            self._cannot("reply_to", "a reaction needs its message")
        return {
            "chat": _chat(message),
            "message_id": _number(message.reply_to),
            "user": _person(message),
            "date": _seconds(message.at),
            "old_reaction": [],
            "new_reaction": [{"type": "emoji", "emoji": emoji}] if emoji else [],
        }

    def _our_message(self, message: Message, chat: dict[str, object]) -> dict[str, object]:
        rows = [
            [{"text": button.title, "callback_data": button.payload}]
            for button in message.buttons
            if button.payload
        ]
        return {
            "message_id": _number(message),
            "from": {"id": self._bot_id, "is_bot": True, "first_name": "Recado"},
            "chat": chat,
            "date": _seconds(message.received_at),
            "text": message.text,
            **({"reply_markup": {"inline_keyboard": rows}} if rows else {}),
        }


def _person(message: InboundMessage) -> dict[str, object]:
    name = message.name or f"Chat {message.sender}"
    return {
        "id": int(message.sender),
        "is_bot": False,
        "first_name": name,
        "language_code": "es",
    }


def _chat(message: InboundMessage) -> dict[str, object]:
    name = message.name or f"Chat {message.sender}"
    return {"id": int(message.sender), "first_name": name, "type": "private"}


def _number(message: Message) -> int:
    """A message's number in its chat, whose id may stand before it."""
    digits = message.provider_message_id.rpartition(":")[2]
    return int(digits) if digits.isdecimal() else 0


def _content(message: InboundMessage) -> dict[str, object]:
    if message.file:
        return _file(message.file, message.text)
    if message.place:
        point = {"latitude": message.place.latitude, "longitude": message.place.longitude}
        if not message.place.name:
            return {"location": point}
        venue = {"title": message.place.name, "address": message.place.address or ""}
        return {"location": point, "venue": {"location": point, **venue}}
    if message.card:
        card = {"phone_number": message.card.phone, "first_name": message.card.name}
        return {"contact": card}
    if not message.text.startswith("/"):
        return {"text": message.text}
    command = message.text.split()[0]
    entity = {"type": "bot_command", "offset": 0, "length": len(command)}
    return {"text": message.text, "entities": [entity]}


def _file(sent: SentFile, caption: str) -> dict[str, object]:
    part: dict[str, object] = {
        "file_id": sent.file.id,
        "file_unique_id": f"u{sent.file.id}",
        "file_size": len(sent.file.content),
    }
    words = {"caption": caption} if caption else {}
    if sent.type == "image":
        # A photo comes in several sizes and has no type.
        small = {**part, "width": 90, "height": 90}
        return {"photo": [small, {**part, "width": 800, "height": 800}], **words}
    if sent.type == "sticker":
        flags = {"is_animated": False, "is_video": False, "type": "regular"}
        return {"sticker": {**part, **flags, "width": 512, "height": 512}}
    part["mime_type"] = sent.file.mime_type
    if sent.file.file_name:
        part["file_name"] = sent.file.file_name
    if sent.type in ("audio", "voice", "video"):
        part["duration"] = 1
    if sent.type == "video":
        part |= {"width": 320, "height": 240}
    return {sent.type: part, **words}


def _seconds(at: datetime) -> int:
    return int(at.timestamp())
