"""What operators and other services do over HTTP, against the deployed functions."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.e2e.test_delivery import EVENT, wait_until

V1 = "/api/v1/notifications"


@pytest.fixture
def service(aws: Any, variables: dict[str, str], api: httpx.Client) -> dict[str, str]:
    """The headers of an internal service."""
    name = variables["INTERNAL_SECRET_NAME"]
    secret = aws("secretsmanager").get_secret_value(SecretId=name)["SecretString"]
    return {"X-Internal-Secret": secret, "X-Tenant-Id": "talleres-andinos"}


@pytest.fixture
def customer(api: httpx.Client) -> str:
    """A customer of their own for a test."""
    made = api.post(f"{V1}/customers/", json={"name": "Ana Ruiz", "phone": "+593990000321"})
    assert made.status_code == 201, made.text
    return str(made.json()["customer_id"])


def ended(api: httpx.Client, path: str, headers: dict[str, str] | None = None) -> dict[str, Any]:
    """A task's status when it has ended."""

    def look() -> dict[str, Any]:
        status: dict[str, Any] = api.get(path, headers=headers).raise_for_status().json()
        return status

    return wait_until(look, lambda status: status["state"] in ("done", "failed"))


def test_another_services_customer_arrives(api: httpx.Client, service: dict[str, str]) -> None:
    record = {
        "customer_id": "customer-synced",
        "name": "Carlos Mendoza",
        "email": "carlos@example.com",
        "phone": "+593991234567",
    }
    accepted = api.post("/api/internal/v1/customers/sync/", json=record, headers=service)
    assert accepted.status_code == 202, accepted.text
    task = ended(api, f"/api/internal/v1/tasks/{accepted.json()['task_id']}/status/", service)

    assert (task["state"], task["failed"]) == ("done", 0)
    assert api.get(f"{V1}/customers/customer-synced/").json()["name"] == "Carlos Mendoza"


def test_a_wrong_internal_secret_opens_nothing(api: httpx.Client) -> None:
    wrong = {"X-Internal-Secret": "wrong"}
    assert api.post("/api/internal/v1/customers/sync/", json=[], headers=wrong).status_code == 401


def test_of_two_updates_with_one_etag_one_wins(api: httpx.Client, customer: str) -> None:
    path = f"{V1}/customers/{customer}/"
    etag = api.get(path).headers["etag"]

    def rename(name: str) -> int:
        return api.patch(path, json={"name": name}, headers={"If-Match": etag}).status_code

    with ThreadPoolExecutor(2) as pool:
        answers = sorted(pool.map(rename, ("Ana Uno", "Ana Dos")))

    assert answers == [200, 412]


def test_what_was_deleted_is_gone(api: httpx.Client, customer: str) -> None:
    path = f"{V1}/customers/{customer}/"

    assert api.delete(path).status_code == 204
    assert api.get(path).status_code == 404


def test_a_catalogue_that_is_known_already_is_not_sent_again(api: httpx.Client) -> None:
    path = f"{V1}/catalog/"
    etag = api.get(path).headers["etag"]

    again = api.get(path, headers={"If-None-Match": etag})

    assert (again.status_code, again.content) == (304, b"")


def test_an_erased_customer_is_gone(api: httpx.Client, customer: str) -> None:
    accepted = api.post(f"{V1}/customers/{customer}/erase/")
    assert accepted.status_code == 202, accepted.text
    task = ended(api, f"{V1}/customers/tasks/{accepted.json()['task_id']}/")

    assert task["state"] == "done"
    assert api.get(f"{V1}/customers/{customer}/").status_code == 404


def test_what_is_sent_is_counted(api: httpx.Client, simulator: httpx.Client) -> None:
    def total() -> int:
        summary = api.get("/api/v1/analytics/summary/?days=1").raise_for_status().json()
        return int(summary["total"])

    before = total()
    api.post(f"{V1}/events/dispatch/", json=EVENT).raise_for_status()

    assert wait_until(total, lambda seen: seen > before) > before
