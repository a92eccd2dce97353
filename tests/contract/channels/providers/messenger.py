"""Meta's Send API for Messenger and Instagram, as its documentation shows its answers."""

from __future__ import annotations

from collections.abc import Mapping

import httpx

from recado.adapters.channels.messenger import InstagramSender, MessengerSender
from recado.domain.channels import Channel, ChannelAccount, Provider
from recado.domain.directory import Address
from recado.domain.messages import ChatMessage
from recado.ports.channels import ChannelSender, OutboundMessage
from tests.contract.channels.behaviour import Behaviour
from tests.contract.channels.providers.http import HttpProvider


class Messenger(HttpProvider):
    account = ChannelAccount(
        tenant_id="andinos",
        account_id="page",
        provider=Provider.MESSENGER,
        settings={"page_id": "411223344556677", "base_url": "https://graph.test/v25.0"},
    )
    credentials: Mapping[str, str] = {"access_token": "EAApagetokenpagetoken"}
    required_settings: tuple[str, ...] = ("page_id",)
    required_credentials = ("access_token",)
    message = OutboundMessage(
        to=Address(channel=Channel.MESSENGER, value="7788990011223344"),
        content=ChatMessage(channel=Channel.MESSENGER, text="Hola Carlos, su Haval le espera"),
        tag="ntf_1.1",
    )
    retry_after = 30.0

    def make(self, account: ChannelAccount, credentials: Mapping[str, str]) -> ChannelSender:
        return MessengerSender(account, credentials)

    def adapter(self, transport: httpx.BaseTransport) -> ChannelSender:
        return MessengerSender(self.account, self.credentials, transport)

    def answers(self) -> Mapping[Behaviour, httpx.Response]:
        return {
            Behaviour.ACCEPTS: accepted(),
            Behaviour.REFUSES_MESSAGE: self.refused(100),
            Behaviour.REFUSES_RECIPIENT: self.refused(551),
            Behaviour.REFUSES_ACCOUNT: self.refused(190, status=401),
            Behaviour.THROTTLES: self.refused(613, headers={"Retry-After": "30"}),
            Behaviour.FAILS: httpx.Response(503, text="<h1>Service Unavailable</h1>"),
            Behaviour.ANSWERS_GARBAGE: httpx.Response(200, text="<html>"),
            Behaviour.ANSWERS_AN_UNKNOWN_CODE: self.refused(1999),
        }

    def refused(
        self,
        code: int,
        subcode: int | None = None,
        *,
        status: int = 400,
        headers: dict[str, str] | None = None,
    ) -> httpx.Response:
        """An error of the Graph API; its text repeats what it must not leak."""
        error = {
            "message": f"(#{code}) {' '.join(self.confidential())}",
            "type": "OAuthException",
            "code": code,
            "fbtrace_id": "AzABCDEF",
            **({"error_subcode": subcode} if subcode else {}),
        }
        return httpx.Response(status, json={"error": error}, headers=headers)


class Instagram(Messenger):
    account = ChannelAccount(
        tenant_id="andinos",
        account_id="ig",
        provider=Provider.INSTAGRAM,
        settings={"instagram_id": "17841400000000000", "base_url": "https://graph.test/v25.0"},
    )
    required_settings = ("instagram_id",)
    message = OutboundMessage(
        to=Address(channel=Channel.INSTAGRAM, value="1122334455667788"),
        content=ChatMessage(channel=Channel.INSTAGRAM, text="Hola Carlos, su Haval le espera"),
        tag="ntf_1.1",
    )

    def make(self, account: ChannelAccount, credentials: Mapping[str, str]) -> ChannelSender:
        return InstagramSender(account, credentials)

    def adapter(self, transport: httpx.BaseTransport) -> ChannelSender:
        return InstagramSender(self.account, self.credentials, transport)


def accepted() -> httpx.Response:
    return httpx.Response(200, json={"recipient_id": "7788990011223344", "message_id": "m_AbC"})
