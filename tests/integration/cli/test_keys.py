"""`recado keys`: what is created opens the API, what is revoked does not."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from recado.adapters.clock import SystemClock
from recado.adapters.dynamodb.configuration import DynamoDBConfigurationRepository
from recado.adapters.dynamodb.rate_limits import DynamoDBRateLimits
from recado.domain.access import Caller
from recado.domain.api_keys import ApiKey, Role, Scope, read_key
from recado.domain.errors import AuthenticationError, TooManyRequestsError
from recado.domain.notification import Mode
from recado.services.authenticate import Authenticate
from recado.services.limit_requests import LimitRequests
from tests.integration.cli.conftest import TENANT, Deployment
from tests.unit.cli.running import run

pytestmark = pytest.mark.usefixtures("workshop")


def create(*options: str) -> str:
    result = run("keys", "create", "--tenant", TENANT, "--name", "shop", *options)
    assert result.exit_code == 0
    return result.stdout.strip()


def limits(deployment: Deployment) -> DynamoDBRateLimits:
    return DynamoDBRateLimits(boto3.client("dynamodb"), deployment.environment["RATE_LIMITS_TABLE"])


def authenticate(deployment: Deployment, text: str) -> Caller:
    clock = SystemClock()
    return Authenticate(
        configuration=deployment.stack.configuration,
        clock=clock,
        limit=LimitRequests(limits=limits(deployment), clock=clock),
    )(text)


def key_id(text: str) -> str:
    key = read_key(text)
    assert key is not None
    return key.key_id


@pytest.mark.parametrize(("options", "mode"), [((), Mode.LIVE), (("--mode", "test"), Mode.TEST)])
def test_a_created_key_opens_the_api(
    deployment: Deployment, options: tuple[str, ...], mode: Mode
) -> None:
    text = create(*options)

    caller = authenticate(deployment, text)

    assert (caller.tenant_id, caller.mode, caller.role) == (TENANT, mode, Role.TENANT)
    assert caller.scopes == frozenset(Scope)


def test_a_revoked_key_opens_nothing(deployment: Deployment) -> None:
    text = create()

    result = run("keys", "revoke", key_id(text))

    assert result.exit_code == 0
    with pytest.raises(AuthenticationError):
        authenticate(deployment, text)


def test_a_key_is_shown_once(deployment: Deployment) -> None:
    text = create()

    listed = run("keys", "list")
    as_json = run("keys", "list", "--tenant", TENANT, "--json")
    revoked = run("keys", "revoke", key_id(text))

    assert key_id(text) in listed.stdout
    assert json.loads(as_json.stdout)[0]["key_id"] == key_id(text)
    secret = text.rpartition(f"{key_id(text)}_")[2]
    for result in (listed, as_json, revoked):
        assert secret not in result.output
        assert "sha256" not in result.output


def test_a_created_key_can_be_read_by_programs() -> None:
    created = json.loads(create("--json"))

    assert key_id(created["key"]) == created["key_id"]
    assert created["scopes"] == sorted(Scope)
    assert (created["role"], created["division"]) == ("tenant", None)
    assert "secret_sha256" not in created


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ("2126-03-02", "2126-03-02T00:00:00Z"),
        ("2126-03-02T15:30", "2126-03-02T15:30:00Z"),
        ("2126-03-02T15:30-05:00", "2126-03-02T20:30:00Z"),
    ],
)
def test_a_key_ends_when_it_is_told_to(deployment: Deployment, given: str, stored: str) -> None:
    created = json.loads(create("--expires", given, "--json"))

    assert created["expires_at"] == stored
    assert "2126-03-02" in run("keys", "list").stdout
    key = deployment.stack.configuration.api_key(created["key_id"])
    assert key is not None
    assert not key.is_valid(datetime.fromisoformat(stored))


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("tomorrow", "'tomorrow' is no moment."),
        ("0001-01-01T00:00+12:00", "is no moment."),
        ((datetime.now(UTC) - timedelta(days=1)).date().isoformat(), "is past"),
    ],
)
def test_a_key_that_would_open_nothing_is_not_made(given: str, told: str) -> None:
    result = run("keys", "create", "--tenant", TENANT, "--name", "shop", "--expires", given)

    assert result.exit_code == 1
    assert told in result.stderr
    assert listed() == {}


def test_programs_are_told_what_was_revoked(deployment: Deployment) -> None:
    text = create()
    authenticate(deployment, text)

    first = json.loads(run("keys", "revoke", key_id(text), "--json").stdout)
    again = json.loads(run("keys", "revoke", key_id(text), "--json").stdout)

    assert first == again == listed()[key_id(text)]
    assert first["revoked_at"] is not None


def test_revoking_twice_says_so() -> None:
    text = create()
    run("keys", "revoke", key_id(text))

    again = run("keys", "revoke", key_id(text))

    assert again.exit_code == 0
    assert "was revoked already" in again.stdout


def test_a_key_of_a_division_has_only_what_it_was_given(deployment: Deployment) -> None:
    text = create(
        *("--role", "division", "--division", "norte", "--requests-per-second", "1"),
        *("--scope", "customers:read", "--scope", "customers:write"),
    )

    caller = authenticate(deployment, text)

    assert (caller.role, caller.division) == (Role.DIVISION, "norte")
    assert caller.scopes == {Scope.CUSTOMERS_READ, Scope.CUSTOMERS_WRITE}
    with pytest.raises(TooManyRequestsError):
        for _ in range(100):
            authenticate(deployment, text)


@pytest.mark.parametrize(
    "options",
    [
        ("--role", "division"),
        ("--division", "norte"),
        ("--role", "super_administrator", "--division", "norte"),
        ("--role", "division", "--division", ""),
        ("--role", "division", "--division", "x" * 81),
    ],
)
def test_a_division_goes_with_its_role(options: tuple[str, ...]) -> None:
    result = run("keys", "create", "--tenant", TENANT, "--name", "shop", *options)

    assert result.exit_code == 1
    assert "division" in result.stderr


def listed() -> dict[str, dict[str, Any]]:
    keys = json.loads(run("keys", "list", "--json").stdout)
    return {key["key_id"]: key for key in keys}


def test_the_list_says_what_a_key_may_do_and_when_it_was_last_used(deployment: Deployment) -> None:
    used = create("--role", "division", "--division", "norte", "--scope", "customers:read")
    unused = create()
    authenticate(deployment, used)

    keys = listed()
    shown = run("keys", "list").stdout

    assert keys[key_id(used)]["last_used_at"] is not None
    assert keys[key_id(unused)]["last_used_at"] is None
    assert keys[key_id(used)]["scopes"] == ["customers:read"]
    for told in ("division norte", "customers:read", "never", "all"):
        assert told in " ".join(shown.split())


def test_a_rotated_key_goes_on_beside_the_new_one_for_a_while(deployment: Deployment) -> None:
    text = create("--role", "division", "--division", "norte")

    result = run("keys", "rotate", key_id(text), "--grace", "2")

    assert result.exit_code == 0
    new = result.stdout.strip()
    assert authenticate(deployment, text).division == "norte"
    assert authenticate(deployment, new).division == "norte"
    keys = listed()
    assert keys[key_id(text)]["expires_at"] is not None
    assert keys[key_id(new)]["expires_at"] is None


def test_a_rotation_does_not_undo_a_revocation_that_came_in_between(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = create()
    put = DynamoDBConfigurationRepository.put_api_key

    def revoke_first(repository: DynamoDBConfigurationRepository, key: ApiKey) -> None:
        monkeypatch.setattr(DynamoDBConfigurationRepository, "put_api_key", put)
        assert run("keys", "revoke", key_id(text)).exit_code == 0
        put(repository, key)

    monkeypatch.setattr(DynamoDBConfigurationRepository, "put_api_key", revoke_first)
    result = run("keys", "rotate", key_id(text))

    assert (result.exit_code, result.stdout) == (1, "")
    assert "was changed meanwhile" in result.stderr
    assert all(key["revoked_at"] for key in listed().values() if key["name"] == "shop")
    with pytest.raises(AuthenticationError):
        authenticate(deployment, text)


def test_a_key_that_is_rotated_without_grace_ends_at_once(deployment: Deployment) -> None:
    text = create()

    rotated = json.loads(run("keys", "rotate", key_id(text), "--grace", "0", "--json").stdout)

    with pytest.raises(AuthenticationError):
        authenticate(deployment, text)
    assert authenticate(deployment, rotated["key"]).key_id == rotated["key_id"]
    again = run("keys", "rotate", key_id(text))
    assert again.exit_code == 1
    assert "opens nothing any more" in again.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("revoke", "0123456789ab"), "There is no key '0123456789ab'."),
        (("rotate", "0123456789ab"), "There is no key '0123456789ab'."),
        (("create", "--tenant", "nobody", "--name", "x"), "There is no tenant 'nobody'."),
        (("list", "--tenant", "nobody"), f"Tenants: {TENANT}."),
    ],
)
def test_what_does_not_exist_is_refused(arguments: tuple[str, ...], told: str) -> None:
    result = run("keys", *arguments)

    assert result.exit_code == 1
    assert told in result.stderr
