"""The simulated Bot API takes what Telegram takes, and refuses what it refuses."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from aiohttp import web

from local.simulator.app import Simulator
from local.simulator.behaviour import Behaviours
from local.simulator.exchange import Exchange
from local.simulator.media import MediaStore
from local.simulator.messages import MessageStore
from local.simulator.providers.telegram import Telegram
from local.simulator.request_log import RequestLog
from tests.unit.simulator.running import ACCOUNTS, RunningSimulator, running

CHAT = 6_100_200_300
TOKEN = "110201543:telegram-token"
YES = {"text": "Sí", "callback_data": "yes"}
SITE = {"text": "Ver", "url": "https://a.example/x"}


def call(
    simulator: RunningSimulator, method: str, payload: object, token: str = TOKEN
) -> httpx.Response:
    return simulator.http.post(f"/telegram/bot{token}/{method}", json=payload)


def send(simulator: RunningSimulator, **parameters: Any) -> httpx.Response:
    return call(simulator, "sendMessage", {"chat_id": CHAT, "text": "Hola", **parameters})


def keyboard(*rows: object) -> dict[str, object]:
    return {"inline_keyboard": list(rows)}


@pytest.mark.parametrize("chat_id", [CHAT, str(CHAT)])
def test_a_text_is_accepted_with_its_number_in_the_chat(
    simulator: RunningSimulator, chat_id: object
) -> None:
    answers = [send(simulator, chat_id=chat_id) for _ in range(2)]
    results = [answer.raise_for_status().json()["result"] for answer in answers]
    assert {result["chat"]["id"] for result in results} == {CHAT}
    messages = simulator.messages(channel="telegram")
    assert [message["provider_message_id"] for message in messages] == [
        f"{CHAT}:{result['message_id']}" for result in results
    ]
    assert len({message["provider_message_id"] for message in messages}) == 2
    assert (messages[0]["to"], messages[0]["text"]) == (str(CHAT), "Hola")


def test_buttons_and_the_quoted_message_are_kept(simulator: RunningSimulator) -> None:
    send(
        simulator,
        reply_markup=keyboard([YES], [SITE]),
        reply_parameters={"message_id": 7, "allow_sending_without_reply": True},
    ).raise_for_status()
    [message] = simulator.messages()
    assert message["reply_to"] == f"{CHAT}:7"
    assert [(each["title"], each["payload"], each["url"]) for each in message["buttons"]] == [
        ("Sí", "yes", None),
        ("Ver", None, "https://a.example/x"),
    ]


@pytest.mark.parametrize(
    ("method", "name"),
    [
        ("sendPhoto", "photo"),
        ("sendVideo", "video"),
        ("sendAudio", "audio"),
        ("sendDocument", "document"),
    ],
)
def test_a_file_is_taken_by_its_address(
    simulator: RunningSimulator, method: str, name: str
) -> None:
    payload = {"chat_id": CHAT, name: "https://files.example/1", "caption": "Su factura"}
    call(simulator, method, payload).raise_for_status()
    [message] = simulator.messages()
    assert (message["kind"], message["text"]) == ("media", "Su factura")
    assert message["media_url"] == "https://files.example/1"


@pytest.mark.parametrize(
    ("parameters", "complaint"),
    [
        ({"chat_id": None}, "chat_id is empty"),
        ({"chat_id": "carlos"}, "chat not found"),
        ({"chat_id": True}, "chat not found"),
        ({"text": " "}, "message text is empty"),
        ({"text": 7}, "message text is empty"),
        ({"text": "a" * 4097}, "message is too long"),
        ({"parse_mode": "HTML"}, "unsupported parse_mode"),
        ({"reply_markup": []}, "can't parse reply keyboard markup JSON object"),
        (
            {"reply_markup": keyboard([{"text": "Sí"}])},
            "can't parse inline keyboard button: text buttons are unallowed",
        ),
        (
            {"reply_markup": keyboard([{**YES, "callback_data": "ñ" * 33}])},
            "BUTTON_DATA_INVALID",
        ),
        (
            {"reply_markup": keyboard([{**SITE, "url": "a"}])},
            "inline keyboard button URL 'a' is invalid: Wrong HTTP URL",
        ),
        ({"reply_markup": keyboard([YES] * 101)}, "REPLY_MARKUP_TOO_LONG"),
        ({"reply_parameters": {}}, "can't parse reply parameters JSON object"),
    ],
)
def test_what_telegram_refuses_is_refused_in_its_words(
    simulator: RunningSimulator, parameters: dict[str, Any], complaint: str
) -> None:
    answer = send(simulator, **parameters)
    assert answer.status_code == 400
    assert answer.json() == {
        "ok": False,
        "error_code": 400,
        "description": f"Bad Request: {complaint}",
    }
    assert simulator.messages() == []


@pytest.mark.parametrize(
    ("payload", "complaint"),
    [
        ({"chat_id": CHAT}, "there is no photo in the request"),
        ({"chat_id": CHAT, "photo": "1"}, "wrong file identifier/HTTP URL specified"),
        (
            {"chat_id": CHAT, "photo": "https://a.example", "caption": "a" * 1025},
            "message caption is too long",
        ),
        ([], "can't parse JSON object"),
    ],
)
def test_a_file_that_cannot_be_sent_is_refused(
    simulator: RunningSimulator, payload: object, complaint: str
) -> None:
    answer = call(simulator, "sendPhoto", payload)
    assert answer.json()["description"] == f"Bad Request: {complaint}"


def test_a_wrong_token_is_401_and_an_unknown_method_404(simulator: RunningSimulator) -> None:
    wrong = call(simulator, "sendMessage", {}, token="1:other")
    assert (wrong.status_code, wrong.json()["description"]) == (401, "Unauthorized")
    unknown = call(simulator, "sendFax", {})
    assert (unknown.status_code, unknown.json()["error_code"]) == (404, 404)


@pytest.mark.parametrize(
    ("behaviour", "status", "description"),
    [
        ({"status": 403}, 403, "Forbidden: bot was blocked by the user"),
        ({"status": 502}, 502, "Bad Gateway"),
        ({"code": "Forbidden: user is deactivated"}, 403, "Forbidden: user is deactivated"),
        ({"code": "Bad Request: chat not found"}, 400, "Bad Request: chat not found"),
        ({"status": 500, "code": "Restarting"}, 500, "Restarting"),
    ],
)
def test_a_behaviour_is_told_in_telegrams_words(
    simulator: RunningSimulator, behaviour: dict[str, object], status: int, description: str
) -> None:
    simulator.misbehave(provider="telegram", **behaviour)
    answer = send(simulator)
    assert answer.status_code == status
    assert answer.json() == {"ok": False, "error_code": status, "description": description}


def test_throttling_says_in_the_body_how_long_to_wait(simulator: RunningSimulator) -> None:
    simulator.misbehave(provider="telegram", status=429, retry_after=5)
    assert send(simulator).json() == {
        "ok": False,
        "error_code": 429,
        "description": "Too Many Requests: retry after 5",
        "parameters": {"retry_after": 5},
    }


def test_the_bot_tells_who_it_is_and_takes_an_answer_to_a_press(
    simulator: RunningSimulator,
) -> None:
    bot = simulator.http.get(f"/telegram/bot{TOKEN}/getMe").json()["result"]
    assert (bot["id"], bot["is_bot"]) == (110201543, True)
    press = {"callback_query_id": "4382"}
    assert call(simulator, "answerCallbackQuery", press).json() == {"ok": True, "result": True}
    assert call(simulator, "answerCallbackQuery", {}).status_code == 400


def test_a_file_that_nobody_sent_is_not_found(simulator: RunningSimulator) -> None:
    answer = call(simulator, "getFile", {"file_id": "1"})
    assert answer.json()["description"] == "Bad Request: invalid file_id"
    assert simulator.http.get(f"/telegram/file/bot{TOKEN}/files/1").status_code == 404
    assert simulator.http.get("/telegram/file/bot1:other/files/1").status_code == 401


@pytest.mark.parametrize(
    ("size", "complaint"), [(20 * 2**20, None), (20 * 2**20 + 1, "Bad Request: file is too big")]
)
def test_a_file_that_somebody_sent_can_be_fetched_up_to_20_megabytes(
    size: int, complaint: str | None
) -> None:
    account, media, app = ACCOUNTS.telegram, MediaStore(), web.Application()
    assert account
    media_id = media.put(bytes(size), "application/pdf")
    exchange = Exchange(MessageStore(), RequestLog(()), Behaviours())
    app.add_routes(exchange.routes(Telegram(account, media)))
    with running(Simulator(app, None)) as simulator:
        answer = call(simulator, "getFile", {"file_id": media_id}).json()
        assert answer.get("description") == complaint
        if complaint is None:
            path = answer["result"]["file_path"]
            file = simulator.http.get(f"/telegram/file/bot{TOKEN}/{path}")
            assert (len(file.content), file.headers["Content-Type"]) == (
                size,
                "application/octet-stream",
            )


def test_the_token_is_struck_out_of_the_log_of_requests(simulator: RunningSimulator) -> None:
    send(simulator)
    [request] = simulator.requests()
    assert request["path"] == "/telegram/bot[redacted]/sendMessage"
