"""Sending within the limits of accounts, people and budgets."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from recado.domain.channels import Channel, Provider, SendLimits
from recado.domain.errors import (
    DeliveryError,
    NotAttemptedError,
    OutcomeUnknownError,
    PermanentMessageError,
    RetryableError,
)
from recado.domain.messages import WhatsAppMessage
from recado.domain.notification import Mode, Notification, State
from recado.domain.rate_limits import RateLimit
from recado.ports.channels import OutboundMessage
from tests.unit.domain.notifications import STEPS, new_notification
from tests.unit.services.conftest import House
from tests.workshop import ACCOUNTS, TENANT, event

ONE_A_MINUTE = SendLimits(account=RateLimit(most=1, seconds=60), recipient=RateLimit(most=10_000))
MONTH = "2026-03"


def slow_down(house: House) -> None:
    house.configuration.put_account(ACCOUNTS[0].model_copy(update={"limits": ONE_A_MINUTE}))


def set_rules(house: House, **rules: object) -> None:
    house.configuration.put_tenant(TENANT.model_copy(update=rules))


def by_channel(house: House) -> list[Channel]:
    return [message.to.channel for message in house.senders.attempted]


def reasons(house: House, notification: Notification) -> tuple[State, str | None]:
    final = house.timeline(notification).notification
    return final.state, final.reason


def test_a_message_over_the_limit_goes_back_to_its_queue_without_an_attempt(house: House) -> None:
    slow_down(house)
    house.dispatch()
    second = house.dispatch()
    batch = house.queues.take_queued()

    kept = house.deliver(batch)

    assert kept == set()
    [(channel, message, delay)] = house.queues.queued
    assert (channel, delay) == (Channel.WHATSAPP, timedelta(minutes=1))
    assert (message.notification_id, message.step) == (second.notification_id, 0)
    timeline = house.timeline(second)
    assert timeline.attempts == ()
    assert [entry.kind for entry in timeline.history] == ["rate_limited"]
    assert reasons(house, second) == (State.QUEUED, "rate_limited")


def test_everything_goes_in_the_end_by_its_own_channel_however_long_it_waits(house: House) -> None:
    slow_down(house)
    sent = [house.dispatch() for _ in range(12)]

    batch = house.queues.take_queued()
    for _ in range(12):
        early = house.deliver(batch)
        batch = [delivery for delivery in batch if delivery.message_id in early]
        batch += house.queues.take_queued()
        house.clock.advance(minutes=1)

    assert {house.state(each) for each in sent} == {State.SENT}
    assert by_channel(house) == [Channel.WHATSAPP] * 12
    assert {len(house.timeline(each).attempts) for each in sent} == {1}


def test_what_waits_for_its_turn_at_its_deadline_expires(house: House) -> None:
    slow_down(house)
    house.dispatch()
    late = house.dispatch(useless_after=(house.clock.now() + timedelta(seconds=30)).isoformat())
    house.deliver(house.queues.take_queued())

    house.clock.advance(seconds=31)
    house.sweep()

    assert reasons(house, late) == (State.EXPIRED, "deadline_passed")


def test_a_turn_that_got_lost_on_the_way_is_taken_up_by_the_clock(house: House) -> None:
    slow_down(house)
    house.dispatch()
    second = house.dispatch()
    house.deliver(house.queues.take_queued())
    house.queues.queued.clear()

    house.clock.advance(minutes=7)
    house.sweep()
    house.work()

    assert house.state(second) is State.SENT


def test_what_waits_for_a_resting_account_and_for_its_turn_goes_in_the_end(house: House) -> None:
    slow_down(house)
    rests = NotAttemptedError("circuit_open", "", retry_after=30)
    house.senders.script["wa"].extend([rests, rests])
    first = house.dispatch()
    for _ in range(3):
        house.deliver(house.queues.take_queued())
        house.clock.advance(minutes=1)

    assert house.senders.accepted
    assert house.state(first) is State.SENT
    assert by_channel(house) == [Channel.WHATSAPP] * 3


def text_of(house: House, tenant_id: str, number: int) -> Notification:
    """A queued message of a tenant that brings its own text."""
    said = {"message": WhatsAppMessage(text="Su auto le espera.")}
    notification = new_notification(channels=1).queued(house.clock.now())
    notification = notification.model_copy(
        update={
            "notification_id": f"ntf_{number}_{tenant_id}",
            "tenant_id": tenant_id,
            "route": (STEPS[0].model_copy(update=said),),
        }
    )
    house.notifications.create(notification)
    house.queues.enqueue([notification])
    return notification


def test_a_tenants_exhausted_account_holds_back_its_own_messages_alone(house: House) -> None:
    house.configuration.put_tenant(TENANT.model_copy(update={"tenant_id": "costa"}))
    house.configuration.put_account(ACCOUNTS[0].model_copy(update={"tenant_id": "costa"}))
    slow_down(house)
    sent = [text_of(house, tenant, n) for n in range(5) for tenant in ("andinos", "costa")]

    house.deliver(house.queues.take_queued())

    mine, theirs = sent[::2], sent[1::2]
    assert [house.state(each) for each in theirs] == [State.SENT] * 5
    assert [house.state(each) for each in mine] == [State.SENT] + [State.QUEUED] * 4
    assert {message.tenant_id for _, message, _ in house.queues.queued} == {"andinos"}


def test_what_a_person_gets_too_much_of_ends_with_the_reason(house: House) -> None:
    set_rules(house, most_per_person_a_day=2)
    sent = [house.dispatch() for _ in range(3)]
    house.work()

    assert len(house.senders.accepted) == 2
    [over] = [each for each in sent if house.state(each) is not State.SENT]
    assert reasons(house, over) == (State.SUPPRESSED, "frequency_cap")
    assert [entry.kind for entry in house.timeline(over).history] == ["frequency_cap"]
    assert house.timeline(over).notification.due_at is None


def test_a_retry_and_the_next_channel_are_still_the_same_message(house: House) -> None:
    set_rules(house, most_per_person_a_day=1)
    house.senders.script["wa"].extend([RetryableError("503"), PermanentMessageError("no")])
    notification = house.dispatch()
    house.work()

    assert house.state(notification) is State.SENT
    assert by_channel(house) == [Channel.WHATSAPP, Channel.WHATSAPP, Channel.EMAIL]
    assert house.limits.calls.count("person") == 1


def test_an_exhausted_budget_leaves_the_channels_that_cost_nothing(house: House) -> None:
    set_rules(house, prices={"whatsapp_cloud": Decimal("0.05")}, monthly_budget=Decimal("0.09"))
    sent = [house.dispatch() for _ in range(2)]
    house.work()

    assert [house.state(each) for each in sent] == [State.SENT] * 2
    assert by_channel(house) == [Channel.WHATSAPP, Channel.EMAIL]
    told = [entry.detail for each in sent for entry in house.timeline(each).history]
    assert told == ["budget_exhausted", "whatsapp -> email (budget_exhausted)"]
    assert house.spending.spent("andinos", MONTH).exhausted_at == house.clock.now()


def test_without_a_channel_that_costs_nothing_it_fails_and_is_taken_up_again(house: House) -> None:
    set_rules(house, prices=dict.fromkeys(Provider, Decimal("0.05")), monthly_budget=Decimal(0))
    notification = house.dispatch()
    house.work()

    assert reasons(house, notification) == (State.FAILED, "budget_exhausted")
    set_rules(house, prices=dict.fromkeys(Provider, Decimal("0.05")), monthly_budget=Decimal(1))
    house.clock.advance(minutes=16)
    house.sweep()
    house.work()
    assert house.state(notification) is State.SENT


@pytest.mark.parametrize(
    ("outcome", "spent"),
    [
        (None, "0.05"),
        (OutcomeUnknownError("timeout"), "0.05"),
        (PermanentMessageError("no"), "0"),
        (RetryableError("503"), "0"),
        (NotAttemptedError("circuit_open", "", retry_after=30), "0"),
    ],
    ids=["accepted", "unknown", "refused", "to be tried again", "not attempted"],
)
def test_what_no_provider_took_is_given_back(
    house: House, outcome: DeliveryError | None, spent: str
) -> None:
    set_rules(house, prices={"whatsapp_cloud": Decimal("0.05")}, monthly_budget=Decimal(1))
    house.senders.script["wa"].append(outcome)
    house.dispatch()

    house.deliver(house.queues.take_queued())

    assert house.spending.spent("andinos", MONTH).spent == Decimal(spent)


def test_a_batch_costs_one_write_to_reserve_and_one_to_give_back(house: House) -> None:
    set_rules(house, prices={"whatsapp_cloud": Decimal("0.05")}, monthly_budget=Decimal(9))
    house.senders.script["wa"].extend([PermanentMessageError("no")] * 6)
    for _ in range(10):
        house.dispatch()

    house.deliver(house.queues.take_queued())

    assert house.spending.writes == ["reserve", "give_back"]
    assert house.limits.calls.count("account") == 1
    assert house.spending.spent("andinos", MONTH).spent == Decimal("0.20")


def test_what_no_provider_took_is_given_back_also_where_its_end_cannot_be_stored(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.configuration.put_account(ACCOUNTS[0].model_copy(update={"account_id": "wa-2"}))
    set_rules(house, prices={"whatsapp_cloud": Decimal("0.05")}, monthly_budget=Decimal(1))
    house.dispatch()
    batch = house.queues.take_queued()

    def refuse(_: object) -> None:
        raise ConnectionError("the store is out of reach")

    def lose_the_store(_: OutboundMessage) -> None:
        monkeypatch.setattr(house.notifications, "save", refuse)
        raise PermanentMessageError("no")

    for account_id in ("wa", "wa-2"):
        house.senders.script[account_id].append(lose_the_store)
    with pytest.raises(ConnectionError):
        house.deliver(batch)

    assert house.spending.spent("andinos", MONTH).spent == 0
    assert house.performance.writes == 1


def test_what_is_held_for_a_claim_that_cannot_be_stored_is_given_back(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_rules(house, prices={"whatsapp_cloud": Decimal("0.05")}, monthly_budget=Decimal(1))
    house.dispatch()
    batch = house.queues.take_queued()

    def refuse(_: object) -> None:
        raise ConnectionError("the store is out of reach")

    monkeypatch.setattr(house.notifications, "save", refuse)
    with pytest.raises(ConnectionError):
        house.deliver(batch)

    assert house.spending.spent("andinos", MONTH).spent == 0


def test_what_another_worker_took_is_given_back(house: House) -> None:
    set_rules(house, prices={"whatsapp_cloud": Decimal("0.05")}, monthly_budget=Decimal(9))
    house.dispatch()
    batch = house.queues.take_queued()

    def race(_: OutboundMessage) -> None:
        assert house.deliver(batch) == set()

    house.senders.script["wa"].append(race)
    house.deliver(batch)

    assert house.spending.spent("andinos", MONTH).spent == Decimal("0.05")


def test_a_test_notification_takes_nothing(house: House) -> None:
    set_rules(house, most_per_person_a_day=1, monthly_budget=Decimal(0))
    slow_down(house)
    tests = [house.plan(TENANT.tenant_id, Mode.TEST, event()) for _ in range(3)]
    house.work()

    assert {house.state(each) for each in tests} == {State.SENT}
    assert house.limits.calls == house.spending.writes == []


def test_messages_go_while_the_limits_cannot_be_looked_up(house: House) -> None:
    slow_down(house)
    set_rules(house, most_per_person_a_day=1)
    house.limits.error = ConnectionError("down")
    sent = [house.dispatch() for _ in range(3)]
    house.work()

    assert {house.state(each) for each in sent} == {State.SENT}
