"""An Evolution API v2 server, as its source shapes its answers."""

from __future__ import annotations

from collections.abc import Mapping

import httpx

from recado.adapters.channels.evolution import EvolutionSender
from recado.domain.channels import Channel, ChannelAccount, Provider
from recado.domain.directory import Address
from recado.domain.messages import WhatsAppMessage
from recado.ports.channels import ChannelSender, OutboundMessage
from tests.contract.channels.behaviour import Behaviour
from tests.contract.channels.providers.http import HttpProvider


class Evolution(HttpProvider):
    account = ChannelAccount(
        tenant_id="andinos",
        account_id="evo",
        provider=Provider.EVOLUTION,
        settings={"base_url": "https://evolution.test/", "instance": "taller norte"},
    )
    credentials: Mapping[str, str] = {"api_key": "B6D711FCDE4D4FD5936544120E713976"}
    required_settings = ("base_url", "instance")
    required_credentials = ("api_key",)
    message = OutboundMessage(
        to=Address(channel=Channel.WHATSAPP, value="+593991234567"),
        content=WhatsAppMessage(text="Hola Carlos, su Haval le espera"),
        tag="ntf_1.1",
    )
    retry_after = 12.0

    def make(self, account: ChannelAccount, credentials: Mapping[str, str]) -> ChannelSender:
        return EvolutionSender(account, credentials)

    def adapter(self, transport: httpx.BaseTransport) -> ChannelSender:
        return EvolutionSender(self.account, self.credentials, transport)

    def answers(self) -> Mapping[Behaviour, httpx.Response]:
        echo = " ".join(self.confidential())
        return {
            Behaviour.ACCEPTS: httpx.Response(
                201,
                json={
                    "key": {"remoteJid": "593991234567@s.whatsapp.net", "id": "3EB0C7"},
                    "messageTimestamp": 1717689097,
                    "status": "PENDING",
                },
            ),
            Behaviour.REFUSES_MESSAGE: refused(400, [['instance requires property "text"']]),
            Behaviour.REFUSES_RECIPIENT: refused(
                400, [{"jid": "593991234567@s.whatsapp.net", "exists": False, "number": echo}]
            ),
            Behaviour.REFUSES_ACCOUNT: refused(401, echo),
            Behaviour.THROTTLES: httpx.Response(429, headers={"Retry-After": "12"}),
            Behaviour.FAILS: refused(500, [echo]),
            Behaviour.ANSWERS_GARBAGE: httpx.Response(201, text="ok"),
            Behaviour.ANSWERS_AN_UNKNOWN_CODE: refused(400, [f"Error: {echo}"]),
        }


def refused(status: int, message: object) -> httpx.Response:
    """An error of the server."""
    return httpx.Response(
        status, json={"status": status, "error": "Error", "response": {"message": message}}
    )
