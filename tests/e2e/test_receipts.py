"""What Meta tells about a message, through the deployed webhook, queue and processor."""

from __future__ import annotations

import httpx
import pytest

from tests.e2e.test_delivery import (
    attempts,
    dispatch,
    messages,
    read,
    wait_for_state,
    wait_until,
)

WEBHOOK = "/webhook/whatsapp"


def send_receipt(simulator: httpx.Client, status: str, **more: object) -> list[int]:
    """Let Meta report on the only message; gives what the webhook answered."""
    [message] = messages(simulator, provider="meta")
    answer = simulator.post(
        "/_sim/receipts", json={"message": message["id"], "status": status, **more}
    )
    answer.raise_for_status()
    answers: list[int] = answer.json()["answers"]
    return answers


def test_a_message_is_followed_to_delivered_and_read(
    api: httpx.Client, simulator: httpx.Client
) -> None:
    notification_id = dispatch(api)["notification_id"]
    wait_for_state(api, notification_id)

    assert send_receipt(simulator, "delivered") == [200]
    wait_for_state(api, notification_id, "delivered")
    assert send_receipt(simulator, "read", times=3) == [200, 200, 200]
    notification = wait_for_state(api, notification_id, "read")

    kinds = [entry["kind"] for entry in notification["timeline"]]
    assert {"receipt_delivered", "receipt_read"} <= set(kinds)
    assert kinds.count("receipt_read") == 1


def test_a_failure_after_acceptance_takes_the_next_channel(
    api: httpx.Client, simulator: httpx.Client
) -> None:
    notification_id = dispatch(api)["notification_id"]
    wait_for_state(api, notification_id)

    send_receipt(simulator, "failed", code=131049)

    tried = wait_until(
        lambda: attempts(read(api, notification_id)), lambda attempts: len(attempts) == 2
    )
    assert tried == [("whatsapp", "accepted"), ("email", "accepted")]


@pytest.mark.parametrize("signature", [{}, {"X-Hub-Signature-256": f"sha256={'0' * 64}"}])
def test_invariant_7_a_wrong_signature_is_refused(
    variables: dict[str, str], signature: dict[str, str]
) -> None:
    answer = httpx.post(
        f"{variables['RECADO_URL']}{WEBHOOK}",
        content=b'{"object": "whatsapp_business_account", "entry": []}',
        headers=signature,
        trust_env=False,
    )

    assert answer.status_code == 401


def test_a_challenge_without_our_token_is_refused(variables: dict[str, str]) -> None:
    query = {"hub.mode": "subscribe", "hub.verify_token": "guess", "hub.challenge": "42"}

    answer = httpx.get(f"{variables['RECADO_URL']}{WEBHOOK}", params=query, trust_env=False)

    assert answer.status_code == 401
