"""`recado doctor`: finds each fault that is planted, and nothing else."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import boto3
import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from recado.adapters.dynamodb import keys
from recado.domain.account_states import AccountState, AccountStatus, TemplateState
from recado.domain.channels import Channel, ChannelAccount, Provider
from recado.domain.directory import Recipient
from recado.domain.occasions import ANY_SERVICE, Occasion
from recado.domain.orchestration import Orchestration, ServiceType, Target
from recado.domain.templates import (
    EmailContent,
    PushContent,
    Template,
    TemplateContent,
    TemplateSlot,
    WhatsAppContent,
)
from recado.domain.tenants import Tenant
from recado_cli.checks import stack
from recado_cli.checks.stack import Resource
from recado_cli.checks.variables import ALL
from tests.architecture.cloudformation import template
from tests.integration.cli.conftest import TENANT, Deployment
from tests.unit.cli.running import KEY, Answer, answer_with, run

NOW = datetime.now(UTC)
ROLE = "arn:aws:iam::123456789012:role/r"
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


SCHEDULE, ALARM = "recado-test-every-minute", "recado-test-api-errors"


def deploy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the stack have a schedule and an alarm; moto deploys neither from a template."""
    resources = [
        Resource("EveryMinute", SCHEDULE, stack.SCHEDULE),
        Resource("ApiErrorsAlarm", ALARM, stack.ALARM),
        Resource("ApiRole", "recado-test-api", "AWS::IAM::Role"),
    ]
    monkeypatch.setattr(stack, "resources_of", {"recado-test": resources}.__getitem__)
    boto3.client("scheduler").create_schedule(
        Name=SCHEDULE,
        ScheduleExpression="rate(1 minute)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": "arn:aws:lambda:us-east-1:123456789012:function:f", "RoleArn": ROLE},
    )
    alarms = boto3.client("cloudwatch")
    for name in (ALARM, "somebody-elses"):
        alarms.put_metric_alarm(
            AlarmName=name,
            AlarmDescription="api fails. See docs/runbooks/function-errors.md.",
            Namespace="AWS/Lambda",
            MetricName="Errors",
            Statistic="Sum",
            Period=300,
            EvaluationPeriods=1,
            Threshold=0,
            ComparisonOperator="GreaterThanThreshold",
        )


def ring(alarm: str) -> None:
    boto3.client("cloudwatch").set_alarm_state(
        AlarmName=alarm, StateValue="ALARM", StateReason="test"
    )


def occasional(
    content: TemplateContent,
    occasion: Occasion,
    target: Target,
    *,
    service_type: str = ANY_SERVICE,
) -> Template:
    """A template for an occasion."""
    slot = TemplateSlot(
        service_type=service_type,
        phase=occasion,
        target=target,
        channel=content.channel,
        locale="es",
    )
    return Template(tenant_id=TENANT, slot=slot, version=1, content=content)


@pytest.fixture
def healthy(workshop: Deployment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Deployment:
    """A deployment that lacks nothing."""
    answer_with(monkeypatch, catalogue)
    deploy(monkeypatch)
    for content, occasion, target in (
        (EmailContent(subject="Aviso", text="x"), Occasion.ALERT, Target.STAFF),
        (EmailContent(subject="Chat", text="x"), Occasion.WHATSAPP_ACTIVATION, Target.CLIENTS),
        (WhatsAppContent(text="x"), Occasion.MAINTENANCE_REMINDER, Target.CLIENTS),
        (WhatsAppContent(text="x"), Occasion.APPOINTMENT_REMINDER, Target.CLIENTS),
        (WhatsAppContent(text="x"), Occasion.INTERVIEW_REMINDER, Target.CLIENTS),
    ):
        workshop.stack.configuration.put_template(occasional(content, occasion, target))
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


def test_what_waits_where_it_should_not_is_mended_by_a_command(healthy: Deployment) -> None:
    for variable in ("REQUESTS_DLQ_URL", "RECEIPTS_DLQ_URL", "PARKED_QUEUE_URL"):
        url = healthy.environment[variable]
        healthy.stack.sqs.send_message(QueueUrl=url, MessageBody="x")

    findings = json.loads(run("doctor", "--json").stdout)

    assert all("recado redrive" in each["mend"] for each in findings if not each["ok"])


def test_a_schedule_that_is_switched_off_is_found(healthy: Deployment) -> None:
    scheduler = boto3.client("scheduler")
    known = scheduler.get_schedule(Name=SCHEDULE)
    scheduler.update_schedule(
        State="DISABLED",
        **{k: known[k] for k in ("Name", "ScheduleExpression", "FlexibleTimeWindow", "Target")},  # type: ignore[arg-type, literal-required]
    )

    assert problems() == [("schedule", "EveryMinute", "It is switched off.")]


def test_a_schedule_that_somebody_deleted_is_found(healthy: Deployment) -> None:
    boto3.client("scheduler").delete_schedule(Name=SCHEDULE)

    [(check, subject, problem)] = problems()
    assert (check, subject) == ("schedule", "EveryMinute")
    assert "ResourceNotFoundException" in problem


def test_a_stack_that_is_not_there_is_told(aws: None) -> None:
    [found] = stack.check_stack({"STACK_NAME": "nowhere"})

    assert (found.subject, found.problem) == ("nowhere", "It cannot be looked at: ValidationError.")


def test_the_resources_of_a_stack_are_read_by_their_names_in_the_template(aws: None) -> None:
    queue = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "q"}}
    boto3.client("cloudformation").create_stack(
        StackName="recado-test", TemplateBody=json.dumps({"Resources": {"SmsQueue": queue}})
    )

    [resource] = stack.resources_of("recado-test")

    assert (resource.logical_id, resource.kind) == ("SmsQueue", "AWS::SQS::Queue")
    assert resource.name.endswith("/q")


def test_an_alarm_that_rings_leads_to_its_page(healthy: Deployment) -> None:
    ring(ALARM)
    ring("somebody-elses")

    assert problems() == [("alarm", "ApiErrorsAlarm", "api fails.")]
    findings = json.loads(run("doctor", "--json").stdout)
    [alarm] = [each for each in findings if each["check"] == "alarm"]
    assert alarm["mend"] == "See docs/runbooks/function-errors.md."


def test_an_emulator_is_not_asked_for_its_alarms(healthy: Deployment) -> None:
    ring(ALARM)

    found = list(stack.check_stack({"STACK_NAME": "recado-test", "AWS_ENDPOINT_URL": "x"}))

    [alarm] = [each for each in found if each.check == "alarm"]
    assert alarm.is_ok
    assert alarm.note.startswith("Not looked at")


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


def end_token(deployment: Deployment) -> None:
    change_account(deployment, "wa", token_expires_at=(NOW + timedelta(days=6)).isoformat())


def let_token_end(deployment: Deployment) -> None:
    change_account(deployment, "wa", token_expires_at=str(int(NOW.timestamp()) - 60))


def change_account(deployment: Deployment, account_id: str, **settings: str) -> None:
    configuration = deployment.stack.configuration
    [account] = [a for a in configuration.accounts(TENANT) if a.account_id == account_id]
    changed = account.model_copy(update={"settings": {**account.settings, **settings}})
    configuration.put_account(changed)


def disconnect(deployment: Deployment) -> None:
    state = AccountState(
        tenant_id=TENANT,
        account_id="wa",
        provider=Provider.WHATSAPP_CLOUD,
        status=AccountStatus.DISABLED,
        event="DISABLED_UPDATE",
        at=NOW,
    )
    deployment.stack.configuration.learn(state)


def open_circuit(deployment: Deployment) -> None:
    item = {"id": {"S": f"{TENANT}/wa"}, "state": {"S": "OPEN"}, "failure_count": {"N": "5"}}
    later = {"expiration": {"N": str(int(NOW.timestamp()) + 600)}}
    deployment.stack.dynamodb.put_item(TableName="circuit-breakers", Item={**item, **later})


def pause_template(deployment: Deployment) -> None:
    for name in ("cita", "of-nobody"):
        state = TemplateState(
            tenant_id=TENANT, account_id="wa", name=name, language="es", status="PAUSED", at=NOW
        )
        deployment.stack.configuration.learn(state)


def lose_time_zone(deployment: Deployment) -> None:
    tenant = deployment.stack.configuration.tenant(TENANT)
    assert tenant is not None
    moved = tenant.model_copy(update={"time_zone": "America/Nowhere"})
    deployment.stack.configuration.put_tenant(moved)


def delete_alert(deployment: Deployment) -> None:
    delete_configuration(deployment, keys.template("any.alert.staff.email.es"))


def put_alert(
    deployment: Deployment, content: TemplateContent, *, service_type: str = ANY_SERVICE
) -> None:
    delete_alert(deployment)
    alert = occasional(content, Occasion.ALERT, Target.STAFF, service_type=service_type)
    deployment.stack.configuration.put_template(alert)


def keep_alert_for_one_service(deployment: Deployment) -> None:
    mail = EmailContent(subject="Aviso", text="x")
    put_alert(deployment, mail, service_type="mantenimiento")


def keep_alert_by_push(deployment: Deployment) -> None:
    put_alert(deployment, PushContent(title="Aviso", body="x"))


def enable_for_interviews(deployment: Deployment, row: dict[Channel, bool]) -> None:
    configuration = deployment.stack.configuration
    matrix = configuration.orchestration(TENANT, "mantenimiento", Target.CLIENTS)
    assert matrix is not None
    rows = {**matrix.matrix, Occasion.INTERVIEW_REMINDER: row}
    configuration.put_orchestration(matrix.model_copy(update={"matrix": rows}))


def keep_interviews_to_mail(deployment: Deployment) -> None:
    enable_for_interviews(deployment, {Channel.EMAIL: True})


def invite_by_whatsapp(deployment: Deployment) -> None:
    delete_configuration(deployment, keys.template("any.whatsapp-activation.clients.email.es"))
    invitation = occasional(WhatsAppContent(text="x"), Occasion.WHATSAPP_ACTIVATION, Target.CLIENTS)
    deployment.stack.configuration.put_template(invitation)


def forget_appointments(deployment: Deployment) -> None:
    name = "any.appointment-reminder.clients.whatsapp.es"
    delete_configuration(deployment, keys.template(name))


def offer_more(deployment: Deployment) -> None:
    """Another service type, and reminders of maintenance for the first one alone."""
    configuration = deployment.stack.configuration
    catalogue = configuration.catalogue(TENANT)
    assert catalogue is not None
    more = ServiceType(slug="averia", name="Avería", icon="Alert")
    types = (*catalogue.service_types, more)
    configuration.put_catalogue(TENANT, catalogue.model_copy(update={"service_types": types}))
    for target in Target:
        rows = Orchestration(tenant_id=TENANT, service_type="averia", target=target, matrix={})
        configuration.put_orchestration(rows)
    name = "any.maintenance-reminder.clients.whatsapp.es"
    delete_configuration(deployment, keys.template(name))
    configuration.put_template(
        occasional(
            WhatsAppContent(text="x"),
            Occasion.MAINTENANCE_REMINDER,
            Target.CLIENTS,
            service_type="mantenimiento",
        )
    )


@pytest.mark.parametrize(
    ("plant", "check", "subject", "told"),
    [
        (end_token, "token", "wa", "It ends on "),
        (let_token_end, "token", "wa", "It ended on "),
        (disconnect, "account state", "wa", "its provider said DISABLED_UPDATE."),
        (open_circuit, "account state", "wa", "It rests, because it failed again and again."),
        (lose_time_zone, "time zone", "America/Nowhere", "There is no such time zone"),
        (delete_alert, "occasion", "alert", "No template (es) is in force for it"),
        (keep_alert_for_one_service, "occasion", "alert", "No template (es)"),
        (keep_alert_by_push, "occasion", "alert", "No template (es)"),
        (invite_by_whatsapp, "occasion", "whatsapp-activation", "No template (es)"),
        (forget_appointments, "occasion", "appointment-reminder", "No template (es)"),
        (keep_interviews_to_mail, "occasion", "interview-reminder", "No template (es)"),
        (offer_more, "occasion", "maintenance-reminder", "for averia."),
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


@pytest.mark.parametrize("is_enabled", [True, False])
def test_an_occasion_that_a_matrix_has_a_row_for_is_well_with_any_template_and_switched_off(
    healthy: Deployment, is_enabled: bool
) -> None:
    enable_for_interviews(healthy, {Channel.WHATSAPP: is_enabled})

    assert problems() == []


def test_without_an_account_for_whatsapp_nobody_needs_an_invitation(healthy: Deployment) -> None:
    invitation = "any.whatsapp-activation.clients.email.es"
    delete_configuration(healthy, keys.template(invitation))
    configuration = healthy.stack.configuration
    [account] = [each for each in configuration.accounts(TENANT) if each.account_id == "wa"]
    configuration.put_account(account.model_copy(update={"enabled": False}))

    assert ("occasion", f"{TENANT}/whatsapp-activation") not in {
        (check, subject) for check, subject, _ in problems()
    }


def test_an_approved_template_that_its_provider_paused_is_found_if_it_is_used(
    healthy: Deployment,
) -> None:
    pause_template(healthy)

    assert problems() == [("approved templates", TENANT, "cita (es) is PAUSED.")]


def test_a_token_whose_expiry_cannot_be_read_is_found(healthy: Deployment) -> None:
    change_account(healthy, "wa", token_expires_at="0001-01-01")

    problem = "Its token_expires_at is no moment of the years 2000 to 9998: nobody is warned."
    assert problems() == [("token", f"{TENANT}/wa", problem)]


def test_a_token_that_holds_for_long_is_well(healthy: Deployment) -> None:
    change_account(healthy, "wa", token_expires_at=(NOW + timedelta(days=8)).isoformat())

    assert problems() == []


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
    deploy(monkeypatch)

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
