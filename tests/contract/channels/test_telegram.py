"""Telegram: the request byte for byte, and the refusals that it tells apart by text."""

from __future__ import annotations

import json
import logging
from typing import Any

import httpx
import pytest

from recado.adapters.channels.telegram import ERRORS, SIGNALS
from recado.domain.channels import Channel
from recado.domain.directory import Address, SuppressionReason
from recado.domain.errors import (
    AccountError,
    DeliveryError,
    OutcomeUnknownError,
    PermanentMessageError,
    PermanentRecipientError,
    RetryableError,
)
from recado.domain.messages import Attachment, AttachmentType, Button, ChatMessage
from tests.contract.channels.behaviour import Behaviour
from tests.contract.channels.error_tables import not_counted, suppressing
from tests.contract.channels.providers.telegram import CHAT, Telegram, accepted, refused

BAD, FORBIDDEN = "Bad Request: ", "Forbidden: "
WRONG_BUTTON = "inline keyboard button URL 'blocked by the user' is invalid: Wrong HTTP URL"

REFUSALS: list[tuple[int, str, type[DeliveryError], str]] = [
    (400, f"{BAD}chat not found", PermanentRecipientError, "chat_not_found"),
    (400, f"{BAD}user not found", PermanentRecipientError, "chat_not_found"),
    (400, f"{BAD}PEER_ID_INVALID", PermanentRecipientError, "chat_not_found"),
    (400, f"{BAD}USER_IS_BLOCKED", PermanentRecipientError, "blocked"),
    (400, f"{BAD}INPUT_USER_DEACTIVATED", PermanentRecipientError, "deactivated"),
    (400, f"{BAD}USER_IS_BOT", PermanentRecipientError, "is_bot"),
    (400, f"{BAD}CHANNEL_PRIVATE", PermanentRecipientError, "not_in_chat"),
    (400, f"{BAD}group chat was deleted", PermanentRecipientError, "not_in_chat"),
    (
        400,
        f"{BAD}group chat was upgraded to a supergroup chat",
        PermanentRecipientError,
        "migrated",
    ),
    (
        400,
        f"{BAD}group chat was migrated to a supergroup chat",
        PermanentRecipientError,
        "migrated",
    ),
    (400, f"{BAD}have no rights to send a message", PermanentRecipientError, "no_rights"),
    (400, f"{BAD}not enough rights to send text messages", PermanentRecipientError, "no_rights"),
    (400, f"{BAD}need administrator rights in the chat", PermanentRecipientError, "no_rights"),
    (400, f"{BAD}CHAT_WRITE_FORBIDDEN", PermanentRecipientError, "no_rights"),
    (400, f"{BAD}CHAT_RESTRICTED", PermanentRecipientError, "no_rights"),
    (400, f"{BAD}TOPIC_CLOSED", PermanentRecipientError, "no_rights"),
    (400, f"{BAD}can't parse entities: unsupported tag", PermanentMessageError, "not_parsed"),
    (400, f"{BAD}message is too long", PermanentMessageError, "too_long"),
    (400, f"{BAD}MEDIA_CAPTION_TOO_LONG", PermanentMessageError, "too_long"),
    (400, f"{BAD}message text is empty", PermanentMessageError, "no_text"),
    (400, f"{BAD}text must be non-empty", PermanentMessageError, "no_text"),
    (400, f"{BAD}BUTTON_DATA_INVALID", PermanentMessageError, "button_refused"),
    (400, f"{BAD}BUTTON_URL_INVALID", PermanentMessageError, "button_refused"),
    (400, f"{BAD}REPLY_MARKUP_TOO_LONG", PermanentMessageError, "button_refused"),
    (400, f"{BAD}{WRONG_BUTTON}", PermanentMessageError, "button_refused"),
    (400, f"{BAD}failed to get HTTP URL content", PermanentMessageError, "file_not_fetched"),
    (400, f"{BAD}wrong type of the web page content", PermanentMessageError, "file_not_fetched"),
    (400, f"{BAD}WEBPAGE_CURL_FAILED", PermanentMessageError, "file_not_fetched"),
    (400, f"{BAD}WEBPAGE_MEDIA_EMPTY", PermanentMessageError, "file_not_fetched"),
    (400, f"{BAD}wrong file identifier/HTTP URL specified", PermanentMessageError, "file_refused"),
    (400, f"{BAD}wrong remote file identifier specified", PermanentMessageError, "file_refused"),
    (400, f"{BAD}file is too big", PermanentMessageError, "file_refused"),
    (400, f"{BAD}PHOTO_INVALID_DIMENSIONS", PermanentMessageError, "file_refused"),
    (400, f"{BAD}IMAGE_PROCESS_FAILED", PermanentMessageError, "file_refused"),
    (400, f"{BAD}the moon is full", PermanentMessageError, "http_400"),
    (401, "Unauthorized", AccountError, "http_401"),
    (403, f"{FORBIDDEN}bot was blocked by the user", PermanentRecipientError, "blocked"),
    (403, f"{FORBIDDEN}user is deactivated", PermanentRecipientError, "deactivated"),
    (403, f"{FORBIDDEN}bot can't send messages to bots", PermanentRecipientError, "is_bot"),
    (
        403,
        f"{FORBIDDEN}bot can't initiate conversation with a user",
        PermanentRecipientError,
        "not_started",
    ),
    (403, f"{FORBIDDEN}bot was kicked from the group chat", PermanentRecipientError, "not_in_chat"),
    (
        403,
        f"{FORBIDDEN}bot is not a member of the channel chat",
        PermanentRecipientError,
        "not_in_chat",
    ),
    (403, f"{FORBIDDEN}something new", PermanentRecipientError, "http_403"),
    (404, "Not Found", AccountError, "http_404"),
    (409, "Conflict: terminated by other getUpdates request", AccountError, "http_409"),
    (429, "Too Many Requests: retry after 5", RetryableError, "http_429"),
    (500, "Internal Server Error", RetryableError, "http_500"),
    (502, "Bad Gateway", RetryableError, "http_502"),
    (503, "Service Unavailable", RetryableError, "http_503"),
    (504, "Gateway Timeout", OutcomeUnknownError, "http_504"),
]


def failure(answer: httpx.Response) -> DeliveryError:
    provider = Telegram()
    with pytest.raises(DeliveryError) as raised:
        provider.answering(answer).send(provider.message)
    return raised.value


def sent(content: ChatMessage) -> tuple[str, dict[str, Any]]:
    """The method that a content is sent by, and its parameters."""
    provider = Telegram()
    with provider.sender(Behaviour.ACCEPTS) as sender:
        sender.send(provider.message.model_copy(update={"content": content}))
    parameters: dict[str, Any] = json.loads(provider.request.content)
    return provider.request.url.path.rpartition("/")[2], parameters


def refusal(content: ChatMessage) -> str:
    """Why a content is refused before anything is sent."""
    provider = Telegram()
    with (
        provider.sender(Behaviour.ACCEPTS) as sender,
        pytest.raises(PermanentMessageError) as raised,
    ):
        sender.send(provider.message.model_copy(update={"content": content}))
    assert provider.requests == []
    return raised.value.code


def a_message(text: str = "Hola", **fields: Any) -> ChatMessage:
    return ChatMessage(channel=Channel.TELEGRAM, text=text, **fields)


def test_a_text_goes_as_it_is_without_a_parse_mode() -> None:
    provider = Telegram()
    with provider.sender(Behaviour.ACCEPTS) as sender:
        acceptance = sender.send(provider.message)

    assert str(provider.request.url) == (
        "https://telegram.test/bot110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw/sendMessage"
    )
    assert json.loads(provider.request.content) == {
        "chat_id": CHAT,
        "text": "Hola Carlos, su <b>Haval</b> le espera",
        "link_preview_options": {"is_disabled": True},
    }
    assert acceptance.provider_message_id == f"{CHAT}:77"


def test_a_token_cannot_leave_its_place_in_the_address() -> None:
    provider = Telegram()
    provider.credentials = {"bot_token": "1:a/../b?c#d"}
    with provider.sender(Behaviour.ACCEPTS) as sender:
        sender.send(provider.message)
    assert provider.request.url.raw_path == b"/bot1:a%2F..%2Fb%3Fc%23d/sendMessage"


def test_buttons_stand_in_a_row_each_and_answer_or_open() -> None:
    buttons = (
        Button(title="Sí", payload="y" * 64),
        Button(title="Mapa", url="https://maps.example/taller"),
    )
    _, parameters = sent(a_message(buttons=buttons))
    assert parameters["reply_markup"] == {
        "inline_keyboard": [
            [{"text": "Sí", "callback_data": "y" * 64}],
            [{"text": "Mapa", "url": "https://maps.example/taller"}],
        ]
    }


@pytest.mark.parametrize(
    ("kind", "method", "name"),
    [
        (AttachmentType.IMAGE, "sendPhoto", "photo"),
        (AttachmentType.VIDEO, "sendVideo", "video"),
        (AttachmentType.AUDIO, "sendAudio", "audio"),
        (AttachmentType.DOCUMENT, "sendDocument", "document"),
    ],
)
def test_a_file_goes_by_its_address_with_the_text_as_its_caption(
    kind: AttachmentType, method: str, name: str
) -> None:
    file = Attachment(type=kind, url="https://files.example/1")
    assert sent(a_message("Su factura", attachment=file)) == (
        method,
        {"chat_id": CHAT, name: "https://files.example/1", "caption": "Su factura"},
    )


def test_a_file_goes_by_telegrams_own_id_and_needs_no_text() -> None:
    file = Attachment(type=AttachmentType.IMAGE, media_id="AgACAgQ")
    assert sent(a_message("", attachment=file)) == (
        "sendPhoto",
        {"chat_id": CHAT, "photo": "AgACAgQ"},
    )


def test_a_quoted_message_that_was_deleted_does_not_stop_the_answer() -> None:
    _, parameters = sent(a_message(reply_to=f"{CHAT}:41"))
    assert parameters["reply_parameters"] == {
        "message_id": 41,
        "allow_sending_without_reply": True,
    }


@pytest.mark.parametrize("reply_to", ["7:41", f"callback:{CHAT}", f"{CHAT}:x", "wamid.1", ""])
def test_what_is_no_message_of_the_chat_is_not_quoted(reply_to: str) -> None:
    _, parameters = sent(a_message(reply_to=reply_to))
    assert "reply_parameters" not in parameters


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (a_message(" "), "text_missing"),
        (a_message("a" * 4097), "text_too_long"),
        (
            a_message("a" * 1025, attachment=Attachment(type=AttachmentType.IMAGE, media_id="1")),
            "text_too_long",
        ),
        (a_message(buttons=(Button(title="Sí", payload="ñ" * 33),)), "buttons_refused"),
        (a_message(buttons=(Button(title="Sí", payload=""),)), "buttons_refused"),
        (a_message(buttons=(Button(title="Sí", payload="1"),) * 101), "buttons_refused"),
        (ChatMessage(channel=Channel.SLACK, text="Hola"), "wrong_content"),
    ],
)
def test_what_telegram_refuses_for_certain_is_not_sent(content: ChatMessage, code: str) -> None:
    assert refusal(content) == code


def test_the_longest_text_and_the_most_buttons_are_sent() -> None:
    content = a_message("a" * 4096, buttons=(Button(title="Sí", payload="1"),) * 100)
    _, parameters = sent(content)
    assert len(parameters["text"]) == 4096
    assert len(parameters["reply_markup"]["inline_keyboard"]) == 100


@pytest.mark.parametrize(
    ("address", "chat_id"),
    [
        ("-1001234567890", -1001234567890),
        (str(2**52), 2**52),
        ("@talleres_andinos", "@talleres_andinos"),
    ],
)
def test_a_chat_is_a_number_or_a_public_name(address: str, chat_id: object) -> None:
    provider = Telegram()
    to = Address(channel=Channel.TELEGRAM, value=address)
    with provider.sender(Behaviour.ACCEPTS) as sender:
        sender.send(provider.message.model_copy(update={"to": to}))
    assert json.loads(provider.request.content)["chat_id"] == chat_id


@pytest.mark.parametrize("address", ["+593991234567", "0", "-", "carlos", "@c", "1" * 30])
def test_what_is_no_chat_is_refused_before_anything_is_sent(address: str) -> None:
    provider = Telegram()
    to = Address(channel=Channel.TELEGRAM, value=address)
    with (
        provider.sender(Behaviour.ACCEPTS) as sender,
        pytest.raises(PermanentRecipientError, match="invalid_address"),
    ):
        sender.send(provider.message.model_copy(update={"to": to}))
    assert provider.requests == []


@pytest.mark.parametrize(("status", "description", "kind", "code"), REFUSALS)
def test_every_refusal_has_its_class(
    status: int, description: str, kind: type[DeliveryError], code: str
) -> None:
    error = failure(refused(status, description))
    assert type(error) is kind
    assert error.code == code


def test_every_row_of_the_table_and_every_text_is_tried_above() -> None:
    assert set(ERRORS) <= {code for _, _, _, code in REFUSALS}
    told = [description.lower() for _, description, _, _ in REFUSALS]
    assert [words for words in SIGNALS if not any(words in each for each in told)] == []


@pytest.mark.parametrize(
    ("answer", "kind", "code"),
    [
        (refused(403, f"{FORBIDDEN}x", status=200), PermanentRecipientError, "http_403"),
        (refused(502, "Bad Gateway", status=200), RetryableError, "http_502"),
        (refused(429, "Too Many Requests", status=400), RetryableError, "http_429"),
        (refused(418, "new", status=200), PermanentMessageError, "http_418"),
        (httpx.Response(200, json={"ok": False}), PermanentMessageError, "http_200"),
        (httpx.Response(403, text="a proxy's page"), PermanentRecipientError, "http_403"),
        (httpx.Response(404, json=[1]), AccountError, "http_404"),
        (httpx.Response(400, json={"description": 7}), PermanentMessageError, "http_400"),
    ],
)
def test_the_code_in_the_body_counts_more_than_the_status(
    answer: httpx.Response, kind: type[DeliveryError], code: str
) -> None:
    error = failure(answer)
    assert (type(error), error.code) == (kind, code)


def test_whom_it_never_suppresses_may_only_be_unknown_to_this_bot() -> None:
    assert suppressing(ERRORS) == {"blocked", "deactivated", "is_bot"}
    assert ERRORS["blocked"].suppression is SuppressionReason.BLOCKED
    assert not_counted(ERRORS) == set()


def test_throttling_says_how_long_to_wait() -> None:
    error = failure(refused(429, "Too Many Requests: retry after 5", retry_after=5))
    assert isinstance(error, RetryableError)
    assert error.retry_after == 5.0


@pytest.mark.parametrize("wait", [0, -1, 10**9, True])
def test_a_wait_that_cannot_be_is_left_to_our_own(wait: int) -> None:
    error = failure(refused(429, "Too Many Requests", retry_after=wait))
    assert isinstance(error, RetryableError)
    assert error.retry_after is None


def test_a_group_that_became_a_supergroup_gets_the_message_under_its_new_id(
    caplog: pytest.LogCaptureFixture,
) -> None:
    provider = Telegram()
    answers = [
        refused(400, f"{BAD}group chat was upgraded to a supergroup chat", migrate_to_chat_id=-100),
        accepted(chat=-100, number=3),
    ]
    sender = provider.over(lambda request: answers.pop(0))
    with caplog.at_level(logging.WARNING):
        acceptance = sender.send(provider.message)

    requests = [request for request in provider.requests if isinstance(request, httpx.Request)]
    bodies = [json.loads(request.content) for request in requests]
    assert [body.pop("chat_id") for body in bodies] == [CHAT, -100]
    assert bodies[0] == bodies[1]
    assert acceptance.provider_message_id == "-100:3"
    (record,) = caplog.records
    assert str(CHAT) not in str(vars(record))


def test_a_group_that_moves_twice_is_refused_after_the_second_call() -> None:
    provider = Telegram()
    moved = refused(400, f"{BAD}group chat was upgraded to a supergroup chat", migrate_to_chat_id=5)
    with pytest.raises(PermanentRecipientError, match="migrated"):
        provider.answering(moved).send(provider.message)
    assert len(provider.requests) == 2


@pytest.mark.parametrize(
    "result",
    [
        None,
        True,
        {"message_id": 7},
        {"message_id": "7", "chat": {"id": 1}},
        {"message_id": True, "chat": {"id": 1}},
        {"message_id": 7, "chat": {"id": "1"}},
    ],
)
def test_an_acceptance_without_an_id_leaves_the_outcome_unknown(result: object) -> None:
    answer = httpx.Response(200, json={"ok": True, "result": result})
    assert type(failure(answer)) is OutcomeUnknownError
