"""Cancelling what waits, by id and by key."""

from __future__ import annotations

from datetime import timedelta

import pytest

from recado.domain.access import Caller
from recado.domain.api_keys import Role, Scope
from recado.domain.errors import (
    ChangedMeanwhileError,
    NotFoundError,
    PermanentMessageError,
    TooLateError,
)
from recado.domain.notification import Mode, Notification, State
from recado.services.cancel_notifications import MOST_AT_A_TIME, CancelNotifications
from tests.unit.services.conftest import House
from tests.workshop import CUSTOMER, TENANT


def caller(mode: Mode = Mode.LIVE, division: str | None = None) -> Caller:
    return Caller(
        key_id="k",
        tenant_id=TENANT.tenant_id,
        mode=mode,
        role=Role.DIVISION if division else Role.TENANT,
        scopes=frozenset(Scope),
        division=division,
    )


@pytest.fixture
def cancel(house: House) -> CancelNotifications:
    return CancelNotifications(notifications=house.notifications, clock=house.clock)


def planned(house: House, **changes: object) -> Notification:
    """One that waits for tomorrow."""
    return house.dispatch(send_at=house.clock.now() + timedelta(days=1), **changes)


def kinds(house: House, notification: Notification) -> list[str]:
    return [entry.kind for entry in house.timeline(notification).history]


def test_what_waits_for_its_moment_is_cancelled_and_never_sent(
    house: House, cancel: CancelNotifications
) -> None:
    notification = planned(house)

    cancelled = cancel(caller(), notification.notification_id)

    assert (cancelled.state, cancelled.reason) == (State.CANCELLED, "cancelled")
    house.sweep(house.clock.advance(days=2))
    house.work()
    assert house.senders.attempted == []
    assert kinds(house, notification) == ["cancelled"]


def test_a_queued_message_of_a_cancelled_notification_does_nothing(
    house: House, cancel: CancelNotifications
) -> None:
    notification = house.dispatch()

    cancel(caller(), notification.notification_id)
    house.work()
    house.sweep(house.clock.advance(hours=1))
    house.work()

    assert house.senders.attempted == []
    assert house.state(notification) is State.CANCELLED


def test_what_was_given_up_takes_no_other_channel(
    house: House, cancel: CancelNotifications
) -> None:
    house.senders.script["wa"].append(PermanentMessageError("131026"))
    notification = house.dispatch()
    house.deliver(house.queues.take_queued())

    cancel(caller(), notification.notification_id)
    house.fall_back(house.queues.take_dead())
    house.work()

    assert house.state(notification) is State.CANCELLED
    assert house.senders.accepted == []


def test_cancelling_twice_gives_the_same_answer(house: House, cancel: CancelNotifications) -> None:
    notification = planned(house)
    first = cancel(caller(), notification.notification_id)
    house.clock.advance(minutes=1)

    assert cancel(caller(), notification.notification_id) == first
    assert kinds(house, notification) == ["cancelled"]


def test_what_was_sent_is_too_late_and_the_refusal_says_how_it_stands(
    house: House, cancel: CancelNotifications
) -> None:
    notification = house.dispatch()
    house.work()

    with pytest.raises(TooLateError, match="it is sent"):
        cancel(caller(), notification.notification_id)
    assert house.state(notification) is State.SENT


def test_a_lost_race_is_run_again_on_how_it_is_now(
    house: House, cancel: CancelNotifications
) -> None:
    notification = planned(house)
    house.notifications.saves_to_fail.append(notification.notification_id)

    assert cancel(caller(), notification.notification_id).state is State.CANCELLED
    other = planned(house)
    house.notifications.saves_to_fail += [other.notification_id] * 100
    with pytest.raises(ChangedMeanwhileError):
        cancel(caller(), other.notification_id)


@pytest.mark.parametrize(
    "who", [caller(Mode.TEST), caller(division="norte")], ids=["test key", "division"]
)
def test_what_is_not_the_callers_is_not_there(
    house: House, cancel: CancelNotifications, who: Caller
) -> None:
    notification = planned(house, key="order-4711")

    with pytest.raises(NotFoundError):
        cancel(who, notification.notification_id)
    assert cancel.under_key(who, "order-4711", after=None).cancelled == ()
    assert house.state(notification) is State.PENDING


def test_a_division_cancels_its_own(house: House, cancel: CancelNotifications) -> None:
    house.directory.put_recipient(CUSTOMER.model_copy(update={"division": "norte"}))
    notification = planned(house)

    cancelled = cancel(caller(division="norte"), notification.notification_id)

    assert cancelled.state is State.CANCELLED


def test_all_that_waits_under_a_key_is_cancelled_and_nothing_else(
    house: House, cancel: CancelNotifications
) -> None:
    sent = house.dispatch(key="order-4711")
    house.work()
    waiting = [planned(house, key="order-4711") for _ in range(3)]
    other = planned(house, key="order-4712")

    done = cancel.under_key(caller(), "order-4711", after=None)

    assert {n.notification_id for n in done.cancelled} == {n.notification_id for n in waiting}
    assert [(n.notification_id, n.state) for n in done.too_late] == [
        (sent.notification_id, State.SENT)
    ]
    assert done.next is None
    assert house.state(other) is State.PENDING
    assert cancel.under_key(caller(), "order-4711", after=None) == done


def test_very_many_under_a_key_are_cancelled_in_more_than_one_go(
    house: House, cancel: CancelNotifications
) -> None:
    template = planned(house, key="order-4711")
    for number in range(MOST_AT_A_TIME):
        named = {"notification_id": f"ntf_{number:05d}"}
        house.notifications.create(template.model_copy(update=named))

    first = cancel.under_key(caller(), "order-4711", after=None)
    assert (len(first.cancelled), first.next is None) == (MOST_AT_A_TIME, False)
    second = cancel.under_key(caller(), "order-4711", after=first.next)
    assert (len(second.cancelled), second.next) == (1, None)
