"""The simulated push service checks VAPID, decrypts like a browser and expires subscriptions."""

from __future__ import annotations

import base64
import json
import os
import time
from typing import Any

import http_ece
import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from tests.unit.simulator.running import VAPID_KEY, RunningSimulator, base64url, public_key

OTHER_KEY = ec.derive_private_key(0x0DD, ec.SECP256R1())
PAYLOAD = {"title": "Su cita", "body": "Lunes a las 14:30", "url": "https://recado.example/c/1"}


def subscribe(simulator: RunningSimulator) -> dict[str, Any]:
    answer = simulator.http.post("/_sim/push-subscriptions", json={"customer": "customer-001"})
    assert answer.status_code == 201
    subscription: dict[str, Any] = answer.json()
    return subscription


def decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def encrypted(subscription: dict[str, Any], clear: bytes) -> bytes:
    sealed: bytes = http_ece.encrypt(
        clear,
        salt=os.urandom(16),
        private_key=ec.generate_private_key(ec.SECP256R1()),
        dh=decoded(subscription["keys"]["p256dh"]),
        auth_secret=decoded(subscription["keys"]["auth"]),
        version="aes128gcm",
    )
    return sealed


def token(simulator: RunningSimulator, **changes: object) -> str:
    claims = {
        "aud": simulator.url,
        "exp": int(time.time()) + 3600,
        "sub": "mailto:avisos@example.com",
        **changes,
    }
    kept = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(kept, VAPID_KEY, algorithm="ES256")


def push(
    simulator: RunningSimulator,
    subscription: dict[str, Any],
    body: bytes | None = None,
    headers: dict[str, str | None] | None = None,
) -> httpx.Response:
    sent: dict[str, str | None] = {
        "TTL": "3600",
        "Content-Encoding": "aes128gcm",
        "Authorization": f"vapid t={token(simulator)}, k={public_key(VAPID_KEY)}",
        **(headers or {}),
    }
    return simulator.http.post(
        subscription["endpoint"],
        content=encrypted(subscription, json.dumps(PAYLOAD).encode()) if body is None else body,
        headers={name: value for name, value in sent.items() if value is not None},
    )


def test_a_push_is_decrypted_and_kept(simulator: RunningSimulator) -> None:
    subscription = subscribe(simulator)
    answer = push(simulator, subscription)
    assert answer.status_code == 201
    [message] = simulator.messages(channel="push")
    assert answer.headers["Location"].endswith(message["provider_message_id"])
    assert (message["to"], message["customer"]) == (subscription["endpoint"], "customer-001")
    assert (message["subject"], message["text"]) == ("Su cita", "Lunes a las 14:30")
    assert message["payload"] == PAYLOAD


def test_a_push_may_wait_for_30_days(simulator: RunningSimulator) -> None:
    answer = push(simulator, subscribe(simulator), headers={"TTL": "2592000"})
    assert (answer.status_code, answer.headers["TTL"]) == (201, "2592000")


def test_a_push_that_is_no_json_is_shown_as_text(simulator: RunningSimulator) -> None:
    subscription = subscribe(simulator)
    push(simulator, subscription, encrypted(subscription, b"Hola"))
    assert simulator.messages()[0]["text"] == "Hola"


def test_an_expired_subscription_is_410(simulator: RunningSimulator) -> None:
    subscription = subscribe(simulator)
    subscription_id = subscription["endpoint"].rpartition("/")[2]
    assert simulator.http.delete(f"/_sim/push-subscriptions/{subscription_id}").status_code == 204
    assert push(simulator, subscription).status_code == 410
    assert simulator.http.delete(f"/_sim/push-subscriptions/{subscription_id}").status_code == 404


@pytest.mark.parametrize(
    ("headers", "status", "errno"),
    [
        pytest.param({"TTL": None}, 400, 111, id="no TTL"),
        pytest.param({"TTL": "-1"}, 400, 112, id="negative TTL"),
        pytest.param({"TTL": "2592001"}, 400, 112, id="TTL over 30 days"),
        pytest.param({"TTL": "9" * 5000}, 400, 112, id="endless TTL"),
        pytest.param({"Topic": "a" * 33}, 400, 113, id="long topic"),
        pytest.param({"Urgency": "now"}, 400, 110, id="unknown urgency"),
        pytest.param({"Content-Encoding": "aesgcm"}, 400, 110, id="old encoding"),
        pytest.param({"Authorization": None}, 401, 109, id="no VAPID"),
        pytest.param({"Authorization": "WebPush x"}, 401, 109, id="old scheme"),
    ],
)
def test_what_a_push_service_refuses_is_refused(
    simulator: RunningSimulator, headers: dict[str, str | None], status: int, errno: int
) -> None:
    answer = push(simulator, subscribe(simulator), headers=headers)
    assert (answer.status_code, answer.json()["errno"]) == (status, errno)
    assert simulator.messages() == []


@pytest.mark.parametrize(
    "claims",
    [
        pytest.param({"aud": "https://push.example"}, id="another service"),
        pytest.param({"exp": 1_000_000_000}, id="expired"),
        pytest.param({"exp": 99_999_999_999}, id="longer than a day"),
        pytest.param({"sub": None}, id="nobody responsible"),
        pytest.param({"sub": "avisos@example.com"}, id="no address of a kind"),
    ],
)
def test_a_wrong_token_is_401(simulator: RunningSimulator, claims: dict[str, object]) -> None:
    credentials = f"vapid t={token(simulator, **claims)}, k={public_key(VAPID_KEY)}"
    answer = push(simulator, subscribe(simulator), headers={"Authorization": credentials})
    assert (answer.status_code, answer.json()["errno"]) == (401, 109)


def test_a_token_of_another_key_is_401_and_another_key_403(simulator: RunningSimulator) -> None:
    subscription = subscribe(simulator)
    forged = jwt.encode(
        {"aud": simulator.url, "exp": int(time.time()) + 60, "sub": "mailto:a@example.com"},
        OTHER_KEY,
        algorithm="ES256",
    )
    answers = [
        push(
            simulator,
            subscription,
            headers={"Authorization": f"vapid t={forged}, k={public_key(key)}"},
        )
        for key in (VAPID_KEY, OTHER_KEY)
    ]
    assert [answer.status_code for answer in answers] == [401, 403]


def test_a_body_over_4096_bytes_is_413(simulator: RunningSimulator) -> None:
    answer = push(simulator, subscribe(simulator), b"a" * 4097)
    assert (answer.status_code, answer.json()["errno"]) == (413, 104)


@pytest.mark.parametrize("damage", ["another browser's", "too short", "a bit flipped"])
def test_a_body_that_the_browser_cannot_decrypt_is_400(
    simulator: RunningSimulator, damage: str
) -> None:
    subscription = subscribe(simulator)
    sealed = encrypted(subscription, b"{}")
    bodies = {
        "another browser's": encrypted(subscribe(simulator), b"{}"),
        "too short": sealed[:20],
        "a bit flipped": sealed[:-1] + bytes([sealed[-1] ^ 1]),
    }
    answer = push(simulator, subscription, bodies[damage])
    assert (answer.status_code, answer.json()["errno"]) == (400, 110)


@pytest.mark.parametrize(
    ("behaviour", "status", "errno"),
    [
        ({"status": 410}, 410, 103),
        ({"status": 429, "retry_after": 9}, 429, 999),
        ({"code": "105"}, 410, 105),
        ({"code": "202", "status": 503}, 503, 202),
    ],
)
def test_a_failure_that_was_asked_for_has_autopushs_body(
    simulator: RunningSimulator, behaviour: dict[str, object], status: int, errno: int
) -> None:
    simulator.misbehave(provider="web_push", **behaviour)
    answer = push(simulator, subscribe(simulator))
    assert (answer.status_code, answer.json()["errno"]) == (status, errno)


def test_keys_have_the_shape_that_browsers_give(simulator: RunningSimulator) -> None:
    keys = subscribe(simulator)["keys"]
    point, secret = decoded(keys["p256dh"]), decoded(keys["auth"])
    assert (len(point), point[0], len(secret)) == (65, 4, 16)
    assert base64url(point) == keys["p256dh"]
