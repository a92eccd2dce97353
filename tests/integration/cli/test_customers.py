"""`recado customers subscribe`: a browser's subscription becomes an address."""

from __future__ import annotations

import pytest

from recado.domain.channels import Channel
from recado.domain.tenants import Tenant
from tests.integration.cli.conftest import TENANT, Deployment
from tests.unit.cli.running import run
from tests.workshop import CUSTOMER

FIRST = CUSTOMER.addresses_on(Channel.PUSH)[0].value
ENDPOINT = "https://push.example.com/subscription"
# The receiver's keys of the example in RFC 8291, section 5.
P256DH = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
AUTH = "BTBZMqHH6r4Tts7J_aSIgg"
KEYS = ("--p256dh", P256DH, "--auth", AUTH)


pytestmark = pytest.mark.usefixtures("workshop")


def endpoints(deployment: Deployment) -> set[str]:
    customer = deployment.stack.directory.recipient(TENANT, "customer-001")
    assert customer is not None
    others = [address for address in customer.addresses if address.channel is not Channel.PUSH]
    assert others == [a for a in CUSTOMER.addresses if a.channel is not Channel.PUSH]
    return {address.value for address in customer.addresses_on(Channel.PUSH)}


def test_a_subscription_is_added_beside_the_other_addresses(deployment: Deployment) -> None:
    result = run("customers", "subscribe", "customer-001", "--endpoint", ENDPOINT, *KEYS)

    assert result.exit_code == 0
    assert endpoints(deployment) == {FIRST, ENDPOINT}


def test_the_same_subscription_again_changes_nothing(deployment: Deployment) -> None:
    subscribe = ("customers", "subscribe", "customer-001", "--endpoint", ENDPOINT, *KEYS)
    run(*subscribe)
    before = deployment.rows()

    assert "already" in run(*subscribe).stdout
    assert deployment.rows() == before


def test_a_second_browser_is_another_subscription(deployment: Deployment) -> None:
    for endpoint in (ENDPOINT, f"{ENDPOINT}-2"):
        run("customers", "subscribe", "customer-001", "--endpoint", endpoint, *KEYS)

    assert endpoints(deployment) == {FIRST, ENDPOINT, f"{ENDPOINT}-2"}


@pytest.mark.parametrize(
    ("options", "code", "told"),
    [
        (("customer-001", "--endpoint", "push.example.com", *KEYS), 2, "no https address"),
        (("customer-001", "--endpoint", "http://e.com/x", *KEYS), 2, "no https address"),
        (("customer-001", "--endpoint", ENDPOINT, "--p256dh", AUTH, "--auth", AUTH), 2, "65 bytes"),
        (
            ("customer-001", "--endpoint", ENDPOINT, "--p256dh", P256DH, "--auth", "x"),
            2,
            "16 bytes",
        ),
        (("customer-999", "--endpoint", ENDPOINT, *KEYS), 1, "no customer 'customer-999'"),
        (("customer-001", "--endpoint", ENDPOINT, *KEYS, "--tenant", "x"), 1, "no tenant 'x'"),
    ],
)
def test_a_wrong_subscription_is_refused(
    deployment: Deployment, options: tuple[str, ...], code: int, told: str
) -> None:
    result = run("customers", "subscribe", *options)

    assert result.exit_code == code
    assert told in result.stderr
    assert endpoints(deployment) == {FIRST}


def test_with_several_tenants_the_option_says_which(deployment: Deployment) -> None:
    other = Tenant(tenant_id="other", name="Other", time_zone="UTC")
    deployment.stack.configuration.put_tenant(other)
    subscribe = ("customers", "subscribe", "customer-001", "--endpoint", ENDPOINT, *KEYS)

    unclear = run(*subscribe)
    clear = run(*subscribe, "--tenant", TENANT)

    assert (unclear.exit_code, clear.exit_code) == (1, 0)
    assert f"Give --tenant ({TENANT}, other)." in unclear.stderr
    assert endpoints(deployment) == {FIRST, ENDPOINT}
