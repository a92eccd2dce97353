"""Meta's Cloud API, as its documentation shows its answers."""

from __future__ import annotations

from collections.abc import Mapping

import httpx

from recado.adapters.channels.whatsapp_cloud import WhatsAppCloudSender
from recado.domain.channels import Channel, ChannelAccount, Provider
from recado.domain.directory import Address
from recado.domain.messages import WhatsAppMessage
from recado.ports.channels import ChannelSender, OutboundMessage
from tests.contract.channels.behaviour import Behaviour
from tests.contract.channels.providers.http import HttpProvider


class WhatsAppCloud(HttpProvider):
    account = ChannelAccount(
        tenant_id="andinos",
        account_id="wa",
        provider=Provider.WHATSAPP_CLOUD,
        settings={"phone_number_id": "106540352242922", "base_url": "https://graph.test/v25.0"},
    )
    credentials: Mapping[str, str] = {"access_token": "EAAtokentokentoken"}
    required_settings = ("phone_number_id",)
    required_credentials = ("access_token",)
    message = OutboundMessage(
        to=Address(channel=Channel.WHATSAPP, value="+593991234567"),
        content=WhatsAppMessage(text="Hola Carlos, su Haval le espera"),
        tag="ntf_1.1",
    )
    retry_after = 30.0

    def make(self, account: ChannelAccount, credentials: Mapping[str, str]) -> ChannelSender:
        return WhatsAppCloudSender(account, credentials)

    def adapter(self, transport: httpx.BaseTransport) -> ChannelSender:
        return WhatsAppCloudSender(self.account, self.credentials, transport)

    def answers(self) -> Mapping[Behaviour, httpx.Response]:
        return {
            Behaviour.ACCEPTS: accepted(),
            Behaviour.REFUSES_MESSAGE: self.refused(132000),
            Behaviour.REFUSES_RECIPIENT: self.refused(131026),
            Behaviour.REFUSES_ACCOUNT: self.refused(190, status=401),
            Behaviour.THROTTLES: self.refused(130429, headers={"Retry-After": "30"}),
            Behaviour.FAILS: httpx.Response(503, text="<h1>Service Unavailable</h1>"),
            Behaviour.ANSWERS_GARBAGE: httpx.Response(200, text="<html>"),
            Behaviour.ANSWERS_AN_UNKNOWN_CODE: self.refused(139999),
        }

    def refused(
        self,
        code: int,
        *,
        status: int = 400,
        headers: dict[str, str] | None = None,
        **more: object,
    ) -> httpx.Response:
        """An error of the Graph API; its texts repeat what they must not leak."""
        echo = " ".join(self.confidential())
        error = {
            "message": f"(#{code}) {echo}",
            "type": "OAuthException",
            "code": code,
            "error_data": {"messaging_product": "whatsapp", "details": echo},
            "fbtrace_id": "AzABCDEF",
            **more,
        }
        return httpx.Response(status, json={"error": error}, headers=headers)


def accepted(**message: str) -> httpx.Response:
    return httpx.Response(
        200,
        json={
            "messaging_product": "whatsapp",
            "contacts": [{"input": "+593991234567", "wa_id": "593991234567"}],
            "messages": [{"id": "wamid.HBgM", **message}],
        },
    )
