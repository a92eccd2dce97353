"""The simulated providers and the product know the same accounts."""

import json
from pathlib import Path

import pytest

from local import accounts
from local.accounts import Credentials
from local.places import ENVIRONMENT
from local.simulator.accounts import Accounts
from recado_cli.accounts import AccountEntry
from tests.architecture.cloudformation import resources


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Both files, written for the same credentials."""
    monkeypatch.setattr(accounts, "STATE", tmp_path)
    for constant, name in (
        ("SIMULATOR_FILE", "simulator.json"),
        ("PRODUCT_FILE", "product.json"),
        ("_CREDENTIALS_FILE", "credentials.json"),
    ):
        monkeypatch.setattr(accounts, constant, tmp_path / name)
    known = accounts.credentials()
    accounts.write_simulator_file(known)
    accounts.write_product_file(known)
    return tmp_path


def at_the_providers(files: Path) -> Accounts:
    """What the simulator reads."""
    return Accounts.load(files / "simulator.json")


def in_the_product(files: Path) -> dict[str, AccountEntry]:
    """What `recado accounts put` reads."""
    rows = json.loads((files / "product.json").read_text())
    return {row["account_id"]: AccountEntry.model_validate(row) for row in rows}


def test_every_provider_has_an_account_that_both_sides_know(files: Path) -> None:
    there, here = at_the_providers(files), in_the_product(files)
    assert there.meta
    assert there.twilio
    assert there.evolution
    assert there.smtp
    assert there.ses
    assert there.web_push
    assert here["whatsapp-cloud"].secret() == {"access_token": there.meta.access_token}
    assert there.messenger
    assert here["messenger"].settings["page_id"] == there.messenger.page_id
    assert here["messenger"].secret() == {"access_token": there.messenger.access_token}
    assert there.instagram
    assert here["instagram"].settings["instagram_id"] == there.instagram.instagram_id
    assert here["instagram"].secret() == {"access_token": there.instagram.access_token}
    assert here["twilio-sms"].settings["from"] == there.twilio.sms_from
    assert here["twilio-whatsapp"].secret() == {"auth_token": there.twilio.auth_token}
    assert here["evolution"].secret() == {"api_key": there.evolution.api_key}
    assert here["smtp"].secret() == {
        "username": there.smtp.username,
        "password": there.smtp.password,
    }
    assert here["ses"].settings["from_address"] in there.ses.verified_senders
    assert here["ses"].credentials is None
    assert here["web-push"].secret()["vapid_public_key"] == there.web_push.vapid_public_key
    assert there.telegram
    assert there.telegram.account == here["telegram"].account_id
    assert here["telegram"].secret()["bot_token"] == there.telegram.bot_token
    assert there.slack
    assert here["slack"].settings["team_id"] == there.slack.team_id
    assert here["slack"].settings["app_id"] == there.slack.app_id
    assert here["slack"].secret()["bot_token"] == there.slack.bot_token


def test_the_seeds_whatsapp_templates_are_approved_with_their_parameters(files: Path) -> None:
    meta = at_the_providers(files).meta
    assert meta
    approved = {template.name: template for template in meta.templates}
    appointment = approved["mantenimiento_cita"]
    assert (appointment.language, appointment.body_parameters) == ("es", 5)
    assert appointment.body
    assert appointment.body.startswith("Hola, {{1}}. Su {{2}}, de placa {{3}}, tiene cita")


def test_credentials_are_made_up_once_and_only_the_owner_can_read_them(files: Path) -> None:
    assert accounts.credentials() == accounts.credentials()
    assert Credentials() != Credentials()
    assert {path.stat().st_mode & 0o777 for path in files.iterdir()} == {0o600}


def test_providers_sign_webhooks_with_what_the_product_verifies_them_with(files: Path) -> None:
    there, here = at_the_providers(files), in_the_product(files)
    assert there.meta
    assert there.twilio
    assert there.evolution
    assert there.telegram
    assert there.slack
    assert here["whatsapp-cloud"].webhook_secret() == {
        "app_secret": there.meta.app_secret,
        "verify_token": there.meta.verify_token,
    }
    assert here["twilio-sms"].webhook_secret() == {"auth_token": there.twilio.auth_token}
    assert here["evolution"].webhook_secret() == {
        "webhook_secret": there.evolution.webhook_secret,
    }
    assert here["telegram"].webhook_secret() == {"secret_token": there.telegram.secret_token}
    assert here["slack"].webhook_secret() == {"signing_secret": there.slack.signing_secret}
    paths = [there.evolution.webhook_url, there.telegram.webhook_url]
    assert [str(path).rpartition("/")[2] for path in paths] == ["evolution", "telegram"]


def test_scripts_are_told_what_the_providers_sign_with(files: Path) -> None:
    there = at_the_providers(files)
    told = accounts.webhook_variables(accounts.credentials())
    assert there.twilio
    assert there.slack
    assert told["TWILIO_WEBHOOK_URL"] == there.twilio.webhook_url
    assert told["TWILIO_AUTH_TOKEN"] == there.twilio.auth_token
    assert told["SLACK_SIGNING_SECRET"] == there.slack.signing_secret
    assert all(told.values())


def test_ses_publishes_to_the_topic_that_the_template_names(files: Path) -> None:
    there = at_the_providers(files)
    assert there.ses
    topic = resources("SNS::Topic")["SesEventsTopic"]["Properties"]["TopicName"]["Fn::Sub"]
    assert str(there.ses.topic_arn).endswith(f":{topic.replace('${Environment}', ENVIRONMENT)}")
