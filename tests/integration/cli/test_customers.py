"""`recado customers subscribe`: a browser's subscription becomes an address."""

from __future__ import annotations

import json

import pytest

from recado.domain.channels import Channel
from recado.domain.directory import Recipient
from recado.domain.push import MOST_SUBSCRIPTIONS
from recado.domain.tenants import Tenant
from tests.integration.cli.conftest import TENANT, Deployment
from tests.unit.cli.running import run
from tests.workshop import CUSTOMER

FIRST = CUSTOMER.addresses_on(Channel.PUSH)[0].value
ENDPOINT = "https://fcm.googleapis.com/fcm/send/subscription"
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


def test_programs_are_told_whether_a_subscription_is_new() -> None:
    subscribe = ("customers", "subscribe", "customer-001", "--endpoint", ENDPOINT, *KEYS, "--json")
    told = {"customer_id": "customer-001", "subscriptions": 2}

    assert json.loads(run(*subscribe).stdout) == {**told, "created": True}
    assert json.loads(run(*subscribe).stdout) == {**told, "created": False}


def test_nothing_else_of_the_customer_changes(deployment: Deployment) -> None:
    people = deployment.stack.people
    ana = Recipient(tenant_id=TENANT, recipient_id="ana", name="Ana", division="norte")
    people.save_person(ana)

    def of_the_north() -> list[str]:
        page = people.people(
            TENANT, division="norte", name="", descending=False, after=None, limit=9
        )
        return [person.recipient_id for person in page.people]

    run("customers", "subscribe", "ana", "--endpoint", ENDPOINT, *KEYS)

    assert of_the_north() == ["ana"]
    stored = people.person(TENANT, "ana")
    assert stored is not None
    assert stored.model_copy(update={"addresses": ()}) == ana.model_copy(update={"version": 1})


def test_a_customer_has_at_most_twenty_subscriptions(deployment: Deployment) -> None:
    subscribe = ("customers", "subscribe", "customer-001", *KEYS, "--endpoint")
    for number in range(MOST_SUBSCRIPTIONS - 1):
        assert run(*subscribe, f"{ENDPOINT}-{number}").exit_code == 0

    result = run(*subscribe, ENDPOINT)

    assert result.exit_code == 1
    assert "a customer has at most 20 push subscriptions" in result.stderr
    assert len(endpoints(deployment)) == MOST_SUBSCRIPTIONS


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
        (("customer-001", "--endpoint", f"https://{'x' * 2048}", *KEYS), 2, "2048 characters"),
        (("customer-001", "--endpoint", ENDPOINT, "--p256dh", "x" * 201, "--auth", AUTH), 2, "200"),
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
