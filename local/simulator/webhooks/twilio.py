"""Twilio's webhooks: incoming messages and status callbacks, as signed forms.

Protocol: twilio.com/docs/messaging/guides/webhook-request and
twilio.com/docs/usage/webhooks/webhooks-security.
"""

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Collection, Mapping, Sequence
from typing import Literal
from urllib.parse import urldefrag, urlencode

from local.simulator.accounts import TwilioAccount
from local.simulator.inbound_messages import InboundMessage
from local.simulator.messages import Channel, Message, Status
from local.simulator.webhooks.calls import (
    FORM_TYPE,
    PHONE,
    ImpossibleWebhook,
    Report,
    WebhookCall,
    WebhookProvider,
    WhenBlocked,
)

API_VERSION = "2010-04-01"
WHATSAPP = "whatsapp:"
BLOCKED = "63014"
UNKNOWN_ERROR = {"whatsapp": "63021", "sms": "30008"}
CARRIER_CODES = re.compile(r"30\d{3}")
"""Codes of what happened behind Twilio: the message is then `undelivered`, else `failed`."""


class TwilioWebhooks(WebhookProvider):
    """What Twilio tells of one account."""

    name = "twilio"
    channels = ("sms", "whatsapp")

    def __init__(self, account: TwilioAccount) -> None:
        self._account = account

    def statuses(self, message: Message) -> Collection[Status]:
        """An SMS is never known to be read."""
        read: tuple[Status, ...] = ("read",) if message.channel == "whatsapp" else ()
        return ("sent", "delivered", "failed", *read)

    def receipt_calls(self, reports: Sequence[Report]) -> list[WebhookCall]:
        """A request for each report, to the address that its message was sent with."""
        self._check(reports)
        return [self._status(report) for report in reports]

    def when_blocked(self, channel: Channel) -> WhenBlocked | None:
        """On WhatsApp the message fails after it was accepted; an SMS knows no blocking."""
        return WhenBlocked(steps=("failed",), code=BLOCKED) if channel == "whatsapp" else None

    def new_id(self) -> str:
        """A message SID."""
        return "SM" + secrets.token_hex(16)

    def inbound_call(self, message: InboundMessage) -> WebhookCall:
        """A message on either channel."""
        if message.event:
            self._cannot("event")
        if message.reaction is not None:
            self._cannot("reaction")
        if not (message.identity or PHONE.fullmatch(message.sender)):
            self._cannot("from", "a number in E.164 is wanted")
        sid = message.provider_message_id
        form = {
            "SmsMessageSid": sid,
            "MessageSid": sid,
            "SmsSid": sid,
            "AccountSid": self._account.account_sid,
            "ApiVersion": API_VERSION,
            "SmsStatus": "received",
            "NumSegments": "1",
            "NumMedia": "0",
            "Body": message.text,
            **(self._whatsapp(message) if message.channel == "whatsapp" else self._sms(message)),
            **self._file(message),
        }
        return self._call("inbound", self._address(self._account.webhook_url), form)

    def _status(self, report: Report) -> WebhookCall:
        message = report.message
        if message.status_callback is None:
            raise ImpossibleWebhook("message", "was sent without a StatusCallback", 409)
        word: str = report.status
        form = {
            "MessageSid": message.provider_message_id,
            "SmsSid": message.provider_message_id,
            "AccountSid": self._account.account_sid,
            "ApiVersion": API_VERSION,
            "From": self._address_of(message.channel, message.sender),
            "To": self._address_of(message.channel, message.to),
        }
        if report.status == "failed":
            code = report.code or UNKNOWN_ERROR[message.channel]
            word = "undelivered" if CARRIER_CODES.fullmatch(code) else "failed"
            form["ErrorCode"] = code
        if message.channel == "whatsapp":
            form |= {"ChannelPrefix": "whatsapp", "ChannelInstallSid": "XE" + "0" * 32}
        form |= {"MessageStatus": word, "SmsStatus": word}
        return self._call("receipts", message.status_callback, form)

    def _call(
        self, kind: Literal["receipts", "inbound"], url: str, form: Mapping[str, str]
    ) -> WebhookCall:
        # A fragment is a setting for Twilio and never leaves it.
        url = urldefrag(url).url
        return WebhookCall(
            provider=self.name,
            kind=kind,
            url=url,
            body=urlencode(form).encode(),
            headers={
                "Content-Type": f"{FORM_TYPE}; charset=UTF-8",
                "X-Twilio-Signature": signature(self._account.auth_token, url, form),
                # The same on every try of one request.
                "I-Twilio-Idempotency-Token": secrets.token_hex(16),
            },
        )

    def _address_of(self, channel: Channel, number: str) -> str:
        return WHATSAPP + number if channel == "whatsapp" else number

    def _whatsapp(self, message: InboundMessage) -> dict[str, str]:
        person = message.identity or message.sender
        form = {
            "From": WHATSAPP + person,
            "To": self._account.whatsapp_from,
            "ProfileName": message.name or person,
            "MessageType": "text",
        }
        if person.startswith("+"):
            form["WaId"] = person.removeprefix("+")
        else:
            form["ExternalUserId"] = person
        if message.reply_to:
            form["OriginalRepliedMessageSid"] = message.reply_to.provider_message_id
            form["OriginalRepliedMessageSender"] = self._account.whatsapp_from
        if message.button:
            form |= {
                "MessageType": "button",
                "Body": message.button.title,
                "ButtonText": message.button.title,
                "ButtonPayload": message.button.payload or message.button.title,
            }
        if message.place:
            form |= {
                "MessageType": "location",
                "Latitude": str(message.place.latitude),
                "Longitude": str(message.place.longitude),
            }
            form |= {"Label": message.place.name} if message.place.name else {}
            form |= {"Address": message.place.address} if message.place.address else {}
        if message.card:
            self._cannot("contact")
        return form

    def _sms(self, message: InboundMessage) -> dict[str, str]:
        for field in ("button", "place", "card", "identity"):
            if getattr(message, field):
                self._cannot({"place": "location", "card": "contact"}.get(field, field))
        # What Twilio does not know of the place is there and blank.
        places = {
            f"{side}{part}": ""
            for side in ("From", "To")
            for part in ("City", "State", "Zip", "Country")
        }
        return {"From": message.sender, "To": self._account.sms_from, **places}

    def _file(self, message: InboundMessage) -> dict[str, str]:
        if message.file is None:
            return {}
        media = self._media_url(message, message.file.file.id)
        types = {"voice": "audio"}
        return {
            "NumMedia": "1",
            "MediaUrl0": media,
            "MediaContentType0": message.file.file.mime_type,
            **(
                {"MessageType": types.get(message.file.type, message.file.type)}
                if message.channel == "whatsapp"
                else {}
            ),
        }

    def _media_url(self, message: InboundMessage, media_id: str) -> str:
        return (
            f"{message.origin}/twilio/{API_VERSION}/Accounts/{self._account.account_sid}"
            f"/Messages/{message.provider_message_id}/Media/{media_id}"
        )


def signature(auth_token: str, url: str, form: Mapping[str, str]) -> str:
    """Twilio's signature of a form: its address and its fields, sorted by name."""
    text = url + "".join(name + form[name] for name in sorted(form))
    digest = hmac.new(auth_token.encode(), text.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()
