"""Posting events to clients' endpoints: signed, tried again, and given up in the end."""

from __future__ import annotations

import json
import logging
import threading
from collections import deque
from collections.abc import Callable
from datetime import timedelta

import pytest
from freezegun import freeze_time
from standardwebhooks.webhooks import Webhook

from recado.domain.client_endpoints import (
    DISABLED_AFTER,
    RETRY_DELAYS,
    TRIES,
    ClientEndpoint,
    ClientWebhookMessage,
    ClientWebhookTask,
    DisabledReason,
    PostOutcome,
    SigningSecrets,
    new_signing_secret,
)
from recado.domain.domain_events import DomainEvent
from recado.services.send_client_webhooks import SendClientWebhooks
from tests.fakes.clock import NOON, FakeClock
from tests.fakes.events import (
    FakeEndpoints,
    FakeEvents,
    FakePoster,
    FakeSigningSecrets,
    FakeWebhookQueue,
)

URL = "https://crm.example.com/hook?token=s3cret"
EVENT = DomainEvent(
    id="evt_1",
    tenant_id="andinos",
    type="contact.opted_out",
    at=NOON,
    data={"address": "+593991234567"},
)
ENDPOINT = ClientEndpoint(
    tenant_id="andinos", endpoint_id="crm", url=URL, secret_name="s", created_at=NOON
)
FAILURE = PostOutcome(status=500)


class House:
    """The sender over fakes, with one endpoint and one event."""

    def __init__(self, *others: ClientEndpoint, deadline_seconds: float = 15) -> None:
        self.clock = FakeClock()
        self.events = FakeEvents()
        self.events.keep([EVENT])
        self.endpoints = FakeEndpoints(ENDPOINT, *others)
        self.signing = SigningSecrets(secrets=(new_signing_secret(),))
        self.secrets = FakeSigningSecrets({"s": self.signing})
        self.poster = FakePoster()
        self.queue = FakeWebhookQueue()
        self.send = SendClientWebhooks(
            events=self.events,
            endpoints=self.endpoints,
            secrets=self.secrets,
            poster=self.poster,
            queue=self.queue,
            clock=self.clock,
            draw=lambda: 0.5,
            deadline_seconds=deadline_seconds,
        )

    def answer(self, *outcomes: PostOutcome | Callable[[], PostOutcome]) -> None:
        self.poster.script[URL] = deque(outcomes)

    @property
    def endpoint(self) -> ClientEndpoint:
        endpoint = self.endpoints.client_endpoint("andinos", "crm")
        assert endpoint is not None
        return endpoint


def a_task(tries: int = 1, *, message_id: str = "m1", **changes: object) -> ClientWebhookTask:
    message = ClientWebhookMessage(
        tenant_id="andinos", endpoint_id="crm", event_id="evt_1", day=NOON.date()
    ).model_copy(update=changes)
    return ClientWebhookTask(message_id=message_id, receipt="r", tries=tries, message=message)


@freeze_time(NOON)
def test_an_event_is_posted_so_that_the_reference_library_takes_it() -> None:
    house = House()

    assert house.send([a_task()]) == set()

    [posted] = house.poster.posted
    secret = house.signing.secrets[0].secret
    assert posted.url == URL
    assert posted.headers["webhook-id"] == "evt_1"
    assert Webhook(secret).verify(posted.body, dict(posted.headers)) == {
        "type": "contact.opted_out",
        "timestamp": "2026-03-02T12:00:00Z",
        "data": {"address": "+593991234567"},
    }


def test_every_try_sends_the_same_body_and_id_with_its_own_time() -> None:
    house = House()
    house.answer(FAILURE)
    house.send([a_task(1)])
    house.clock.advance(seconds=5)

    house.send([a_task(2)])

    first, second = house.poster.posted
    assert (first.body, first.headers["webhook-id"]) == (second.body, second.headers["webhook-id"])
    seconds = [int(each.headers["webhook-timestamp"]) for each in (first, second)]
    assert seconds[1] - seconds[0] == 5


def test_while_a_secret_is_replaced_both_sign() -> None:
    house = House()
    house.secrets.secrets["s"] = house.signing.rotated(NOON, keep=timedelta(hours=1))

    house.send([a_task()])
    house.clock.advance(hours=1)
    house.send([a_task()])

    signatures = [each.headers["webhook-signature"].split() for each in house.poster.posted]
    assert [len(each) for each in signatures] == [2, 1]


@pytest.mark.parametrize("tries", range(1, TRIES))
def test_what_fails_comes_again_after_the_next_wait(tries: int) -> None:
    house = House()
    house.answer(FAILURE)

    assert house.send([a_task(tries)]) == {"m1"}
    assert house.queue.postponed == {"m1": RETRY_DELAYS[tries - 1]}


def test_after_the_last_try_the_message_comes_at_once_so_that_the_queue_moves_it() -> None:
    house = House()
    house.answer(FAILURE)

    assert house.send([a_task(TRIES)]) == {"m1"}
    assert house.queue.postponed == {"m1": timedelta()}


def test_an_endpoint_that_asks_for_time_gets_it() -> None:
    house = House()
    house.answer(PostOutcome(status=429, retry_after=90))

    house.send([a_task()])

    assert house.queue.postponed == {"m1": timedelta(seconds=90)}


def test_an_endpoint_that_is_gone_is_disabled_and_its_message_done_with() -> None:
    house = House()
    house.answer(PostOutcome(status=410))

    assert house.send([a_task()]) == set()

    assert not house.endpoint.enabled
    assert house.endpoint.disabled_reason is DisabledReason.GONE


def test_a_disabled_endpoint_is_not_called() -> None:
    house = House()
    house.endpoints.save_client_endpoint(house.endpoint.disabled(DisabledReason.OPERATOR))

    assert house.send([a_task()]) == set()
    assert house.poster.posted == []


@pytest.mark.parametrize(
    "change", [{"endpoint_id": "x"}, {"event_id": "x"}, {"tenant_id": "costa"}]
)
def test_what_no_longer_exists_is_done_with(change: dict[str, str]) -> None:
    house = House()

    assert house.send([a_task(**change)]) == set()
    assert house.poster.posted == []


def test_an_endpoint_that_fails_is_noted_once_and_a_success_clears_it() -> None:
    house = House()
    house.answer(FAILURE, FAILURE)

    house.send([a_task(1)])
    house.clock.advance(minutes=5)
    house.send([a_task(2)])

    assert house.endpoint.failing_since == NOON
    assert house.endpoints.saves == 1
    house.send([a_task(3)])
    assert house.endpoint.failing_since is None
    house.send([a_task()])
    assert house.endpoints.saves == 2


def test_an_endpoint_that_fails_for_five_days_is_disabled(
    caplog: pytest.LogCaptureFixture,
) -> None:
    house = House()
    tries = DISABLED_AFTER // timedelta(hours=10) + 1
    house.answer(*[FAILURE] * tries)
    for _ in range(tries):
        house.send([a_task()])
        house.clock.advance(hours=10)

    assert house.endpoint.disabled_reason is DisabledReason.FAILING
    assert "a client's endpoint was disabled" in caplog.messages
    assert house.send([a_task()]) == set()
    assert len(house.poster.posted) == tries


def test_of_a_batch_a_success_counts_for_more_than_a_failure() -> None:
    house = House()
    house.answer(FAILURE, PostOutcome(status=200))

    kept = house.send([a_task(), a_task(message_id="m2")])

    assert len(kept) == 1
    assert house.endpoint.failing_since is None


def test_invariant_8_one_bad_endpoint_costs_the_others_nothing() -> None:
    other = ENDPOINT.model_copy(update={"endpoint_id": "erp", "url": "https://erp.example.com/"})
    unsigned = other.model_copy(update={"endpoint_id": "bad", "secret_name": "missing"})
    house = House(other, unsigned)
    house.answer(FAILURE)

    kept = house.send(
        [
            a_task(),
            a_task(message_id="m2", endpoint_id="bad"),
            a_task(message_id="m3", endpoint_id="erp"),
        ]
    )

    assert kept == {"m1", "m2"}
    assert [each.url for each in house.poster.posted if each.url != URL] == [other.url]


def test_an_endpoint_is_not_blamed_for_a_secret_that_is_missing() -> None:
    house = House()
    house.secrets.secrets.clear()

    assert house.send([a_task()]) == {"m1"}
    assert house.endpoint.failing_since is None
    assert house.queue.postponed == {"m1": RETRY_DELAYS[0]}


def test_a_store_that_gives_no_answer_costs_no_webhook() -> None:
    house = House()
    house.events.down = True

    assert house.send([a_task()]) == {"m1"}
    house.events.down = False
    assert house.send([a_task(2)]) == set()
    assert len(house.poster.posted) == 1


def test_an_operators_change_in_between_is_not_lost() -> None:
    house = House()
    house.answer(FAILURE)
    moved = "https://new.example.com/"

    def move() -> None:
        current = house.endpoint
        house.endpoints.save_client_endpoint(current.model_copy(update={"url": moved}))

    house.endpoints.before_save = move
    house.send([a_task()])

    assert (house.endpoint.url, house.endpoint.failing_since) == (moved, NOON)


def test_a_delivered_event_is_not_sent_again_because_its_endpoint_could_not_be_stored() -> None:
    house = House()
    house.answer(FAILURE)
    house.send([a_task()])

    def refuse() -> None:
        raise ConnectionError

    house.endpoints.before_save = refuse

    assert house.send([a_task(2)]) == set()


def test_an_endpoint_that_never_ends_its_answer_is_given_no_more_time() -> None:
    house = House(deadline_seconds=0)
    released = threading.Event()

    def hang() -> PostOutcome:
        released.wait()
        return PostOutcome(status=200)

    house.answer(hang)
    try:
        assert house.send([a_task()]) == {"m1"}
        assert house.endpoint.failing_since == NOON
    finally:
        released.set()


def test_a_poster_that_breaks_is_a_failure_of_ours() -> None:
    house = House()

    def broken() -> PostOutcome:
        raise RuntimeError(URL)

    house.answer(broken)

    assert house.send([a_task()]) == {"m1"}
    assert house.endpoint.failing_since is None


def test_invariant_11_logs_hold_neither_addresses_nor_secrets(
    caplog: pytest.LogCaptureFixture,
) -> None:
    house = House()

    def broken() -> PostOutcome:
        raise RuntimeError(URL)

    house.answer(FAILURE, broken, PostOutcome(status=410))
    with caplog.at_level(logging.DEBUG):
        house.send([a_task(TRIES)])
        house.send([a_task()])
        house.send([a_task()])

    logged = json.dumps([vars(record) for record in caplog.records], default=str)
    assert len(caplog.records) >= 3
    for secret in ("s3cret", "crm.example.com", "+593991234567", "whsec_"):
        assert secret not in logged


def test_trying_an_endpoint_out_calls_it_even_disabled_and_notes_nothing() -> None:
    house = House()
    disabled = ENDPOINT.disabled(DisabledReason.FAILING)
    house.answer(FAILURE)

    assert house.send.try_out(disabled, EVENT) == FAILURE
    assert house.endpoints.saves == 0
