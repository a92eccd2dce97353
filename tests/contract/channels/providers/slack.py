"""Slack's Web API, as its documentation shapes its answers."""

from __future__ import annotations

from collections.abc import Mapping

import httpx

from recado.adapters.channels.slack import SlackSender
from recado.domain.channels import Channel, ChannelAccount, Provider
from recado.domain.directory import Address
from recado.domain.messages import ChatMessage
from recado.ports.channels import ChannelSender, OutboundMessage
from tests.contract.channels.behaviour import Behaviour
from tests.contract.channels.providers.http import HttpProvider

PERSON = "U024BE7LH"


class Slack(HttpProvider):
    account = ChannelAccount(
        tenant_id="andinos",
        account_id="slack",
        provider=Provider.SLACK,
        settings={"base_url": "https://slack.test/api/", "team_id": "T1DC2JH3J"},
    )
    credentials: Mapping[str, str] = {"bot_token": "xoxb-not-a-real-token"}
    required_settings = ()
    required_credentials = ("bot_token",)
    message = OutboundMessage(
        to=Address(channel=Channel.SLACK, value=PERSON),
        content=ChatMessage(channel=Channel.SLACK, text="Hola Carlos, su Haval le espera"),
        tag="ntf_1.1",
    )
    retry_after = 30.0

    def make(self, account: ChannelAccount, credentials: Mapping[str, str]) -> ChannelSender:
        return SlackSender(account, credentials)

    def adapter(self, transport: httpx.BaseTransport) -> ChannelSender:
        return SlackSender(self.account, self.credentials, transport)

    def answers(self) -> Mapping[Behaviour, httpx.Response]:
        return {
            Behaviour.ACCEPTS: httpx.Response(
                200,
                json={
                    "ok": True,
                    "channel": "D024BFF1M",
                    "ts": "1772452800.000100",
                    "message": {"text": "Hola Carlos, su Haval le espera"},
                },
            ),
            Behaviour.REFUSES_MESSAGE: self.refused("msg_too_long"),
            Behaviour.REFUSES_RECIPIENT: self.refused("channel_not_found"),
            Behaviour.REFUSES_ACCOUNT: self.refused("invalid_auth"),
            Behaviour.THROTTLES: httpx.Response(
                429, headers={"Retry-After": "30"}, json={"ok": False, "error": "ratelimited"}
            ),
            Behaviour.FAILS: self.refused("service_unavailable", status=503),
            Behaviour.ANSWERS_GARBAGE: httpx.Response(200, text="ok"),
            Behaviour.ANSWERS_AN_UNKNOWN_CODE: self.refused("moon_is_full"),
        }

    def refused(self, code: object, *, status: int = 200) -> httpx.Response:
        """An error, most often with a status that says success."""
        echo = " ".join(self.confidential())
        return httpx.Response(status, json={"ok": False, "error": code, "needed": echo})
