"""From a change of the log to the summary, over moto: the table's stream, counters, the API."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.config import Config as ClientConfig

from functions.notification_counter import handler as counter
from recado.adapters.dynamodb.statistics import DynamoDBStatistics
from recado.domain.account_states import AccountState, AccountStatus
from recado.domain.api_keys import Role, Scope, new_key
from recado.domain.channels import Provider
from recado.domain.delivery import Change
from recado.domain.notification import Mode, Notification, State
from recado.services.count_notifications import CountNotifications
from recado.services.rebuild_statistics import RebuildStatistics
from tests.cloud import Cloud
from tests.fakes.clock import FakeClock
from tests.faults import Faults
from tests.workshop import TENANT

NOW = datetime.now(UTC)
ANALYTICS = "/api/v1/analytics"


@dataclass
class World:
    """The deployed parts, and the stream of the notifications' table."""

    cloud: Cloud
    _read: int = 0

    def records(self) -> list[dict[str, Any]]:
        """What the stream holds since the last look, as Lambda hands it on."""
        # moto has no stream under an address that carries the account's id.
        no_account_id = ClientConfig(account_id_endpoint_mode="disabled")
        streams = boto3.client("dynamodbstreams", config=no_account_id)
        [stream] = streams.list_streams(TableName="notifications")["Streams"]
        arn = stream["StreamArn"]
        [shard] = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
        iterator = streams.get_shard_iterator(
            StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        found = streams.get_records(ShardIterator=iterator)["Records"][self._read :]
        self._read += len(found)
        return [record for record in found if record["dynamodb"]["Keys"]["sk"]["S"] == "META"]

    def count(self, records: Sequence[dict[str, Any]]) -> dict[str, Any]:
        return self.cloud.run(counter, {"Records": list(records)})

    def follow(self) -> None:
        """Count what the stream holds since the last look."""
        assert self.count(self.records()) == {"batchItemFailures": []}

    def change(
        self, notification_id: str, move: Callable[[Notification], Notification]
    ) -> Notification:
        notifications = self.cloud.stack.notifications
        current = notifications.get(TENANT.tenant_id, notification_id)
        assert current is not None
        saved = notifications.save([Change(notification=move(current))])
        return saved.stored[notification_id]

    def send(self, notification_id: str) -> None:
        self.change(notification_id, lambda n: n.claimed(NOW, timeout_seconds=10))
        self.change(
            notification_id,
            lambda n: n.accepted(n.created_at + timedelta(seconds=2), provider_message_id="id"),
        )

    def get(
        self, path: str, key: str | None = None, status: int = 200, **headers: str
    ) -> dict[str, Any]:
        answered, document, _ = self.cloud.request(
            "GET",
            f"{ANALYTICS}{path}",
            headers={"x-api-key": key or self.cloud.api_key, **headers},
        )
        assert answered == status, document
        return document

    def key(self, **changes: object) -> str:
        mode = Mode(str(changes.pop("mode", "live")))
        key, text = new_key(tenant_id=TENANT.tenant_id, mode=mode, name="k", now=NOW)
        self.cloud.stack.configuration.put_api_key(key.model_copy(update=changes))
        return text


@pytest.fixture
def world(cloud: Cloud) -> World:
    cloud.stack.dynamodb.update_table(
        TableName="notifications",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )
    return World(cloud)


def test_the_summary_tells_what_became_of_notifications(world: World) -> None:
    read, bounced, fallen_back, _ = world.cloud.dispatch(4)
    for each in (read, bounced):
        world.send(each)
    world.change(read, lambda n: n.reached(NOW, State.READ, at=NOW))
    world.change(bounced, lambda n: n.ended(NOW, State.FAILED, reason="131026"))
    world.change(fallen_back, lambda n: n.given_up(NOW, reason="400").advanced(NOW))
    world.follow()

    found = world.get("/summary/?days=2")

    assert found["total"] == 4
    assert {state: count for state, count in found["by_status"].items() if count} == {
        "pending": 2,
        "read": 1,
        "failed": 1,
    }
    assert (found["sent"], found["delivered"], found["read"], found["replied"]) == (2, 1, 1, 0)
    assert (found["delivery_rate"], found["read_rate"], found["reply_rate"]) == (0.5, 0.5, 0.0)
    assert found["p50_seconds"] == pytest.approx(2, rel=0.19)
    channels = {each["channel"]: each for each in found["by_channel"]}
    assert {name: each["total"] for name, each in channels.items()} == {"whatsapp": 3, "email": 1}
    assert channels["whatsapp"]["given_up"] == 1
    assert [each["event_type"] for each in found["by_event"]] == ["appointment_scheduled"]
    assert [each["template_id"] for each in found["by_template"]] == [
        "mantenimiento.phase-schedule.clients.whatsapp.es",
        "mantenimiento.phase-schedule.clients.email.es",
    ]
    assert [each["total"] for each in found["by_day"]] == [0, 4]
    assert found["last_day"] == found["by_day"][-1]["day"]
    assert (found["time_zone"], found["mode"]) == ("America/Guayaquil", "live")


def test_a_stream_that_comes_twice_and_in_pieces_counts_once(world: World) -> None:
    for each in world.cloud.dispatch(3):
        world.send(each)
    records = world.records()
    world.count(records)
    once = world.get("/summary/")

    for record in reversed(records):
        world.count([record])
    world.count(records)

    assert world.get("/summary/") == once
    assert once["by_status"]["sent"] == 3


def test_what_the_stream_lost_a_later_change_repairs(world: World) -> None:
    [lost] = world.cloud.dispatch()
    world.send(lost)
    world.records()
    world.change(lost, lambda n: n.reached(NOW, State.DELIVERED, at=NOW))
    world.follow()

    found = world.get("/summary/")
    assert (found["total"], found["sent"], found["delivered"]) == (1, 1, 1)


def test_what_the_stream_lost_for_good_is_counted_anew_from_the_log(world: World) -> None:
    sent, _ = world.cloud.dispatch(2)
    world.follow()
    world.send(sent)
    world.cloud.dispatch(1)
    world.records()
    stack = world.cloud.stack
    again = RebuildStatistics(
        log=stack.communication_log,
        count=CountNotifications(
            statistics=DynamoDBStatistics(stack.dynamodb, stack.config.statistics_table),
            configuration=stack.configuration,
        ),
        clock=FakeClock(datetime.now(UTC) + timedelta(minutes=1)),
    )

    assert again(TENANT.tenant_id, days=2).model_dump() == {"looked_at": 3, "mended": 2}
    assert again(TENANT.tenant_id, days=2).mended == 0

    found = world.get("/summary/")
    assert (found["total"], found["by_status"]["sent"]) == (3, 1)


def test_a_notification_that_expired_stays_counted(world: World) -> None:
    [gone] = world.cloud.dispatch()
    world.follow()
    key = {"pk": {"S": f"{TENANT.tenant_id}#{gone}"}, "sk": {"S": "META"}}
    world.cloud.stack.dynamodb.delete_item(TableName="notifications", Key=key)
    world.follow()

    assert world.get("/summary/")["total"] == 1


def test_a_record_that_cannot_be_read_holds_nobody_up(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.cloud.dispatch(2)
    broken, good = world.records()[:2]
    broken["dynamodb"]["NewImage"]["document"] = {"S": '{"recipient_id": "carlos"}'}

    with caplog.at_level(logging.ERROR):
        world.count([broken, good])

    assert world.get("/summary/")["total"] == 1
    assert "cannot be read" in caplog.text
    assert "carlos" not in caplog.text


def test_a_table_that_is_out_makes_the_batch_come_again(world: World) -> None:
    world.cloud.dispatch()
    records = world.records()
    client = world.cloud.stack.dynamodb
    Faults(client).refuse("TransactWriteItems", code="InternalServerError")

    with pytest.raises(client.exceptions.ClientError):
        world.count(records)

    world.count(records)
    assert world.get("/summary/")["total"] == 1


def test_costs_are_by_provider_and_category_at_the_tenants_prices(world: World) -> None:
    prices = {"whatsapp_cloud/utility": "0.0113"}
    world.cloud.stack.configuration.put_tenant(
        TENANT.model_validate({**TENANT.model_dump(), "prices": prices})
    )
    for each in world.cloud.dispatch(3):
        world.send(each)
    for each in world.cloud.dispatch(2):
        world.send(each)
        world.change(each, lambda n: n.model_copy(update={"pricing_category": "utility"}))
    world.follow()

    costs = world.get("/summary/")["costs"]

    assert costs == {
        "currency": "USD",
        "amount": "0.0226",
        "unpriced_messages": 3,
        "by_category": [
            {
                "provider": "whatsapp_cloud",
                "category": None,
                "messages": 3,
                "price": None,
                "amount": None,
            },
            {
                "provider": "whatsapp_cloud",
                "category": "utility",
                "messages": 2,
                "price": "0.0113",
                "amount": "0.0226",
            },
        ],
    }


def test_a_summary_can_be_of_some_only(world: World) -> None:
    world.cloud.dispatch(2)
    world.follow()
    expected = {
        "channel=whatsapp": 2,
        "channel=email": 0,
        "event_type=appointment_scheduled": 2,
        "event_type=nothing": 0,
        "template_id=mantenimiento.phase-schedule.clients.whatsapp.es": 2,
    }

    assert {query: world.get(f"/summary?{query}")["total"] for query in expected} == expected


def test_a_test_key_sees_test_notifications_only(world: World) -> None:
    world.cloud.dispatch()
    world.follow()
    test_key = world.key(mode="test")

    assert world.get("/summary/", test_key)["total"] == 0
    assert world.get("/recent/", test_key)["notifications"] == []
    assert world.get("/health/", test_key)["mode"] == "test"


def test_a_division_sees_its_own_notifications(world: World) -> None:
    ours, theirs, _ = world.cloud.dispatch(3)
    for each, division in ((ours, "norte"), (theirs, "sur")):
        world.change(each, lambda n, d=division: n.model_copy(update={"division": d}))
    world.follow()
    key = world.key(role=Role.DIVISION, division="norte")

    assert world.get("/summary/", key)["total"] == 1
    assert [each["id"] for each in world.get("/recent/", key)["notifications"]] == [ours]
    [whatsapp, *_] = world.get("/health/", key)["channels"]
    assert whatsapp["accepted"] == 1
    assert world.get("/summary/")["total"] == 3


def test_invariant_10_another_tenants_numbers_are_another_tenants(world: World) -> None:
    world.cloud.dispatch()
    world.follow()
    costa = TENANT.model_copy(update={"tenant_id": "costa"})
    world.cloud.stack.configuration.put_tenant(costa)
    key, text = new_key(tenant_id="costa", mode=Mode.LIVE, name="k", now=NOW)
    world.cloud.stack.configuration.put_api_key(key)

    assert world.get("/summary/", text)["total"] == 0
    assert world.get("/recent/", text)["notifications"] == []
    assert world.get("/health/", text)["channels"] == []
    world.get("/summary/", text, status=403, **{"x-tenant-id": TENANT.tenant_id})


def test_a_super_administrator_asks_for_any_tenant(world: World) -> None:
    world.cloud.dispatch()
    world.follow()
    key, text = new_key(tenant_id="platform", mode=Mode.LIVE, name="k", now=NOW)
    admin = key.model_copy(update={"role": Role.SUPER_ADMINISTRATOR})
    world.cloud.stack.configuration.put_api_key(admin)

    assert world.get("/summary/", text, **{"x-tenant-id": TENANT.tenant_id})["total"] == 1


def test_a_key_without_the_scope_is_refused(world: World) -> None:
    key = world.key(scopes=frozenset({Scope.NOTIFICATIONS_READ}))

    for path in ("/summary", "/recent/", "/health/"):
        assert world.get(path, key, status=403)["code"] == "forbidden"


def test_a_query_that_makes_no_sense_is_told(world: World) -> None:
    for query in (
        "/summary/?days=0",
        "/summary/?days=367",
        "/summary/?days=many",
        "/summary/?days=99999999999999999999",
        "/summary/?channel=pigeon",
        f"/summary/?event_type={'x' * 129}",
        "/recent/?state=lost",
        "/recent/?limit=0",
        "/recent/?limit=101",
        "/recent/?cursor=nonsense",
        f"/recent/?recipient_id={'x' * 129}",
        "/recent/?since=yesterday",
        "/recent/?since=2026-03-02T10:00:00",
        "/recent/?since=2026-03-03T00:00:00Z&until=2026-03-02T00:00:00Z",
        "/recent/?since=2024-01-01T00:00:00Z",
        "/recent/?until=0001-01-01T00:00:00Z",
    ):
        world.get(query, status=422)


def test_the_log_is_listed_newest_first_and_page_by_page(world: World) -> None:
    made = world.cloud.dispatch(3)

    first = world.get("/recent/?limit=2")
    second = world.get(f"/recent/?limit=2&cursor={first['next_cursor']}")

    listed = [each["id"] for page in (first, second) for each in page["notifications"]]
    assert listed == made[::-1]
    assert second["next_cursor"] is None
    assert first["notifications"][0]["route"][0]["to"] == "…4567"
    assert "+593991234567" not in str(first)


def test_the_log_is_filtered(world: World) -> None:
    sent, _ = world.cloud.dispatch(2)
    world.send(sent)
    expected = {
        "state=sent": 1,
        "state=queued": 1,
        "state=failed": 0,
        "channel=whatsapp": 2,
        "channel=email": 0,
        "event_type=appointment_scheduled": 2,
        "event_type=other": 0,
        "recipient_id=customer-001": 2,
        "recipient_id=customer-002": 0,
        "template_id=mantenimiento.phase-schedule.clients.whatsapp.es": 2,
        "template_id=other": 0,
        "until=2025-12-31T00:00:00Z": 0,
        "state=sent&recipient_id=customer-001&channel=whatsapp": 1,
    }

    found = {query: len(world.get(f"/recent/?{query}")["notifications"]) for query in expected}

    assert found == expected


def test_health_tells_of_channels_and_their_accounts(world: World) -> None:
    for each in world.cloud.dispatch(2):
        world.send(each)
    world.follow()
    stack = world.cloud.stack
    opened = int(NOW.timestamp())
    for account, expires_at in (("mail", opened + 3600), ("push", opened - 1)):
        stack.dynamodb.put_item(
            TableName=stack.config.circuit_breakers_table,
            Item={
                "id": {"S": f"{TENANT.tenant_id}/{account}"},
                "state": {"S": "OPEN"},
                "failure_count": {"N": "5"},
                "opened_at": {"N": str(opened)},
                "expiration": {"N": str(expires_at)},
            },
        )
    stack.configuration.learn(
        AccountState(
            tenant_id=TENANT.tenant_id,
            account_id="wa",
            provider=Provider.WHATSAPP_CLOUD,
            status=AccountStatus.DEGRADED,
            event="FLAGGED",
            at=NOW,
        )
    )

    channels = {each["channel"]: each for each in world.get("/health/")["channels"]}

    whatsapp, email = channels["whatsapp"], channels["email"]
    assert (whatsapp["accepted"], whatsapp["sent"], whatsapp["success_rate"]) == (2, 2, 1.0)
    assert whatsapp["p95_seconds"] == pytest.approx(2, rel=0.19)
    assert (whatsapp["state"], whatsapp["accounts"][0]["status_event"]) == ("degraded", "FLAGGED")
    assert (email["state"], email["success_rate"]) == ("down", None)
    [account] = email["accounts"]
    assert (account["circuit"], account["failures_in_a_row"]) == ("open", 5)
    assert channels["push"]["state"] == "ok", "an expired circuit says nothing"
