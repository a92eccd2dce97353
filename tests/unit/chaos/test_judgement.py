"""What a chaos run calls wrong, and what it lets pass."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chaos.judgement import Entry, Happened, Left, Received, judge
from chaos.plan import Order, Person, Way
from recado.domain.channels import Channel, Provider
from recado.domain.directory import Address
from recado.domain.notification import Attempt, Notification, Outcome, RouteStep, State
from recado.domain.orchestration import Target
from tests.fakes.clock import NOON

LEASE = timedelta(seconds=24)
PERSON = Person(number=1)
ORDER = Order(number=7, person=PERSON, at=0, way=Way.API, is_repeated=False, is_ahead=False)


def attempt(number: int, outcome: Outcome = Outcome.ACCEPTED) -> Attempt:
    return Attempt(
        number=number,
        step=0,
        channel=Channel.WHATSAPP,
        provider=Provider.WHATSAPP_CLOUD,
        account_id="wa",
        started_at=NOON,
        ended_at=NOON + timedelta(seconds=2),
        outcome=outcome,
    )


def entry(*attempts: Attempt, **changes: Any) -> Entry:
    route = tuple(
        RouteStep(
            channel=channel,
            provider=Provider.WHATSAPP_CLOUD,
            account_id="a",
            address=Address(channel=channel, value=PERSON.address(channel)),
        )
        for channel in (Channel.WHATSAPP, Channel.SMS)
    )
    fields: dict[str, Any] = {
        "notification_id": "ntf_1",
        "tenant_id": "chaos",
        "event_type": "e",
        "target": Target.CLIENTS,
        "recipient_id": PERSON.customer_id,
        "locale": "es",
        "key": ORDER.key,
        "route": route,
        "created_at": NOON,
        "updated_at": NOON,
        "deadline": NOON + timedelta(days=1),
        "expires_at": NOON + timedelta(days=2),
        "state": State.SENT,
        "attempts": len(attempts),
    }
    return Entry(Notification.model_validate({**fields, **changes}), attempts)


def received(number: int = 1, **changes: Any) -> Received:
    message = Received(
        provider="meta",
        channel="whatsapp",
        to=PERSON.address(Channel.WHATSAPP),
        notification_id="ntf_1",
        attempt=number,
        at=NOON + timedelta(seconds=1 + number),
    )
    return replace(message, **changes)


def happened(**changes: Any) -> Happened:
    good = Happened(
        orders=[ORDER],
        accepted={7: {"ntf_1"}},
        log=[entry(attempt(1))],
        received=[received()],
        left=[],
        opt_outs_not_stored=0,
        lease=LEASE,
        clock_moved_at=NOON + timedelta(hours=1),
        dead={"PARKED_QUEUE_URL": 0},
    )
    return replace(good, **changes)


def wrong(**changes: Any) -> dict[str, int]:
    verdict = judge(happened(**changes))
    found = {name: count for name, count in verdict.wrong.items() if count}
    assert verdict.is_good == (not found)
    return found


def test_one_message_for_one_event_is_good() -> None:
    assert wrong() == {}


def test_an_accepted_event_without_a_notification_is_lost() -> None:
    assert wrong(log=[], received=[]) == {"lost": 2}
    assert wrong(log=[], received=[], accepted={7: set()}) == {"lost": 1}


def test_an_event_that_was_refused_is_not_lost() -> None:
    verdict = judge(happened(accepted={}, log=[], received=[]))
    assert verdict.is_good
    assert verdict.facts["refused to their sender"] == 1


def test_two_notifications_of_one_event_are_told() -> None:
    second = entry(attempt(1), notification_id="ntf_2")
    messages = [received(), received(notification_id="ntf_2")]
    assert wrong(log=[entry(attempt(1)), second], received=messages) == {"events made twice": 1}


def test_what_is_not_final_is_stuck() -> None:
    for state in (State.QUEUED, State.SENDING, State.PENDING):
        assert wrong(log=[entry(attempt(1), state=state)]) == {"stuck": 1}
    assert wrong(log=[entry(attempt(1), due_at=NOON)]) == {"stuck": 1}


def test_the_same_attempt_twice_is_a_second_message() -> None:
    assert wrong(received=[received(), received(at=NOON + timedelta(minutes=1))]) == {
        "messages sent twice": 1
    }


def test_a_second_attempt_after_one_that_arrived_is_a_second_message() -> None:
    log = [entry(attempt(1, Outcome.UNKNOWN), attempt(2))]
    assert wrong(log=log, received=[received(1), received(2)]) == {"messages sent twice": 1}


def test_what_failed_after_all_may_be_followed_by_another() -> None:
    log = [entry(attempt(1), attempt(2))]
    assert wrong(log=log, received=[received(1, told="failed"), received(2)]) == {}
    assert wrong(log=log, received=[received(1, told="bounce"), received(2)]) == {}


def test_a_message_to_somebody_else_is_told() -> None:
    assert wrong(received=[received(to="+593000000000")]) == {"messages to somebody else": 1}


@pytest.mark.parametrize(
    ("seconds", "counted"),
    [(-5, {}), (LEASE.total_seconds(), {}), (60, {"sent after an opt-out": 1})],
)
def test_a_lease_after_an_opt_out_nothing_may_be_sent(
    seconds: float, counted: dict[str, int]
) -> None:
    message = received()
    left = Left(Channel.WHATSAPP, message.to, message.at - timedelta(seconds=seconds))
    assert wrong(left=[left]) == counted


def test_what_crosses_an_opt_out_is_told_and_not_wrong() -> None:
    message = received()
    left = Left(Channel.WHATSAPP, message.to, message.at - timedelta(seconds=1))
    assert judge(happened(left=[left])).facts["crossed an opt-out"] == 1


def test_other_channels_of_who_opted_out_and_the_confirmation_may_go() -> None:
    message = received()
    hour = timedelta(hours=1)
    assert wrong(left=[Left(Channel.SMS, message.to, message.at - hour)]) == {}
    left = [Left(Channel.WHATSAPP, message.to, message.at - hour)]
    assert wrong(left=left, log=[entry(attempt(1), confirms_choice=True)]) == {}


def test_an_opt_out_that_nobody_stored_is_told() -> None:
    assert wrong(opt_outs_not_stored=2) == {"opt-outs not stored": 2}


def test_an_unknown_end_needs_an_attempt_that_explains_it() -> None:
    unknown = {"state": State.UNKNOWN}
    by_outcome = entry(attempt(1, Outcome.UNKNOWN), **unknown)
    by_a_worker_that_died = entry(**unknown, attempts=1)
    for explained in (by_outcome, by_a_worker_that_died):
        assert wrong(log=[explained]) == {}
    unexplained = entry(attempt(1, Outcome.RETRYABLE), **unknown)
    assert wrong(log=[unexplained], received=[]) == {"unknown without a reason": 1}


def test_the_log_and_the_providers_have_the_same_messages() -> None:
    assert wrong(received=[]) == {"in the log and not at the provider": 1}
    refused = [entry(attempt(1, Outcome.RETRYABLE))]
    assert wrong(log=refused) == {"at the provider and not in the log": 1}
    never_claimed = [entry()]
    assert wrong(log=never_claimed) == {"at the provider and not in the log": 1}


@pytest.mark.parametrize(
    ("state", "told", "provider", "counted"),
    [
        (State.SENT, "delivered", "meta", 1),
        (State.DELIVERED, "read", "twilio", 1),
        (State.READ, "read", "meta", 0),
        (State.REPLIED, "read", "meta", 0),
        (State.SENT, "sent", "meta", 0),
        (State.SENT, "read", "ses", 0),
    ],
)
def test_what_a_provider_told_stands_in_the_log(
    state: State, told: str, provider: str, counted: int
) -> None:
    found = wrong(
        log=[entry(attempt(1), state=state)], received=[received(told=told, provider=provider)]
    )
    assert found == ({"receipts not carried over": counted} if counted else {})


def test_dead_letters_are_told() -> None:
    assert wrong(dead={"PARKED_QUEUE_URL": 1, "RECEIPTS_DLQ_URL": 2}) == {"dead letters": 3}


def test_waits_are_those_before_the_clock_was_moved() -> None:
    assert judge(happened()).facts["p95 from accepted to sent (s)"] == 2
    assert judge(happened(clock_moved_at=NOON)).facts["p95 from accepted to sent (s)"] == 0


@pytest.mark.parametrize("tag", ["ntf_9.2", "ntf_9-2"])
def test_a_message_is_read_from_the_simulator(tag: str) -> None:
    shown = {
        "provider": "meta",
        "channel": "whatsapp",
        "to": "+593987654321",
        "tag": tag,
        "received_at": NOON.isoformat(),
    }
    message = Received.from_simulator(shown)
    assert (message.notification_id, message.attempt, message.at) == ("ntf_9", 2, NOON)
