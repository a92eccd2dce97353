"""The control API shows what arrived, takes behaviours and starts afresh."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests.unit.simulator.running import RunningSimulator

TWILIO_TOKEN = "twilio-token"


def text(simulator: RunningSimulator, number: str = "593991234567", words: str = "Hola") -> None:
    simulator.http.post(
        "/evolution/message/sendText/taller",
        json={"number": number, "text": words},
        headers={"apikey": "evolution-key"},
    ).raise_for_status()


def sms(simulator: RunningSimulator, body: str = "Hola", token: str = TWILIO_TOKEN) -> None:
    simulator.http.post(
        "/twilio/2010-04-01/Accounts/AC1/Messages.json",
        data={"To": "+593991234567", "From": "+15550001111", "Body": body},
        auth=("AC1", token),
    )


def test_messages_are_listed_newest_last(simulator: RunningSimulator) -> None:
    for words in ("uno", "dos", "tres"):
        text(simulator, words=words)
    assert [message["text"] for message in simulator.messages()] == ["uno", "dos", "tres"]


@pytest.mark.parametrize(
    ("filters", "channels"),
    [
        ({}, ["whatsapp", "sms"]),
        ({"provider": "twilio"}, ["sms"]),
        ({"channel": "whatsapp"}, ["whatsapp"]),
        ({"to": "+593991234567"}, ["whatsapp", "sms"]),
        ({"to": "+593990000001"}, []),
        ({"provider": "evolution", "channel": "sms"}, []),
    ],
)
def test_messages_are_filtered(
    simulator: RunningSimulator, filters: dict[str, str], channels: list[str]
) -> None:
    text(simulator)
    sms(simulator)
    assert [message["channel"] for message in simulator.messages(**filters)] == channels


def test_a_plus_sign_may_be_typed_into_the_address(simulator: RunningSimulator) -> None:
    text(simulator)
    answer = simulator.http.get("/_sim/messages?to=+593991234567").json()
    assert len(answer["messages"]) == 1


def test_since_includes_its_instant(simulator: RunningSimulator) -> None:
    text(simulator)
    [message] = simulator.messages()
    later = datetime.fromisoformat(message["received_at"]) + timedelta(microseconds=1)
    assert simulator.messages(since=message["received_at"]) == [message]
    assert simulator.messages(since=later.isoformat()) == []
    assert simulator.messages(since="2020-01-01") == [message]


@pytest.mark.parametrize(
    ("query", "field"),
    [("provider=pigeon", "provider"), ("channel=fax", "channel"), ("since=noon", "since")],
)
def test_a_filter_that_cannot_be_names_the_field(
    simulator: RunningSimulator, query: str, field: str
) -> None:
    answer = simulator.http.get(f"/_sim/messages?{query}")
    assert (answer.status_code, answer.json()["error"]["field"]) == (400, field)


def test_requests_show_refusals_too(simulator: RunningSimulator) -> None:
    sms(simulator)
    sms(simulator, token="other")
    accepted, refused = simulator.requests()
    assert (accepted["provider"], accepted["method"], accepted["status"], accepted["code"]) == (
        "twilio",
        "POST",
        201,
        None,
    )
    assert (refused["status"], refused["code"]) == (401, "20003")
    assert accepted["body"]["To"] == "+593991234567"


def test_credentials_are_struck_out_of_requests(simulator: RunningSimulator) -> None:
    sms(simulator, body="the token is twilio-token")
    simulator.http.get("/graph/v25.0/1090?access_token=meta-token")
    by_twilio, by_meta = simulator.requests()
    assert by_twilio["body"]["Body"] == "the token is [redacted]"
    assert by_meta["path"] == "/graph/v25.0/1090?access_token=[redacted]"


def test_a_behaviour_is_listed_with_its_uses_and_withdrawn_once(
    simulator: RunningSimulator,
) -> None:
    behaviour = simulator.misbehave(channel="whatsapp", latency_ms=1, times=5)
    text(simulator)
    assert simulator.http.get("/_sim/behaviour").json()["behaviours"] == [
        {"id": behaviour, "matched": 1, "channel": "whatsapp", "latency_ms": 1, "times": 5}
    ]
    url = f"/_sim/behaviour/{behaviour}"
    assert [simulator.http.delete(url).status_code for _ in range(2)] == [204, 404]


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/_sim/behaviour", "{", "body"),
        ("/_sim/behaviour", '{"status": 1}', "status"),
        ("/_sim/push-subscriptions", "{", "body"),
        ("/_sim/push-subscriptions", "[]", "customer"),
    ],
)
def test_a_wrong_body_names_the_field(
    simulator: RunningSimulator, path: str, body: str, field: str
) -> None:
    answer = simulator.http.post(path, content=body)
    assert (answer.status_code, answer.json()["error"]["field"]) == (400, field)


def test_a_reset_forgets_everything_but_the_browsers(simulator: RunningSimulator) -> None:
    subscription = simulator.http.post("/_sim/push-subscriptions", json={"customer": "c"}).json()
    simulator.misbehave(channel="sms", latency_ms=1)
    text(simulator)
    epoch = simulator.http.get("/_sim/messages").json()["epoch"]
    simulator.http.post("/_sim/reset").raise_for_status()
    assert simulator.messages() == []
    assert simulator.requests() == []
    assert simulator.http.get("/_sim/behaviour").json() == {"behaviours": []}
    assert simulator.http.get("/_sim/messages").json()["epoch"] != epoch
    assert simulator.http.post(subscription["endpoint"]).status_code != 410


def test_it_says_that_it_is_healthy(simulator: RunningSimulator) -> None:
    assert simulator.http.get("/_sim/health").json() == {"status": "ok", "messages": 0}
