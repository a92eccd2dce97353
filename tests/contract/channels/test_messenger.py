"""Messenger and Instagram: the requests, their limits, and every code of the error table."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from recado.adapters.channels.messenger import ERRORS, InstagramSender, MessengerSender
from recado.domain.channels import Channel
from recado.domain.errors import (
    AccountError,
    DeliveryError,
    OutcomeUnknownError,
    PermanentMessageError,
    PermanentRecipientError,
    RetryableError,
    WindowClosedError,
)
from recado.domain.messages import Attachment, AttachmentType, Button, ChatMessage
from tests.contract.channels.error_tables import (
    assert_complete,
    cases,
    not_counted,
    suppressing,
)
from tests.contract.channels.providers.messenger import Instagram, Messenger, accepted

EXPECTED: dict[type[DeliveryError], str] = {
    RetryableError: "1 2 4 17 32 613 1200",
    PermanentMessageError: "100",
    WindowClosedError: "10/2018278 10/2534022",
    PermanentRecipientError: "10/2018108 100/2018001 200/1545041 551",
    AccountError: "10 190 368 " + " ".join(str(code) for code in range(200, 300)),
}

YES = Button(title="Sí", payload="confirm:1")
SITE = Button(title="Ver la cita", url="https://taller.example/c/1")
PHOTO = Attachment(type=AttachmentType.IMAGE, url="https://taller.example/haval.jpg")
STORED = Attachment(type=AttachmentType.IMAGE, media_id="998877")


def send(provider: Messenger, **content: Any) -> dict[str, Any]:
    """Send with another content, and give the body of the request."""
    provider.answering(accepted()).send(message_of(provider, **content))
    body: dict[str, Any] = json.loads(provider.request.content)
    return body


def message_of(provider: Messenger, **content: Any) -> Any:
    changed = provider.message.content.model_copy(update=content)
    return provider.message.model_copy(update={"content": changed})


def refused_before_sending(provider: Messenger, **content: Any) -> str:
    with pytest.raises(PermanentMessageError) as raised:
        provider.answering(accepted()).send(message_of(provider, **content))
    assert provider.requests == []
    return raised.value.code


def failure(code: str) -> DeliveryError:
    provider = Messenger()
    with pytest.raises(DeliveryError) as raised:
        provider.answering(provider.refused(*map(int, code.split("/")))).send(provider.message)
    return raised.value


def test_a_text_answers_the_person_as_the_page() -> None:
    provider = Messenger()
    assert send(provider) == {
        "recipient": {"id": "7788990011223344"},
        "messaging_type": "RESPONSE",
        "message": {"text": "Hola Carlos, su Haval le espera"},
    }
    assert str(provider.request.url) == "https://graph.test/v25.0/411223344556677/messages"
    assert provider.request.headers["Authorization"] == "Bearer EAApagetokenpagetoken"


def test_a_text_answers_the_person_as_the_instagram_account() -> None:
    provider = Instagram()
    assert send(provider)["recipient"] == {"id": "1122334455667788"}
    assert str(provider.request.url) == "https://graph.test/v25.0/17841400000000000/messages"


@pytest.mark.parametrize(
    ("provider", "adapter", "url"),
    [
        (Messenger(), MessengerSender, "https://graph.facebook.com/v25.0/411223344556677/messages"),
        (
            Instagram(),
            InstagramSender,
            "https://graph.instagram.com/v25.0/17841400000000000/messages",
        ),
    ],
)
def test_metas_own_address_is_the_default(
    provider: Messenger, adapter: type[MessengerSender | InstagramSender], url: str
) -> None:
    account = provider.with_account(base_url="")
    requests: list[httpx.Request] = []

    def keep(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return accepted()

    adapter(account, provider.credentials, httpx.MockTransport(keep)).send(provider.message)
    assert [str(request.url) for request in requests] == [url]


def test_buttons_that_answer_go_as_quick_replies() -> None:
    message = send(Messenger(), buttons=(YES,) * 13)["message"]
    reply = {"content_type": "text", "title": "Sí", "payload": "confirm:1"}
    assert message == {"text": "Hola Carlos, su Haval le espera", "quick_replies": [reply] * 13}


def test_a_link_among_the_buttons_makes_all_of_them_a_template() -> None:
    message = send(Messenger(), buttons=(SITE, YES))["message"]
    assert message == {
        "attachment": {
            "type": "template",
            "payload": {
                "template_type": "button",
                "text": "Hola Carlos, su Haval le espera",
                "buttons": [
                    {
                        "type": "web_url",
                        "title": "Ver la cita",
                        "url": "https://taller.example/c/1",
                    },
                    {"type": "postback", "title": "Sí", "payload": "confirm:1"},
                ],
            },
        }
    }


@pytest.mark.parametrize(
    ("file", "sent"),
    [
        (PHOTO, {"type": "image", "payload": {"url": "https://taller.example/haval.jpg"}}),
        (STORED, {"type": "image", "payload": {"attachment_id": "998877"}}),
        (
            Attachment(type=AttachmentType.DOCUMENT, url="https://taller.example/f.pdf"),
            {"type": "file", "payload": {"url": "https://taller.example/f.pdf"}},
        ),
    ],
)
def test_a_file_without_a_text_goes_as_the_file(file: Attachment, sent: dict[str, Any]) -> None:
    assert send(Messenger(), text="", attachment=file)["message"] == {"attachment": sent}


def test_a_file_may_have_quick_replies_under_it() -> None:
    message = send(Messenger(), text="", attachment=PHOTO, buttons=(YES,))["message"]
    assert set(message) == {"attachment", "quick_replies"}


def test_a_file_with_a_text_goes_as_its_address_under_the_text_in_one_message() -> None:
    provider = Messenger()
    message = send(provider, text="Su auto", attachment=PHOTO, buttons=(YES,))["message"]
    assert message["text"] == "Su auto\nhttps://taller.example/haval.jpg"
    assert set(message) == {"text", "quick_replies"}
    assert len(provider.requests) == 1


def test_an_answer_names_what_it_quotes() -> None:
    assert send(Messenger(), reply_to="m_1")["reply_to"] == {"mid": "m_1"}


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ({"text": "x" * 2001}, "text_too_long"),
        ({"text": "x" * 1980, "attachment": PHOTO}, "text_too_long"),
        ({"text": "x" * 641, "buttons": (SITE,)}, "text_too_long"),
        ({"text": " "}, "text_missing"),
        ({"text": "", "buttons": (SITE,)}, "text_missing"),
        ({"text": "", "attachment": PHOTO, "buttons": (SITE,)}, "text_missing"),
        ({"attachment": STORED}, "attachment_refused"),
        ({"buttons": (YES,) * 14}, "buttons_refused"),
        ({"buttons": (SITE,) * 4}, "buttons_refused"),
        ({"buttons": (SITE, YES, YES, YES)}, "buttons_refused"),
        ({"buttons": (Button(title="x" * 21, payload="p"),)}, "buttons_refused"),
        ({"buttons": (Button(title=" ", payload="p"),)}, "buttons_refused"),
        ({"buttons": (Button(title="x" * 21, url="https://a.example"),)}, "buttons_refused"),
        ({"buttons": (Button(title="x", payload="p" * 1001),)}, "buttons_refused"),
        ({"buttons": (Button(title="x", payload=""),)}, "buttons_refused"),
    ],
)
def test_what_is_over_a_limit_is_refused_before_it_is_sent(
    content: dict[str, Any], code: str
) -> None:
    assert refused_before_sending(Messenger(), **content) == code


def test_messenger_counts_characters_and_instagram_bytes() -> None:
    assert len(send(Messenger(), text="ñ" * 2000)["message"]["text"]) == 2000
    assert len(send(Instagram(), text="ñ" * 500)["message"]["text"]) == 500
    assert refused_before_sending(Instagram(), text="ñ" * 501) == "text_too_long"


def test_a_message_for_the_other_app_is_refused() -> None:
    instagram = ChatMessage(channel=Channel.INSTAGRAM, text="Hola")
    assert refused_before_sending(Messenger(), **dict(instagram)) == "wrong_content"


@pytest.mark.parametrize(("code", "kind"), cases(EXPECTED))
def test_every_code_has_its_class(code: str, kind: type[DeliveryError]) -> None:
    error = failure(code)
    assert type(error) is kind
    assert error.code == code
    assert error.detail


def test_no_code_is_without_an_expectation() -> None:
    assert_complete(ERRORS, EXPECTED)


@pytest.mark.parametrize(
    ("code", "kind", "told"),
    [
        ("10/1", AccountError, "10"),
        ("100/33", PermanentMessageError, "100"),
        ("230/2018278", AccountError, "230"),
    ],
)
def test_a_subcode_that_is_not_listed_changes_nothing(
    code: str, kind: type[DeliveryError], told: str
) -> None:
    error = failure(code)
    assert (type(error), error.code) == (kind, told)


def test_only_a_person_whom_the_page_does_not_know_is_suppressed() -> None:
    assert suppressing(ERRORS) == {"100/2018001"}


def test_every_passing_fault_counts_against_the_account() -> None:
    assert not_counted(ERRORS) == set()


@pytest.mark.parametrize("body", [b"", b"{}", b'{"message_id": 7}', b'{"recipient_id": "7"}'])
def test_an_answer_without_a_message_id_leaves_the_outcome_unknown(body: bytes) -> None:
    provider = Messenger()
    with pytest.raises(OutcomeUnknownError):
        provider.answering(httpx.Response(200, content=body)).send(provider.message)
