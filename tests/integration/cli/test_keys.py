"""`recado keys`: what is created opens the API, what is revoked does not."""

from __future__ import annotations

import json

import pytest

from recado.domain.api_keys import read_key
from recado.domain.errors import AuthenticationError
from recado.domain.notification import Mode
from recado.services.authenticate import Authenticate
from tests.integration.cli.conftest import TENANT, Deployment
from tests.unit.cli.running import run

pytestmark = pytest.mark.usefixtures("workshop")


def create(*options: str) -> str:
    result = run("keys", "create", "--tenant", TENANT, "--name", "shop", *options)
    assert result.exit_code == 0
    return result.stdout.strip()


def key_id(text: str) -> str:
    key = read_key(text)
    assert key is not None
    return key.key_id


@pytest.mark.parametrize(("options", "mode"), [((), Mode.LIVE), (("--mode", "test"), Mode.TEST)])
def test_a_created_key_opens_the_api(
    deployment: Deployment, options: tuple[str, ...], mode: Mode
) -> None:
    text = create(*options)

    key = Authenticate(configuration=deployment.stack.configuration)(text)

    assert (key.tenant_id, key.name, key.mode) == (TENANT, "shop", mode)


def test_a_revoked_key_opens_nothing(deployment: Deployment) -> None:
    text = create()

    result = run("keys", "revoke", key_id(text))

    assert result.exit_code == 0
    with pytest.raises(AuthenticationError):
        Authenticate(configuration=deployment.stack.configuration)(text)


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
    assert created["scopes"] == ["notifications:read", "notifications:send", "templates:read"]
    assert "secret_sha256" not in created


def test_revoking_twice_says_so() -> None:
    text = create()
    run("keys", "revoke", key_id(text))

    again = run("keys", "revoke", key_id(text))

    assert again.exit_code == 0
    assert "was revoked already" in again.stdout


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("revoke", "0123456789ab"), "There is no key '0123456789ab'."),
        (("create", "--tenant", "nobody", "--name", "x"), "There is no tenant 'nobody'."),
        (("list", "--tenant", "nobody"), f"Tenants: {TENANT}."),
    ],
)
def test_what_does_not_exist_is_refused(arguments: tuple[str, ...], told: str) -> None:
    result = run("keys", *arguments)

    assert result.exit_code == 1
    assert told in result.stderr
