"""`recado doctor`: finds each fault that is planted, and nothing else."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from pathlib import Path

import boto3
import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from recado.adapters.dynamodb import keys
from recado.domain.channels import ChannelAccount, Provider
from recado.domain.directory import Recipient
from recado.domain.tenants import Tenant
from recado_cli.checks.variables import ALL
from tests.architecture.cloudformation import template
from tests.integration.cli.conftest import TENANT, Deployment
from tests.unit.cli.running import KEY, Answer, answer_with, run

TOKEN = "EAAG-s3cret-token"


def catalogue(_: httpx.Request) -> httpx.Response:
    return httpx.Response(200, json={"service_types": [], "phases": []})


def vapid() -> dict[str, str]:
    """A fresh key pair."""
    key = ec.generate_private_key(ec.SECP256R1())
    private = key.private_numbers().private_value.to_bytes(32)
    public = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return {
        name: base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
        for name, raw in (("vapid_private_key", private), ("vapid_public_key", public))
    }


@pytest.fixture
def healthy(workshop: Deployment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Deployment:
    """A deployment that lacks nothing."""
    answer_with(monkeypatch, catalogue)
    sender = {"from_address": "avisos@example.com", "from_name": "Talleres Andinos"}
    accounts = [
        {
            "account_id": "wa",
            "tenant_id": TENANT,
            "provider": "whatsapp_cloud",
            "settings": {"phone_number_id": "1234"},
            "credentials": {"access_token": TOKEN},
        },
        {"account_id": "mail", "tenant_id": TENANT, "provider": "ses", "settings": sender},
        {
            "account_id": "push",
            "tenant_id": TENANT,
            "provider": "web_push",
            "settings": {"subject": "mailto:avisos@example.com"},
            "credentials": vapid(),
        },
    ]
    file = tmp_path / "accounts.json"
    file.write_text(json.dumps(accounts), encoding="utf-8")
    assert run("accounts", "put", str(file)).exit_code == 0
    return workshop


def problems() -> list[tuple[str, str, str]]:
    """What the doctor finds wrong: check, subject, problem."""
    result = run("doctor", "--json")
    assert TOKEN not in result.output
    assert KEY not in result.output
    findings = json.loads(result.stdout)
    wrong = [finding for finding in findings if not finding["ok"]]
    assert all(finding["mend"] for finding in wrong)
    assert result.exit_code == (1 if wrong else 0)
    return [(f["check"], f["subject"], f["problem"]) for f in wrong]


def test_a_deployment_that_lacks_nothing_is_well(healthy: Deployment) -> None:
    assert problems() == []

    result = run("doctor")
    assert result.exit_code == 0
    assert "0 problems." in result.stdout


def test_what_the_doctor_does_changes_nothing(healthy: Deployment) -> None:
    before = healthy.rows()

    run("doctor")

    assert healthy.rows() == before


@pytest.mark.parametrize(
    "variable",
    [
        "ENVIRONMENT",
        "SMS_QUEUE_URL",
        "REQUESTS_QUEUE_URL",
        "INTERNAL_SECRET_NAME",
        "EVENTS_TABLE",
        "INBOUND_DLQ_URL",
        "MEDIA_BUCKET",
        "EVENT_BUS_NAME",
        "SLACK_WEBHOOK_SECRET_NAME",
    ],
)
def test_a_variable_that_is_not_set_is_named(
    healthy: Deployment, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.delenv(variable)

    assert problems() == [("variables", f"1 of {len(ALL)}", f"Not set: {variable}.")]


@pytest.mark.parametrize(
    ("check", "variable", "value"),
    [
        ("table", "IDEMPOTENCY_TABLE", "elsewhere"),
        ("table", "CIRCUIT_BREAKERS_TABLE", "elsewhere"),
        ("table", "CONVERSATIONS_TABLE", "elsewhere"),
        ("table", "EVENTS_TABLE", "elsewhere"),
        ("queue", "CHAT_QUEUE_URL", "https://sqs.us-east-1.amazonaws.com/123456789012/elsewhere"),
        ("queue", "EMAIL_DLQ_URL", "https://sqs.us-east-1.amazonaws.com/123456789012/elsewhere"),
        (
            "queue",
            "REQUESTS_QUEUE_URL",
            "https://sqs.us-east-1.amazonaws.com/123456789012/elsewhere",
        ),
        (
            "queue",
            "INBOUND_QUEUE_URL",
            "https://sqs.us-east-1.amazonaws.com/123456789012/elsewhere",
        ),
        ("bucket", "MEDIA_BUCKET", "elsewhere"),
        ("event bus", "EVENT_BUS_NAME", "elsewhere"),
        ("secret", "INTERNAL_SECRET_NAME", "elsewhere"),
        ("secret", "META_WEBHOOK_SECRET_NAME", "elsewhere"),
        ("secret", "UNSUBSCRIBE_SECRET_NAME", "elsewhere"),
    ],
)
def test_a_part_that_does_not_exist_is_found(
    healthy: Deployment, monkeypatch: pytest.MonkeyPatch, check: str, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)

    [(found, subject, problem)] = problems()

    assert (found, subject) == (check, variable)
    assert problem.startswith("elsewhere cannot be used: ")


def test_a_configuration_table_that_does_not_exist_leaves_the_tenants_unseen(
    healthy: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONFIGURATION_TABLE", "elsewhere")

    assert [(check, subject) for check, subject, _ in problems()] == [
        ("table", "CONFIGURATION_TABLE"),
        ("tenant", "all"),
    ]


@pytest.mark.parametrize(
    "variable",
    [
        "WHATSAPP_DLQ_URL",
        "REQUESTS_DLQ_URL",
        "RECEIPTS_DLQ_URL",
        "MEDIA_DLQ_URL",
        "CLIENT_WEBHOOKS_DLQ_URL",
        "PARKED_QUEUE_URL",
    ],
)
def test_messages_that_wait_where_none_should_are_counted(
    healthy: Deployment, variable: str
) -> None:
    for _ in range(2):
        healthy.stack.sqs.send_message(QueueUrl=healthy.environment[variable], MessageBody="x")

    assert problems() == [("queue", variable, "2 messages wait in it.")]


def test_messages_of_people_that_could_not_be_worked_on_are_counted(healthy: Deployment) -> None:
    url = healthy.environment["INBOUND_DLQ_URL"]
    for text in ("x", "y"):
        healthy.stack.sqs.send_message(
            QueueUrl=url, MessageBody=text, MessageGroupId="g", MessageDeduplicationId=text
        )

    assert problems() == [("queue", "INBOUND_DLQ_URL", "2 messages wait in it.")]


def test_the_doctor_knows_every_part_that_the_template_names() -> None:
    outputs = {re.sub(r"(?<!^)(?=[A-Z])", "_", name).upper() for name in template()["Outputs"]}

    assert outputs - set(ALL) == {"API_URL", "HTTP_API_ID", "SES_EVENTS_TOPIC_ARN"}


@pytest.mark.parametrize("variable", ["SMS_QUEUE_URL", "REQUESTS_QUEUE_URL", "MEDIA_QUEUE_URL"])
def test_messages_in_a_queue_of_work_are_no_fault(healthy: Deployment, variable: str) -> None:
    url = healthy.environment[variable]
    healthy.stack.sqs.send_message(QueueUrl=url, MessageBody="x")

    assert problems() == []


def delete_secret(deployment: Deployment) -> None:
    name = f"recado/test/channel-accounts/{TENANT}/wa"
    boto3.client("secretsmanager").delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True)


def spoil_secret(deployment: Deployment) -> None:
    name = f"recado/test/channel-accounts/{TENANT}/wa"
    boto3.client("secretsmanager").put_secret_value(SecretId=name, SecretString='{"a": "b"}')


def drop_setting(deployment: Deployment) -> None:
    account = ChannelAccount(tenant_id=TENANT, account_id="mail", provider=Provider.SES)
    deployment.stack.configuration.put_account(account)


def disable_account(deployment: Deployment) -> None:
    [account] = [
        a for a in deployment.stack.configuration.accounts(TENANT) if a.account_id == "push"
    ]
    deployment.stack.configuration.put_account(account.model_copy(update={"enabled": False}))


def delete_template(deployment: Deployment) -> None:
    slot = "mantenimiento.phase-schedule.staff.whatsapp.es"
    delete_configuration(deployment, keys.template(slot))


def delete_matrix(deployment: Deployment) -> None:
    delete_configuration(deployment, "ORCHESTRATION#mantenimiento#staff")


def delete_catalogue(deployment: Deployment) -> None:
    delete_configuration(deployment, keys.CATALOGUE)


def delete_configuration(deployment: Deployment, sort: str) -> None:
    key = {"pk": {"S": TENANT}, "sk": {"S": sort}}
    assert deployment.stack.dynamodb.delete_item(
        TableName="configuration", Key=key, ReturnValues="ALL_OLD"
    )["Attributes"]


def lose_team(deployment: Deployment) -> None:
    tenant = deployment.stack.configuration.tenant(TENANT)
    assert tenant is not None
    renamed = tenant.model_copy(update={"team_recipient_id": "nobody"})
    deployment.stack.configuration.put_tenant(renamed)


def lose_teams_addresses(deployment: Deployment) -> None:
    team = Recipient(tenant_id=TENANT, recipient_id="team", name="Equipo")
    deployment.stack.directory.put_recipient(team)


def add_empty_tenant(deployment: Deployment) -> None:
    tenant = Tenant(tenant_id="vacant", name="Vacant", time_zone="UTC")
    deployment.stack.configuration.put_tenant(tenant)


@pytest.mark.parametrize(
    ("plant", "check", "subject", "told"),
    [
        (delete_secret, "account", "wa", "there is no secret 'recado/test/channel-"),
        (spoil_secret, "account", "wa", "the account's secret lacks 'access_token'"),
        (drop_setting, "account", "mail", "the account's setting 'from_address' is missing"),
        (disable_account, "channel", "push", "No enabled account serves this channel."),
        (
            delete_template,
            "templates",
            "mantenimiento/staff",
            "No template (es) is in force for phase-schedule/whatsapp.",
        ),
        (delete_matrix, "matrix", "mantenimiento/staff", "No channels are configured for it."),
        (lose_team, "team", "nobody", "Nobody receives events for staff"),
        (lose_teams_addresses, "team", "team", "It has no address."),
    ],
)
def test_a_fault_of_a_tenant_is_found(
    healthy: Deployment,
    plant: Callable[[Deployment], None],
    check: str,
    subject: str,
    told: str,
) -> None:
    plant(healthy)

    [(found, of, problem)] = problems()

    assert (found, of) == (check, f"{TENANT}/{subject}")
    assert told in problem


@pytest.mark.parametrize(
    ("plant", "tenant"), [(delete_catalogue, TENANT), (add_empty_tenant, "vacant")]
)
def test_a_tenant_without_a_catalogue_is_found(
    healthy: Deployment, plant: Callable[[Deployment], None], tenant: str
) -> None:
    plant(healthy)

    assert problems() == [("tenant", tenant, "It has no catalogue.")]


def test_a_deployment_without_tenants_is_told_to_load_one(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer_with(monkeypatch, catalogue)

    assert problems() == [("tenant", "all", "There is no tenant.")]


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (
            lambda _: httpx.Response(401, json={"code": "unauthenticated", "detail": "no"}),
            "The API refused: no (unauthenticated).",
        ),
        (lambda _: httpx.Response(404, text="not found"), "The API answered HTTP 404."),
        (lambda _: raise_connect_error(), "does not answer (ConnectError)."),
    ],
)
def test_an_api_that_does_not_take_the_key_is_found(
    healthy: Deployment, monkeypatch: pytest.MonkeyPatch, answer: Answer, told: str
) -> None:
    answer_with(monkeypatch, answer)

    [(check, subject, problem)] = problems()

    assert (check, subject) == ("api", "https://recado.example.com")
    assert told in problem


def raise_connect_error() -> httpx.Response:
    raise httpx.ConnectError("refused")


def test_without_aws_only_what_needs_none_is_looked_at(
    healthy: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.setenv("AWS_PROFILE", "nobody")

    [(check, subject, problem)] = problems()

    assert (check, subject) == ("aws", "credentials")
    assert "nobody" in problem
