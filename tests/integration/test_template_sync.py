"""The hourly look at approved templates, over moto and a provider that answers from a script."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from functions.template_sync import handler as template_sync
from recado.adapters.accounts import registry
from recado.domain.account_states import TemplateState
from recado.domain.channels import ChannelAccount, Provider
from recado.ports.secrets import SecretSource
from tests.cloud import Cloud
from tests.fakes.clock import NOON
from tests.workshop import TENANT

HOURLY = {"time": "2026-03-02T12:00:00Z"}


class Meta:
    """Lists some templates."""

    def __init__(self) -> None:
        self.status, self.code, self.named = 200, 0, [("cita", "APPROVED")]
        self.language: object = "es"

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if self.status != 200:
            return httpx.Response(self.status, json={"error": {"code": self.code}})
        listed = [
            {"name": name, "language": self.language, "status": status, "category": "UTILITY"}
            for name, status in self.named
        ]
        return httpx.Response(200, json={"data": listed, "paging": {}})


@pytest.fixture
def meta(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Meta:
    """WhatsApp's side; the workshop's account is known there."""
    answers = Meta()
    make = registry.AccountProbeRegistry

    def scripted(secrets: SecretSource) -> registry.AccountProbeRegistry:
        return make(secrets, httpx.MockTransport(answers))

    monkeypatch.setattr(registry, "AccountProbeRegistry", scripted)
    secrets = cloud.stack.secrets._client
    secrets.create_secret(Name="s", SecretString='{"access_token": "t"}')
    settings = {"phone_number_id": "100", "business_account_id": "300"}
    cloud.stack.configuration.put_account(
        ChannelAccount(
            tenant_id=TENANT.tenant_id,
            account_id="wa",
            provider=Provider.WHATSAPP_CLOUD,
            settings=settings,
            secret_name="s",
        )
    )
    return answers


def sync(cloud: Cloud) -> dict[str, Any]:
    return cloud.run(template_sync, HOURLY)


def known(cloud: Cloud) -> dict[str, str | None]:
    return {
        state.name: state.status
        for state in cloud.stack.configuration.template_states(TENANT.tenant_id)
    }


def test_what_is_new_is_stored_once(cloud: Cloud, meta: Meta) -> None:
    assert sync(cloud) == {"accounts": 1, "changed": 1, "recategorised": 0, "failed": []}
    assert sync(cloud)["changed"] == 0
    assert known(cloud) == {"cita": "APPROVED"}


def test_a_template_that_was_paused_is_routed_around_and_comes_back(
    cloud: Cloud, meta: Meta
) -> None:
    cloud.stack.configuration.learn(
        TemplateState(
            tenant_id=TENANT.tenant_id,
            account_id="wa",
            name="cita",
            language="es",
            status="PAUSED",
            at=NOON,
        )
    )
    [around] = cloud.dispatch()
    assert [s.channel for s in cloud.timeline(around).notification.route] == ["email", "push"]

    sync(cloud)
    cloud.stack.configuration._memory.forget()

    [again] = cloud.dispatch()
    assert cloud.timeline(again).notification.route[0].channel == "whatsapp"


def test_an_access_token_that_expired_is_told_and_changes_nothing(cloud: Cloud, meta: Meta) -> None:
    sync(cloud)
    meta.status, meta.code = 401, 190

    assert sync(cloud)["failed"] == [
        {"tenant_id": TENANT.tenant_id, "account_id": "wa", "code": "190"}
    ]
    assert known(cloud) == {"cita": "APPROVED"}


def test_a_template_whose_language_cannot_be_read_is_not_taken_for_deleted(
    cloud: Cloud, meta: Meta
) -> None:
    sync(cloud)
    meta.language = {"code": "es"}

    assert [each["code"] for each in sync(cloud)["failed"]] == ["unreadable_answer"]
    assert known(cloud) == {"cita": "APPROVED"}
