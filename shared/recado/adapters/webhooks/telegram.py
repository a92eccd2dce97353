"""What Telegram tells us of a bot: messages, edits, pressed buttons, who blocked it.

Protocol: core.telegram.org/bots/api, "Getting updates" and "setWebhook". It signs nothing: the
webhook is set up with a secret, which comes in the header `X-Telegram-Bot-Api-Secret-Token`. An
update does not name its bot, so the account is in the webhook's path.

The webhook is set up with `allowed_updates` of message, edited_message, callback_query and
my_chat_member. Only private chats are read; groups are answered and ignored.

A message's number counts within its chat, so its id is `<chat>:<number>`, as the sender's is. An
edit has the id of its message with the update's number behind it, a pressed button that of its
press.

Secrets: `telegram` maps an account's id to its `secret_token`.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hmac import compare_digest

from recado.adapters.webhooks.json_parts import (
    Json,
    UnreadableError,
    as_object,
    elements,
    moment,
    part,
    required_id,
    text_of,
)
from recado.domain.channels import ChannelAccount, Provider
from recado.domain.errors import MalformedWebhookError, WebhookRefusedError
from recado.domain.updates import (
    ContactEvent,
    ContactUpdate,
    Identity,
    IdentityKind,
    InboundMessage,
    InboundType,
    Location,
    Media,
    SharedContact,
    Update,
)
from recado.ports.clock import Clock
from recado.ports.webhooks import (
    Webhook,
    WebhookAccounts,
    WebhookAnswer,
    WebhookRequest,
    WebhookSecrets,
)

logger = logging.getLogger(__name__)

SECRET_HEADER = "x-telegram-bot-api-secret-token"  # noqa: S105

ANSWER = WebhookAnswer(status=200)

CONTACT_EVENTS = {"kicked": ContactEvent.BLOCKED, "member": ContactEvent.UNBLOCKED}
"""What the bot's new place in a private chat says of the person."""

FILES: Mapping[str, str] = {
    # An animation comes as a document too, for programs from before there were any.
    "animation": "video/mp4",
    "document": "application/octet-stream",
    "video": "video/mp4",
    "video_note": "video/mp4",
    "voice": "audio/ogg",
    "audio": "audio/mpeg",
}
"""Fields that hold a file, each with its type where the file names none."""

SERVICE_FIELDS = frozenset(
    {
        "pinned_message",
        "message_auto_delete_timer_changed",
        "chat_background_set",
        "connected_website",
        "write_access_allowed",
    }
)
"""Messages that tell what happened in the chat: nobody wrote them."""

_START = re.compile(r"/start ([A-Za-z0-9_-]{1,64})")
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")


@dataclass(frozen=True, slots=True)
class _Content:
    """What a message holds, as `InboundMessage` names it."""

    type: InboundType
    text: str = ""
    payload: str | None = None
    media: tuple[Media, ...] = ()
    location: Location | None = None
    contacts: tuple[SharedContact, ...] = ()


class TelegramWebhookReader:
    """Reads Telegram's requests for all bots; see `WebhookReader`."""

    def __init__(self, secrets: WebhookSecrets, accounts: WebhookAccounts, clock: Clock) -> None:
        self._secrets = secrets
        self._accounts = accounts
        self._clock = clock

    def read(self, request: WebhookRequest) -> Webhook:
        """What a request means; see `WebhookReader`. Updates that we do not need are ignored.

        A pressed button is told to Telegram in the answer, so that the phone stops waiting.
        """
        account_id = self._verify(request)
        told = _update(request.body)
        account = self._accounts.by_id(Provider.TELEGRAM, account_id)
        if account is None:
            logger.warning(
                "webhook for an unknown account",
                extra={"provider": Provider.TELEGRAM.value, "account_id": account_id},
            )
            return Webhook(answer=ANSWER)
        answer = _answer(told)
        try:
            update = self._read(account, told)
        except UnreadableError:
            kept = {"account_id": account_id, "update": told}
            return Webhook(answer=answer, unreadable=(json.dumps(kept),))
        return Webhook(answer=answer, updates=(update,) if update else ())

    def _verify(self, request: WebhookRequest) -> str:
        """The account's id, if the request brings its secret."""
        account_id = request.account_id or ""
        secret = self._secrets.of("telegram").get(account_id, {}).get("secret_token", "")
        given = request.headers.get(SECRET_HEADER, "").encode(errors="surrogatepass")
        if not secret or not compare_digest(given, secret.encode()):
            raise WebhookRefusedError("the secret is missing or wrong")
        return account_id

    def _read(self, account: ChannelAccount, told: Json) -> Update | None:
        if "message" in told:
            return self._message(account, as_object(told["message"]))
        if "edited_message" in told:
            return self._edit(account, as_object(told["edited_message"]), told["update_id"])
        if "callback_query" in told:
            return self._press(account, as_object(told["callback_query"]))
        if "my_chat_member" in told:
            return self._membership(account, as_object(told["my_chat_member"]))
        return None

    def _message(self, account: ChannelAccount, message: Json) -> InboundMessage | None:
        chat = _private_chat(message)
        content = _content(message) if chat is not None else None
        if chat is None or content is None:
            return None
        return self._inbound(
            account,
            chat,
            content,
            message_id=_id_in(chat, message),
            sender=part(message, "from"),
            sent_at=message.get("date"),
            refers_to=_quoted(chat, message),
        )

    def _edit(
        self, account: ChannelAccount, message: Json, update_id: object
    ) -> InboundMessage | None:
        """A changed text or caption; a place that moves is edited every few seconds, for hours."""
        chat = _private_chat(message)
        content = _content(message) if chat is not None else None
        if chat is None or content is None or content.location:
            return None
        edited = _id_in(chat, message)
        return self._inbound(
            account,
            chat,
            _Content(InboundType.EDIT, content.text, media=content.media),
            message_id=f"{edited}:{update_id}",
            sender=part(message, "from"),
            sent_at=message.get("edit_date"),
            refers_to=edited,
        )

    def _press(self, account: ChannelAccount, query: Json) -> InboundMessage | None:
        """A pressed button. Its message may be too old to be shown, and has no buttons then."""
        press, message = required_id(query, "id"), part(query, "message")
        chat = _private_chat(message) if message else _number(part(query, "from").get("id"))
        payload = text_of(query.get("data"))
        if chat is None or payload is None:
            return None
        return self._inbound(
            account,
            chat,
            _Content(InboundType.BUTTON, _title(message, payload), payload),
            message_id=f"callback:{press}",
            sender=part(query, "from"),
            sent_at=None,
            refers_to=_id_in(chat, message) if message else None,
        )

    def _membership(self, account: ChannelAccount, change: Json) -> ContactUpdate | None:
        chat = _private_chat(change)
        event = CONTACT_EVENTS.get(text_of(part(change, "new_chat_member").get("status")) or "")
        if chat is None or event is None:
            return None
        now = self._clock.now()
        return ContactUpdate(
            tenant_id=account.tenant_id,
            account_id=account.account_id,
            provider=account.provider,
            sender=_identities(chat),
            event=event,
            at=moment(change.get("date"), otherwise=now),
            received_at=now,
        )

    def _inbound(
        self,
        account: ChannelAccount,
        chat: int,
        content: _Content,
        *,
        message_id: str,
        sender: Json,
        sent_at: object,
        refers_to: str | None,
    ) -> InboundMessage:
        now: datetime = self._clock.now()
        return InboundMessage(
            tenant_id=account.tenant_id,
            account_id=account.account_id,
            provider=account.provider,
            provider_message_id=message_id,
            sender=_identities(chat),
            sender_name=_name(sender),
            at=moment(sent_at, otherwise=now),
            received_at=now,
            type=content.type,
            text=content.text,
            payload=content.payload,
            refers_to=refers_to,
            media=content.media,
            location=content.location,
            contacts=content.contacts,
        )


def _update(body: bytes) -> Json:
    try:
        update = json.loads(body)
    # Deep nesting ends in a RecursionError, anything else in a ValueError.
    except (ValueError, RecursionError):
        raise MalformedWebhookError("not JSON") from None
    if not isinstance(update, dict) or not _is_number(update.get("update_id")):
        raise MalformedWebhookError("not an update")
    return update


def _answer(update: Json) -> WebhookAnswer:
    """Telegram takes a call of a method as the answer; only pressed buttons want one."""
    press = text_of(part(update, "callback_query").get("id"))
    if press is None:
        return ANSWER
    call = {"method": "answerCallbackQuery", "callback_query_id": press}
    return WebhookAnswer(status=200, body=json.dumps(call), content_type="application/json")


def _is_number(value: object) -> bool:
    """Whether a value is one of Telegram's ids, which fit 64 bits."""
    return type(value) is int and -(2**63) <= value < 2**63


def _number(value: object) -> int:
    if type(value) is not int or not _is_number(value):
        raise UnreadableError
    return value


def _private_chat(told: Json) -> int | None:
    """The id of the chat, which is the person's own; None where others read along."""
    chat = as_object(told.get("chat"))
    return _number(chat.get("id")) if chat.get("type") == "private" else None


def _id_in(chat: int, message: Json) -> str:
    return f"{chat}:{_number(message.get('message_id'))}"


def _quoted(chat: int, message: Json) -> str | None:
    quoted = part(message, "reply_to_message")
    return _id_in(chat, quoted) if quoted else None


def _identities(chat: int) -> tuple[Identity, ...]:
    return (Identity(kind=IdentityKind.TELEGRAM_CHAT, value=str(chat)),)


def _name(person: Json) -> str | None:
    names = (text_of(person.get("first_name")), text_of(person.get("last_name")))
    return " ".join(filter(None, names)) or text_of(person.get("username"))


def _title(message: Json, payload: str) -> str:
    """The title of the button that carries a payload; empty where its message is not shown."""
    rows = elements(part(message, "reply_markup"), "inline_keyboard")
    buttons = [button for row in rows if isinstance(row, list) for button in row]
    titles = (
        text_of(button.get("text"))
        for button in buttons
        if isinstance(button, dict) and text_of(button.get("callback_data")) == payload
    )
    return next(filter(None, titles), "")


def _content(message: Json) -> _Content | None:
    """What a message holds; None for what nobody wrote."""
    text = text_of(message.get("text"))
    if text is not None:
        start = _START.fullmatch(text)
        return _Content(InboundType.TEXT, text, payload=start[1] if start else None)
    caption = text_of(message.get("caption")) or ""
    if media := _media(message):
        return _Content(InboundType.MEDIA, caption, media=(media,))
    if "location" in message:
        return _Content(InboundType.LOCATION, location=_location(message))
    if "contact" in message:
        return _Content(InboundType.CONTACTS, contacts=(_contact(as_object(message["contact"])),))
    if not SERVICE_FIELDS.isdisjoint(message):
        return None
    return _Content(InboundType.UNSUPPORTED, caption)


def _media(message: Json) -> Media | None:
    """The message's file; there is one at most, an album is several messages."""
    if "photo" in message:
        # A photo comes in several sizes, the largest last.
        sizes = elements(message, "photo")
        if not sizes:
            raise UnreadableError
        return Media(mime_type="image/jpeg", media_id=required_id(as_object(sizes[-1]), "file_id"))
    if "sticker" in message:
        sticker = as_object(message["sticker"])
        return Media(mime_type=_sticker_type(sticker), media_id=required_id(sticker, "file_id"))
    for name, mime_type in FILES.items():
        if name in message:
            file = as_object(message[name])
            return Media(
                mime_type=text_of(file.get("mime_type")) or mime_type,
                media_id=required_id(file, "file_id"),
                file_name=text_of(file.get("file_name")),
            )
    return None


def _sticker_type(sticker: Json) -> str:
    if sticker.get("is_animated") is True:
        return "application/x-tgsticker"
    return "video/webm" if sticker.get("is_video") is True else "image/webp"


def _location(message: Json) -> Location:
    """A place; one that has a name comes in `venue` as well."""
    place, venue = as_object(message["location"]), part(message, "venue")
    return Location(
        latitude=_degrees(place.get("latitude"), 90),
        longitude=_degrees(place.get("longitude"), 180),
        name=text_of(venue.get("title")),
        address=text_of(venue.get("address")),
    )


def _degrees(value: object, limit: int) -> float:
    if not isinstance(value, (int, float)) or not -limit <= value <= limit:
        raise UnreadableError
    return value


def _contact(card: Json) -> SharedContact:
    """A card with its phone, if that is an international number; the plus sign may be missing."""
    digits = re.sub(r"[\s().-]", "", text_of(card.get("phone_number")) or "")
    phone = f"+{digits.removeprefix('+')}"
    return SharedContact(name=_name(card) or "", phones=(phone,) if _E164.fullmatch(phone) else ())
