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
        ("whatsapp", ["whatsapp", "email"], [Channel.WHATSAPP, Channel.EMAIL]),
        ("email", ["whatsapp", "email"], [Channel.EMAIL, Channel.WHATSAPP]),
        ("push", ["whatsapp"], [Channel.PUSH, Channel.WHATSAPP]),
        ("sms", [], [Channel.SMS]),
        ("sms", ["email", "sms", "email"], [Channel.SMS, Channel.EMAIL]),
    ],
)
def test_the_default_channel_goes_first_and_no_channel_comes_twice(
    default: str, priority: list[str], order: list[Channel]
) -> None:
    rules = tenant(default_channel=default, channel_priority=priority)

    assert list(rules.channel_order()) == order


def test_a_tenant_that_says_nothing_uses_every_channel_and_tells_nobody_twice() -> None:
    assert set(tenant().channel_order()) == set(Channel)
    assert tenant().unknown_outcome is UnknownOutcomePolicy.STOP
    assert tenant().retry.max_retries == 3


@pytest.mark.parametrize("tenant_id", ["a", "Andinos", "a#b", "a/b", "a b", "á-b", "a" * 41, ""])
def test_a_tenants_id_cannot_break_out_of_a_key(tenant_id: str) -> None:
    with pytest.raises(ValidationError, match="tenant_id"):
        tenant(tenant_id=tenant_id)
