"""WhatsApp Cloud API's webhooks: statuses, messages, changes of number.

Protocol: developers.facebook.com/documentation/business-messaging/whatsapp, "Webhooks".
"""

import base64
import json
import re
import secrets
from collections.abc import Collection, Sequence

from local.simulator.accounts import MetaAccount
from local.simulator.inbound_messages import InboundMessage, SentFile
from local.simulator.messages import Channel, Message, Status
from local.simulator.providers.meta import TITLES, USER_ID, whatsapp_id
from local.simulator.webhooks.calls import (
    PHONE,
    Report,
    WebhookCall,
    WebhookProvider,
    WhenBlocked,
)
from local.simulator.webhooks.graph import signed_call

UNDELIVERABLE = "131026"


class MetaWebhooks(WebhookProvider):
    """What Meta tells of one WhatsApp number."""

    name = "meta"
    channels = ("whatsapp",)

    def __init__(self, account: MetaAccount) -> None:
        self._account = account

    def statuses(self, message: Message) -> Collection[Status]:
        """A message's whole way."""
        return ("sent", "delivered", "read", "failed")

    def receipt_calls(self, reports: Sequence[Report]) -> list[WebhookCall]:
        """One request with all statuses."""
        self._check(reports)
        return [self._call("receipts", statuses=[_status(report) for report in reports])]

    def when_blocked(self, channel: Channel) -> WhenBlocked:
        """Meta accepts the message and finds it undeliverable."""
        return WhenBlocked(steps=("failed",), code=UNDELIVERABLE)

    def new_id(self) -> str:
        """A wamid."""
        return "wamid." + base64.b64encode(secrets.token_bytes(30)).decode()

    def inbound_call(self, message: InboundMessage) -> WebhookCall:
        """A message; WhatsApp's own notes about a person have no contact."""
        if not (PHONE.fullmatch(message.sender) or USER_ID.fullmatch(message.sender)):
            self._cannot("from", "a number in E.164 or a user id is wanted")
        element = {
            "id": message.provider_message_id,
            "timestamp": _seconds(message.at.timestamp()),
            **_from(message),
            **self._context(message),
            **self._content(message),
        }
        if message.event:
            return self._call("inbound", messages=[element])
        return self._call("inbound", contacts=[_contact(message)], messages=[element])

    def _call(self, kind: str, **parts: list[dict[str, object]]) -> WebhookCall:
        url = self._address(self._account.webhook_url)
        value = {
            "messaging_product": "whatsapp",
            "metadata": {
                "display_phone_number": _digits(self._account.display_phone_number),
                "phone_number_id": self._account.phone_number_id,
            },
            **parts,
        }
        change = {"field": "messages", "value": value}
        entry = {"id": self._account.business_account_id, "changes": [change]}
        envelope = {"object": "whatsapp_business_account", "entry": [entry]}
        return signed_call(self.name, kind, url, self._account.app_secret, envelope)

    def _context(self, message: InboundMessage) -> dict[str, object]:
        if message.reply_to is None or message.reaction is not None:
            return {}
        ours = _digits(self._account.display_phone_number)
        return {"context": {"from": ours, "id": message.reply_to.provider_message_id}}

    def _content(self, message: InboundMessage) -> dict[str, object]:
        match message:
            case InboundMessage(event="changed_number", new_number=str(number)):
                return _system(message, number)
            case InboundMessage(event=str()):
                self._cannot("event")
            case InboundMessage(reaction=str(emoji)):
                return self._reaction(message, emoji)
            case InboundMessage(file=SentFile() as sent):
                return _file(sent, message.text)
            case InboundMessage(place=place) if place:
                return {"type": "location", "location": _present(vars(place))}
            case InboundMessage(card=card) if card:
                phone = {"phone": card.phone, "wa_id": whatsapp_id(card.phone), "type": "CELL"}
                name = {"formatted_name": card.name, "first_name": card.name}
                return {"type": "contacts", "contacts": [{"name": name, "phones": [phone]}]}
            case InboundMessage(button=button) if button:
                return _pressed(message)
            case _:
                return {"type": "text", "text": {"body": message.text}}

    def _reaction(self, message: InboundMessage, emoji: str) -> dict[str, object]:
        if message.reply_to is None:
            self._cannot("reply_to", "a reaction needs its message")
        reaction = {"message_id": message.reply_to.provider_message_id}
        # One that was taken back has no emoji.
        return {"type": "reaction", "reaction": reaction | ({"emoji": emoji} if emoji else {})}


def _status(report: Report) -> dict[str, object]:
    message = report.message
    status: dict[str, object] = {
        "id": message.provider_message_id,
        "status": report.status,
        "timestamp": _seconds(report.at.timestamp()),
    }
    if USER_ID.fullmatch(message.to):
        status["recipient_user_id"] = message.to
    else:
        status["recipient_id"] = message.wa_id or whatsapp_id(message.to)
    if message.tag is not None:
        status["biz_opaque_callback_data"] = message.tag
    if report.status == "failed":
        code = int(report.code or 131000)
        title = TITLES.get(code, "Simulated error")
        status["errors"] = [
            {"code": code, "title": title, "message": title, "error_data": {"details": title}}
        ]
    elif report.status != "read":
        status["pricing"] = {
            "billable": True,
            "pricing_model": "PMP",
            "type": "regular",
            "category": "utility",
        }
    return status


def _from(message: InboundMessage) -> dict[str, object]:
    user_id = _user_id(message)
    return {
        **({} if message.sender == user_id else {"from": whatsapp_id(message.sender)}),
        **({"from_user_id": user_id} if user_id else {}),
    }


def _contact(message: InboundMessage) -> dict[str, object]:
    user_id = _user_id(message)
    return {
        "profile": {"name": message.name or message.sender},
        **({} if message.sender == user_id else {"wa_id": whatsapp_id(message.sender)}),
        **({"user_id": user_id} if user_id else {}),
    }


def _user_id(message: InboundMessage) -> str | None:
    return message.identity or (message.sender if USER_ID.fullmatch(message.sender) else None)


def _system(message: InboundMessage, number: str) -> dict[str, object]:
    wa_id = whatsapp_id(number)
    system = {
        "body": f"{message.name or message.sender} changed to {number}",
        "wa_id": wa_id,
        "new_wa_id": wa_id,
        "type": "user_changed_number",
    }
    return {"type": "system", "system": system}


def _file(sent: SentFile, caption: str) -> dict[str, object]:
    kind = "audio" if sent.type == "voice" else sent.type
    part: dict[str, object] = {
        "id": sent.file.id,
        "mime_type": sent.file.mime_type,
        "sha256": base64.b64encode(sent.file.sha256).decode(),
    }
    if caption:
        part["caption"] = caption
    if kind == "document":
        part["filename"] = sent.file.file_name or "documento"
    if kind == "audio":
        part["voice"] = sent.type == "voice"
    if kind == "sticker":
        part["animated"] = False
    return {"type": kind, kind: part}


def _pressed(message: InboundMessage) -> dict[str, object]:
    """Templates, buttons, lists and forms each have an answer of their own."""
    button = message.button
    if button is None:
        return {}
    payload = button.payload or button.title
    if message.reply_to and message.reply_to.kind == "template" and button.kind == "reply":
        return {"type": "button", "button": {"payload": payload, "text": button.title}}
    if button.kind == "form":
        answer = {"name": "flow", "body": "Sent", "response_json": _answers(message)}
        interactive: dict[str, object] = {"type": "nfm_reply", "nfm_reply": answer}
    else:
        kind = "list_reply" if button.kind == "row" else "button_reply"
        interactive = {"type": kind, kind: {"id": payload, "title": button.title}}
    return {"type": "interactive", "interactive": interactive}


def _answers(message: InboundMessage) -> str:
    """What was filled into a form: the text that came along, if that is JSON."""
    try:
        json.loads(message.text)
    except ValueError:
        return json.dumps({"text": message.text})
    return message.text


def _present(parts: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in parts.items() if value is not None}


def _digits(phone: str) -> str:
    return re.sub(r"\D", "", phone)


def _seconds(timestamp: float) -> str:
    return str(int(timestamp))
