"""People write, press, send files and block: each provider tells of it in its own signed words."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]

from local.simulator.webhooks import slack
from tests.unit.simulator.receiver import Received, Receiver, receiving, talkative, talking
from tests.unit.simulator.running import RunningSimulator
from tests.unit.simulator.sending import (
    ANA,
    by_evolution,
    by_messenger,
    by_meta,
    by_twilio,
    with_buttons,
)

VECTORS = Path(__file__).parents[2] / "vectors"
WHATSAPP = {"provider": "meta", "from": ANA, "name": "Ana Núñez"}
PDF = {"type": "document", "file_name": "factura.pdf"}
PLACE = {"latitude": -0.18, "longitude": -78.47, "name": "Taller", "address": "Av. Amazonas"}
CARD = {"name": "Bob", "phone": "+593987654321"}


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as started:
        yield started


@pytest.fixture
def simulator(receiver: Receiver) -> Iterator[RunningSimulator]:
    """A simulator whose providers tell the receiver what people do."""
    with talking(talkative(receiver), receiver) as started:
        yield started


def write(simulator: RunningSimulator, **wanted: Any) -> httpx.Response:
    return simulator.http.post("/_sim/inbound", json=wanted)


def told(simulator: RunningSimulator, receiver: Receiver, **wanted: Any) -> Received:
    """What the provider tells when a person does that."""
    answer = write(simulator, **wanted)
    assert answer.status_code == 200, answer.text
    assert answer.json()["answers"] == [200]
    return receiver.next()


def is_signed_by_meta(received: Received, secret: str) -> bool:
    expected = hmac.new(secret.encode(), received.body, hashlib.sha256).hexdigest()
    return received.headers["x-hub-signature-256"] == f"sha256={expected}"


def whatsapp_value(received: Received) -> dict[str, Any]:
    [entry] = received.json()["entry"]
    [change] = entry["changes"]
    value: dict[str, Any] = change["value"]
    return value


def whatsapp_message(received: Received) -> dict[str, Any]:
    [message] = whatsapp_value(received)["messages"]
    return dict(message)


# ---- WhatsApp by Meta ---------------------------------------------------------------------------


def test_meta_tells_of_a_text_with_escapes_and_signs_just_that(
    simulator: RunningSimulator, receiver: Receiver
) -> None:
    received = told(simulator, receiver, **WHATSAPP, text="Mañana 🙂")
    assert is_signed_by_meta(received, "meta-secret")
    assert b"Ma\\u00f1ana \\ud83d\\ude42" in received.body
    value = whatsapp_value(received)
    assert value["metadata"]["phone_number_id"] == "1090"
    assert value["contacts"] == [{"profile": {"name": "Ana Núñez"}, "wa_id": "593991234567"}]
    message = whatsapp_message(received)
    assert (message["from"], message["type"]) == ("593991234567", "text")
    assert message["text"] == {"body": "Mañana 🙂"}
    assert message["id"].startswith("wamid.")


@pytest.mark.parametrize(
    ("wanted", "kind", "part"),
    [
        (
            {"location": PLACE},
            "location",
            {
                "latitude": -0.18,
                "longitude": -78.47,
                "name": "Taller",
                "address": "Av. Amazonas",
            },
        ),
        (
            {"contact": CARD},
            "contacts",
            [
                {
                    "name": {"formatted_name": "Bob", "first_name": "Bob"},
                    "phones": [{"phone": "+593987654321", "wa_id": "593987654321", "type": "CELL"}],
                }
            ],
        ),
        (
            {"button": {"title": "Sí", "payload": "si"}},
            "interactive",
            {"type": "button_reply", "button_reply": {"id": "si", "title": "Sí"}},
        ),
        (
            {"button": {"title": "Martes", "payload": "m", "kind": "row"}},
            "interactive",
            {"type": "list_reply", "list_reply": {"id": "m", "title": "Martes"}},
        ),
    ],
)
def test_meta_has_a_shape_for_each_kind(
    simulator: RunningSimulator,
    receiver: Receiver,
    wanted: dict[str, Any],
    kind: str,
    part: object,
) -> None:
    message = whatsapp_message(told(simulator, receiver, **WHATSAPP, **wanted))
    assert message["type"] == kind
    assert message[kind] == part


def test_a_form_answers_with_its_fields_as_text(
    simulator: RunningSimulator, receiver: Receiver
) -> None:
    form = {"title": "Cita", "kind": "form"}
    answers = '{"dia": "lunes"}'
    message = whatsapp_message(told(simulator, receiver, **WHATSAPP, button=form, text=answers))
    assert message["interactive"]["nfm_reply"]["response_json"] == answers


def test_a_button_is_pressed_by_its_place_on_the_last_message_that_has_some(
    simulator: RunningSimulator, receiver: Receiver
) -> None:
    asked = by_meta(simulator, **with_buttons("Sí", "No"))
    by_meta(simulator)
    message = whatsapp_message(
        told(simulator, receiver, channel="whatsapp", button=1, **{"from": ANA})
    )
    assert message["interactive"]["button_reply"] == {"id": "boton-1", "title": "No"}
    assert message["context"] == {"from": "15550100100", "id": asked["provider_message_id"]}


@pytest.mark.parametrize("named", ["boton-0", "Sí"])
def test_a_button_is_pressed_by_its_payload_or_its_title(
    simulator: RunningSimulator, receiver: Receiver, named: str
) -> None:
    asked = by_meta(simulator, **with_buttons("Sí", "No"))
    message = whatsapp_message(
        told(simulator, receiver, **WHATSAPP, button=named, reply_to=asked["id"])
    )
    assert message["interactive"]["button_reply"] == {"id": "boton-0", "title": "Sí"}


def test_a_reply_quotes_the_message(simulator: RunningSimulator, receiver: Receiver) -> None:
    sent = by_meta(simulator)
    message = whatsapp_message(
        told(simulator, receiver, **WHATSAPP, text="Gracias", reply_to=sent["id"])
    )
    assert message["context"]["id"] == sent["provider_message_id"]


@pytest.mark.parametrize(("emoji", "more"), [("👍", {"emoji": "👍"}), ("", {})])
def test_a_reaction_that_is_taken_back_has_no_emoji(
    simulator: RunningSimulator, receiver: Receiver, emoji: str, more: dict[str, str]
) -> None:
    sent = by_meta(simulator)
    message = whatsapp_message(
        told(simulator, receiver, **WHATSAPP, reaction=emoji, reply_to=sent["id"])
    )
    assert message["reaction"] == {"message_id": sent["provider_message_id"], **more}


def test_a_person_without_a_number_is_known_by_a_user_id_only(
    simulator: RunningSimulator, receiver: Receiver
) -> None:
    received = told(simulator, receiver, provider="meta", identity="US.13491208655302", text="Hola")
    message, [contact] = whatsapp_message(received), whatsapp_value(received)["contacts"]
    assert message["from_user_id"] == contact["user_id"] == "US.13491208655302"
    assert "from" not in message
    assert "wa_id" not in contact


def test_a_new_number_is_told_by_whatsapp_itself(
    simulator: RunningSimulator, receiver: Receiver
) -> None:
    received = told(
        simulator, receiver, **WHATSAPP, event="changed_number", new_number="+593981111111"
    )
    message = whatsapp_message(received)
    assert (message["from"], message["type"]) == ("593991234567", "system")
    assert message["system"]["type"] == "user_changed_number"
    assert message["system"]["new_wa_id"] == "593981111111"
    assert "contacts" not in whatsapp_value(received)


def test_a_file_is_described_with_its_digest(
    simulator: RunningSimulator, receiver: Receiver
) -> None:
    content = base64.b64encode(b"%PDF-1.4 factura").decode()
    received = told(
        simulator, receiver, **WHATSAPP, media={**PDF, "content_base64": content}, text="La factura"
    )
    part = whatsapp_message(received)["document"]
    digest = base64.b64encode(hashlib.sha256(b"%PDF-1.4 factura").digest()).decode()
    assert part.items() >= {"filename": "factura.pdf", "sha256": digest}.items()
    assert (part["mime_type"], part["caption"]) == ("application/pdf", "La factura")
    url = simulator.http.get(
        f"/graph/v25.0/{part['id']}", headers={"Authorization": "Bearer meta-token"}
    ).json()["url"]
    file = simulator.http.get(url, headers={"Authorization": "Bearer meta-token"})
    assert file.content == b"%PDF-1.4 factura"


def test_a_voice_message_says_so(simulator: RunningSimulator, receiver: Receiver) -> None:
    message = whatsapp_message(told(simulator, receiver, **WHATSAPP, media={"type": "voice"}))
    assert message["audio"]["voice"] is True
    assert message["audio"]["mime_type"] == "audio/ogg; codecs=opus"


def test_a_file_of_a_size_is_made_up(simulator: RunningSimulator, receiver: Receiver) -> None:
    told(simulator, receiver, **WHATSAPP, media={"type": "image", "size": 5000})
    [message] = simulator.http.get("/_sim/inbound").json()["inbound"]
    file = httpx.get(message["file_url"], trust_env=False)
    assert len(file.content) == 5000
    assert file.content.startswith(b"\xff\xd8\xff")
    assert file.headers["Content-Disposition"] == "attachment"


def test_a_message_opens_the_window_of_its_person_only(
    simulator: RunningSimulator, receiver: Receiver
) -> None:
    told(simulator, receiver, **WHATSAPP, text="Hola")
    assert by_meta(simulator)["window_closed"] is False
    assert by_meta(simulator, to="+593981111111")["window_closed"] is True
    simulator.http.post("/_sim/reset").raise_for_status()
    assert by_meta(simulator)["window_closed"] is False


def test_a_message_comes_as_often_as_wanted_with_the_same_id(
    simulator: RunningSimulator, receiver: Receiver
) -> None:
    answer = write(simulator, **WHATSAPP, text="STOP", times=3).json()
    assert answer["answers"] == [200, 200, 200]
    first, *others = receiver.several(3)
    assert [other.body for other in others] == [first.body] * 2
    assert whatsapp_message(first)["id"] == answer["provider_message_id"]


def test_the_answer_of_the_product_is_told(simulator: RunningSimulator, receiver: Receiver) -> None:
    receiver.answer(401)
    assert write(simulator, **WHATSAPP, text="Hola").json()["answers"] == [401]


# ---- Twilio -------------------------------------------------------------------------------------


def is_signed_by_twilio(receiver: Receiver, received: Received) -> bool:
    url = f"{receiver.url}/twilio?de=consola"
    signature = received.headers["x-twilio-signature"]
    return bool(RequestValidator("twilio-token").validate(url, received.form(), signature))


def test_an_sms_has_blank_fields_that_are_signed_too(
    simulator: RunningSimulator, receiver: Receiver
) -> None:
    received = told(simulator, receiver, channel="sms", text="Mañana & tarde", **{"from": ANA})
    form = received.form()
    assert is_signed_by_twilio(receiver, received)
    assert (form["From"], form["To"], form["Body"]) == (ANA, "+15550001111", "Mañana & tarde")
    assert (form["FromCity"], form["NumMedia"], form["SmsStatus"]) == ("", "0", "received")
    assert form["MessageSid"] == form["SmsSid"]


def test_a_whatsapp_message_by_twilio_names_the_profile_and_the_button(
    simulator: RunningSimulator, receiver: Receiver
) -> None:
    sent = by_twilio(simulator, "whatsapp")
    received = told(
        simulator,
        receiver,
        provider="twilio",
        channel="whatsapp",
        name="Ana",
        button={"title": "Sí", "payload": "si"},
        reply_to=sent["id"],
        **{"from": ANA},
    )
    form = received.form()
    assert is_signed_by_twilio(receiver, received)
    assert (form["From"], form["To"]) == (f"whatsapp:{ANA}", "whatsapp:+15550002222")
    assert (form["WaId"], form["ProfileName"]) == ("593991234567", "Ana")
    assert (form["ButtonText"], form["ButtonPayload"]) == ("Sí", "si")
    assert form["OriginalRepliedMessageSid"] == sent["provider_message_id"]


def test_twilio_gives_a_file_out_to_its_account_only(
    simulator: RunningSimulator, receiver: Receiver
) -> None:
    form = told(simulator, receiver, channel="sms", media=PDF, **{"from": ANA}).form()
    assert (form["NumMedia"], form["MediaContentType0"]) == ("1", "application/pdf")
    assert httpx.get(form["MediaUrl0"], trust_env=False).status_code == 401
    redirect = httpx.get(form["MediaUrl0"], auth=("AC1", "twilio-token"), trust_env=False)
    assert redirect.status_code == 307
    assert httpx.get(redirect.headers["Location"], trust_env=False).content.startswith(b"%PDF")


def test_a_person_without_a_number_writes_by_twilio(
    simulator: RunningSimulator, receiver: Receiver
) -> None:
    form = told(
        simulator,
        receiver,
        provider="twilio",
        channel="whatsapp",
        identity="US.13491208655302",
        text="Hola",
    ).form()
    assert form["From"] == "whatsapp:US.13491208655302"
    assert form["ExternalUserId"] == "US.13491208655302"
    assert "WaId" not in form


def test_a_place_by_twilio_is_in_degrees(simulator: RunningSimulator, receiver: Receiver) -> None:
    wanted = {"provider": "twilio", "channel": "whatsapp", "from": ANA, "location": PLACE}
    form = told(simulator, receiver, **wanted).form()
    assert (form["Latitude"], form["Longitude"], form["Label"]) == ("-0.18", "-78.47", "Taller")


# ---- Evolution ----------------------------------------------------------------------------------


def evolution_data(received: Received) -> dict[str, Any]:
    assert received.headers["x-recado-secret"] == "evolution-secret"
    assert received.json()["event"] == "messages.upsert"
    data: dict[str, Any] = received.json()["data"]
    return data


def test_evolution_tells_of_a_text(simulator: RunningSimulator, receiver: Receiver) -> None:
    sent = by_evolution(simulator)
    data = evolution_data(
        told(
            simulator,
            receiver,
            provider="evolution",
            text="Gracias",
            name="Ana",
            reply_to=sent["id"],
            **{"from": ANA},
        )
    )
    assert data["key"]["remoteJid"] == "593991234567@s.whatsapp.net"
    assert data["key"]["fromMe"] is False
    assert (data["message"], data["pushName"]) == ({"conversation": "Gracias"}, "Ana")
    assert data["contextInfo"]["stanzaId"] == sent["provider_message_id"]


def test_a_person_behind_a_lid_has_no_number_unless_it_is_known(
    simulator: RunningSimulator, receiver: Receiver
) -> None:
    hidden = {"provider": "evolution", "identity": "88001122@lid", "text": "Hola"}
    key = evolution_data(told(simulator, receiver, **hidden))["key"]
    assert key["remoteJid"] == "88001122@lid"
    assert "remoteJidAlt" not in key
    known = evolution_data(told(simulator, receiver, **hidden, **{"from": ANA}))["key"]
    assert known["remoteJidAlt"] == "593991234567@s.whatsapp.net"


@pytest.mark.parametrize(
    ("wanted", "kind", "part"),
    [
        (
            {"button": {"title": "Sí", "payload": "si"}},
            "buttonsResponseMessage",
            "selectedButtonId",
        ),
        (
            {"button": {"title": "L", "payload": "l", "kind": "row"}},
            "listResponseMessage",
            "singleSelectReply",
        ),
        ({"location": PLACE}, "locationMessage", "degreesLatitude"),
        ({"contact": CARD}, "contactMessage", "vcard"),
    ],
)
def test_evolution_has_a_shape_for_each_kind(
    simulator: RunningSimulator,
    receiver: Receiver,
    wanted: dict[str, Any],
    kind: str,
    part: str,
) -> None:
    wanted = {"provider": "evolution", "from": ANA, **wanted}
    data = evolution_data(told(simulator, receiver, **wanted))
    assert data["messageType"] == kind
    assert part in data["message"][kind]


def test_evolution_gives_a_file_out_by_its_message(
    simulator: RunningSimulator, receiver: Receiver
) -> None:
    data = evolution_data(
        told(simulator, receiver, provider="evolution", media=PDF, **{"from": ANA})
    )
    assert data["message"]["documentMessage"]["fileName"] == "factura.pdf"
    url = "/evolution/chat/getBase64FromMediaMessage/taller"
    question = {"message": {"key": {"id": data["key"]["id"]}}}
    assert simulator.http.post(url, json=question).status_code == 401
    key = {"apikey": "evolution-key"}
    answer = simulator.http.post(url, json=question, headers=key).json()
    assert base64.b64decode(answer["base64"]).startswith(b"%PDF")
    unknown = {"message": {"key": {"id": "3A00"}}}
    assert simulator.http.post(url, json=unknown, headers=key).status_code == 400


# ---- Telegram -----------------------------------------------------------------------------------


def test_telegram_tells_of_a_text_and_numbers_its_updates(
    simulator: RunningSimulator, receiver: Receiver
) -> None:
    wanted = {"channel": "telegram", "from": "7000000000", "name": "Ana", "text": "/start"}
    first, second = (told(simulator, receiver, **wanted) for _ in range(2))
    assert first.headers["x-telegram-bot-api-secret-token"] == "telegram-secret"
    assert second.json()["update_id"] == first.json()["update_id"] + 1
    message = first.json()["message"]
    assert message["chat"] == {"id": 7000000000, "first_name": "Ana", "type": "private"}
    assert message["from"]["id"] == 7000000000
    assert message["text"] == "/start"


def test_telegram_tells_of_a_press_of_a_button(
    simulator: RunningSimulator, receiver: Receiver
) -> None:
    press = {"title": "Sí", "payload": "si"}
    received = told(simulator, receiver, channel="telegram", button=press, **{"from": "7000"})
    query = received.json()["callback_query"]
    assert (query["data"], query["from"]["id"]) == ("si", 7000)


@pytest.mark.parametrize(("event", "status"), [("blocked", "kicked"), ("unblocked", "member")])
def test_telegram_tells_of_a_block(
    simulator: RunningSimulator, receiver: Receiver, event: str, status: str
) -> None:
    received = told(simulator, receiver, channel="telegram", event=event, **{"from": "7000"})
    assert received.json()["my_chat_member"]["new_chat_member"]["status"] == status


@pytest.mark.parametrize(
    ("media", "part"),
    [
        ({"type": "image"}, "photo"),
        ({"type": "voice"}, "voice"),
        ({"type": "video"}, "video"),
        ({"type": "sticker"}, "sticker"),
        (PDF, "document"),
    ],
)
def test_telegram_names_a_file(
    simulator: RunningSimulator, receiver: Receiver, media: dict[str, Any], part: str
) -> None:
    received = told(simulator, receiver, channel="telegram", media=media, **{"from": "7000"})
    given = received.json()["message"][part]
    assert (given[-1] if part == "photo" else given)["file_id"]


@pytest.mark.parametrize(
    ("wanted", "part"), [({"location": PLACE}, "location"), ({"contact": CARD}, "contact")]
)
def test_telegram_has_a_shape_for_each_kind(
    simulator: RunningSimulator, receiver: Receiver, wanted: dict[str, Any], part: str
) -> None:
    received = told(simulator, receiver, channel="telegram", **wanted, **{"from": "7000"})
    assert part in received.json()["message"]


# ---- Slack --------------------------------------------------------------------------------------


def is_signed_by_slack(received: Received) -> bool:
    timestamp = received.headers["x-slack-request-timestamp"]
    text = b"v0:" + timestamp.encode() + b":" + received.body
    expected = "v0=" + hmac.new(b"slack-secret", text, "sha256").hexdigest()
    return received.headers["x-slack-signature"] == expected


def test_slacks_signature_agrees_with_the_vector() -> None:
    vector = json.loads((VECTORS / "slack_signature.json").read_text())
    [request] = vector.get("requests", [vector])
    made = slack.signature(
        request["signing_secret"], request["timestamp"], request["body"].encode()
    )
    assert made == request["signature"]


def test_slack_tells_of_a_direct_message(simulator: RunningSimulator, receiver: Receiver) -> None:
    received = told(simulator, receiver, channel="slack", text="Hola", **{"from": "U123"})
    assert is_signed_by_slack(received)
    envelope = received.json()
    assert (envelope["type"], envelope["team_id"]) == ("event_callback", "T1")
    event = envelope["event"]
    assert (event["type"], event["channel_type"]) == ("message", "im")
    assert (event["user"], event["channel"], event["text"]) == ("U123", "D123", "Hola")


def test_slack_tells_of_a_press_in_a_form(simulator: RunningSimulator, receiver: Receiver) -> None:
    press = {"title": "Sí", "payload": "si"}
    received = told(simulator, receiver, channel="slack", button=press, **{"from": "U123"})
    assert is_signed_by_slack(received)
    payload = json.loads(received.form()["payload"])
    assert (payload["type"], payload["user"]["id"]) == ("block_actions", "U123")
    assert [action["value"] for action in payload["actions"]] == ["si"]


def test_slack_gives_a_file_out_with_the_apps_token(
    simulator: RunningSimulator, receiver: Receiver
) -> None:
    event = told(simulator, receiver, channel="slack", media=PDF, **{"from": "U123"}).json()[
        "event"
    ]
    assert event["subtype"] == "file_share"
    [file] = event["files"]
    stranger = httpx.get(file["url_private"], trust_env=False)
    assert "Sign in" in stranger.text
    token = {"Authorization": "Bearer xoxb-slack-token"}
    known = httpx.get(file["url_private"], headers=token, trust_env=False)
    assert known.content.startswith(b"%PDF")


def test_slack_tries_again_with_the_same_event_and_a_new_signature(receiver: Receiver) -> None:
    with talking(talkative(receiver), receiver, retry_seconds=(0.0, 0.0)) as simulator:
        receiver.answer(503, 503)
        write(simulator, channel="slack", text="Hola", **{"from": "U123"})
        first, second, third = receiver.several(3)
    assert "x-slack-retry-num" not in first.headers
    assert [second.headers["x-slack-retry-num"], third.headers["x-slack-retry-num"]] == ["1", "2"]
    assert second.headers["x-slack-retry-reason"] == "http_error"
    assert first.json()["event_id"] == third.json()["event_id"]
    assert is_signed_by_slack(third)


# ---- Messenger and Instagram --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("channel", "kind", "own_id", "secret"),
    [
        ("messenger", "page", "5001", "page-secret"),
        ("instagram", "instagram", "6001", "instagram-secret"),
    ],
)
def test_a_chat_of_metas_tells_of_a_text(
    simulator: RunningSimulator,
    receiver: Receiver,
    channel: str,
    kind: str,
    own_id: str,
    secret: str,
) -> None:
    received = told(simulator, receiver, channel=channel, text="Hola", **{"from": "900100"})
    assert is_signed_by_meta(received, secret)
    assert received.json()["object"] == kind
    [event] = received.json()["entry"][0]["messaging"]
    assert (event["sender"], event["recipient"]) == ({"id": "900100"}, {"id": own_id})
    assert event["message"]["text"] == "Hola"
    assert event["timestamp"] > 10**12


@pytest.mark.parametrize(
    ("wanted", "part"),
    [
        ({"button": {"title": "Sí", "payload": "si"}}, {"quick_reply": {"payload": "si"}}),
        ({"text": "Hola"}, {"text": "Hola"}),
    ],
)
def test_messenger_has_a_shape_for_each_kind(
    simulator: RunningSimulator, receiver: Receiver, wanted: dict[str, Any], part: dict[str, Any]
) -> None:
    received = told(simulator, receiver, channel="messenger", **wanted, **{"from": "900100"})
    [event] = received.json()["entry"][0]["messaging"]
    assert part.items() <= event["message"].items()


def test_messenger_gives_the_address_of_a_file(
    simulator: RunningSimulator, receiver: Receiver
) -> None:
    received = told(simulator, receiver, channel="messenger", media=PDF, **{"from": "900100"})
    [event] = received.json()["entry"][0]["messaging"]
    [attachment] = event["message"]["attachments"]
    assert attachment["type"] == "file"
    file = httpx.get(attachment["payload"]["url"], trust_env=False)
    assert file.content.startswith(b"%PDF")


def test_messenger_tells_of_a_reaction(simulator: RunningSimulator, receiver: Receiver) -> None:
    sent = by_messenger(simulator, "/graph/v25.0/5001/messages", "page-token")
    received = told(
        simulator,
        receiver,
        channel="messenger",
        reaction="❤",
        reply_to=sent["id"],
        **{"from": "900100"},
    )
    [event] = received.json()["entry"][0]["messaging"]
    assert event["reaction"]["mid"] == sent["provider_message_id"]
    assert (event["reaction"]["action"], event["reaction"]["emoji"]) == ("react", "❤")


# ---- Blocks -------------------------------------------------------------------------------------


def test_whoever_blocked_us_on_whatsapp_makes_later_messages_fail(
    simulator: RunningSimulator, receiver: Receiver
) -> None:
    assert write(simulator, **WHATSAPP, event="blocked").json()["answers"] == []
    by_meta(simulator)
    [failed] = whatsapp_value(receiver.next())["statuses"]
    assert (failed["status"], failed["errors"][0]["code"]) == ("failed", 131026)
    write(simulator, **WHATSAPP, event="unblocked")
    by_meta(simulator)
    assert simulator.http.get("/_sim/ladder").json() == {"ladders": []}
    assert receiver.nothing_else()


def test_whoever_blocked_the_bot_is_refused_until_the_block_ends(
    simulator: RunningSimulator, receiver: Receiver
) -> None:
    statuses = []
    for event in ("blocked", "unblocked"):
        told(simulator, receiver, channel="telegram", event=event, **{"from": "7000"})
        answer = simulator.http.post(
            "/telegram/bot77:telegram-token/sendMessage", json={"chat_id": 7000, "text": "Hola"}
        )
        statuses.append(answer.status_code)
    assert statuses == [403, 200]


def test_a_block_where_nobody_hears_of_it_cannot_be(simulator: RunningSimulator) -> None:
    answer = write(simulator, channel="sms", event="blocked", **{"from": ANA})
    assert (answer.status_code, answer.json()["error"]["field"]) == (400, "event")


# ---- Wishes that cannot be ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wanted", "status", "field"),
    [
        ({"from": ANA, "text": "Hola"}, 400, "provider"),
        ({"channel": "sms", "text": "Hola"}, 400, "from"),
        ({"channel": "sms", "from": ANA}, 400, "text"),
        ({"channel": "push", "from": ANA, "text": "Hola"}, 400, "channel"),
        ({"provider": "smtp", "from": ANA, "text": "Hola"}, 400, "provider"),
        ({"provider": "ses", "from": "a@b.example", "text": "Hola"}, 400, "provider"),
        ({"channel": "sms", "from": ANA, "text": "a", "reply_to": "unknown"}, 404, "reply_to"),
        ({"channel": "sms", "from": ANA, "reaction": "👍"}, 400, "reaction"),
        ({"provider": "meta", "from": ANA, "reaction": "👍"}, 400, "reply_to"),
        ({"provider": "meta", "from": ANA, "button": 0}, 400, "button"),
        ({"provider": "meta", "from": ANA, "event": "changed_number"}, 400, "new_number"),
        (
            {"provider": "meta", "from": ANA, "button": "a", "reaction": "👍"},
            400,
            "reaction",
        ),
        ({"channel": "sms", "from": ANA, "location": PLACE}, 400, "location"),
        ({"channel": "telegram", "from": "ana", "text": "Hola"}, 400, "from"),
        ({"provider": "meta", "from": "ana", "text": "Hola"}, 400, "from"),
        ({"channel": "sms", "from": "593991234567", "text": "Hola"}, 400, "from"),
        ({"provider": "evolution", "from": "ana", "text": "Hola"}, 400, "from"),
        ({"channel": "slack", "from": "U1", "location": PLACE}, 400, "location"),
        ({"channel": "messenger", "from": "900100", "contact": CARD}, 400, "contact"),
        (
            {"provider": "meta", "from": ANA, "media": {"type": "image", "content_base64": "?"}},
            400,
            "media.content_base64",
        ),
        (
            {"provider": "meta", "from": ANA, "media": {"type": "image", "mime_type": "jpeg"}},
            400,
            "media.mime_type",
        ),
    ],
)
def test_what_cannot_be_names_the_field_and_reaches_nobody(
    simulator: RunningSimulator,
    receiver: Receiver,
    wanted: dict[str, Any],
    status: int,
    field: str,
) -> None:
    answer = write(simulator, **wanted)
    assert (answer.status_code, answer.json()["error"]["field"]) == (status, field)
    assert receiver.nothing_else()
    assert simulator.http.get("/_sim/inbound").json() == {"inbound": []}


def test_a_reply_to_a_message_of_another_provider_cannot_be(
    simulator: RunningSimulator,
) -> None:
    sent = by_evolution(simulator)
    answer = write(simulator, **WHATSAPP, text="Hola", reply_to=sent["id"])
    assert (answer.status_code, answer.json()["error"]["field"]) == (400, "reply_to")


def test_whatsapp_is_answered_through_the_provider_of_the_last_message(
    simulator: RunningSimulator, receiver: Receiver
) -> None:
    by_meta(simulator)
    by_evolution(simulator)
    received = told(simulator, receiver, channel="whatsapp", text="Hola", **{"from": ANA})
    assert received.path == "/evolution"


def test_a_person_writes_although_the_product_does_not_answer(receiver: Receiver) -> None:
    accounts = talkative(receiver)
    assert accounts.meta
    nowhere = accounts.meta.model_copy(update={"webhook_url": "http://127.0.0.1:9/whatsapp"})
    with talking(accounts.model_copy(update={"meta": nowhere}), receiver) as simulator:
        assert write(simulator, **WHATSAPP, text="Hola").status_code == 502
        [kept] = simulator.http.get("/_sim/inbound").json()["inbound"]
        assert kept["text"] == "Hola"
        assert by_meta(simulator)["window_closed"] is False
