"""Webhooks of Messenger and of Instagram's direct messages.

Protocol: developers.facebook.com/docs/messenger-platform/reference/webhook-events.
"""

import secrets
from abc import ABC, abstractmethod
from collections.abc import Collection, Sequence
from datetime import datetime

from local.simulator.accounts import InstagramAccount, MessengerAccount
from local.simulator.inbound_messages import InboundMessage
from local.simulator.messages import Message, Status
from local.simulator.webhooks.calls import Report, WebhookCall, WebhookProvider
from local.simulator.webhooks.graph import signed_call

_ATTACHMENTS = {
    "image": "image",
    "sticker": "image",
    "audio": "audio",
    "voice": "audio",
    "video": "video",
    "document": "file",
}


class _MetaChat(WebhookProvider, ABC):
    """What both have in common: an envelope of events between a person and us."""

    _object: str
    _statuses: tuple[Status, ...]

    def __init__(self, our_id: str, app_secret: str, webhook_url: str | None) -> None:
        self._our_id = our_id
        self._app_secret = app_secret
        self._webhook_url = webhook_url

    def statuses(self, message: Message) -> Collection[Status]:
        """Only what the platform tells."""
        return self._statuses

    def receipt_calls(self, reports: Sequence[Report]) -> list[WebhookCall]:
        """One request with an event for each report."""
        self._check(reports)
        events = [
            {
                "sender": {"id": report.message.to},
                "recipient": {"id": self._our_id},
                "timestamp": _milliseconds(report.at),
                **self._receipt(report),
            }
            for report in reports
        ]
        return [self._call("receipts", events)]

    def new_id(self) -> str:
        """A message id, as long as theirs are."""
        return "m_" + secrets.token_urlsafe(60)

    def inbound_call(self, message: InboundMessage) -> WebhookCall:
        """A message, a press of a button, or a reaction."""
        event = {
            "sender": {"id": message.sender},
            "recipient": {"id": self._our_id},
            "timestamp": _milliseconds(message.at),
            **self._content(message),
        }
        return self._call("inbound", [event])

    @abstractmethod
    def _receipt(self, report: Report) -> dict[str, object]: ...

    def _call(self, kind: str, events: list[dict[str, object]]) -> WebhookCall:
        entry = {"id": self._our_id, "time": events[0]["timestamp"], "messaging": events}
        envelope = {"object": self._object, "entry": [entry]}
        url = self._address(self._webhook_url)
        return signed_call(self.name, kind, url, self._app_secret, envelope)

    def _content(self, message: InboundMessage) -> dict[str, object]:
        if message.event:
            self._cannot("event")
        if message.card:
            self._cannot("contact")
        if message.place:
            self._cannot("location")
        if message.reaction is not None:
            return {"reaction": self._reaction(message, message.reaction)}
        said: dict[str, object] = {"mid": message.provider_message_id}
        button = message.button
        if button:
            payload = button.payload or button.title
            # A button of a card stays and answers for itself; a quick reply becomes a message.
            if message.reply_to and message.reply_to.kind == "template":
                return {"postback": {**said, "title": button.title, "payload": payload}}
            return {"message": {**said, "text": button.title, "quick_reply": {"payload": payload}}}
        if message.text:
            said["text"] = message.text
        if message.file:
            kind = _ATTACHMENTS[message.file.type]
            said["attachments"] = [{"type": kind, "payload": {"url": message.file.url}}]
        if message.reply_to:
            said["reply_to"] = {"mid": message.reply_to.provider_message_id}
        return {"message": said}

    def _reaction(self, message: InboundMessage, emoji: str) -> dict[str, object]:
        if message.reply_to is None:
            self._cannot("reply_to", "a reaction needs its message")
        mid = message.reply_to.provider_message_id
        if not emoji:
            return {"mid": mid, "action": "unreact"}
        word = "love" if emoji == "❤" else "other"
        return {"mid": mid, "action": "react", "reaction": word, "emoji": emoji}


class MessengerWebhooks(_MetaChat):
    """What Meta tells of one page."""

    name = "messenger"
    channels = ("messenger",)
    _object = "page"
    _statuses = ("delivered", "read")

    def __init__(self, account: MessengerAccount) -> None:
        super().__init__(account.page_id, account.app_secret, account.webhook_url)

    def _receipt(self, report: Report) -> dict[str, object]:
        """A reading names no message: it stands for all up to that time."""
        watermark = _milliseconds(report.at)
        if report.status == "read":
            return {"read": {"watermark": watermark}}
        return {"delivery": {"mids": [report.message.provider_message_id], "watermark": watermark}}


class InstagramWebhooks(_MetaChat):
    """What Meta tells of one Instagram account: readings by message, no deliveries."""

    name = "instagram"
    channels = ("instagram",)
    _object = "instagram"
    _statuses = ("read",)

    def __init__(self, account: InstagramAccount) -> None:
        super().__init__(account.instagram_id, account.app_secret, account.webhook_url)

    def _receipt(self, report: Report) -> dict[str, object]:
        return {"read": {"mid": report.message.provider_message_id}}


def _milliseconds(at: datetime) -> int:
    return int(at.timestamp() * 1000)
