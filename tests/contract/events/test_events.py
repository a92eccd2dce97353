"""The example events and the published schema are what the functions really understand."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from functions.api import handler as api
from functions.api_docs import handler as api_docs
from functions.balance_accounts import handler as balance_accounts
from functions.channel_fallback import handler as fallback
from functions.client_webhook_sender import handler as client_webhook_sender
from functions.directory_task_processor import handler as directory_task_processor
from functions.due_notifications import handler as due
from functions.event_publisher import handler as event_publisher
from functions.evolution_webhook import handler as evolution_webhook
from functions.failure_alerts import handler as failure_alerts
from functions.inbound_processor import handler as inbound_processor
from functions.internal_api import handler as internal_api
from functions.maintenance_reminders import handler as maintenance_reminders
from functions.management_api import handler as management_api
from functions.media_fetcher import handler as media_fetcher
from functions.meta_webhook import handler as meta_webhook
from functions.notification_counter import handler as notification_counter
from functions.notification_intake import handler as intake
from functions.notification_sender import handler as sender
from functions.receipt_processor import handler as receipt_processor
from functions.ses_events import handler as ses_events
from functions.slack_webhook import handler as slack_webhook
from functions.telegram_webhook import handler as telegram_webhook
from functions.template_sync import handler as template_sync
from functions.twilio_webhook import handler as twilio_webhook
from functions.unsubscribe import handler as unsubscribe
from functions.whatsapp_accounts import handler as whatsapp_accounts
from recado.domain.events import EventRequest
from tests.cloud import Cloud, LambdaContext

ROOT = Path(__file__).parents[3]
EVENTS = ROOT / "events"
SCHEMA = ROOT / "docs" / "requests-queue.schema.json"

FUNCTION_OF = {
    "http_dispatch": api,
    "sqs_request": intake,
    "sqs_delivery": sender,
    "sqs_dead_letter": fallback,
    "schedule_due": due,
    "http_health": api,
    "http_meta_webhook": meta_webhook,
    "http_twilio_webhook": twilio_webhook,
    "http_evolution_webhook": evolution_webhook,
    "http_telegram_webhook": telegram_webhook,
    "http_slack_webhook": slack_webhook,
    "sns_ses_event": ses_events,
    "sqs_inbound": inbound_processor,
    "sqs_media": media_fetcher,
    "sqs_client_webhook": client_webhook_sender,
    "dynamodb_directory_change": event_publisher,
    "sqs_receipt": receipt_processor,
    "http_unsubscribe": unsubscribe,
    "http_whatsapp_status": whatsapp_accounts,
    "http_api_docs": api_docs,
    "http_catalogue": management_api,
    "sqs_directory_task": directory_task_processor,
    "http_customers_sync": internal_api,
    "dynamodb_notification_change": notification_counter,
    "balance_accounts": balance_accounts,
    "schedule_alerts": failure_alerts,
    "schedule_reminders": maintenance_reminders,
    "template_sync": template_sync,
}


def read(path: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return document


def test_every_example_event_has_its_function() -> None:
    assert {path.stem for path in EVENTS.glob("*.json")} == set(FUNCTION_OF)


@pytest.mark.parametrize("name", FUNCTION_OF)
def test_an_example_event_is_understood_by_its_function(cloud: Cloud, name: str) -> None:
    answer = FUNCTION_OF[name].lambda_handler(read(EVENTS / f"{name}.json"), LambdaContext())

    understood = {
        "http_dispatch": lambda: answer["statusCode"] == 401,
        "sqs_request": lambda: answer == {"batchItemFailures": []},
        "sqs_delivery": lambda: len(answer["batchItemFailures"]) == 1,
        "sqs_dead_letter": lambda: len(answer["batchItemFailures"]) == 1,
        "http_health": lambda: answer["statusCode"] == 200,
        "http_meta_webhook": lambda: answer["statusCode"] == 401,
        "http_twilio_webhook": lambda: answer["statusCode"] == 401,
        "http_evolution_webhook": lambda: answer["statusCode"] == 401,
        "http_telegram_webhook": lambda: answer["statusCode"] == 401,
        "http_slack_webhook": lambda: answer["statusCode"] == 401,
        "sns_ses_event": lambda: answer is None,
        "sqs_inbound": lambda: answer == {"batchItemFailures": []},
        "sqs_media": lambda: answer == {"batchItemFailures": []},
        "sqs_client_webhook": lambda: answer == {"batchItemFailures": []},
        "dynamodb_directory_change": lambda: answer == {"batchItemFailures": []},
        "http_unsubscribe": lambda: answer["statusCode"] == 404,
        "http_whatsapp_status": lambda: answer["statusCode"] == 401,
        "sqs_directory_task": lambda: answer == {"batchItemFailures": []},
        "http_catalogue": lambda: answer["statusCode"] == 401,
        "http_customers_sync": lambda: answer["statusCode"] == 202,
        "dynamodb_notification_change": lambda: answer == {"batchItemFailures": []},
        "http_api_docs": lambda: answer["statusCode"] == 200,
        "sqs_receipt": lambda: answer == {"batchItemFailures": []},
        "schedule_due": lambda: answer == {"looked_at": 0, "changed": 0, "queued": 0},
        "balance_accounts": lambda: answer["changed"] == 0,
        "schedule_alerts": lambda: answer["tenants"] == 1 and answer["raised"] == 0,
        "schedule_reminders": lambda: answer["looked_at"] == 0,
        "template_sync": lambda: [each["code"] for each in answer["failed"]] == ["no_secret"],
    }
    assert understood[name]()


def test_the_example_change_of_the_directory_is_told(cloud: Cloud) -> None:
    event_publisher.lambda_handler(read(EVENTS / "dynamodb_directory_change.json"), LambdaContext())

    told = cloud.stack.events.events_of("talleres-andinos", date(2026, 1, 20))
    assert [event.type for event in told] == ["contact.opted_out"]


def test_the_published_schema_of_the_requests_queue_is_the_models() -> None:
    assert read(SCHEMA) == EventRequest.model_json_schema()


def test_the_example_request_fits_the_published_schema() -> None:
    [record] = read(EVENTS / "sqs_request.json")["Records"]

    jsonschema.validate(json.loads(record["body"]), read(SCHEMA))
