"""A tenant's rules."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from recado.domain.channels import Channel
from recado.domain.tenants import Tenant, UnknownOutcomePolicy


def tenant(**changes: object) -> Tenant:
    fields = {"tenant_id": "andinos", "name": "Andinos", "time_zone": "America/Guayaquil"}
    return Tenant.model_validate({**fields, **changes})


@pytest.mark.parametrize(
    ("default", "priority", "order"),
    [
        ("whatsapp", ["push", "email", "sms"], ["whatsapp", "push", "email", "sms"]),
        ("email", ["whatsapp", "email"], ["email", "whatsapp", "sms", "push"]),
        ("push", ["whatsapp"], ["push", "whatsapp", "sms", "email"]),
        ("sms", [], ["sms", "whatsapp", "email", "push"]),
        ("sms", ["email", "sms", "email"], ["sms", "email", "whatsapp", "push"]),
    ],
)
def test_the_default_channel_goes_first_and_every_channel_comes_once(
    default: str, priority: list[str], order: list[str]
) -> None:
    rules = tenant(default_channel=default, channel_priority=priority)

    others = ["telegram", "messenger", "instagram", "slack"]
    assert list(rules.channel_order()) == [*order, *others]


def test_a_tenant_that_says_nothing_uses_every_channel_and_tells_nobody_twice() -> None:
    assert set(tenant().channel_order()) == set(Channel)
    assert tenant().unknown_outcome is UnknownOutcomePolicy.STOP
    assert tenant().retry.max_retries == 3


@pytest.mark.parametrize("tenant_id", ["a", "Andinos", "a#b", "a/b", "a b", "á-b", "a" * 41, ""])
def test_a_tenants_id_cannot_break_out_of_a_key(tenant_id: str) -> None:
    with pytest.raises(ValidationError, match="tenant_id"):
        tenant(tenant_id=tenant_id)
