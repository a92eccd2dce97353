"""Slack's requests: the Events API and interactivity, signed with the app's secret.

Protocol: docs.slack.dev/apis/events-api and docs.slack.dev/authentication/
verifying-requests-from-slack.
"""

import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Mapping
from html import escape
from urllib.parse import urlencode

from local.simulator.accounts import SlackAccount
from local.simulator.inbound_messages import InboundMessage
from local.simulator.messages import Message
from local.simulator.webhooks.calls import FORM_TYPE, JSON_TYPE, WebhookCall, WebhookProvider


class SlackWebhooks(WebhookProvider):
    """What Slack tells one app: what people write to it. It tells nothing of its messages."""

    name = "slack"
    channels = ("slack",)

    def __init__(self, account: SlackAccount) -> None:
        self._account = account

    def new_id(self) -> str:
        """A time stamp, by which Slack names a message in its channel."""
        return f"{int(time.time())}.{secrets.randbelow(10**6):06d}"

    def inbound_call(self, message: InboundMessage) -> WebhookCall:
        """An event, or a press of a button."""
        for field, given in (
            ("event", message.event),
            ("location", message.place),
            ("contact", message.card),
        ):
            if given:
                self._cannot(field)
        if message.button:
            body = urlencode({"payload": json.dumps(self._press(message))}).encode()
            return self._call(FORM_TYPE, body)
        event = self._event(message)
        envelope = {
            "token": "verification-token",
            "team_id": self._account.team_id,
            "api_app_id": self._account.app_id,
            "event": event,
            "type": "event_callback",
            "event_id": "Ev" + secrets.token_hex(5).upper(),
            "event_time": int(message.at.timestamp()),
            "authorizations": [
                {"team_id": self._account.team_id, "user_id": "U0RECADO", "is_bot": True}
            ],
            "is_ext_shared_channel": False,
        }
        return self._call(JSON_TYPE, json.dumps(envelope).encode())

    def _call(self, content_type: str, body: bytes) -> WebhookCall:
        def signed_again(number: int, status: int | None) -> Mapping[str, str]:
            reason = "connection_failed" if status is None else "http_error"
            return {
                **self._signed(body),
                "X-Slack-Retry-Num": str(number),
                "X-Slack-Retry-Reason": reason,
            }

        return WebhookCall(
            provider=self.name,
            kind="inbound",
            url=self._address(self._account.webhook_url),
            body=body,
            headers={"Content-Type": content_type, **self._signed(body)},
            retry_headers=signed_again,
        )

    def _signed(self, body: bytes) -> dict[str, str]:
        """The two headers that prove a request to be Slack's, made now: each try has its own."""
        timestamp = str(int(time.time()))
        return {
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": signature(self._account.signing_secret, timestamp, body),
        }

    def _event(self, message: InboundMessage) -> dict[str, object]:
        ts = message.provider_message_id
        if message.reaction is not None:
            if message.reply_to is None:
                self._cannot("reply_to", "a reaction needs its message")
            return {
                "type": "reaction_added" if message.reaction else "reaction_removed",
                "user": message.sender,
                "reaction": message.reaction.strip(":") or "thumbsup",
                "item": {
                    "type": "message",
                    "channel": direct_channel(message.sender),
                    "ts": _ts(message.reply_to),
                },
                "event_ts": ts,
            }
        event: dict[str, object] = {
            "type": "message",
            "channel": direct_channel(message.sender),
            "channel_type": "im",
            "user": message.sender,
            # As Slack writes it: these three are its own marks.
            "text": escape(message.text, quote=False),
            "ts": ts,
            "event_ts": ts,
            "team": self._account.team_id,
            "client_msg_id": message.id,
        }
        if message.reply_to:
            event["thread_ts"] = _ts(message.reply_to)
        if message.file:
            file = message.file.file
            url = f"{message.origin}/slack/files-pri/{file.id}/download"
            event |= {
                "subtype": "file_share",
                "files": [
                    {
                        "id": f"F{file.id}",
                        "name": file.file_name or message.file.type,
                        "mimetype": file.mime_type,
                        "size": len(file.content),
                        "url_private": url,
                        "url_private_download": url,
                    }
                ],
            }
        return event

    def _press(self, message: InboundMessage) -> dict[str, object]:
        button, channel = message.button, direct_channel(message.sender)
        value = (button.payload or button.title) if button else ""
        # A button without a message we know of is on one that is as old as its press.
        pressed = _ts(message.reply_to) if message.reply_to else message.provider_message_id
        words = message.reply_to.text if message.reply_to else ""
        return {
            "type": "block_actions",
            "user": {"id": message.sender, "name": message.name or message.sender},
            "team": {"id": self._account.team_id, "domain": "taller"},
            "api_app_id": self._account.app_id,
            "channel": {"id": channel, "name": "directmessage"},
            "container": {"type": "message", "message_ts": pressed, "channel_id": channel},
            "message": {"type": "message", "ts": pressed, "text": words},
            "trigger_id": f"{secrets.randbits(40)}.{secrets.randbits(40)}.{secrets.token_hex(16)}",
            "response_url": f"{message.origin}/slack/actions/{secrets.token_hex(8)}",
            "actions": [
                {
                    "type": "button",
                    "action_id": "button",
                    "block_id": "buttons",
                    "value": value,
                    "text": {"type": "plain_text", "text": button.title if button else ""},
                    "action_ts": message.provider_message_id,
                }
            ],
        }


def direct_channel(user: str) -> str:
    """The channel of a person's direct messages with the app."""
    return user if user.startswith("D") else f"D{user[1:]}"


def signature(signing_secret: str, timestamp: str, body: bytes) -> str:
    """Slack's signature of a body that is sent at that time, in seconds."""
    signed = f"v0:{timestamp}:".encode() + body
    return "v0=" + hmac.new(signing_secret.encode(), signed, hashlib.sha256).hexdigest()


def _ts(message: Message) -> str:
    """A message's time stamp; its channel may stand before it."""
    return message.provider_message_id.rpartition(":")[2]
