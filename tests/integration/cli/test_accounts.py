"""`recado accounts`: credentials go to Secrets Manager, and nowhere else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml

from recado.adapters.secrets import SecretsManagerSource
from recado.domain.channels import ChannelAccount, Provider, SendLimits
from recado.domain.rate_limits import RateLimit
from tests import workshop as small_workshop
from tests.cloud import META_APP, WEBHOOK_SECRETS
from tests.integration.cli.conftest import TENANT, Deployment
from tests.unit.cli.running import run

TOKEN = "EAAG-s3cret-token"
PASSWORD = "correct-horse"
ACCOUNTS: list[dict[str, Any]] = [
    {
        "account_id": "whatsapp-cloud",
        "tenant_id": TENANT,
        "provider": "whatsapp_cloud",
        "settings": {"phone_number_id": "1234"},
        "timeout_seconds": 8,
        "credentials": {"access_token": TOKEN},
    },
    {
        "account_id": "smtp",
        "tenant_id": TENANT,
        "provider": "smtp",
        "priority": 2,
        "settings": {
            "host": "mail.example.com",
            "port": "587",
            "security": "starttls",
            "from_address": "avisos@example.com",
            "from_name": "Talleres Andinos",
        },
        "credentials": {"username": "avisos", "password": PASSWORD},
    },
    {
        "account_id": "ses",
        "tenant_id": TENANT,
        "provider": "ses",
        "settings": {"from_address": "avisos@example.com", "from_name": "Talleres Andinos"},
    },
]


pytestmark = pytest.mark.usefixtures("workshop")


def put(accounts: object, tmp_path: Path) -> Any:
    file = tmp_path / "accounts.yaml"
    file.write_text(yaml.safe_dump(accounts), encoding="utf-8")
    result = run("accounts", "put", str(file), "--json")
    assert TOKEN not in result.output
    assert PASSWORD not in result.output
    return result


def changed(number: int, **fields: object) -> list[dict[str, Any]]:
    """The accounts, one of them changed."""
    accounts = [dict(account) for account in ACCOUNTS]
    accounts[number].update(fields)
    return accounts


def done(result: Any) -> dict[str, tuple[str, str]]:
    assert result.exit_code == 0
    return {row["account_id"]: (row["account"], row["secret"]) for row in json.loads(result.stdout)}


def test_accounts_and_credentials_are_stored(deployment: Deployment, tmp_path: Path) -> None:
    assert done(put(ACCOUNTS, tmp_path)) == {
        "whatsapp-cloud": ("created", "created"),
        "smtp": ("created", "created"),
        "ses": ("created", "none"),
    }

    accounts = {a.account_id: a for a in deployment.stack.configuration.accounts(TENANT)}
    name = f"recado/test/channel-accounts/{TENANT}/whatsapp-cloud"
    assert accounts["whatsapp-cloud"].provider is Provider.WHATSAPP_CLOUD
    assert accounts["whatsapp-cloud"].secret_name == name
    assert accounts["whatsapp-cloud"].timeout_seconds == 8
    assert accounts["ses"].secret_name is None
    secrets = SecretsManagerSource(boto3.client("secretsmanager"))
    assert secrets.credentials(name) == {"access_token": TOKEN}


def test_no_table_holds_a_credential(deployment: Deployment, tmp_path: Path) -> None:
    put(ACCOUNTS, tmp_path)

    rows = json.dumps(deployment.rows())

    assert "whatsapp-cloud" in rows
    assert TOKEN not in rows
    assert PASSWORD not in rows


def test_the_same_file_again_changes_nothing(deployment: Deployment, tmp_path: Path) -> None:
    put(ACCOUNTS, tmp_path)
    before = deployment.rows()

    assert done(put(ACCOUNTS, tmp_path)) == {
        "whatsapp-cloud": ("unchanged", "unchanged"),
        "smtp": ("unchanged", "unchanged"),
        "ses": ("unchanged", "none"),
    }
    assert deployment.rows() == before


def test_new_credentials_change_the_secret_only(tmp_path: Path) -> None:
    put(ACCOUNTS, tmp_path)

    again = put(changed(0, credentials={"access_token": "another"}), tmp_path)

    assert done(again)["whatsapp-cloud"] == ("unchanged", "changed")
    secrets = SecretsManagerSource(boto3.client("secretsmanager"))
    name = f"recado/test/channel-accounts/{TENANT}/whatsapp-cloud"
    assert secrets.credentials(name) == {"access_token": "another"}


def test_an_account_can_be_switched_off(deployment: Deployment, tmp_path: Path) -> None:
    put(ACCOUNTS, tmp_path)

    assert done(put(changed(2, enabled=False), tmp_path))["ses"] == ("changed", "none")
    accounts = {a.account_id: a for a in deployment.stack.configuration.accounts(TENANT)}
    assert not accounts["ses"].enabled


@pytest.mark.parametrize(
    ("accounts", "told"),
    [
        (changed(0, settings={}), "the account's setting 'phone_number_id' is missing"),
        (changed(0, credentials={}), "the account's secret lacks 'access_token'"),
        (changed(0, credentials={"access_token": 42}), "credentials.access_token: Input should"),
        (changed(0, credentials=f"{TOKEN}"), "0.credentials: Input should be a valid dictionary"),
        (changed(1, settings={"host": "mail.example.com"}), "account 'smtp': the account's"),
        (changed(0, provider="pigeon"), "0.provider: Input should be 'whatsapp_cloud'"),
        (changed(0, account_id="../x"), "0.account_id: String should match"),
        (changed(0, tenant_id="nobody"), "There is no tenant 'nobody'."),
        (changed(0, limits={"acount": {"most": 5}}), "0.limits.acount: Extra inputs"),
        (changed(0, limits={"account": {"per_second": 5}}), "0.limits.account.most: Field req"),
        (changed(0, limits={"account": {"most": 0}}), "0.limits.account.most: Input should be"),
        (changed(0, acces_token=TOKEN), "0.acces_token: Extra inputs are not permitted"),
        ({"accounts": []}, "document: Input should be a valid list"),
    ],
)
def test_a_wrong_account_is_refused_and_nothing_is_stored(
    deployment: Deployment, tmp_path: Path, accounts: object, told: str
) -> None:
    before = deployment.rows()

    result = put(accounts, tmp_path)

    assert result.exit_code == 1
    assert told in result.stderr
    assert deployment.rows() == before
    listed = boto3.client("secretsmanager").list_secrets()["SecretList"]
    assert [s["Name"] for s in listed if "/channel-accounts/" in s["Name"]] == []


def test_a_wrong_provider_is_the_only_mistake_that_is_told(tmp_path: Path) -> None:
    result = put(changed(1, provider="pigeon"), tmp_path)

    assert "1.provider" in result.stderr
    assert "timeout_seconds" not in result.stderr


def test_an_account_without_a_time_out_gets_the_one_of_its_provider(
    deployment: Deployment, tmp_path: Path
) -> None:
    evolution = {
        "account_id": "evolution",
        "tenant_id": TENANT,
        "provider": "evolution",
        "settings": {"base_url": "https://evolution.example.com", "instance": "taller"},
        "credentials": {"api_key": "evolution-key"},
    }
    put([*ACCOUNTS, evolution], tmp_path)

    accounts = {a.account_id: a for a in deployment.stack.configuration.accounts(TENANT)}
    assert accounts["evolution"].timeout_seconds == 100
    assert accounts["smtp"].timeout_seconds == 10


def test_an_account_may_send_at_a_pace_of_its_own(deployment: Deployment, tmp_path: Path) -> None:
    limits = {"account": {"most": 1000}, "recipient": {"most": 1, "seconds": 6}}
    put(changed(0, limits=limits), tmp_path)

    assert done(put(changed(0, limits=limits), tmp_path))["whatsapp-cloud"][0] == "unchanged"
    accounts = {a.account_id: a for a in deployment.stack.configuration.accounts(TENANT)}
    assert accounts["whatsapp-cloud"].limits == SendLimits(
        account=RateLimit(most=1000, seconds=1, burst=1000),
        recipient=RateLimit(most=1, seconds=6, burst=1),
    )
    assert accounts["smtp"].limits == SendLimits()


def test_a_file_that_is_no_yaml_is_refused_without_showing_it(tmp_path: Path) -> None:
    file = tmp_path / "accounts.yaml"
    file.write_text(f"- credentials:\n    access_token: *{TOKEN}\n", encoding="utf-8")

    result = run("accounts", "put", str(file))

    assert result.exit_code == 1
    assert "is no valid YAML (line 2" in result.stderr
    assert TOKEN not in result.output


def test_the_list_shows_accounts_without_credentials(tmp_path: Path) -> None:
    put(ACCOUNTS, tmp_path)

    table = run("accounts", "list")
    document = json.loads(run("accounts", "list", "--tenant", TENANT, "--json").stdout)

    assert "host: mail.example.com" in table.stdout
    assert {account["account_id"] for account in document} >= {"whatsapp-cloud", "smtp", "ses"}
    for output in (table.output, json.dumps(document)):
        assert TOKEN not in output
        assert PASSWORD not in output


def webhook_secrets(deployment: Deployment, provider: str) -> dict[str, dict[str, str]]:
    name = deployment.environment[f"{provider.upper()}_WEBHOOK_SECRET_NAME"]
    text = boto3.client("secretsmanager").get_secret_value(SecretId=name)["SecretString"]
    secrets: dict[str, dict[str, str]] = json.loads(text)
    return secrets


def with_webhooks(
    provider: str, settings: dict[str, str], **credentials: str
) -> list[dict[str, Any]]:
    """One account of a provider, with what verifies its webhooks."""
    account = {"account_id": provider.replace("_", "-"), "tenant_id": TENANT, "provider": provider}
    return [{**account, "settings": settings, "credentials": credentials}]


TWILIO = {"account_sid": "AC00000000000000000000000000000009", "from": "+15550100200"}
META = {"phone_number_id": "1", "app_id": "9"}
EVOLUTION = {"base_url": "https://evolution.example.com", "instance": "taller"}


@pytest.mark.parametrize(
    ("accounts", "secret", "owner", "verifies", "sends"),
    [
        (
            with_webhooks("twilio_sms", TWILIO, auth_token="t0ken"),
            *("twilio", TWILIO["account_sid"]),
            *({"auth_token": "t0ken"}, {"auth_token": "t0ken"}),
        ),
        (
            with_webhooks("evolution", EVOLUTION, api_key="key", webhook_secret="wh"),
            *("evolution", "evolution"),
            *({"webhook_secret": "wh"}, {"api_key": "key"}),
        ),
        (
            with_webhooks("telegram", {}, bot_token="123:abc", secret_token="wh"),
            *("telegram", "telegram"),
            *({"secret_token": "wh"}, {"bot_token": "123:abc"}),
        ),
        (
            with_webhooks("slack", {"app_id": "A9"}, bot_token="xoxb-1", signing_secret="wh"),
            *("slack", "A9"),
            *({"signing_secret": "wh"}, {"bot_token": "xoxb-1"}),
        ),
        (
            with_webhooks(
                "whatsapp_cloud",
                {"phone_number_id": "1", "app_id": "9"},
                access_token=TOKEN,
                app_secret="wh",
            ),
            *("meta", "9"),
            *({"app_secret": "wh"}, {"access_token": TOKEN}),
        ),
    ],
    ids=["twilio", "evolution", "telegram", "slack", "meta"],
)
def test_what_verifies_webhooks_goes_to_the_secret_of_webhooks(
    deployment: Deployment,
    tmp_path: Path,
    accounts: list[dict[str, Any]],
    secret: str,
    owner: str,
    verifies: dict[str, str],
    sends: dict[str, str],
) -> None:
    before = webhook_secrets(deployment, secret)

    assert put(accounts, tmp_path).exit_code == 0

    assert webhook_secrets(deployment, secret) == {**before, owner: verifies}
    name = f"recado/test/channel-accounts/{TENANT}/{accounts[0]['account_id']}"
    source = SecretsManagerSource(boto3.client("secretsmanager"))
    assert source.credentials(name) == sends


def test_an_account_that_shares_an_app_changes_what_it_brings_and_nothing_else(
    deployment: Deployment, tmp_path: Path
) -> None:
    settings = {"phone_number_id": "1", "app_id": META_APP}
    accounts = with_webhooks("whatsapp_cloud", settings, access_token=TOKEN, app_secret="new")

    put(accounts, tmp_path)

    known = WEBHOOK_SECRETS["meta"][META_APP]
    assert webhook_secrets(deployment, "meta")[META_APP] == {**known, "app_secret": "new"}


def test_webhook_credentials_without_the_id_that_they_are_kept_under_are_refused(
    deployment: Deployment, tmp_path: Path
) -> None:
    accounts = with_webhooks("slack", {}, bot_token="xoxb-1", signing_secret="wh")

    result = put(accounts, tmp_path)

    assert result.exit_code == 1
    assert "the setting 'app_id' is missing" in result.stderr
    assert webhook_secrets(deployment, "slack") == WEBHOOK_SECRETS["slack"]


def test_an_account_that_stands_in_a_webhooks_path_is_not_taken_from_another_tenant(
    deployment: Deployment, tmp_path: Path
) -> None:
    configuration = deployment.stack.configuration
    tenant = small_workshop.TENANT.model_copy(update={"tenant_id": "another"})
    configuration.put_tenant(tenant)
    theirs = ChannelAccount(tenant_id="another", account_id="telegram", provider=Provider.TELEGRAM)
    configuration.put_account(theirs)

    result = put(with_webhooks("telegram", {}, bot_token="1:a", secret_token="wh"), tmp_path)

    assert result.exit_code == 1
    assert "tenant 'another' has an account of this provider with this id" in result.stderr
    assert deployment.stack.configuration.by_id(Provider.TELEGRAM, "telegram") == theirs
