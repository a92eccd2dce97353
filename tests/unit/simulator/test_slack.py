"""The simulated Web API takes what Slack takes, and refuses what it refuses."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.unit.simulator.running import RunningSimulator

PERSON = "U024BE7LH"


def plain(text: str) -> dict[str, str]:
    return {"type": "plain_text", "text": text}


def section(text: str = "Su cita") -> dict[str, Any]:
    return {"type": "section", "text": plain(text)}


def button(number: int = 1, **fields: Any) -> dict[str, Any]:
    return {
        "type": "button",
        "action_id": f"button_{number}",
        "text": plain("Sí"),
        "value": "yes",
        **fields,
    }


def actions(*elements: object) -> dict[str, Any]:
    return {"type": "actions", "elements": list(elements)}


IMAGE = {"type": "image", "image_url": "https://files.example/1.png", "alt_text": "freno"}


def call(
    simulator: RunningSimulator, method: str, payload: object, token: str | None
) -> httpx.Response:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return simulator.http.post(f"/slack/api/{method}", json=payload, headers=headers)


def send(
    simulator: RunningSimulator,
    *,
    token: str | None = "xoxb-slack-token",  # noqa: S107
    **fields: Any,
) -> httpx.Response:
    payload = {"channel": PERSON, "text": "Hola", **fields}
    return call(simulator, "chat.postMessage", payload, token)


@pytest.mark.parametrize(
    ("to", "channel"), [(PERSON, "D024BE7LH"), ("C1TALLER", "C1TALLER"), ("D1", "D1")]
)
def test_a_text_is_accepted_where_the_person_reads(
    simulator: RunningSimulator, to: str, channel: str
) -> None:
    answers = [send(simulator, channel=to).json() for _ in range(2)]
    assert [(answer["ok"], answer["channel"]) for answer in answers] == [(True, channel)] * 2
    messages = simulator.messages(channel="slack")
    assert [message["provider_message_id"] for message in messages] == [
        f"{channel}:{answer['ts']}" for answer in answers
    ]
    assert answers[0]["ts"] != answers[1]["ts"]
    assert (messages[0]["to"], messages[0]["kind"]) == (to, "text")


def test_escapes_are_shown_as_what_they_stand_for(simulator: RunningSimulator) -> None:
    send(simulator, text="&lt;b&gt; &amp;amp;")
    assert simulator.messages()[0]["text"] == "<b> &amp;"


def test_what_slack_would_cut_is_cut(simulator: RunningSimulator) -> None:
    send(simulator, text="a" * 40_001)
    assert len(simulator.messages()[0]["text"]) == 40_000


def test_blocks_are_what_the_person_sees(simulator: RunningSimulator) -> None:
    link = button(2, text=plain("Ver"), url="https://a.example")
    blocks = [section("a < b"), IMAGE, actions(button(), link)]
    send(simulator, text="aviso", blocks=blocks, thread_ts="1772452800.000100")
    [message] = simulator.messages()
    assert (message["kind"], message["text"]) == ("media", "a < b")
    assert message["media_url"] == "https://files.example/1.png"
    assert message["reply_to"] == "D024BE7LH:1772452800.000100"
    assert [(each["title"], each["payload"], each["url"]) for each in message["buttons"]] == [
        ("Sí", "yes", None),
        ("Ver", None, "https://a.example"),
    ]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"channel": None}, "channel_not_found"),
        ({"channel": "#general"}, "channel_not_found"),
        ({"text": ""}, "no_text"),
        ({"text": None}, "no_text"),
        ({"text": 7}, "invalid_arguments"),
        ({"thread_ts": 1.1}, "invalid_arguments"),
        ({"blocks": {"type": "section"}}, "invalid_blocks_format"),
        ({"blocks": [section()] * 51}, "invalid_blocks"),
        ({"blocks": [section("a" * 2900)] * 5}, "msg_blocks_too_long"),
        ({"blocks": [section("")]}, "invalid_blocks"),
        ({"blocks": [section("a" * 3001)]}, "invalid_blocks"),
        ({"blocks": [{"type": "section", "text": "a"}]}, "invalid_blocks"),
        ({"blocks": [{"type": "video"}]}, "invalid_blocks"),
        ({"blocks": [{**IMAGE, "alt_text": ""}]}, "invalid_blocks"),
        ({"blocks": [{**IMAGE, "image_url": "a"}]}, "invalid_blocks"),
        ({"blocks": [actions()]}, "invalid_blocks"),
        ({"blocks": [actions(*[button(n) for n in range(26)])]}, "invalid_blocks"),
        ({"blocks": [actions(button(), button())]}, "invalid_blocks"),
        ({"blocks": [actions(7)]}, "invalid_blocks"),
        ({"blocks": [actions(button(text=plain("a" * 76)))]}, "invalid_blocks"),
        ({"blocks": [actions(button(value="a" * 2001))]}, "invalid_blocks"),
        ({"blocks": [actions(button(value=None))]}, "invalid_blocks"),
        ({"blocks": [actions(button(url="javascript:x"))]}, "invalid_blocks"),
        ({"token": None}, "not_authed"),
        ({"token": "other"}, "invalid_auth"),
    ],
)
def test_what_slack_refuses_is_refused_with_a_status_of_success(
    simulator: RunningSimulator, fields: dict[str, Any], code: str
) -> None:
    answer = send(simulator, **fields)
    assert answer.status_code == 200
    assert (answer.json()["ok"], answer.json()["error"]) == (False, code)
    assert simulator.messages() == []


@pytest.mark.parametrize(("body", "code"), [(b"{", "invalid_json"), (b"[]", "json_not_object")])
def test_a_body_that_is_no_object_is_refused(
    simulator: RunningSimulator, body: bytes, code: str
) -> None:
    answer = simulator.http.post(
        "/slack/api/chat.postMessage",
        content=body,
        headers={"Authorization": "Bearer xoxb-slack-token"},
    )
    assert answer.json()["error"] == code


@pytest.mark.parametrize(
    ("behaviour", "status", "code"),
    [
        ({"code": "channel_not_found"}, 200, "channel_not_found"),
        ({"status": 503}, 503, "service_unavailable"),
        ({"status": 500}, 500, "internal_error"),
        ({"status": 500, "code": "fatal_error"}, 500, "fatal_error"),
    ],
)
def test_a_behaviour_is_told_by_its_code(
    simulator: RunningSimulator, behaviour: dict[str, object], status: int, code: str
) -> None:
    simulator.misbehave(provider="slack", **behaviour)
    answer = send(simulator)
    assert (answer.status_code, answer.json()["error"]) == (status, code)


def test_throttling_has_a_status_and_a_wait(simulator: RunningSimulator) -> None:
    simulator.misbehave(provider="slack", status=429, retry_after=30)
    answer = send(simulator)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "30")
    assert answer.json() == {"ok": False, "error": "ratelimited"}


def test_the_app_tells_who_it_is(simulator: RunningSimulator) -> None:
    shown = call(simulator, "auth.test", None, "xoxb-slack-token").json()
    assert (shown["ok"], shown["team_id"]) == (True, "T1")
    assert call(simulator, "auth.test", None, "other").json()["error"] == "invalid_auth"
