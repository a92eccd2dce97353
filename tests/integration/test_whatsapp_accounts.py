"""The status of WhatsApp accounts and their templates, from the request to the providers."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import boto3
import httpx
import pytest

from functions.whatsapp_accounts import handler as whatsapp_accounts
from recado.adapters.accounts import registry
from recado.domain.account_states import AccountState, AccountStatus
from recado.domain.api_keys import Scope, new_key
from recado.domain.channels import ChannelAccount, Provider
from recado.domain.notification import Mode
from recado.ports.secrets import SecretSource
from tests.cloud import Cloud, http_event
from tests.fakes.clock import NOON

STATUS = "/api/v1/communications/whatsapp/status"
TEMPLATES = "/api/v1/communications/whatsapp/templates"
TOKEN = "confidential-token"
SECRET = "recado/test/channel-accounts/andinos/all"
ACCOUNTS = (
    ChannelAccount(
        tenant_id="andinos",
        account_id="wa",
        provider=Provider.WHATSAPP_CLOUD,
        secret_name=SECRET,
        settings={
            "phone_number_id": "1060",
            "business_account_id": "2060",
            "base_url": "https://graph.test",
        },
    ),
    ChannelAccount(
        tenant_id="andinos",
        account_id="evo",
        provider=Provider.EVOLUTION,
        secret_name=SECRET,
        priority=2,
        settings={"instance": "taller", "base_url": "https://evolution.test"},
    ),
    ChannelAccount(
        tenant_id="andinos",
        account_id="tw",
        provider=Provider.TWILIO_WHATSAPP,
        secret_name=SECRET,
        priority=3,
        settings={"account_sid": "AC1", "from": "+15550100300", "base_url": "https://twilio.test"},
    ),
)
CITA = {
    "name": "cita",
    "language": "es",
    "status": "APPROVED",
    "category": "UTILITY",
    "components": [{"type": "BODY", "text": "Hola {{1}}, {{2}}"}],
    "rejected_reason": "NONE",
    "quality_score": {"score": "GREEN"},
}
ANSWERS: dict[str, object] = {
    "graph.test/1060": {
        "verified_name": "Talleres Andinos",
        "display_phone_number": "+593 99 123-4567",
        "quality_rating": "GREEN",
        "status": "CONNECTED",
    },
    "graph.test/2060/message_templates": {"data": [CITA, {**CITA, "name": "otra"}]},
    "evolution.test/instance/connectionState/taller": {"instance": {"state": "close"}},
    "twilio.test/2010-04-01/Accounts/AC1.json": {"status": "active"},
    "twilio.test/v1/ContentAndApprovals": {"contents": [], "meta": {"next_page_url": None}},
}
Handle = Callable[[httpx.Request], httpx.Response]


def well(request: httpx.Request) -> httpx.Response:
    return httpx.Response(200, json=ANSWERS[f"{request.url.host}{request.url.path}"])


def down(request: httpx.Request) -> httpx.Response:
    return httpx.Response(503, json={"error": {"message": f"{request.url} {TOKEN}"}})


@pytest.fixture
def providers(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Callable[[Handle], None]:
    """Put the providers' behaviour in force, with an account at each of them."""
    credentials = {"access_token": TOKEN, "api_key": TOKEN, "auth_token": TOKEN}
    client = boto3.client("secretsmanager")
    client.create_secret(Name=SECRET, SecretString=json.dumps(credentials))
    for account in ACCOUNTS:
        cloud.stack.configuration.put_account(account)
    genuine = registry.AccountProbeRegistry

    def behave(handle: Handle) -> None:
        def wired(secrets: SecretSource) -> registry.AccountProbeRegistry:
            return genuine(secrets, httpx.MockTransport(handle))

        monkeypatch.setattr(registry, "AccountProbeRegistry", wired)

    return behave


def get(
    cloud: Cloud, path: str, key: str | None = None, **query: str
) -> tuple[int, dict[str, Any], str]:
    """Ask; gives status, document and the whole text of the answer."""
    event = http_event("GET", path, None, {"x-api-key": key or cloud.api_key})
    if query:
        event["queryStringParameters"] = query
    answer = cloud.run(whatsapp_accounts, event)
    return answer["statusCode"], json.loads(answer["body"]), answer["body"]


def test_every_account_is_told_with_its_state(
    cloud: Cloud, providers: Callable[[Handle], None]
) -> None:
    providers(well)

    status, body, text = get(cloud, STATUS)

    assert status == 200
    meta, evolution, twilio = body["accounts"]
    assert isinstance(meta.pop("checked_at"), str)
    assert meta == {
        "account_id": "wa",
        "provider": "whatsapp_cloud",
        "connected": True,
        "status": "CONNECTED",
        "display_phone_number": "…4567",
        "verified_name": "Talleres Andinos",
        "quality": "GREEN",
        "problem": None,
        "last_told": None,
    }
    assert (evolution["connected"], evolution["status"]) == (False, "close")
    assert evolution["problem"]["code"] == "session_close"
    assert (twilio["connected"], twilio["display_phone_number"]) == (True, "…0300")
    assert TOKEN not in text


def test_what_meta_told_last_by_webhook_is_there_too(
    cloud: Cloud, providers: Callable[[Handle], None]
) -> None:
    providers(well)
    cloud.stack.configuration.learn(
        AccountState(
            tenant_id="andinos",
            account_id="wa",
            provider=Provider.WHATSAPP_CLOUD,
            status=AccountStatus.DEGRADED,
            event="FLAGGED",
            detail="a text of the provider",
            at=NOON,
        )
    )

    _, body, text = get(cloud, STATUS)

    told = body["accounts"][0]["last_told"]
    assert (told["status"], told["event"]) == ("degraded", "FLAGGED")
    assert told["at"].startswith("2026-03-02T12:00:00")
    assert "a text of the provider" not in text


@pytest.mark.parametrize("path", [STATUS, TEMPLATES])
def test_providers_that_are_down_are_no_fault_of_ours(
    cloud: Cloud, providers: Callable[[Handle], None], path: str
) -> None:
    providers(down)

    status, _, text = get(cloud, path)

    assert status == 200
    assert text.count('"http_503"') >= 2
    assert TOKEN not in text
    assert "graph.test" not in text


def test_an_account_without_its_secret_says_how_to_mend_that(
    cloud: Cloud, providers: Callable[[Handle], None]
) -> None:
    providers(well)
    cloud.stack.configuration.put_account(ACCOUNTS[0].model_copy(update={"secret_name": "gone"}))

    _, body, _ = get(cloud, STATUS)

    problem = body["accounts"][0]["problem"]
    assert problem["code"] == "no_secret"
    assert "credentials" in problem["detail"]
    assert body["accounts"][2]["connected"]


def test_templates_are_told_with_ours_that_use_them_and_those_that_are_missing(
    cloud: Cloud, providers: Callable[[Handle], None]
) -> None:
    providers(well)

    status, body, text = get(cloud, TEMPLATES)

    assert status == 200
    assert body["unlisted"] == []
    used, unused, missing = body["templates"]
    assert used == {
        "account_id": "wa",
        "name": "cita",
        "language": "es",
        "status": "APPROVED",
        "category": "UTILITY",
        "body": "Hola {{1}}, {{2}}",
        "parameters": 2,
        "rejected_reason": None,
        "quality": "GREEN",
        "used_by": [
            "mantenimiento.phase-schedule.clients.whatsapp.es",
            "mantenimiento.phase-schedule.staff.whatsapp.es",
        ],
    }
    assert (unused["name"], unused["used_by"]) == ("otra", [])
    assert (missing["account_id"], missing["status"]) == ("tw", "MISSING")
    assert missing["used_by"] == used["used_by"]
    assert TOKEN not in text


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({"name": "otra"}, ["otra"]),
        ({"status": "missing"}, ["cita"]),
        ({"language": "en"}, []),
        ({"status": "APPROVED", "name": "cita"}, ["cita"]),
    ],
)
def test_templates_can_be_narrowed(
    cloud: Cloud,
    providers: Callable[[Handle], None],
    query: dict[str, str],
    names: list[str],
) -> None:
    providers(well)

    _, body, _ = get(cloud, TEMPLATES, **query)

    assert [template["name"] for template in body["templates"]] == names


def test_a_filter_without_end_is_refused(cloud: Cloud, providers: Callable[[Handle], None]) -> None:
    providers(well)

    status, body, _ = get(cloud, TEMPLATES, name="x" * 513)

    assert (status, body["code"]) == (422, "invalid")


@pytest.mark.parametrize("path", [STATUS, TEMPLATES])
def test_a_path_may_end_with_a_slash(
    cloud: Cloud, providers: Callable[[Handle], None], path: str
) -> None:
    providers(well)

    assert get(cloud, f"{path}/")[0] == 200


@pytest.mark.parametrize("path", [STATUS, TEMPLATES])
def test_a_key_that_may_only_send_is_forbidden(cloud: Cloud, path: str) -> None:
    key, text = new_key(tenant_id="andinos", mode=Mode.LIVE, name="sender", now=NOON)
    scopes = frozenset({Scope.NOTIFICATIONS_SEND})
    cloud.stack.configuration.put_api_key(key.model_copy(update={"scopes": scopes}))

    status, body, _ = get(cloud, path, key=text)

    assert (status, body["code"]) == (403, "forbidden")


@pytest.mark.parametrize("path", [STATUS, TEMPLATES])
def test_nobody_is_told_without_a_key(cloud: Cloud, path: str) -> None:
    answer = cloud.run(whatsapp_accounts, http_event("GET", path, None, {}))

    assert answer["statusCode"] == 401


def test_another_tenants_accounts_are_not_told(
    cloud: Cloud, providers: Callable[[Handle], None]
) -> None:
    providers(well)
    key, text = new_key(tenant_id="another", mode=Mode.LIVE, name="other", now=NOON)
    cloud.stack.configuration.put_api_key(key)

    assert get(cloud, STATUS, key=text)[1] == {"accounts": []}
    assert get(cloud, TEMPLATES, key=text)[1] == {"templates": [], "unlisted": []}
