"""What an Evolution API v2 server tells us: messages, statuses and its WhatsApp session.

Protocol: doc.evolution-api.com, "Webhooks", and the events of the server's source
(github.com/evolution-foundation/evolution-api). It signs nothing: its webhook is set up to send
our secret in the header `x-recado-secret`. Its envelope's `date_time` is local time that calls
itself UTC, so only a message's own time counts; its `apikey` may open the server, so the envelope
is never kept.

Secrets: `evolution` maps an account's id to its `webhook_secret`.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from hmac import compare_digest

from recado.adapters.channels.verdicts import ErrorTable, message_refused
from recado.adapters.webhooks.json_parts import (
    Json,
    UnreadableError,
    as_object,
    moment,
    required,
    required_id,
    text_of,
)
from recado.adapters.webhooks.json_parts import part as part_of
from recado.domain.channels import ChannelAccount, Provider
from recado.domain.errors import MalformedWebhookError, WebhookRefusedError
from recado.domain.receipts import Failure, Receipt, ReceiptStatus
from recado.domain.updates import (
    AccountUpdate,
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

SECRET_HEADER = "x-recado-secret"  # noqa: S105

ANSWER = WebhookAnswer(status=200)

STATUSES = {
    "SERVER_ACK": ReceiptStatus.SENT,
    "DELIVERY_ACK": ReceiptStatus.DELIVERED,
    "READ": ReceiptStatus.READ,
    "PLAYED": ReceiptStatus.READ,
    "ERROR": ReceiptStatus.FAILED,
}

WITHOUT_MEANING = frozenset({"PENDING", "DELETED"})
"""Not sent yet, and taken back; some releases also say DELETED for what they do not know."""

ERRORS: ErrorTable = {
    "ERROR": message_refused("WhatsApp did not take the message from the session"),
}

NO_PERSON = ("@g.us", "@broadcast", "@newsletter")
"""Ends of the names of groups, of broadcasts with the status feed, and of channels."""

WRAPPERS = (
    "ephemeralMessage",
    "viewOnceMessage",
    "viewOnceMessageV2",
    "viewOnceMessageV2Extension",
    "documentWithCaptionMessage",
)
"""Messages that hold another one in `message`."""

MAX_WRAPPERS = 3

PROTOCOL_PARTS = frozenset(
    {"protocolMessage", "senderKeyDistributionMessage", "messageContextInfo"}
)
"""Parts that programs exchange; a message of nothing else is not a person's."""

# A name may carry the device that wrote: 5215550000001:12@s.whatsapp.net.
_PHONE = re.compile(r"([1-9][0-9]{6,14})(?:[:_][0-9]+)*@(?:s\.whatsapp\.net|c\.us)")
_LID = re.compile(r"([0-9]{1,30})(?:[:_][0-9]+)*@lid")
_CARD_PHONE = re.compile(r"^(?:item[0-9]+\.)?TEL([^:\r\n]*):([^\r\n]*)", re.MULTILINE)
_CARD_WHATSAPP = re.compile(r";waid=([1-9][0-9]{6,14})(?![0-9])")
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")


@dataclass(frozen=True, slots=True)
class _Content:
    """What a message holds, as `InboundMessage` names it."""

    type: InboundType
    text: str = ""
    payload: str | None = None
    refers_to: str | None = None
    media: tuple[Media, ...] = ()
    location: Location | None = None
    contacts: tuple[SharedContact, ...] = ()


class EvolutionWebhookReader:
    """Reads the requests of Evolution API servers; see `WebhookReader`."""

    def __init__(self, secrets: WebhookSecrets, accounts: WebhookAccounts, clock: Clock) -> None:
        self._secrets = secrets
        self._accounts = accounts
        self._clock = clock

    def read(self, request: WebhookRequest) -> Webhook:
        """What a request means; see `WebhookReader`. Events that we do not need are ignored."""
        account_id = self._verify(request)
        envelope = _envelope(request.body)
        account = self._accounts.by_id(Provider.EVOLUTION, account_id)
        if account is None:
            logger.warning(
                "webhook for an unknown account",
                extra={"provider": Provider.EVOLUTION.value, "account_id": account_id},
            )
            return Webhook(answer=ANSWER)
        readers = {
            "messages.upsert": self._message,
            "messages.update": self._receipt,
            "connection.update": self._connection,
        }
        event, data = envelope["event"], envelope.get("data")
        if event not in readers:
            return Webhook(answer=ANSWER)
        updates: list[Update] = []
        unreadable: list[str] = []
        for element in data if isinstance(data, list) else [data]:
            try:
                update = readers[event](account, as_object(element))
            except UnreadableError:
                kept = {"account_id": account_id, "event": event, "data": element}
                unreadable.append(json.dumps(kept))
            else:
                updates += [update] if update else []
        return Webhook(answer=ANSWER, updates=tuple(updates), unreadable=tuple(unreadable))

    def _verify(self, request: WebhookRequest) -> str:
        """The account's id, if the request brings its secret."""
        account_id = request.account_id or ""
        secrets = self._secrets.of("evolution").get(account_id, {})
        given = request.headers.get(SECRET_HEADER, "").encode(errors="surrogatepass")
        # Two while one takes the other's place: Evolution never repeats what it gets 401 for.
        for name in ("webhook_secret", "webhook_secret_next"):
            secret = secrets.get(name, "")
            if secret and compare_digest(given, secret.encode()):
                return account_id
        raise WebhookRefusedError("the secret is missing or wrong")

    def _message(self, account: ChannelAccount, data: Json) -> InboundMessage | None:
        key = as_object(data.get("key"))
        if key.get("fromMe") is True or required(key, "remoteJid").endswith(NO_PERSON):
            return None
        content = _content(data)
        if content is None:
            return None
        now = self._clock.now()
        quoted = text_of(part_of(data, "contextInfo").get("stanzaId"))
        return InboundMessage(
            tenant_id=account.tenant_id,
            account_id=account.account_id,
            provider=account.provider,
            provider_message_id=required_id(key, "id"),
            sender=_identities(key),
            sender_name=text_of(data.get("pushName")),
            at=moment(data.get("messageTimestamp"), otherwise=now),
            received_at=now,
            type=content.type,
            text=content.text,
            payload=content.payload,
            refers_to=content.refers_to or quoted,
            media=content.media,
            location=content.location,
            contacts=content.contacts,
        )

    def _receipt(self, account: ChannelAccount, data: Json) -> Receipt | None:
        """A receipt of a message that we sent; what became of a person's own is no receipt."""
        is_group = (text_of(data.get("remoteJid")) or "").endswith(NO_PERSON)
        is_vote = "pollUpdates" in data and data.get("status") is None
        if data.get("fromMe") is False or is_group or is_vote:
            return None
        message_id, word = required_id(data, "keyId"), required(data, "status")
        if word in WITHOUT_MEANING:
            return None
        if word not in STATUSES:
            raise UnreadableError
        now = self._clock.now()
        return Receipt(
            tenant_id=account.tenant_id,
            account_id=account.account_id,
            provider=account.provider,
            provider_message_id=message_id,
            status=STATUSES[word],
            at=now,
            received_at=now,
            failure=Failure.of(ERRORS[word].to_error(word)) if word in ERRORS else None,
        )

    def _connection(self, account: ChannelAccount, data: Json) -> AccountUpdate:
        """The session's state: open, connecting, close, or refused; the detail is the reason."""
        now = self._clock.now()
        reason = data.get("statusReason")
        return AccountUpdate(
            tenant_id=account.tenant_id,
            account_id=account.account_id,
            provider=account.provider,
            subject="connection",
            event=required(data, "state"),
            detail=f"statusReason {reason}" if _is_number(reason) else "",
            at=now,
            received_at=now,
        )


def _envelope(body: bytes) -> Json:
    try:
        envelope = json.loads(body)
    # Deep nesting ends in a RecursionError, anything else in a ValueError.
    except (ValueError, RecursionError):
        raise MalformedWebhookError("not JSON") from None
    if not isinstance(envelope, dict) or not isinstance(envelope.get("event"), str):
        raise MalformedWebhookError("not an event")
    return envelope


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _identities(key: Json) -> tuple[Identity, ...]:
    """The person's names, phones first: a lid's digits look like one and never are.

    Releases differ in which field holds the phone of a person whom WhatsApp hides behind a lid.
    """
    fields = ("remoteJid", "remoteJidAlt", "senderPn", "participantAlt", "senderLid")
    names = [name for field in fields if (name := text_of(key.get(field)))]
    phones = [match[1] for name in names if (match := _PHONE.fullmatch(name))]
    lids = [match[1] for name in names if (match := _LID.fullmatch(name))]
    identities = [Identity(kind=IdentityKind.PHONE, value=f"+{digits}") for digits in phones]
    identities += [
        Identity(kind=IdentityKind.EVOLUTION_LID, value=f"{digits}@lid") for digits in lids
    ]
    if not identities:
        raise UnreadableError
    return tuple(dict.fromkeys(identities))


def _content(data: Json) -> _Content | None:
    """What a message holds; None for what only programs exchange."""
    envelope = part_of(data, "message")
    message = envelope
    for _ in range(MAX_WRAPPERS):
        wrapper = next((name for name in WRAPPERS if name in message), None)
        if wrapper is None:
            break
        message = part_of(part_of(message, wrapper), "message")
    if isinstance(message.get("conversation"), str):
        return _Content(InboundType.TEXT, text_of(message["conversation"]) or "")
    for name, read in _CONTENT.items():
        if message.get(name) is not None:
            part = as_object(message[name])
            quoted = text_of(part_of(part, "contextInfo").get("stanzaId"))
            content = read(part)
            if content.media:
                # The server gives the file out by the message's id, or has put it somewhere.
                content = replace(content, media=_located(content.media, data))
            return replace(content, refers_to=content.refers_to or quoted)
    if message and PROTOCOL_PARTS.issuperset(message):
        return None
    return _Content(InboundType.UNSUPPORTED)


def _located(media: tuple[Media, ...], data: Json) -> tuple[Media, ...]:
    where = {
        "media_id": text_of(part_of(data, "key").get("id")),
        "url": text_of(part_of(data, "message").get("mediaUrl")),
    }
    return tuple(file.model_copy(update=where) for file in media)


def _extended_text(part: Json) -> _Content:
    return _Content(InboundType.TEXT, required(part, "text"))


def _file(part: Json) -> _Content:
    media = Media(
        mime_type=text_of(part.get("mimetype")) or "application/octet-stream",
        file_name=text_of(part.get("fileName")),
        sha256=text_of(part.get("fileSha256")),
    )
    return _Content(InboundType.MEDIA, text_of(part.get("caption")) or "", media=(media,))


def _place(part: Json) -> _Content:
    location = Location(
        latitude=_degrees(part.get("degreesLatitude"), 90),
        longitude=_degrees(part.get("degreesLongitude"), 180),
        name=text_of(part.get("name")),
        address=text_of(part.get("address")),
    )
    return _Content(InboundType.LOCATION, text_of(part.get("caption")) or "", location=location)


def _degrees(value: object, limit: int) -> float:
    if not isinstance(value, (int, float)) or not -limit <= value <= limit:
        raise UnreadableError
    return value


def _cards(part: Json) -> _Content:
    """One card, or a list of cards."""
    cards = part.get("contacts", [part])
    if not isinstance(cards, list):
        raise UnreadableError
    return _Content(InboundType.CONTACTS, contacts=tuple(_card(as_object(card)) for card in cards))


def _card(card: Json) -> SharedContact:
    """A contact with its phones, as far as they are international numbers."""
    phones: list[str] = []
    for parameters, number in _CARD_PHONE.findall(text_of(card.get("vcard")) or ""):
        known = _CARD_WHATSAPP.search(parameters)
        phone = f"+{known[1]}" if known else re.sub(r"[\s().-]", "", number)
        phones += [phone] if _E164.fullmatch(phone) else []
    return SharedContact(
        name=text_of(card.get("displayName")) or "", phones=tuple(dict.fromkeys(phones))
    )


def _reaction(part: Json) -> _Content:
    return _Content(
        InboundType.REACTION,
        text_of(part.get("text")) or "",
        refers_to=required(part_of(part, "key"), "id"),
    )


def _button(part: Json) -> _Content:
    return _Content(
        InboundType.BUTTON,
        text_of(part.get("selectedDisplayText")) or "",
        payload=text_of(part.get("selectedButtonId")) or text_of(part.get("selectedId")),
    )


def _row(part: Json) -> _Content:
    return _Content(
        InboundType.LIST,
        text_of(part.get("title")) or "",
        payload=text_of(part_of(part, "singleSelectReply").get("selectedRowId")),
    )


def _form(part: Json) -> _Content:
    return _Content(
        InboundType.FORM,
        text_of(part_of(part, "body").get("text")) or "",
        payload=text_of(part_of(part, "nativeFlowResponseMessage").get("paramsJson")),
    )


_CONTENT: Mapping[str, Callable[[Json], _Content]] = {
    "extendedTextMessage": _extended_text,
    "imageMessage": _file,
    "videoMessage": _file,
    "ptvMessage": _file,
    "audioMessage": _file,
    "documentMessage": _file,
    "stickerMessage": _file,
    "locationMessage": _place,
    "liveLocationMessage": _place,
    "contactMessage": _cards,
    "contactsArrayMessage": _cards,
    "reactionMessage": _reaction,
    "buttonsResponseMessage": _button,
    "templateButtonReplyMessage": _button,
    "listResponseMessage": _row,
    "interactiveResponseMessage": _form,
}
