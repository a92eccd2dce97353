"""Twilio's Messages resource, as its documentation shows its answers."""

from __future__ import annotations

from collections.abc import Mapping

import httpx

from recado.adapters.channels.twilio import TwilioSender
from recado.domain.channels import Channel, ChannelAccount, Provider
from recado.domain.directory import Address
from recado.domain.messages import SmsMessage, WhatsAppMessage
from recado.ports.channels import ChannelSender, OutboundMessage
from tests.contract.channels.behaviour import Behaviour
from tests.contract.channels.providers.http import HttpProvider

ACCOUNT_SID = "AC" + "0" * 32


class TwilioSms(HttpProvider):
    account = ChannelAccount(
        tenant_id="andinos",
        account_id="sms",
        provider=Provider.TWILIO_SMS,
        settings={
            "base_url": "https://twilio.test",
            "account_sid": ACCOUNT_SID,
            "from": "+15005550006",
        },
    )
    credentials: Mapping[str, str] = {"auth_token": "12345678901234567890123456789012"}
    required_settings = ("account_sid", "from")
    required_credentials = ("auth_token",)
    message = OutboundMessage(
        to=Address(channel=Channel.SMS, value="+593991234567"),
        content=SmsMessage(text="Hola Carlos, su Haval le espera"),
        tag="ntf_1.1",
    )
    retry_after = 7.0

    def make(self, account: ChannelAccount, credentials: Mapping[str, str]) -> ChannelSender:
        return TwilioSender(account, credentials)

    def adapter(self, transport: httpx.BaseTransport) -> ChannelSender:
        return TwilioSender(self.account, self.credentials, transport)

    def answers(self) -> Mapping[Behaviour, httpx.Response]:
        return {
            Behaviour.ACCEPTS: accepted(),
            Behaviour.REFUSES_MESSAGE: self.refused(21617),
            Behaviour.REFUSES_RECIPIENT: self.refused(21211),
            Behaviour.REFUSES_ACCOUNT: self.refused(20003, status=401),
            Behaviour.THROTTLES: self.refused(20429, status=429, headers={"Retry-After": "7"}),
            Behaviour.FAILS: self.refused(20500, status=500),
            Behaviour.ANSWERS_GARBAGE: httpx.Response(200, json=["sid"]),
            Behaviour.ANSWERS_AN_UNKNOWN_CODE: self.refused(29999),
        }

    def refused(
        self, code: int, *, status: int = 400, headers: dict[str, str] | None = None
    ) -> httpx.Response:
        """An error of the API; its text repeats what it must not leak."""
        echo = " ".join(self.confidential())
        error = {"code": code, "message": echo, "more_info": "https://docs", "status": status}
        return httpx.Response(status, json=error, headers=headers)


class TwilioWhatsApp(TwilioSms):
    account = TwilioSms.account.model_copy(update={"provider": Provider.TWILIO_WHATSAPP})
    message = OutboundMessage(
        to=Address(channel=Channel.WHATSAPP, value="+593991234567"),
        content=WhatsAppMessage(text="Hola Carlos, su Haval le espera"),
        tag="ntf_1.1",
    )


def accepted() -> httpx.Response:
    return httpx.Response(
        201, json={"sid": "SM" + "f" * 32, "status": "queued", "error_code": None}
    )
