"""Every provider's webhook over moto: what is acknowledged is kept, what is not signed is not."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain
from types import ModuleType
from typing import Any
from urllib.parse import urlencode

import boto3
import httpx
import pytest

from functions.evolution_webhook import handler as evolution
from functions.inbound_processor import handler as inbound_processor
from functions.meta_webhook import handler as meta
from functions.notification_sender import handler as notification_sender
from functions.receipt_processor import handler as receipt_processor
from functions.ses_events import handler as ses
from functions.slack_webhook import handler as slack
from functions.telegram_webhook import handler as telegram
from functions.twilio_webhook import handler as twilio
from recado.adapters.channels.whatsapp_cloud import WhatsAppCloudSender
from recado.adapters.claims import LARGEST_BODY, PREFIX
from recado.domain.channels import ChannelAccount, Provider
from recado.domain.updates import Identity, IdentityKind
from tests.cloud import META_APP, TWILIO_ACCOUNT, WEBHOOK_SECRETS, Cloud, LambdaContext, http_event
from tests.faults import Faults
from tests.workshop import TENANT

PUBLIC_URL = "https://recado.example.com"
PERSON, OURS = "593991234567", "+15550100200"
QUEUES = ("RECEIPTS_QUEUE_URL", "INBOUND_QUEUE_URL", "PARKED_QUEUE_URL")
FORM = {"content-type": "application/x-www-form-urlencoded"}


def an_account(
    account_id: str, provider: Provider, settings: Mapping[str, str] | None = None
) -> ChannelAccount:
    return ChannelAccount(
        tenant_id=TENANT.tenant_id,
        account_id=account_id,
        provider=provider,
        settings=dict(settings or {}),
    )


ACCOUNTS = (
    an_account("wa", Provider.WHATSAPP_CLOUD, {"phone_number_id": "100", "app_id": META_APP}),
    an_account("sms", Provider.TWILIO_SMS, {"account_sid": TWILIO_ACCOUNT, "from": OURS}),
    an_account("evolution", Provider.EVOLUTION),
    an_account("telegram", Provider.TELEGRAM),
    an_account("slack", Provider.SLACK, {"team_id": "T0000000001", "app_id": "A0000000001"}),
    an_account("ses", Provider.SES, {"from_address": "avisos@example.com"}),
)


def meta_message(text: str, secret: str) -> dict[str, Any]:
    message = {"id": "wamid.1", "from": PERSON, "timestamp": "1768917600", "type": "text"}
    return meta_request([{**message, "text": {"body": text}}], secret)


def meta_request(messages: list[dict[str, Any]], secret: str | None = None) -> dict[str, Any]:
    value = {"metadata": {"phone_number_id": "100"}, "messages": messages}
    secret = secret or secret_of("meta", "app_secret")
    entry = {"id": "300", "changes": [{"field": "messages", "value": value}]}
    body = json.dumps({"object": "whatsapp_business_account", "entry": [entry]})
    digest = hmac.new(secret.encode(), body.encode(), hashlib.sha256).hexdigest()
    headers = {"x-hub-signature-256": f"sha256={digest}"}
    return http_event("POST", "/webhook/whatsapp", body, headers)


def twilio_form(
    fields: Mapping[str, str], secret: str, *, path: str = "/webhook/twilio"
) -> dict[str, Any]:
    text = f"{PUBLIC_URL}{path}" + "".join(chain.from_iterable(sorted(fields.items())))
    digest = hmac.new(secret.encode(), text.encode(), hashlib.sha1).digest()
    headers = {**FORM, "x-twilio-signature": base64.b64encode(digest).decode()}
    return http_event("POST", path, urlencode(fields), headers)


def twilio_message(text: str, secret: str) -> dict[str, Any]:
    fields = {
        **{"MessageSid": "SM1", "AccountSid": TWILIO_ACCOUNT, "SmsStatus": "received"},
        **{"From": f"+{PERSON}", "To": OURS, "Body": text},
        # Twilio sends fields without a value too, and signs them.
        **{"FromCity": "", "FromState": "", "MessagingServiceSid": ""},
    }
    return twilio_form(fields, secret)


def evolution_message(text: str, secret: str) -> dict[str, Any]:
    data = {
        "key": {"remoteJid": f"{PERSON}@s.whatsapp.net", "fromMe": False, "id": "3EB0"},
        "message": {"conversation": text},
        "messageTimestamp": 1768917600,
    }
    body = json.dumps({"event": "messages.upsert", "data": data})
    event = http_event("POST", "/webhook/evolution/evolution", body, {"x-recado-secret": secret})
    return {**event, "pathParameters": {"account": "evolution"}}


def telegram_message(text: str, secret: str) -> dict[str, Any]:
    chat = {"id": 42, "type": "private"}
    person = {"id": 42, "is_bot": False, "first_name": "Ana"}
    message = {"message_id": 7, "date": 1768917600, "chat": chat, "from": person, "text": text}
    body = json.dumps({"update_id": 1, "message": message})
    headers = {"x-telegram-bot-api-secret-token": secret}
    event = http_event("POST", "/webhook/telegram/telegram", body, headers)
    return {**event, "pathParameters": {"account": "telegram"}}


def slack_message(text: str, secret: str) -> dict[str, Any]:
    message = {
        **{"type": "message", "channel_type": "im", "channel": "D0000000001"},
        **{"user": "U0000000001", "ts": "1768917600.000100", "text": text},
    }
    told = {"type": "event_callback", "team_id": "T0000000001", "event": message}
    body, now = json.dumps({**told, "event_time": 1768917600}), str(int(time.time()))
    signed = f"v0:{now}:{body}".encode()
    digest = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    headers = {"x-slack-signature": f"v0={digest}", "x-slack-request-timestamp": now}
    return http_event("POST", "/webhook/slack", body, headers)


@dataclass(frozen=True)
class Hook:
    """A provider's webhook: its function, and a message of a person signed by a secret."""

    function: ModuleType
    message: Callable[[str, str], dict[str, Any]]
    secret: str

    def post(self, cloud: Cloud, text: str = "Sí, ahí estaré") -> int:
        code: int = cloud.run(self.function, self.message(text, self.secret))["statusCode"]
        return code


def secret_of(provider: str, name: str) -> str:
    [secrets] = WEBHOOK_SECRETS[provider].values()
    return secrets[name]


HOOKS = {
    "meta": Hook(meta, meta_message, secret_of("meta", "app_secret")),
    "twilio": Hook(twilio, twilio_message, secret_of("twilio", "auth_token")),
    "evolution": Hook(evolution, evolution_message, secret_of("evolution", "webhook_secret")),
    "telegram": Hook(telegram, telegram_message, secret_of("telegram", "secret_token")),
    "slack": Hook(slack, slack_message, secret_of("slack", "signing_secret")),
}
every_provider = pytest.mark.parametrize("hook", HOOKS.values(), ids=HOOKS)
TWILIO = HOOKS["twilio"]


@pytest.fixture
def accounts(cloud: Cloud) -> None:
    """An account at each provider."""
    for account in ACCOUNTS:
        cloud.stack.configuration.put_account(account)


def kept(cloud: Cloud) -> dict[str, list[Any]]:
    """What stands in the queues of webhooks, by queue."""
    return {queue: [m["Body"] for m in cloud.messages(queue)] for queue in QUEUES}


NOTHING: dict[str, list[Any]] = {queue: [] for queue in QUEUES}


@pytest.mark.usefixtures("accounts")
@every_provider
def test_a_persons_message_is_kept_for_the_inbound_processor(cloud: Cloud, hook: Hook) -> None:
    assert hook.post(cloud) == 200

    found = kept(cloud)
    [update] = map(json.loads, found.pop("INBOUND_QUEUE_URL"))
    assert (update["kind"], update["text"]) == ("message", "Sí, ahí estaré")
    assert update["tenant_id"] == TENANT.tenant_id
    assert not any(found.values())


@pytest.mark.usefixtures("accounts")
@every_provider
def test_invariant_7_a_wrong_secret_is_told_401_and_nothing_is_kept(
    cloud: Cloud, hook: Hook
) -> None:
    answer = cloud.run(hook.function, hook.message("Hola", "guess"))

    assert answer["statusCode"] == 401
    assert kept(cloud) == NOTHING


@every_provider
def test_invariant_7_an_unknown_account_is_told_200_and_nothing_is_kept(
    cloud: Cloud, hook: Hook
) -> None:
    assert hook.post(cloud) == 200

    assert kept(cloud) == NOTHING


@pytest.mark.usefixtures("accounts")
@every_provider
def test_invariant_7_a_queue_that_is_down_makes_the_provider_come_again(
    cloud: Cloud, hook: Hook
) -> None:
    Faults(cloud.stack.sqs).refuse("SendMessageBatch", code="ServiceUnavailable")
    with pytest.raises(Exception, match="injected"):
        hook.post(cloud)
    assert kept(cloud) == NOTHING

    assert hook.post(cloud) == 200
    assert len(cloud.messages("INBOUND_QUEUE_URL")) == 1


@pytest.mark.usefixtures("accounts")
@every_provider
def test_a_body_in_base64_is_the_same_request(cloud: Cloud, hook: Hook) -> None:
    event = hook.message("Sí", hook.secret)
    encoded = base64.b64encode(event["body"].encode()).decode()

    answer = cloud.run(hook.function, {**event, "body": encoded, "isBase64Encoded": True})

    assert answer["statusCode"] == 200
    assert len(cloud.messages("INBOUND_QUEUE_URL")) == 1


@pytest.mark.usefixtures("accounts")
@every_provider
def test_the_same_request_three_times_at_once_is_one_message(cloud: Cloud, hook: Hook) -> None:
    event = hook.message("Hola", hook.secret)
    with cloud.permissions.of(hook.function.__name__.split(".")[1]), ThreadPoolExecutor(3) as pool:
        calls = [
            pool.submit(hook.function.lambda_handler, event, LambdaContext()) for _ in range(3)
        ]
        answers = [call.result()["statusCode"] for call in calls]

    assert answers == [200, 200, 200]
    assert len(cloud.messages("INBOUND_QUEUE_URL")) == 1


@pytest.mark.usefixtures("accounts")
def test_who_shows_no_number_is_answered_by_the_user_id(cloud: Cloud) -> None:
    user = "EC.1349101112"
    message = {"id": "wamid.1", "from_user_id": user, "timestamp": str(int(time.time()))}
    event = meta_request([{**message, "type": "text", "text": {"body": "BAJA"}}])

    assert cloud.run(meta, event)["statusCode"] == 200
    cloud.run(inbound_processor, cloud.sqs_event("INBOUND_QUEUE_URL"))
    cloud.run(notification_sender, cloud.sqs_event("WHATSAPP_QUEUE_URL"))

    [confirmation] = cloud.senders.accepted
    posted: list[dict[str, Any]] = []

    def meta_takes_it(request: httpx.Request) -> httpx.Response:
        posted.append(json.loads(request.content))
        return httpx.Response(200, json={"messages": [{"id": "wamid.2"}]})

    transport = httpx.MockTransport(meta_takes_it)
    WhatsAppCloudSender(ACCOUNTS[0], {"access_token": "EAAG"}, transport).send(confirmation)
    assert [(p.get("recipient"), "to" in p) for p in posted] == [(user, False)]


@pytest.mark.usefixtures("accounts")
def test_what_twilio_signed_is_the_public_address_with_its_blank_fields(cloud: Cloud) -> None:
    event = twilio_message("", TWILIO.secret)
    # What the gateway says of itself is not what Twilio called.
    event["headers"]["host"] = "a1b2c3.execute-api.us-east-1.amazonaws.com"
    event["requestContext"]["domainName"] = "a1b2c3.execute-api.us-east-1.amazonaws.com"

    assert cloud.run(twilio, event)["statusCode"] == 200
    assert len(cloud.messages("INBOUND_QUEUE_URL")) == 1


@pytest.mark.usefixtures("accounts")
def test_a_request_of_twilio_without_one_of_its_blank_fields_is_another_one(cloud: Cloud) -> None:
    event = twilio_message("Hola", TWILIO.secret)
    without_blanks = event["body"].replace("&FromCity=", "")

    assert cloud.run(twilio, {**event, "body": without_blanks})["statusCode"] == 401


@pytest.mark.usefixtures("accounts")
def test_twilios_status_callback_is_a_receipt_with_our_tag(cloud: Cloud) -> None:
    fields = {"MessageSid": "SM1", "AccountSid": TWILIO_ACCOUNT, "MessageStatus": "delivered"}
    path = "/webhook/twilio/status?recado_tag=ntf_1.1"
    event = twilio_form({**fields, "From": OURS, "To": f"+{PERSON}"}, TWILIO.secret, path=path)

    assert cloud.run(twilio, event)["statusCode"] == 200

    [receipt] = map(json.loads, kept(cloud)["RECEIPTS_QUEUE_URL"])
    assert (receipt["status"], receipt["tag"]) == ("delivered", "ntf_1.1")


def ses_event(**more: object) -> dict[str, Any]:
    mail = {"messageId": "m-1", "source": "avisos@example.com", "timestamp": "2026-01-20T14:00:00Z"}
    bounced = [{"emailAddress": "ana@example.com"}, {"emailAddress": "luis@example.com"}]
    bounce = {"bounceType": "Permanent", "bounceSubType": "General", "bouncedRecipients": bounced}
    return {"eventType": "Bounce", "mail": mail, "bounce": bounce, **more}


def published(*texts: str) -> dict[str, Any]:
    return {"Records": [{"EventSource": "aws:sns", "Sns": {"Message": text}} for text in texts]}


def run_ses(cloud: Cloud, *texts: str) -> None:
    with cloud.permissions.of("ses_events"):
        ses.lambda_handler(published(*texts), LambdaContext())


@pytest.mark.usefixtures("accounts")
def test_each_recipient_of_a_bounce_of_ses_is_a_receipt(cloud: Cloud) -> None:
    run_ses(cloud, json.dumps(ses_event()))

    receipts = [json.loads(body) for body in kept(cloud)["RECEIPTS_QUEUE_URL"]]
    assert [(r["provider_message_id"], r["status"]) for r in receipts] == [("m-1", "failed")] * 2


@pytest.mark.usefixtures("accounts")
def test_what_is_no_event_of_ses_is_parked_as_it_is(cloud: Cloud) -> None:
    run_ses(cloud, "not JSON", json.dumps(ses_event()))

    found = kept(cloud)
    assert found["PARKED_QUEUE_URL"] == ["not JSON"]
    assert len(found["RECEIPTS_QUEUE_URL"]) == 2


def test_an_event_of_an_unknown_sender_is_not_kept(cloud: Cloud) -> None:
    run_ses(cloud, json.dumps(ses_event()))

    assert kept(cloud) == NOTHING


@pytest.mark.usefixtures("accounts")
def test_an_event_of_ses_that_is_not_kept_comes_again(cloud: Cloud) -> None:
    Faults(cloud.stack.sqs).refuse("SendMessageBatch", code="ServiceUnavailable")

    with pytest.raises(Exception, match="injected"):
        run_ses(cloud, json.dumps(ses_event()))

    assert kept(cloud) == NOTHING


@pytest.mark.usefixtures("accounts")
def test_a_message_that_no_queue_takes_is_claimed_by_the_inbound_processor(cloud: Cloud) -> None:
    assert HOOKS["telegram"].post(cloud, "a" * LARGEST_BODY) == 200
    event = cloud.sqs_event("INBOUND_QUEUE_URL")
    [record] = event["Records"]
    assert json.loads(record["body"])["claim"].startswith(PREFIX)

    assert cloud.run(inbound_processor, event) == {"batchItemFailures": []}

    person = Identity(kind=IdentityKind.TELEGRAM_CHAT, value="42")
    assert cloud.stack.conversations.find(TENANT.tenant_id, "telegram", [person])


@pytest.mark.usefixtures("accounts")
def test_a_claim_that_cannot_be_redeemed_stays_in_its_queue(cloud: Cloud) -> None:
    HOOKS["telegram"].post(cloud, "a" * LARGEST_BODY)
    event = cloud.sqs_event("INBOUND_QUEUE_URL")
    [record] = event["Records"]
    bucket = cloud.environment["MEDIA_BUCKET"]
    boto3.client("s3").delete_object(Bucket=bucket, Key=json.loads(record["body"])["claim"])
    receipt = {**record, "messageId": "r"}

    again = {"batchItemFailures": [{"itemIdentifier": record["messageId"]}]}
    assert cloud.run(inbound_processor, event) == again
    assert cloud.run(receipt_processor, {"Records": [receipt]}) == {
        "batchItemFailures": [{"itemIdentifier": "r"}]
    }


@pytest.mark.usefixtures("accounts")
def test_a_part_that_cannot_be_read_and_no_queue_takes_is_kept_whole(cloud: Cloud) -> None:
    told = json.dumps(ses_event(eventType="Novelty", padding="a" * LARGEST_BODY))
    run_ses(cloud, told)

    [parked] = kept(cloud)["PARKED_QUEUE_URL"]
    key = json.loads(parked)["claim"]
    found = boto3.client("s3").get_object(Bucket=cloud.environment["MEDIA_BUCKET"], Key=key)
    assert found["Body"].read().decode() == told


def test_health_is_told_to_everybody(cloud: Cloud) -> None:
    status, told, _ = cloud.request("GET", "/webhook/health", headers={"accept": "*/*"})

    assert (status, told) == (
        200,
        {"status": "ok", "queues": {"receipts": "ok", "inbound": "ok"}},
    )


def test_a_queue_that_does_not_answer_is_told_with_503(cloud: Cloud) -> None:
    cloud.stack.sqs.delete_queue(QueueUrl=cloud.environment["INBOUND_QUEUE_URL"])

    status, told, _ = cloud.request("GET", "/webhook/health/", headers={"accept": "*/*"})

    assert (status, told) == (
        503,
        {"status": "unavailable", "queues": {"receipts": "ok", "inbound": "unavailable"}},
    )


def test_nothing_else_is_open_to_those_without_a_key(cloud: Cloud) -> None:
    for path in ("/webhook/health/more", "/api/v1/webhook/health", "/api/v1/notifications/catalog"):
        status, _, _ = cloud.request("GET", path, headers={"accept": "*/*"})
        assert status == 401
