"""WhatsApp through an Evolution API v2 server, which drives a WhatsApp Web session.

Protocol: doc.evolution-api.com, "Send plain text", "Send media" and "Send reaction", and the
answers of the server's source (github.com/evolution-foundation/evolution-api). It has no error
codes: refusals are told apart by the shape of `response.message`, and faults of the session by its
text. It echoes no tag, so an unknown outcome can only be settled by people.

The server has buttons and lists, which many of WhatsApp's clients do not show; so they go as
numbered lines of text.

Settings: `base_url`, `instance`. Secret: `api_key`.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

import httpx

from recado.adapters.channels.http import Answer, base_url, exchange, new_client, refusal
from recado.adapters.channels.inputs import content_of, credential, setting
from recado.adapters.channels.plain_choices import written_out
from recado.adapters.channels.verdicts import (
    ErrorTable,
    account_refused,
    message_refused,
    outcome_unknown,
    recipient_refused,
    try_later,
)
from recado.domain.channels import ChannelAccount
from recado.domain.errors import PermanentMessageError
from recado.domain.messages import Attachment, WhatsAppMessage
from recado.ports.channels import Acceptance, OutboundMessage

ERRORS: ErrorTable = {
    # The server looks the number up under one name only and misses people that are known to it
    # by an internal id ("lid"), so a miss is no reason to never write again.
    "not_on_whatsapp": recipient_refused("the server finds no such number on WhatsApp"),
    "invalid_request": message_refused("the request does not match the server's schema"),
    "timed_out": try_later("the WhatsApp session did not answer the server"),
    "connection_closed": try_later("the WhatsApp session is closed"),
    "no_sessions": try_later("no encryption session with the recipient", account_fault=False),
    "http_401": account_refused("the API key was refused"),
    "http_403": account_refused("the API key may not use the instance"),
    "http_404": account_refused("the instance does not exist"),
    "http_429": try_later("too many requests"),
    "http_500": try_later("the server failed"),
    "http_502": try_later("a proxy does not reach the server"),
    "http_503": try_later("the server is temporarily unavailable"),
    # The server hangs on some sends and delivers them later.
    "http_504": outcome_unknown("a proxy gave up waiting for the server"),
}

SESSION_FAULTS = {
    "Timed Out": "timed_out",
    "Connection Closed": "connection_closed",
    "No sessions": "no_sessions",
}
"""Texts that come as HTTP 400 and mean that the session failed, not the request."""


class EvolutionSender:
    """Sends through one instance of an Evolution API server."""

    def __init__(
        self,
        account: ChannelAccount,
        credentials: Mapping[str, str],
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        key = credential(credentials, "api_key")
        self._account = account
        self._instance = quote(setting(account, "instance"), safe="")
        self._url = f"{base_url(account)}/message"
        self._client = new_client(account, transport=transport, headers={"apikey": key})

    def send(self, message: OutboundMessage) -> Acceptance:
        """Send the text, a file or a reaction: there are no templates; see `ChannelSender`.

        The address is a phone number, or the internal id (`123@lid`) of who hides theirs.
        """
        method, payload = _request(
            content_of(message.content, WhatsAppMessage), message.to.value.removeprefix("+")
        )
        url = f"{self._url}/{method}/{self._instance}"
        answer = exchange(self._client, self._client.build_request("POST", url, json=payload))
        if not answer.is_success:
            raise refusal(self._account, ERRORS, _signal(answer), answer)
        return Acceptance(provider_message_id=answer.message_id("key", "id"))


def _request(content: WhatsAppMessage, number: str) -> tuple[str, dict[str, object]]:
    """The server's method for a content, and what it is given."""
    if content.reaction:
        chat = number if "@" in number else f"{number}@s.whatsapp.net"
        key = {"remoteJid": chat, "fromMe": False, "id": content.reaction.message_id}
        return "sendReaction", {"key": key, "reaction": content.reaction.emoji}
    text = written_out(content)
    quoted = {"quoted": {"key": {"id": content.reply_to}}} if content.reply_to else {}
    if content.attachment:
        return "sendMedia", {"number": number, **_media(content.attachment, text), **quoted}
    return "sendText", {"number": number, "text": text, **quoted}


def _media(attachment: Attachment, caption: str) -> dict[str, object]:
    if attachment.url is None:
        raise PermanentMessageError("attachment_refused", "the server takes files by address only")
    fields = {
        "mediatype": attachment.type.value,
        "media": attachment.url,
        "mimetype": attachment.mime_type,
        "fileName": attachment.file_name,
        "caption": caption,
    }
    return {name: value for name, value in fields.items() if value}


def _signal(answer: Answer) -> str | None:
    """Which row of the error table a bad request belongs to."""
    if answer.status != 400:
        return None
    messages = answer.at("response", "message")
    for message in messages if isinstance(messages, list) else [messages]:
        match message:
            case {"exists": False}:
                return "not_on_whatsapp"
            case list():
                return "invalid_request"
            case str():
                for text, signal in SESSION_FAULTS.items():
                    if text in message:
                        return signal
    return None
