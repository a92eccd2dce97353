"""Web push subscriptions over the API."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from recado.domain.api_keys import Role, new_key
from recado.domain.channels import Channel
from recado.domain.notification import Mode
from tests.cloud import Cloud
from tests.fakes.clock import NOON
from tests.workshop import ACCOUNTS

SUBSCRIBE = "/api/v1/notifications/push/subscribe/"
STATUS = "/api/v1/notifications/push/status/customer-001/"
ENDPOINT = "https://fcm.googleapis.com/fcm/send/abc"
# The receiver's keys of the example in RFC 8291, section 5.
KEYS = {
    "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZ"
    "GH6SRpkNtoIAiw4",
    "auth": "BTBZMqHH6r4Tts7J_aSIgg",
}


def subscription(**changes: object) -> dict[str, Any]:
    browser = {"endpoint": ENDPOINT, "expirationTime": None, "keys": KEYS, **changes}
    return {"customer_id": "customer-001", "subscription": browser}


def endpoints(cloud: Cloud) -> set[str]:
    customer = cloud.stack.directory.recipient("andinos", "customer-001")
    assert customer is not None
    return {address.value for address in customer.addresses_on(Channel.PUSH)}


def test_a_browser_subscribes_once(cloud: Cloud) -> None:
    before = endpoints(cloud)
    answers = [cloud.request("POST", SUBSCRIBE, subscription())[:2] for _ in range(2)]

    assert [status for status, _ in answers] == [201, 200]
    assert answers[0][1] == answers[1][1]
    assert answers[0][1]["subscription"]["host"] == "fcm.googleapis.com"
    assert ENDPOINT not in str(answers)
    assert endpoints(cloud) == before | {ENDPOINT}


def test_a_known_browser_may_bring_other_keys(cloud: Cloud) -> None:
    cloud.request("POST", SUBSCRIBE, subscription())
    keys = {**KEYS, "auth": "AAAAAAAAAAAAAAAAAAAAAA=="}
    status, _, _ = cloud.request("POST", SUBSCRIBE, subscription(keys=keys))

    assert status == 200
    customer = cloud.stack.directory.recipient("andinos", "customer-001")
    assert customer is not None
    [stored] = [address for address in customer.addresses if address.value == ENDPOINT]
    assert stored.push_keys is not None
    assert stored.push_keys.auth == keys["auth"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"endpoint": "http://example.com/x"}, "subscription.endpoint"),
        ({"endpoint": "https://"}, "subscription.endpoint"),
        ({"endpoint": "https://[::x/"}, "subscription.endpoint"),
        ({"endpoint": "https://e.com/\x00"}, "subscription.endpoint"),
        ({"endpoint": "https://evil.example/x"}, "subscription.endpoint"),
        ({"endpoint": "https://fcm.googleapis.com.evil.example/x"}, "subscription.endpoint"),
        ({"endpoint": "https://me@fcm.googleapis.com/x"}, "subscription.endpoint"),
        ({"endpoint": "https://fcm.googleapis.com:8443/x"}, "subscription.endpoint"),
        ({"endpoint": "http://127.0.0.1:8100/push/abc"}, "subscription.endpoint"),
        ({"endpoint": "javascript:alert(1)"}, "subscription.endpoint"),
        ({"endpoint": ""}, "subscription.endpoint"),
        ({"keys": {**KEYS, "p256dh": KEYS["auth"]}}, "subscription.keys.p256dh"),
        ({"keys": {**KEYS, "p256dh": "A" + KEYS["p256dh"][1:]}}, "subscription.keys.p256dh"),
        ({"keys": {**KEYS, "auth": "ñ"}}, "subscription.keys.auth"),
        ({"keys": {"auth": KEYS["auth"]}}, "subscription.keys.p256dh"),
    ],
)
def test_a_wrong_subscription_is_refused(
    cloud: Cloud, changes: dict[str, object], field: str
) -> None:
    before = endpoints(cloud)
    status, body, _ = cloud.request("POST", SUBSCRIBE, subscription(**changes))

    assert (status, body["errors"][0]["field"]) == (422, field)
    assert endpoints(cloud) == before


def test_the_account_says_which_push_services_are_known(cloud: Cloud) -> None:
    settings = {"allowed_origins": "http://127.0.0.1:8100 https://*.push.example.com:444"}
    cloud.stack.configuration.put_account(ACCOUNTS[2].model_copy(update={"settings": settings}))
    local = subscription(endpoint="http://127.0.0.1:8100/push/abc")
    other = subscription(endpoint="https://eu.push.example.com:444/abc")

    assert cloud.request("POST", SUBSCRIBE, local)[0] == 201
    assert cloud.request("POST", SUBSCRIBE, other)[0] == 201
    assert cloud.request("POST", SUBSCRIBE, subscription())[0] == 422


def test_a_customer_has_at_most_twenty_subscriptions(cloud: Cloud) -> None:
    answers = [
        cloud.request("POST", SUBSCRIBE, subscription(endpoint=f"{ENDPOINT}{number}"))[0]
        for number in range(20)
    ]

    assert answers == [201] * 19 + [422]


@pytest.mark.parametrize("by_query", [True, False])
def test_a_browser_unsubscribes_as_often_as_it_wants(cloud: Cloud, by_query: bool) -> None:
    cloud.request("POST", SUBSCRIBE, subscription())
    query = f"?customer_id=customer-001&endpoint={quote(ENDPOINT, safe='')}"
    path = f"{SUBSCRIBE}{query}" if by_query else SUBSCRIBE
    body = None if by_query else {"customer_id": "customer-001", "endpoint": ENDPOINT}

    assert [cloud.request("DELETE", path, body)[0] for _ in range(2)] == [204, 204]
    assert ENDPOINT not in endpoints(cloud)


@pytest.mark.parametrize(
    ("query", "field"),
    [("", "customer_id"), ("?customer_id=customer-001", "endpoint")],
)
def test_who_unsubscribes_says_what(cloud: Cloud, query: str, field: str) -> None:
    status, body, _ = cloud.request("DELETE", f"{SUBSCRIBE}{query}")

    assert (status, body["errors"][0]["field"]) == (422, field)


def test_the_status_shows_no_endpoint(cloud: Cloud) -> None:
    cloud.request("POST", SUBSCRIBE, subscription())
    status, body, _ = cloud.request("GET", STATUS)

    assert (status, body["subscribed"]) == (200, True)
    hosts = {each["host"] for each in body["subscriptions"]}
    assert hosts == {"fcm.googleapis.com", "push.example.com"}
    assert ENDPOINT not in str(body)
    assert body["vapid_public_key"] is None


def test_the_status_has_the_key_with_which_browsers_subscribe(cloud: Cloud) -> None:
    account = ACCOUNTS[2].model_copy(update={"settings": {"vapid_public_key": "BPublic"}})
    cloud.stack.configuration.put_account(account)

    assert cloud.request("GET", STATUS)[1]["vapid_public_key"] == "BPublic"


def test_nobody_subscribes_for_who_is_not_theirs(cloud: Cloud) -> None:
    key, text = new_key(
        tenant_id="andinos",
        mode=Mode.LIVE,
        name="norte",
        now=NOON,
        role=Role.DIVISION,
        division="norte",
    )
    cloud.stack.configuration.put_api_key(key)
    norte = {"x-api-key": text}

    assert cloud.request("POST", SUBSCRIBE, subscription(), headers=norte)[0] == 404
    body = {"customer_id": "customer-001", "endpoint": ENDPOINT}
    assert cloud.request("DELETE", SUBSCRIBE, body, headers=norte)[0] == 404
    assert cloud.request("GET", STATUS, headers=norte)[0] == 404
    unknown = {**subscription(), "customer_id": "nobody"}
    assert cloud.request("POST", SUBSCRIBE, unknown)[0] == 404
