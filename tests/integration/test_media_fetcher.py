"""The media fetcher as Lambda calls it, over moto, with a provider on this machine."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, ClassVar

import boto3
import pytest

from functions.media_fetcher import handler
from recado.adapters.dynamodb.inbound_media import DynamoDBInboundMedia
from recado.bootstrap.deployment import stack
from recado.bootstrap.inbound import fetch_media
from recado.domain.channels import ChannelAccount, Provider
from recado.domain.media import MediaStatus, StoredMedia
from tests.cloud import LambdaContext
from tests.fakes.clock import NOON
from tests.workshop import TENANT

pytestmark = pytest.mark.enable_socket

JPEG = b"\xff\xd8\xff\xe0 a picture"
BUCKET = "recado-test-media"
MESSAGE = "msg_0123456789abcdef0123456789abcdef"


class Twilio(BaseHTTPRequestHandler):
    """Gives files out to those who know the account's password."""

    files: ClassVar[dict[str, tuple[int, bytes]]] = {}

    def do_GET(self) -> None:
        is_known = self.headers["authorization"] == "Basic QUMxOnMzY3JldA=="
        status, body = self.files.get(self.path, (404, b"")) if is_known else (401, b"")
        self.send_response(status)
        self.send_header("content-type", "image/jpeg")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@dataclass
class Deployed:
    """The function with its table, its bucket and its provider."""

    url: str
    s3: Any
    results: DynamoDBInboundMedia

    def run(self, *tasks: dict[str, Any] | str) -> list[str]:
        """Hand tasks to the function; gives the messages that it keeps."""
        records = [
            {
                "messageId": f"m{number}",
                "receiptHandle": "r",
                "body": task if isinstance(task, str) else json.dumps(task),
                "eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:recado-media",
            }
            for number, task in enumerate(tasks)
        ]
        answer = handler.lambda_handler({"Records": records}, LambdaContext())
        return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]

    def task(self, path: str, *, index: int = 0, **media: str) -> dict[str, Any]:
        return {
            "v": 1,
            "tenant_id": TENANT.tenant_id,
            "message_id": MESSAGE,
            "index": index,
            "account_id": "twilio",
            "provider": "twilio_whatsapp",
            "media": {"mime_type": "image/jpeg", "url": f"{self.url}{path}", **media},
        }

    @property
    def found(self) -> dict[int, StoredMedia]:
        return self.results.of(TENANT.tenant_id, MESSAGE)


@pytest.fixture
def server() -> Iterator[str]:
    http = HTTPServer(("127.0.0.1", 0), Twilio)
    thread = threading.Thread(target=http.serve_forever)
    thread.start()
    Twilio.files = {"/picture": (200, JPEG), "/page": (200, b"<html>"), "/down": (503, b"")}
    yield f"http://127.0.0.1:{http.server_port}"
    http.shutdown()
    thread.join()
    http.server_close()


@pytest.fixture
def deployed(dynamodb: Any, server: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Deployed]:
    variables = {
        "NOTIFICATIONS_TABLE": "notifications",
        "CONFIGURATION_TABLE": "configuration",
        "MEDIA_BUCKET": BUCKET,
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket=BUCKET)
    boto3.client("secretsmanager").create_secret(
        Name="recado/test/accounts/twilio", SecretString='{"auth_token": "s3cret"}'
    )
    builders = (stack, fetch_media)
    for builder in builders:
        builder.cache_clear()
    configuration = stack().configuration
    configuration.put_tenant(TENANT)
    configuration.put_account(
        ChannelAccount(
            tenant_id=TENANT.tenant_id,
            account_id="twilio",
            provider=Provider.TWILIO_WHATSAPP,
            settings={"account_sid": "AC1", "from": "+15005550006", "base_url": server},
            secret_name="recado/test/accounts/twilio",
        )
    )
    yield Deployed(server, s3, DynamoDBInboundMedia(dynamodb, "notifications"))
    for builder in builders:
        builder.cache_clear()


def test_a_file_ends_in_the_bucket_and_its_name_beside_the_message(deployed: Deployed) -> None:
    assert deployed.run(deployed.task("/picture", index=2, file_name="motor «1».jpeg")) == []
    stored = deployed.found[2]
    assert (stored.status, stored.mime_type, stored.size) == ("stored", "image/jpeg", len(JPEG))
    assert stored.key is not None
    file = deployed.s3.get_object(Bucket=BUCKET, Key=stored.key)
    assert file["Body"].read() == JPEG
    assert file["ContentType"] == "image/jpeg"
    assert file["ContentDisposition"] == "attachment; filename*=UTF-8''motor%20%C2%AB1%C2%BB.jpg"


def test_what_is_not_kept_has_its_reason_beside_the_message(deployed: Deployed) -> None:
    tasks = (
        deployed.task("/page"),
        deployed.task("/gone", index=1),
        {**deployed.task("/picture", index=2), "account_id": "removed"},
    )
    assert deployed.run(*tasks) == []
    assert {index: (found.status, found.reason) for index, found in deployed.found.items()} == {
        0: (MediaStatus.REFUSED, "type_refused"),
        1: (MediaStatus.EXPIRED, "http_404"),
        2: (MediaStatus.REFUSED, "account_removed"),
    }
    assert "Contents" not in deployed.s3.list_objects_v2(Bucket=BUCKET)


def test_only_what_is_not_there_now_comes_again(deployed: Deployed) -> None:
    tasks = (deployed.task("/down"), "not a task", deployed.task("/picture", index=1))
    assert deployed.run(*tasks) == ["m0", "m1"]
    assert list(deployed.found) == [1]


def test_a_task_that_comes_twice_changes_nothing(deployed: Deployed) -> None:
    deployed.run(deployed.task("/picture"))
    first = deployed.found
    Twilio.files = {}
    assert deployed.run(deployed.task("/picture")) == []
    assert deployed.found == first


def test_a_store_that_is_down_keeps_the_task(deployed: Deployed) -> None:
    deployed.s3.delete_bucket(Bucket=BUCKET)
    assert deployed.run(deployed.task("/picture")) == ["m0"]
    assert deployed.found == {}


def test_a_file_without_a_name_is_saved_all_the_same(deployed: Deployed) -> None:
    deployed.run(deployed.task("/picture"))
    key = deployed.found[0].key
    assert deployed.s3.head_object(Bucket=BUCKET, Key=key)["ContentDisposition"] == "attachment"


def test_results_of_other_messages_and_tenants_stay_apart(dynamodb: Any) -> None:
    results = DynamoDBInboundMedia(dynamodb, "notifications")
    lost = StoredMedia(status=MediaStatus.EXPIRED, reason="http_404", expires_at=NOON)
    results.record("one", "msg_1", 0, lost)
    results.record("one", "msg_1", 11, lost)
    results.record("one", "msg_2", 0, lost)
    results.record("two", "msg_1", 0, lost)
    assert results.of("one", "msg_1") == {0: lost, 11: lost}
    [row] = dynamodb.query(
        TableName="notifications",
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": "two#msg_1"}},
    )["Items"]
    assert row["sk"] == {"S": "MEDIA#000"}
    assert row["expires_at"] == {"N": str(int(NOON.timestamp()))}
