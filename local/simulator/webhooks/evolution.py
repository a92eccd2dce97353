"""Evolution API's webhooks: messages.upsert and messages.update, with a header for a signature.

Protocol: doc.evolution-api.com, "Webhooks", version 2.
"""

import base64
import json
import secrets
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Literal

from local.simulator.accounts import EvolutionAccount
from local.simulator.inbound_messages import InboundMessage, SentFile
from local.simulator.messages import Channel, Message, Status
from local.simulator.providers.evolution import whatsapp_jid
from local.simulator.webhooks.calls import (
    JSON_TYPE,
    PHONE,
    Report,
    WebhookCall,
    WebhookProvider,
    WhenBlocked,
)

SECRET_HEADER = "x-recado-secret"  # noqa: S105
"""The header that this product has its Evolution servers send."""

WORDS: dict[Status, str] = {
    "sent": "SERVER_ACK",
    "delivered": "DELIVERY_ACK",
    "read": "READ",
    "failed": "ERROR",
}
FINAL = frozenset({400, 401, 403, 404, 422})
"""Answers after which the server does not try again."""

LID_DOMAIN = "@lid"


class EvolutionWebhooks(WebhookProvider):
    """What one Evolution server tells of its instance."""

    name = "evolution"
    channels = ("whatsapp",)

    def __init__(self, account: EvolutionAccount) -> None:
        self._account = account
        self._instance_id = secrets.token_hex(16)

    def statuses(self, message: Message) -> Collection[Status]:
        """A message's whole way."""
        return WORDS.keys()

    def receipt_calls(self, reports: Sequence[Report]) -> list[WebhookCall]:
        """A request for each report."""
        self._check(reports)
        return [
            self._call(
                "receipts",
                "messages.update",
                {
                    "keyId": report.message.provider_message_id,
                    "remoteJid": f"{report.message.wa_id}@s.whatsapp.net",
                    "fromMe": True,
                    "status": WORDS[report.status],
                    "instanceId": self._instance_id,
                },
                report.at,
            )
            for report in reports
        ]

    def when_blocked(self, channel: Channel) -> WhenBlocked:
        """WhatsApp's server takes the message, and nothing more is ever heard of it."""
        return WhenBlocked(steps=("sent",))

    def new_id(self) -> str:
        """An id as WhatsApp's own apps make them."""
        return "3A" + secrets.token_hex(9).upper()

    def inbound_call(self, message: InboundMessage) -> WebhookCall:
        """A message."""
        if message.event:
            self._cannot("event")
        if not (PHONE.fullmatch(message.sender) or _lid(message)):
            self._cannot("from", "a number in E.164 or a lid is wanted")
        kind, part = self._content(message)
        data = {
            "key": _key(message),
            "pushName": message.name or message.sender,
            "status": "DELIVERY_ACK",
            "message": part,
            "contextInfo": _context(message),
            "messageType": kind,
            "messageTimestamp": int(message.at.timestamp()),
            "instanceId": self._instance_id,
            "source": "android",
        }
        return self._call("inbound", "messages.upsert", data, message.at)

    def _call(
        self,
        kind: Literal["receipts", "inbound"],
        event: str,
        data: Mapping[str, object],
        at: datetime,
    ) -> WebhookCall:
        envelope = {
            "event": event,
            "instance": self._account.instance,
            "data": data,
            "destination": self._account.webhook_url,
            # As there: local time that calls itself UTC.
            "date_time": at.astimezone().strftime("%Y-%m-%dT%H:%M:%S.000Z"),
            "sender": "15550100400@s.whatsapp.net",
            "server_url": "http://127.0.0.1",
            "apikey": self._account.api_key,
        }
        return WebhookCall(
            provider=self.name,
            kind=kind,
            url=self._address(self._account.webhook_url),
            body=json.dumps(envelope, ensure_ascii=False).encode(),
            headers={"Content-Type": JSON_TYPE, SECRET_HEADER: self._account.webhook_secret},
            wants_retry=lambda status: (
                status is None or not (200 <= status < 300 or status in FINAL)
            ),
        )

    def _content(self, message: InboundMessage) -> tuple[str, dict[str, object]]:
        match message:
            case InboundMessage(reaction=str(emoji)):
                if message.reply_to is None:
                    self._cannot("reply_to", "a reaction needs its message")
                key = {"id": message.reply_to.provider_message_id, "fromMe": True}
                return _typed("reactionMessage", {"key": key, "text": emoji})
            case InboundMessage(file=SentFile() as sent):
                return _file(sent, message.text)
            case InboundMessage(place=place) if place:
                located = {
                    "degreesLatitude": place.latitude,
                    "degreesLongitude": place.longitude,
                    "name": place.name,
                    "address": place.address,
                }
                return _typed("locationMessage", located)
            case InboundMessage(card=card) if card:
                vcard = (
                    f"BEGIN:VCARD\nVERSION:3.0\nFN:{card.name}\n"
                    f"TEL;type=CELL;waid={card.phone.removeprefix('+')}:{card.phone}\nEND:VCARD"
                )
                return _typed("contactMessage", {"displayName": card.name, "vcard": vcard})
            case InboundMessage(button=button) if button:
                payload = button.payload or button.title
                if button.kind == "row":
                    row = {"title": button.title, "singleSelectReply": {"selectedRowId": payload}}
                    return _typed("listResponseMessage", row)
                press = {"selectedButtonId": payload, "selectedDisplayText": button.title}
                return _typed("buttonsResponseMessage", press)
            case _:
                return "conversation", {"conversation": message.text}


def _key(message: InboundMessage) -> dict[str, object]:
    """Whom it is from. Behind a lid the person's number is hidden, or stands beside it."""
    lid = _lid(message)
    key: dict[str, object] = {"fromMe": False, "id": message.provider_message_id}
    if lid is None:
        return {"remoteJid": whatsapp_jid(message.sender), **key}
    key = {"remoteJid": lid.removesuffix(LID_DOMAIN) + LID_DOMAIN, **key, "addressingMode": "lid"}
    if message.sender.startswith("+"):
        key["remoteJidAlt"] = whatsapp_jid(message.sender)
    return key


def _lid(message: InboundMessage) -> str | None:
    return message.identity or (message.sender if message.sender.endswith(LID_DOMAIN) else None)


def _context(message: InboundMessage) -> dict[str, object] | None:
    if message.reply_to is None or message.reaction is not None:
        return None
    return {
        "stanzaId": message.reply_to.provider_message_id,
        "quotedMessage": {"conversation": message.reply_to.text},
    }


def _file(sent: SentFile, caption: str) -> tuple[str, dict[str, object]]:
    kind = "audio" if sent.type == "voice" else sent.type
    part: dict[str, object] = {
        "mimetype": sent.file.mime_type,
        "fileLength": str(len(sent.file.content)),
        "fileSha256": base64.b64encode(sent.file.sha256).decode(),
    }
    part |= {"caption": caption} if caption else {}
    part |= {"fileName": sent.file.file_name or "documento"} if kind == "document" else {}
    part |= {"ptt": sent.type == "voice"} if kind == "audio" else {}
    return f"{kind}Message", {f"{kind}Message": part, "mediaUrl": sent.url}


def _typed(kind: str, part: Mapping[str, object]) -> tuple[str, dict[str, object]]:
    return kind, {kind: part}
