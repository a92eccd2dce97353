"""The route of alerts: in the language of who asks, for whom the whole tenant is open to."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from recado.api.app import Api
from recado.api.routers.alerts import with_alerts
from recado.domain.alerts import Alert, AlertKind
from recado.domain.api_keys import Role, Scope, new_key
from recado.domain.channels import Channel
from recado.domain.notification import Mode
from recado.services.authenticate import Authenticate
from recado.services.limit_requests import LimitRequests
from recado.services.read_alerts import ReadAlerts
from tests.cloud import LambdaContext, http_event
from tests.fakes.alerts import FakeAlerts
from tests.fakes.clock import NOON, FakeClock
from tests.fakes.configuration import FakeConfiguration
from tests.fakes.rate_limits import FakeRateLimits
from tests.workshop import TENANT

DOWN = Alert(
    tenant_id="andinos",
    kind=AlertKind.ACCOUNT_DOWN,
    subject="wa",
    channel=Channel.WHATSAPP,
    facts={"account": "wa", "channel": "whatsapp"},
    began_at=NOON,
    raised_at=NOON,
)


@dataclass
class Front:
    """The API with alerts of one tenant."""

    configuration: FakeConfiguration = field(default_factory=FakeConfiguration)
    alerts: FakeAlerts = field(default_factory=FakeAlerts)

    def __post_init__(self) -> None:
        clock = FakeClock()
        self.configuration.put_tenant(TENANT)
        self.configuration.put_tenant(TENANT.model_copy(update={"tenant_id": "costa"}))
        limit = LimitRequests(limits=FakeRateLimits(), clock=clock)
        read = ReadAlerts(alerts=self.alerts, configuration=self.configuration, clock=clock)
        self.api = Api(
            authenticate=Authenticate(configuration=self.configuration, clock=clock, limit=limit),
            routers={"/api/v1/analytics": with_alerts(APIGatewayHttpRouter(), read=read)},
        )

    def get(self, *, headers: dict[str, str] | None = None, **key: Any) -> tuple[int, Any]:
        named = {"tenant_id": "andinos", "mode": Mode.LIVE, "name": "x", "now": NOON}
        stored, text = new_key(**named | key)
        self.configuration.put_api_key(stored)
        told = {"x-api-key": text, **(headers or {})}
        call = http_event("GET", "/api/v1/analytics/alerts/", None, told)
        answer = self.api(call, LambdaContext())
        return answer["statusCode"], json.loads(answer["body"])


@pytest.fixture
def front() -> Front:
    front = Front()
    front.alerts.save_alert(DOWN)
    return front


def test_alerts_are_told_in_the_language_of_who_asks(front: Front) -> None:
    titles = {}
    for language in ("es", "en"):
        status, body = front.get(headers={"accept-language": language})
        [alert] = body["alerts"]
        titles[language] = alert["title"]
        assert status == 200
        assert (alert["kind"], alert["subject"], alert["severity"], alert["is_raised"]) == (
            *("account_down", "wa", "critical", True),
        )
        assert (alert["channel"], alert["cleared_at"]) == ("whatsapp", None)
        assert alert["raised_at"] == "2026-03-02T12:00:00Z"

    assert titles == {"es": "Una cuenta no funciona", "en": "An account does not work"}


def test_a_test_key_sees_the_same(front: Front) -> None:
    assert front.get(mode=Mode.TEST)[1] == front.get()[1]


def test_another_tenants_alerts_are_not_seen(front: Front) -> None:
    assert front.get(tenant_id="costa") == (200, {"alerts": []})


@pytest.mark.parametrize(
    "key",
    [
        {"scopes": frozenset({Scope.CUSTOMERS_READ})},
        {"role": Role.DIVISION, "division": "norte"},
    ],
)
def test_a_key_without_the_scope_or_of_a_division_is_refused(
    front: Front, key: dict[str, Any]
) -> None:
    assert front.get(**key)[0] == 403
