"""Telegram's Bot API, as its documentation shapes its answers."""

from __future__ import annotations

from collections.abc import Mapping

import httpx

from recado.adapters.channels.telegram import TelegramSender
from recado.domain.channels import Channel, ChannelAccount, Provider
from recado.domain.directory import Address
from recado.domain.messages import ChatMessage
from recado.ports.channels import ChannelSender, OutboundMessage
from tests.contract.channels.behaviour import Behaviour
from tests.contract.channels.providers.http import HttpProvider

CHAT = 6_100_200_300


class Telegram(HttpProvider):
    account = ChannelAccount(
        tenant_id="andinos",
        account_id="bot",
        provider=Provider.TELEGRAM,
        settings={"base_url": "https://telegram.test/"},
    )
    credentials: Mapping[str, str] = {"bot_token": "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"}
    required_settings = ()
    required_credentials = ("bot_token",)
    message = OutboundMessage(
        to=Address(channel=Channel.TELEGRAM, value=str(CHAT)),
        content=ChatMessage(
            channel=Channel.TELEGRAM, text="Hola Carlos, su <b>Haval</b> le espera"
        ),
        tag="ntf_1.1",
    )
    retry_after = 14.0

    def make(self, account: ChannelAccount, credentials: Mapping[str, str]) -> ChannelSender:
        return TelegramSender(account, credentials)

    def adapter(self, transport: httpx.BaseTransport) -> ChannelSender:
        return TelegramSender(self.account, self.credentials, transport)

    def answers(self) -> Mapping[Behaviour, httpx.Response]:
        echo = " ".join(self.confidential())
        return {
            Behaviour.ACCEPTS: accepted(),
            Behaviour.REFUSES_MESSAGE: refused(400, f"Bad Request: message is too long {echo}"),
            Behaviour.REFUSES_RECIPIENT: refused(
                403, f"Forbidden: bot was blocked by the user {echo}"
            ),
            Behaviour.REFUSES_ACCOUNT: refused(401, f"Unauthorized {echo}"),
            Behaviour.THROTTLES: refused(
                429, f"Too Many Requests: retry after 14 {echo}", retry_after=14
            ),
            Behaviour.FAILS: refused(500, f"Internal Server Error {echo}"),
            Behaviour.ANSWERS_GARBAGE: httpx.Response(200, text="ok"),
            Behaviour.ANSWERS_AN_UNKNOWN_CODE: refused(
                400, f"Bad Request: the moon is full {echo}"
            ),
        }


def accepted(chat: int = CHAT, number: int = 77) -> httpx.Response:
    """A message as Telegram stored it."""
    result = {"message_id": number, "chat": {"id": chat, "type": "private"}, "date": 1_772_452_800}
    return httpx.Response(200, json={"ok": True, "result": result})


def refused(
    code: int, description: str, *, status: int | None = None, **parameters: int
) -> httpx.Response:
    """An error; its code may differ from the status of the answer."""
    body: dict[str, object] = {"ok": False, "error_code": code, "description": description}
    if parameters:
        body["parameters"] = parameters
    return httpx.Response(code if status is None else status, json=body)
