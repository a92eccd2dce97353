"""The simulated Evolution API answers like version 2."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from local.simulator.providers.evolution import whatsapp_jid
from tests.unit.simulator.running import RunningSimulator

ANA = "593991234567"
LID = "22334455@lid"
TEXT = {"number": ANA, "text": "Hola Ana"}
PHOTO = {"number": ANA, "mediatype": "image", "media": "https://taller.example/haval.jpg"}
THEIRS = {"remoteJid": f"{ANA}@s.whatsapp.net", "fromMe": False, "id": "3A01"}
REACTION = {"key": THEIRS, "reaction": "👍"}


def send(
    simulator: RunningSimulator,
    payload: object = TEXT,
    *,
    method: str = "sendText",
    key: str = "evolution-key",
    instance: str = "taller",
) -> httpx.Response:
    return simulator.http.post(
        f"/evolution/message/{method}/{instance}", json=payload, headers={"apikey": key}
    )


def sent(simulator: RunningSimulator, method: str, payload: object) -> dict[str, Any]:
    """The message as it was kept."""
    assert send(simulator, payload, method=method).status_code == 201
    [message] = simulator.messages()
    return message


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
        ({"number": 593991234567, "text": "Hola"}, [["Invalid format"]]),
        ({**TEXT, "text": 7}, [["text is not of a type(s) string"]]),
        ({**TEXT, "delay": "1"}, [["Enter a value in milliseconds"]]),
        ({**TEXT, "delay": True}, [["Enter a value in milliseconds"]]),
        ({"number": 7}, [["Invalid format", 'instance requires property "text"']]),
        ([], [["instance is not of a type(s) object"]]),
        ({**TEXT, "text": " "}, ["Text is required"]),
        ({**TEXT, "quoted": "3A01"}, [["quoted.key is not of a type(s) object"]]),
        ({**TEXT, "quoted": {}}, [["quoted.key is not of a type(s) object"]]),
        ({**TEXT, "quoted": {"key": {}}}, [['quoted.key requires property "id"']]),
        ({**TEXT, "quoted": {"key": {"id": ""}}}, [['The "id" cannot be empty']]),
        ({**TEXT, "quoted": {"key": {"id": 7}}}, [["quoted.key.id is not of a type(s) string"]]),
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


def test_a_text_can_quote_a_message(simulator: RunningSimulator) -> None:
    answer = send(simulator, {**TEXT, "quoted": {"key": {"id": "3A01"}}})
    [message] = simulator.messages()
    assert (message["kind"], message["reply_to"]) == ("text", "3A01")
    assert answer.json()["contextInfo"] == {"stanzaId": "3A01"}


def test_a_text_that_quotes_nothing_has_no_context(simulator: RunningSimulator) -> None:
    assert send(simulator).json()["contextInfo"] is None
    [message] = simulator.messages()
    assert "reply_to" not in message


@pytest.mark.parametrize("media_type", ["image", "video", "document"])
def test_a_file_is_kept_with_its_address_and_caption(
    simulator: RunningSimulator, media_type: str
) -> None:
    message = sent(simulator, "sendMedia", {**PHOTO, "mediatype": media_type, "caption": "Su auto"})
    assert (message["kind"], message["to"]) == ("media", f"+{ANA}")
    assert (message["media_url"], message["text"]) == (PHOTO["media"], "Su auto")


def test_a_file_is_answered_with_whatsapps_own_message_of_it(simulator: RunningSimulator) -> None:
    invoice = {
        **PHOTO,
        "mediatype": "document",
        "mimetype": "application/pdf",
        "fileName": "factura.pdf",
        "quoted": {"key": {"id": "3A01"}},
    }
    answer = send(simulator, invoice, method="sendMedia").json()
    assert answer["messageType"] == "documentMessage"
    assert answer["message"]["documentMessage"] == {
        "mimetype": "application/pdf",
        "fileName": "factura.pdf",
        "caption": "",
    }
    assert answer["contextInfo"] == {"stanzaId": "3A01"}


def test_nobody_reads_the_caption_of_a_sound(simulator: RunningSimulator) -> None:
    sound = {**PHOTO, "mediatype": "audio", "caption": "Escuche"}
    assert sent(simulator, "sendMedia", sound)["text"] == ""


@pytest.mark.parametrize(
    ("payload", "message"),
    [
        ({"number": ANA}, [['instance requires property "mediatype"']]),
        (
            {**PHOTO, "mediatype": "sticker"},
            [["mediatype is not one of enum values: image,document,video,audio"]],
        ),
        ({**PHOTO, "caption": 7}, [["caption is not of a type(s) string"]]),
        ({**PHOTO, "media": "haval.jpg"}, ["Owned media must be a url or base64"]),
        ({"number": ANA, "mediatype": "image"}, ["Owned media must be a url or base64"]),
    ],
)
def test_a_file_that_evolution_does_not_take_is_refused(
    simulator: RunningSimulator, payload: object, message: object
) -> None:
    answer = send(simulator, payload, method="sendMedia")
    assert (answer.status_code, answer.json()["response"]["message"]) == (400, message)
    assert simulator.messages() == []


@pytest.mark.parametrize("emoji", ["👍", "❤️", "👍🏽", "👩‍🔧", "🇪🇨", "1️⃣", ""])
def test_a_reaction_goes_to_the_chat_of_the_message(
    simulator: RunningSimulator, emoji: str
) -> None:
    message = sent(simulator, "sendReaction", {**REACTION, "reaction": emoji})
    assert (message["kind"], message["to"]) == ("reaction", f"+{ANA}")
    assert (message["text"], message["reply_to"]) == (emoji, "3A01")


def test_a_reaction_quotes_nothing(simulator: RunningSimulator) -> None:
    answer = send(simulator, REACTION, method="sendReaction").json()
    assert answer["message"] == {"reactionMessage": {"key": THEIRS, "text": "👍"}}
    assert (answer["messageType"], answer["contextInfo"]) == ("reactionMessage", None)


@pytest.mark.parametrize(
    ("payload", "message"),
    [
        ({"key": THEIRS}, [['instance requires property "reaction"']]),
        ({"reaction": "👍"}, [['instance requires property "key"']]),
        ({**REACTION, "key": "3A01"}, [["key is not of a type(s) object"]]),
        (
            {**REACTION, "key": {"id": "3A01"}},
            [['key requires property "remoteJid"', 'key requires property "fromMe"']],
        ),
        (
            {**REACTION, "key": {**THEIRS, "fromMe": 0}},
            [["key.fromMe is not of a type(s) boolean"]],
        ),
        ({**REACTION, "reaction": "ok"}, ["Reaction must be a single emoji or empty string"]),
        ({**REACTION, "reaction": "señal"}, ["Reaction must be a single emoji or empty string"]),
        ({**REACTION, "reaction": "👍 👍"}, ["Reaction must be a single emoji or empty string"]),
    ],
)
def test_a_reaction_that_evolution_does_not_take_is_refused(
    simulator: RunningSimulator, payload: object, message: object
) -> None:
    answer = send(simulator, payload, method="sendReaction")
    assert (answer.status_code, answer.json()["response"]["message"]) == (400, message)
    assert simulator.messages() == []


@pytest.mark.parametrize(
    ("method", "payload"),
    [
        ("sendText", {**TEXT, "number": LID}),
        ("sendMedia", {**PHOTO, "number": LID}),
        ("sendReaction", {**REACTION, "key": {**THEIRS, "remoteJid": LID}}),
    ],
)
def test_a_person_behind_a_lid_is_written_to_by_it(
    simulator: RunningSimulator, method: str, payload: object
) -> None:
    answer = send(simulator, payload, method=method)
    assert answer.json()["key"]["remoteJid"] == LID
    [message] = simulator.messages(to=LID)
    assert "wa_id" not in message


def test_a_lid_can_be_taken_off_whatsapp(simulator: RunningSimulator) -> None:
    simulator.misbehave(provider="evolution", recipient=LID, code="exists:false")
    answer = send(simulator, {**TEXT, "number": LID})
    assert answer.json()["response"]["message"] == [{"jid": LID, "exists": False, "number": LID}]


@pytest.mark.parametrize("method", ["sendMedia", "sendReaction"])
def test_every_method_wants_the_key_of_its_instance(
    simulator: RunningSimulator, method: str
) -> None:
    assert send(simulator, method=method, key="other").status_code == 401
    assert send(simulator, method=method, instance="otro").status_code == 404


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
