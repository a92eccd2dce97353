"""Receipts follow messages by themselves: in order, doubled, shuffled, in batches, or never."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from local.simulator.ladders import Ladder
from tests.unit.simulator.receiver import Received, Receiver, receiving, talkative, talking
from tests.unit.simulator.running import RunningSimulator
from tests.unit.simulator.sending import ANA, by_evolution, by_meta, by_ses, by_twilio


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as started:
        yield started


@pytest.fixture
def simulator(receiver: Receiver) -> Iterator[RunningSimulator]:
    """A simulator whose providers tell the receiver what happens."""
    with talking(talkative(receiver), receiver) as started:
        yield started


def follow(simulator: RunningSimulator, **ladder: Any) -> str:
    answer = simulator.http.post("/_sim/ladder", json={"delay_ms": 0, **ladder})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def ladders(simulator: RunningSimulator) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = simulator.http.get("/_sim/ladder").json()["ladders"]
    return listed


def statuses(received: Received) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = received.json()["entry"][0]["changes"][0]["value"]["statuses"]
    return found


def words(*received: Received) -> list[str]:
    return [status["status"] for one in received for status in statuses(one)]


def test_without_a_ladder_messages_stay_as_they_are(
    simulator: RunningSimulator, receiver: Receiver
) -> None:
    by_meta(simulator)
    assert ladders(simulator) == []
    assert receiver.nothing_else()


def test_the_steps_follow_each_message_in_their_order(
    simulator: RunningSimulator, receiver: Receiver
) -> None:
    follow(simulator, steps=["sent", "delivered", "read"])
    message = by_meta(simulator)
    received = receiver.several(3)
    assert words(*received) == ["sent", "delivered", "read"]
    assert {one["id"] for each in received for one in statuses(each)} == {
        message["provider_message_id"]
    }
    assert simulator.messages()[0]["told"] == "read"


def test_each_receipt_is_doubled(simulator: RunningSimulator, receiver: Receiver) -> None:
    follow(simulator, steps=["sent", "read"], duplicate=2)
    by_meta(simulator)
    assert words(*receiver.several(4)) == ["sent", "sent", "read", "read"]


def test_shuffled_receipts_are_all_there_in_another_order(
    simulator: RunningSimulator, receiver: Receiver
) -> None:
    follow(simulator, shuffle=True, duplicate=20, batch=60)
    by_meta(simulator)
    told = words(receiver.next())
    in_order = [word for word in ("sent", "delivered", "read") for _ in range(20)]
    assert sorted(told) == sorted(in_order)
    # By chance once in 5 * 10^26 times.
    assert told != in_order


def test_a_batch_holds_receipts_of_several_messages(
    simulator: RunningSimulator, receiver: Receiver
) -> None:
    follow(simulator, steps=["delivered"], batch=3)
    messages = [by_meta(simulator) for _ in range(3)]
    told = statuses(receiver.next())
    assert [one["id"] for one in told] == [one["provider_message_id"] for one in messages]


def test_a_batch_that_does_not_fill_up_is_sent_all_the_same(
    simulator: RunningSimulator, receiver: Receiver
) -> None:
    follow(simulator, steps=["sent", "delivered"], batch=100)
    by_meta(simulator)
    assert words(receiver.next()) == ["sent", "delivered"]


def test_a_step_may_never_come(simulator: RunningSimulator, receiver: Receiver) -> None:
    follow(simulator, missing=1)
    by_meta(simulator)
    follow(simulator, steps=["read"])
    by_meta(simulator)
    assert words(receiver.next()) == ["read"]
    assert receiver.nothing_else()


def test_a_failure_has_the_ladders_code(simulator: RunningSimulator, receiver: Receiver) -> None:
    follow(simulator, steps=["sent", "failed"], code=131049)
    by_meta(simulator)
    sent, failed = receiver.several(2)
    assert "errors" not in statuses(sent)[0]
    assert statuses(failed)[0]["errors"][0]["code"] == 131049


def test_free_text_to_a_closed_window_fails_after_all(
    simulator: RunningSimulator, receiver: Receiver
) -> None:
    follow(simulator, steps=["delivered"], closed_window_fails=True)
    by_meta(simulator)
    [failed] = statuses(receiver.next())
    assert (failed["status"], failed["errors"][0]["code"]) == ("failed", 131047)
    simulator.http.post(
        "/_sim/inbound", json={"provider": "meta", "from": ANA, "text": "Hola"}
    ).raise_for_status()
    assert receiver.next().path == "/whatsapp"
    by_meta(simulator)
    assert words(receiver.next()) == ["delivered"]


def test_a_step_that_the_provider_does_not_tell_is_left_out(
    simulator: RunningSimulator, receiver: Receiver
) -> None:
    follow(simulator)
    by_twilio(simulator, callback=f"{receiver.url}/status")
    assert [one.form()["MessageStatus"] for one in receiver.several(2)] == ["sent", "delivered"]
    by_ses(simulator, "ana@taller.example")
    kinds = [one.form()["Message"].split('"')[3] for one in receiver.several(2)]
    assert kinds == ["Send", "Delivery"]
    assert receiver.nothing_else()


def test_a_message_without_an_address_for_receipts_has_none(
    simulator: RunningSimulator, receiver: Receiver
) -> None:
    follow(simulator)
    by_twilio(simulator)
    by_evolution(simulator)
    assert [one.path for one in receiver.several(3)] == ["/evolution"] * 3


def test_the_newest_ladder_that_applies_wins(
    simulator: RunningSimulator, receiver: Receiver
) -> None:
    general = follow(simulator, steps=["sent"])
    for_ana = follow(simulator, provider="meta", channel="whatsapp", recipient=ANA, steps=["read"])
    by_meta(simulator)
    assert words(receiver.next()) == ["read"]
    by_meta(simulator, to="+593981111111")
    assert words(receiver.next()) == ["sent"]
    assert [(one["id"], one["matched"]) for one in ladders(simulator)] == [
        (for_ana, 1),
        (general, 1),
    ]


def test_a_message_that_was_accepted_before_the_connection_was_cut_has_receipts_too(
    simulator: RunningSimulator, receiver: Receiver
) -> None:
    follow(simulator, steps=["delivered"])
    simulator.misbehave(drop="after", times=1)
    with pytest.raises(httpx.RemoteProtocolError):
        by_meta(simulator)
    assert words(receiver.next()) == ["delivered"]


def test_a_ladder_is_withdrawn_once(simulator: RunningSimulator) -> None:
    url = f"/_sim/ladder/{follow(simulator)}"
    assert [simulator.http.delete(url).status_code for _ in range(2)] == [204, 404]


def test_all_ladders_are_withdrawn_together_and_by_a_reset(simulator: RunningSimulator) -> None:
    for withdraw in (
        lambda: simulator.http.delete("/_sim/ladder"),
        lambda: simulator.http.post("/_sim/reset"),
    ):
        follow(simulator)
        follow(simulator, channel="sms")
        withdraw().raise_for_status()
        assert ladders(simulator) == []


@pytest.mark.parametrize(
    ("ladder", "field"),
    [
        ({"steps": ["eaten"]}, "steps.0"),
        ({"delay_ms": -1}, "delay_ms"),
        ({"duplicate": 0}, "duplicate"),
        ({"missing": 2}, "missing"),
        ({"batch": 0}, "batch"),
        ({"until": "noon"}, "until"),
    ],
)
def test_a_ladder_that_cannot_be_names_the_field(
    simulator: RunningSimulator, ladder: dict[str, Any], field: str
) -> None:
    answer = simulator.http.post("/_sim/ladder", json=ladder)
    assert (answer.status_code, answer.json()["error"]["field"]) == (400, field)


def test_a_person_sees_the_usual_way_of_a_message_unless_told_otherwise() -> None:
    ladder = Ladder()
    assert ladder.steps == ("sent", "delivered", "read")
    assert (ladder.duplicate, ladder.batch, ladder.missing) == (1, 1, 0)
