"""The simulated Send API takes what Messenger and Instagram take, and refuses what they refuse."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.unit.simulator.running import RunningSimulator

PERSON = "7788990011223344"
TOKENS = {"4090": "page-token", "17841": "instagram-token"}
YES = {"content_type": "text", "title": "Sí", "payload": "y"}
SITE = {"type": "web_url", "title": "Ver", "url": "https://a.example"}


def send(
    simulator: RunningSimulator, message: object, own_id: str = "4090", **more: object
) -> httpx.Response:
    body: dict[str, Any] = {
        "recipient": {"id": PERSON},
        "messaging_type": "RESPONSE",
        "message": message,
        **more,
    }
    return simulator.http.post(
        f"/graph/v25.0/{own_id}/messages",
        json={name: value for name, value in body.items() if value is not None},
        headers={"Authorization": f"Bearer {TOKENS[own_id]}"},
    )


def template(*buttons: object, text: str = "Su cita") -> dict[str, Any]:
    payload = {"template_type": "button", "text": text, "buttons": list(buttons)}
    return {"attachment": {"type": "template", "payload": payload}}


@pytest.mark.parametrize(("own_id", "channel"), [("4090", "messenger"), ("17841", "instagram")])
def test_a_text_is_accepted_by_each_app(
    simulator: RunningSimulator, own_id: str, channel: str
) -> None:
    answer = send(simulator, {"text": "Hola"}, own_id, reply_to={"mid": "m_0"})
    [message] = simulator.messages(channel=channel)
    assert answer.json() == {
        "recipient_id": PERSON,
        "message_id": message["provider_message_id"],
    }
    kept = ("provider", "to", "from", "kind", "text", "reply_to", "window_closed")
    assert [message[name] for name in kept] == [
        channel,
        PERSON,
        own_id,
        "text",
        "Hola",
        "m_0",
        True,
    ]


def test_whatsapp_still_answers_for_its_own_number(simulator: RunningSimulator) -> None:
    answer = simulator.http.get("/graph/v25.0/1090", headers={"Authorization": "Bearer meta-token"})
    assert answer.json()["id"] == "1090"


def test_the_page_can_be_looked_at(simulator: RunningSimulator) -> None:
    answer = simulator.http.get("/graph/v25.0/4090", headers={"Authorization": "Bearer page-token"})
    assert answer.json()["id"] == "4090"


def test_one_apps_token_is_nothing_to_the_other(simulator: RunningSimulator) -> None:
    answer = simulator.http.post(
        "/graph/v25.0/4090/messages",
        json={"recipient": {"id": PERSON}, "message": {"text": "Hola"}},
        headers={"Authorization": "Bearer instagram-token"},
    )
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, 190)


def test_quick_replies_are_buttons_and_their_titles_are_cut(simulator: RunningSimulator) -> None:
    long = {**YES, "title": "x" * 21, "payload": "z"}
    send(simulator, {"text": "¿Viene?", "quick_replies": [YES, long]}).raise_for_status()
    assert simulator.messages()[0]["buttons"] == [
        {"title": "Sí", "payload": "y", "kind": "reply", "url": None},
        {"title": "x" * 20, "payload": "z", "kind": "reply", "url": None},
    ]


def test_a_button_template_has_links_and_answers(simulator: RunningSimulator) -> None:
    postback = {"type": "postback", "title": "Sí", "payload": "y"}
    send(simulator, template(SITE, postback)).raise_for_status()
    [message] = simulator.messages()
    assert (message["kind"], message["text"]) == ("template", "Su cita")
    assert [button["kind"] for button in message["buttons"]] == ["url", "reply"]


@pytest.mark.parametrize("payload", [{"url": "https://a.example/1.jpg"}, {"attachment_id": "99"}])
def test_a_file_is_a_message_of_its_own(
    simulator: RunningSimulator, payload: dict[str, str]
) -> None:
    attachment = {"type": "image", "payload": payload}
    send(simulator, {"attachment": attachment, "quick_replies": [YES]}).raise_for_status()
    [message] = simulator.messages()
    assert (message["kind"], message["media_url"]) == ("media", *payload.values())
    assert len(message["buttons"]) == 1


@pytest.mark.parametrize("action", ["typing_on", "mark_seen"])
def test_a_sign_is_no_message(simulator: RunningSimulator, action: str) -> None:
    answer = send(simulator, None, sender_action=action)
    assert answer.json() == {"recipient_id": PERSON}
    assert simulator.messages() == []


@pytest.mark.parametrize(("own_id", "limit"), [("4090", "ñ" * 2000), ("17841", "ñ" * 500)])
def test_messenger_counts_characters_and_instagram_bytes(
    simulator: RunningSimulator, own_id: str, limit: str
) -> None:
    assert send(simulator, {"text": limit}, own_id).status_code == 200
    answer = send(simulator, {"text": limit + "x"}, own_id)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, 100)


@pytest.mark.parametrize(
    ("message", "more"),
    [
        (None, {}),
        ({}, {}),
        ({"text": " "}, {}),
        ({"text": 7}, {}),
        ({"text": "x", "attachment": {"type": "image", "payload": {"url": "https://a.b"}}}, {}),
        ({"attachment": {"type": "image"}}, {}),
        ({"attachment": {"type": "image", "payload": {}}}, {}),
        ({"attachment": {"type": "image", "payload": {"url": "file:///a"}}}, {}),
        ({"attachment": {"type": "hologram", "payload": {"url": "https://a.b"}}}, {}),
        ({"attachment": {"type": "template", "payload": {"template_type": "generic"}}}, {}),
        (template(), {}),
        (template(SITE, SITE, SITE, SITE), {}),
        (template(SITE, text="x" * 641), {}),
        (template({**SITE, "title": "x" * 21}), {}),
        (template({"type": "postback", "title": "x"}), {}),
        ({"text": "x", "quick_replies": [YES] * 14}, {}),
        ({"text": "x", "quick_replies": []}, {}),
        ({"text": "x", "quick_replies": [{"title": "x"}]}, {}),
        ({"text": "x"}, {"recipient": None}),
        ({"text": "x"}, {"messaging_type": "WISH"}),
        ({"text": "x"}, {"sender_action": "typing_on"}),
    ],
)
def test_what_meta_refuses_is_refused(
    simulator: RunningSimulator, message: object, more: dict[str, object]
) -> None:
    answer = send(simulator, message, **more)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, 100)
    assert simulator.messages() == []


def test_a_person_who_does_not_exist_has_a_subcode(simulator: RunningSimulator) -> None:
    answer = send(simulator, {"text": "x"}, recipient={"id": "ana"})
    error = answer.json()["error"]
    assert (error["code"], error["error_subcode"]) == (100, 2018001)
    assert simulator.requests()[0]["code"] == "100/2018001"


@pytest.mark.parametrize(
    ("behaviour", "status", "code", "subcode"),
    [
        ({"code": "10/2018278"}, 403, 10, 2018278),
        ({"code": "551"}, 400, 551, None),
        ({"status": 429}, 429, 613, None),
        ({"status": 500}, 500, 1, None),
    ],
)
def test_a_failure_that_was_asked_for_has_graphs_envelope(
    simulator: RunningSimulator,
    behaviour: dict[str, object],
    status: int,
    code: int,
    subcode: int | None,
) -> None:
    simulator.misbehave(provider="messenger", **behaviour)
    answer = send(simulator, {"text": "Hola"})
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error.get("error_subcode")) == (
        status,
        code,
        subcode,
    )
    assert send(simulator, {"text": "Hola"}, "17841").status_code == 200
