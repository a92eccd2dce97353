"""The simulated Evolution API answers like version 2."""

from __future__ import annotations

import httpx
import pytest

from local.simulator.providers.evolution import whatsapp_jid
from tests.unit.simulator.running import RunningSimulator

TEXT = {"number": "593991234567", "text": "Hola Ana"}


def send(
    simulator: RunningSimulator,
    payload: object = TEXT,
    *,
    key: str = "evolution-key",
    instance: str = "taller",
) -> httpx.Response:
    return simulator.http.post(
        f"/evolution/message/sendText/{instance}", json=payload, headers={"apikey": key}
    )


@pytest.mark.parametrize(
    "number", ["593991234567", "+593 99 123-4567", "593991234567@s.whatsapp.net"]
)
def test_a_text_is_accepted_and_still_pending(simulator: RunningSimulator, number: str) -> None:
    answer = send(simulator, {**TEXT, "number": number})
    assert answer.status_code == 201
    [message] = simulator.messages()
    assert answer.json()["key"] == {
        "remoteJid": "593991234567@s.whatsapp.net",
        "fromMe": True,
        "id": message["provider_message_id"],
    }
    assert answer.json()["status"] == "PENDING"
    assert (message["channel"], message["to"], message["text"]) == (
        "whatsapp",
        "+593991234567",
        "Hola Ana",
    )


@pytest.mark.parametrize(
    ("payload", "message"),
    [
        ({"number": "593991234567"}, [['instance requires property "text"']]),
        ({"text": "Hola"}, [['instance requires property "number"']]),
        ({"number": 593991234567, "text": "Hola"}, [["number is not of a type(s) string"]]),
        ({**TEXT, "delay": "1"}, [["delay is not of a type(s) integer"]]),
        ({**TEXT, "delay": True}, [["delay is not of a type(s) integer"]]),
        ([], [["instance is not of a type(s) object"]]),
        ({**TEXT, "text": " "}, ["Text is required"]),
    ],
)
def test_a_wrong_shape_is_a_nested_list_of_complaints(
    simulator: RunningSimulator, payload: object, message: object
) -> None:
    answer = send(simulator, payload)
    assert answer.status_code == 400
    assert answer.json() == {
        "status": 400,
        "error": "Bad Request",
        "response": {"message": message},
    }


@pytest.mark.parametrize("number", ["593990000000", "123"])
def test_a_number_without_whatsapp_does_not_exist(simulator: RunningSimulator, number: str) -> None:
    answer = send(simulator, {**TEXT, "number": number})
    [reported] = answer.json()["response"]["message"]
    assert (answer.status_code, reported["exists"], reported["number"]) == (400, False, number)
    assert simulator.messages() == []


def test_a_number_can_be_taken_off_whatsapp(simulator: RunningSimulator) -> None:
    simulator.misbehave(provider="evolution", recipient="+593991234567", code="exists:false")
    answer = send(simulator)
    assert answer.json()["response"]["message"] == [
        {"jid": "593991234567@s.whatsapp.net", "exists": False, "number": "593991234567"}
    ]


@pytest.mark.parametrize(
    ("behaviour", "status", "message"),
    [
        ({"code": "Connection Closed"}, 400, "Connection Closed"),
        ({"status": 500, "code": "Error: Timed Out"}, 500, "Error: Timed Out"),
        ({"status": 503}, 503, "Service Unavailable"),
        ({"status": 520}, 520, "Error"),
    ],
)
def test_a_runtime_fault_is_a_plain_string(
    simulator: RunningSimulator, behaviour: dict[str, object], status: int, message: str
) -> None:
    simulator.misbehave(provider="evolution", **behaviour)
    answer = send(simulator)
    assert (answer.status_code, answer.json()["response"]["message"]) == (status, message)


def test_a_wrong_key_is_401(simulator: RunningSimulator) -> None:
    assert send(simulator, key="other").status_code == 401


def test_an_unknown_instance_is_404_even_without_a_key(simulator: RunningSimulator) -> None:
    answer = send(simulator, key="", instance="otro")
    assert answer.status_code == 404
    assert answer.json()["response"]["message"] == ['The "otro" instance does not exist']


def test_the_instance_is_open_and_tells_its_version(simulator: RunningSimulator) -> None:
    state = simulator.http.get(
        "/evolution/instance/connectionState/taller", headers={"apikey": "evolution-key"}
    )
    assert state.json() == {"instance": {"instanceName": "taller", "state": "open"}}
    assert simulator.http.get("/evolution/").json()["version"] == "2.3.7"


@pytest.mark.parametrize(
    ("phone", "jid"),
    [
        ("+5215512345678", "525512345678"),
        ("+5491112345678", "541112345678"),
        ("+5531987654321", "553187654321"),
        ("+5511987654321", "5511987654321"),
        ("+593991234567", "593991234567"),
    ],
)
def test_mobile_digits_are_dropped_as_the_bridge_does(phone: str, jid: str) -> None:
    assert whatsapp_jid(phone) == f"{jid}@s.whatsapp.net"
