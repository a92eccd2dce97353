"""Ticks and typing, from the request to Meta."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import boto3
import httpx
import pytest

from functions.whatsapp_accounts import handler as whatsapp_accounts
from recado.adapters.accounts import signs
from recado.domain.channels import Channel, ChannelAccount, Provider
from recado.domain.identities import Identity, IdentityKind
from recado.domain.received import Received
from recado.domain.updates import InboundType
from recado.ports.secrets import SecretSource
from tests.cloud import Cloud, http_event
from tests.fakes.clock import NOON

SECRET = "recado/test/channel-accounts/andinos/wa"
META = ChannelAccount(
    tenant_id="andinos",
    account_id="wa",
    provider=Provider.WHATSAPP_CLOUD,
    secret_name=SECRET,
    settings={"phone_number_id": "1060", "base_url": "https://graph.test"},
)
MESSAGE = Received(
    message_id="msg_1",
    tenant_id="andinos",
    conversation_id="cnv_1",
    account_id="wa",
    provider=Provider.WHATSAPP_CLOUD,
    channel=Channel.WHATSAPP,
    sender=Identity(kind=IdentityKind.PHONE, value="+593991234567"),
    provider_message_id="wamid.1",
    at=NOON,
    received_at=NOON,
    expires_at=NOON + timedelta(days=1),
    type=InboundType.TEXT,
    text="hola",
)


class Meta:
    """What Meta was asked, and what it answers."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.answer = httpx.Response(200, json={"success": True})

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(json.loads(request.content))
        return self.answer


@pytest.fixture
def meta(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Meta:
    meta, genuine = Meta(), signs.WhatsAppSigns

    def wired(secrets: SecretSource) -> signs.WhatsAppSigns:
        return genuine(secrets, httpx.MockTransport(meta))

    monkeypatch.setattr(signs, "WhatsAppSigns", wired)
    credentials = json.dumps({"access_token": "confidential"})
    boto3.client("secretsmanager").create_secret(Name=SECRET, SecretString=credentials)
    cloud.stack.configuration.put_account(META)
    cloud.stack.communication_log.keep_received(MESSAGE)
    return meta


def post(cloud: Cloud, sign: str, message_id: str = "msg_1") -> tuple[int, str]:
    path = f"/api/v1/communications/whatsapp/messages/{message_id}/{sign}/"
    event = http_event("POST", path, None, {"x-api-key": cloud.api_key})
    answer = cloud.run(whatsapp_accounts, event)
    return answer["statusCode"], answer.get("body") or ""


def test_a_message_gets_its_ticks(cloud: Cloud, meta: Meta) -> None:
    assert post(cloud, "read")[0] == 204

    read = {"messaging_product": "whatsapp", "status": "read", "message_id": "wamid.1"}
    assert meta.asked == [read]


def test_typing_is_shown(cloud: Cloud, meta: Meta) -> None:
    assert post(cloud, "typing")[0] == 204

    assert meta.asked[0]["typing_indicator"] == {"type": "text"}


def test_a_message_that_is_not_there_is_404(cloud: Cloud, meta: Meta) -> None:
    assert post(cloud, "read", "msg_2")[0] == 404
    assert meta.asked == []


def test_an_account_without_such_signs_is_422(cloud: Cloud, meta: Meta) -> None:
    evolution = META.model_copy(update={"provider": Provider.EVOLUTION})
    cloud.stack.configuration.put_account(evolution)

    assert post(cloud, "read")[0] == 422
    assert meta.asked == []


def test_what_meta_does_not_take_is_told_with_its_code_and_no_text(
    cloud: Cloud, meta: Meta
) -> None:
    error = {"error": {"code": 131009, "message": "confidential +593991234567"}}
    meta.answer = httpx.Response(400, json=error)

    status, body = post(cloud, "read")

    assert status == 502
    assert json.loads(body)["code"] == "provider_failed"
    assert "confidential" not in body
