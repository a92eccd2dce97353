"""Providers misbehave as they are told, towards whom, and as often."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from local.simulator.behaviour import Behaviour, Behaviours, InvalidBehaviour
from tests.unit.simulator.running import RunningSimulator


def text_by_evolution(
    simulator: RunningSimulator, number: str = "593991234567", key: str = "evolution-key"
) -> httpx.Response:
    return simulator.http.post(
        "/evolution/message/sendText/taller",
        json={"number": number, "text": "Hola"},
        headers={"apikey": key},
    )


def sms_by_twilio(simulator: RunningSimulator) -> httpx.Response:
    return simulator.http.post(
        "/twilio/2010-04-01/Accounts/AC1/Messages.json",
        data={"To": "+593991234567", "From": "+15550001111", "Body": "Hola"},
        auth=("AC1", "twilio-token"),
    )


def test_a_connection_dropped_after_acceptance_leaves_exactly_one_message(
    simulator: RunningSimulator,
) -> None:
    simulator.misbehave(provider="evolution", drop="after")
    with pytest.raises(httpx.RemoteProtocolError):
        text_by_evolution(simulator)
    [message] = simulator.messages()
    assert message["outcome"] == "accepted_then_dropped"
    [request] = simulator.requests()
    assert (request["status"], request["outcome"]) == (None, "dropped_after")


def test_a_connection_dropped_before_acceptance_leaves_nothing(
    simulator: RunningSimulator,
) -> None:
    simulator.misbehave(provider="evolution", drop="before")
    with pytest.raises(httpx.RemoteProtocolError):
        text_by_evolution(simulator)
    assert simulator.messages() == []
    assert simulator.requests()[0]["outcome"] == "dropped_before"


def test_a_garbled_answer_is_200_without_json_and_accepts_nothing(
    simulator: RunningSimulator,
) -> None:
    simulator.misbehave(provider="evolution", garbage=True)
    answer = text_by_evolution(simulator)
    assert answer.status_code == 200
    with pytest.raises(ValueError, match="Expecting value"):
        answer.json()
    assert simulator.messages() == []


def test_a_slow_provider_has_accepted_although_the_sender_gave_up(
    simulator: RunningSimulator,
) -> None:
    simulator.misbehave(provider="evolution", latency_ms=600_000)
    simulator.http.timeout = httpx.Timeout(0.2)
    with pytest.raises(httpx.ReadTimeout):
        text_by_evolution(simulator)
    simulator.http.timeout = httpx.Timeout(5)
    assert [message["outcome"] for message in simulator.messages()] == ["accepted"]


def test_an_error_carries_retry_after(simulator: RunningSimulator) -> None:
    simulator.misbehave(channel="whatsapp", status=429, retry_after=30)
    answer = text_by_evolution(simulator)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "30")


def test_a_behaviour_is_used_up_after_its_times(simulator: RunningSimulator) -> None:
    simulator.misbehave(provider="evolution", status=503, times=2)
    statuses = [text_by_evolution(simulator).status_code for _ in range(3)]
    assert statuses == [503, 503, 201]
    assert simulator.http.get("/_sim/behaviour").json() == {"behaviours": []}


def test_a_request_that_is_refused_anyway_uses_no_behaviour_up(simulator: RunningSimulator) -> None:
    simulator.misbehave(provider="evolution", status=503, times=1)
    assert text_by_evolution(simulator, key="other").status_code == 401
    assert text_by_evolution(simulator).status_code == 503


def test_the_newest_behaviour_wins(simulator: RunningSimulator) -> None:
    simulator.misbehave(provider="evolution", status=503)
    newest = simulator.misbehave(channel="whatsapp", status=429)
    assert text_by_evolution(simulator).status_code == 429
    assert simulator.http.delete(f"/_sim/behaviour/{newest}").status_code == 204
    assert text_by_evolution(simulator).status_code == 503


@pytest.mark.parametrize(
    ("behaviour", "whatsapp", "sms"),
    [
        ({}, 503, 503),
        ({"channel": "sms"}, 201, 503),
        ({"provider": "evolution"}, 503, 201),
        ({"recipient": "+593991234567"}, 503, 503),
        ({"recipient": "+593990000001"}, 201, 201),
        ({"provider": "twilio", "code": "21610"}, 201, 503),
    ],
)
def test_a_behaviour_applies_to_whom_it_names(
    simulator: RunningSimulator, behaviour: dict[str, str], whatsapp: int, sms: int
) -> None:
    simulator.misbehave(**behaviour, status=503)
    assert text_by_evolution(simulator).status_code == whatsapp
    assert sms_by_twilio(simulator).status_code == sms


def test_a_look_at_the_connection_is_never_misbehaved_on(simulator: RunningSimulator) -> None:
    simulator.misbehave(provider="evolution", status=503, times=1)
    assert simulator.http.get("/evolution/").status_code == 200
    assert text_by_evolution(simulator).status_code == 503


def test_the_dice_leave_a_request_to_the_next_behaviour() -> None:
    # One throw for the newer behaviour, and one for the older where the newer did not come true.
    throws = iter([0.1, 0.3, 0.9])
    behaviours = Behaviours(chance=lambda: next(throws))
    always = Behaviour.parse({"status": 503})
    seldom = Behaviour.parse({"status": 429, "probability": 0.2})
    behaviours.add(always)
    behaviours.add(seldom)
    taken = [behaviours.take("meta", "whatsapp", ("+593991234567",)) for _ in range(2)]
    assert taken == [seldom, always]


@pytest.mark.parametrize(
    ("behaviour", "field"),
    [
        ([], "body"),
        ({}, "status"),
        ({"provider": "pigeon", "status": 500}, "provider"),
        ({"channel": "fax", "status": 500}, "channel"),
        ({"provider": "meta", "channel": "sms", "status": 500}, "channel"),
        ({"recipient": "", "status": 500}, "recipient"),
        ({"status": 200}, "status"),
        ({"status": "soon"}, "status"),
        ({"provider": "meta", "code": "ECONNRESET"}, "code"),
        ({"provider": "twilio", "code": "130429"}, "code"),
        ({"code": "21610"}, "provider"),
        ({"channel": "sms", "code": "21610"}, "provider"),
        ({"provider": "smtp", "code": "5.1.1"}, "status"),
        ({"retry_after": 5, "drop": "after"}, "retry_after"),
        ({"latency_ms": -1}, "latency_ms"),
        ({"drop": "during"}, "drop"),
        ({"drop": "after", "status": 500}, "drop"),
        ({"garbage": True, "status": 500}, "garbage"),
        ({"garbage": True, "drop": "after"}, "garbage"),
        ({"status": 500, "probability": 2}, "probability"),
        ({"status": 500, "times": 0}, "times"),
        ({"status": 500, "until": "noon"}, "until"),
    ],
)
def test_a_behaviour_that_nobody_can_have_names_the_field(behaviour: Any, field: str) -> None:
    with pytest.raises(InvalidBehaviour) as caught:
        Behaviour.parse(behaviour)
    assert caught.value.field == field


def test_codes_may_be_given_as_numbers() -> None:
    assert Behaviour.parse({"provider": "meta", "code": 131026}).code == "131026"
