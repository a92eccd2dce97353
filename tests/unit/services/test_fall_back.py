"""The door between channels."""

from __future__ import annotations

from recado.domain.errors import PermanentMessageError
from recado.domain.notification import State
from recado.ports.queues import DeliveryMessage
from tests.fakes.queues import delivery_of
from tests.unit.services.conftest import House


def test_a_message_that_sqs_gave_up_moves_on_though_no_worker_ever_took_it(
    house: House,
) -> None:
    notification = house.dispatch()
    house.fall_back(house.queues.take_queued())
    house.work()

    assert [a.channel for a in house.timeline(notification).attempts] == ["email"]


def test_a_second_message_of_the_same_fallback_changes_nothing(house: House) -> None:
    house.senders.script["wa"].append(PermanentMessageError("x"))
    notification = house.dispatch()
    house.deliver(house.queues.take_queued())
    dead = house.queues.take_dead()

    house.fall_back(dead)
    again = house.fall_back(dead)
    house.work()

    assert again == set()
    assert len(house.senders.accepted) == 1
    assert house.state(notification) is State.SENT


def test_the_clock_moves_a_notification_on_whose_fallback_message_was_lost(
    house: House,
) -> None:
    house.senders.script["wa"].append(PermanentMessageError("x"))
    notification = house.dispatch()
    house.deliver(house.queues.take_queued())
    house.queues.take_dead()

    house.clock.advance(minutes=2)
    house.sweep()
    house.work()

    assert house.state(notification) is State.SENT


def test_a_fallback_past_the_deadline_expires(house: House) -> None:
    house.senders.script["wa"].append(PermanentMessageError("x"))
    notification = house.dispatch()
    house.deliver(house.queues.take_queued())
    house.clock.advance(hours=25)
    house.fall_back(house.queues.take_dead())

    assert house.state(notification) is State.EXPIRED


def test_a_message_whose_notification_is_not_stored_comes_again(house: House) -> None:
    stray = delivery_of(DeliveryMessage(tenant_id="andinos", notification_id="ntf_x", step=0))

    assert house.fall_back([stray]) == {stray.message_id}


def test_what_nobody_can_read_is_parked(house: House) -> None:
    house.fall_back([], ["{not json"])

    assert house.queues.parked == ["{not json"]


def test_a_message_in_mid_send_is_left_to_its_worker(house: House) -> None:
    notification = house.dispatch()
    batch = house.queues.take_queued()

    def fall_back_meanwhile(_: object) -> None:
        assert house.fall_back(batch) == set()

    house.senders.script["wa"].append(fall_back_meanwhile)
    house.deliver(batch)

    assert house.state(notification) is State.SENT
    assert len(house.senders.accepted) == 1
