"""Evolution API v2: the request, and the refusals that it tells apart by shape and text."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from recado.adapters.channels.evolution import ERRORS
from recado.domain.errors import (
    AccountError,
    DeliveryError,
    OutcomeUnknownError,
    PermanentMessageError,
    PermanentRecipientError,
    RetryableError,
)
from recado.domain.messages import (
    Attachment,
    AttachmentType,
    Button,
    Form,
    Reaction,
    WhatsAppMessage,
)
from tests.contract.channels.behaviour import Behaviour
from tests.contract.channels.error_tables import not_counted, suppressing
from tests.contract.channels.providers.evolution import Evolution, refused

NOT_ON_WHATSAPP = {"jid": "5931@s.whatsapp.net", "exists": False, "number": "5931"}

REFUSALS: list[tuple[int, object, type[DeliveryError], str]] = [
    (400, [NOT_ON_WHATSAPP], PermanentRecipientError, "not_on_whatsapp"),
    (400, [['instance requires property "text"']], PermanentMessageError, "invalid_request"),
    (400, ["Error: Timed Out"], RetryableError, "timed_out"),
    (400, "Error: Timed Out", RetryableError, "timed_out"),
    (400, ["Error: Connection Closed"], RetryableError, "connection_closed"),
    (400, ["SessionError: No sessions"], RetryableError, "no_sessions"),
    (400, ["Error: something new"], PermanentMessageError, "http_400"),
    (400, [{"exists": True}], PermanentMessageError, "http_400"),
    (400, None, PermanentMessageError, "http_400"),
    (400, 7, PermanentMessageError, "http_400"),
    (401, "Unauthorized", AccountError, "http_401"),
    (403, ["Forbidden"], AccountError, "http_403"),
    (404, ['The "x" instance does not exist'], AccountError, "http_404"),
    (429, None, RetryableError, "http_429"),
    (500, ["Internal Server Error"], RetryableError, "http_500"),
    (502, None, RetryableError, "http_502"),
    (503, None, RetryableError, "http_503"),
    (504, None, OutcomeUnknownError, "http_504"),
]


def failure(answer: httpx.Response) -> DeliveryError:
    provider = Evolution()
    with pytest.raises(DeliveryError) as raised:
        provider.answering(answer).send(provider.message)
    return raised.value


def test_a_text_goes_to_the_digits_of_the_number() -> None:
    provider = Evolution()
    with provider.sender(Behaviour.ACCEPTS) as sender:
        acceptance = sender.send(provider.message)
    request = provider.request
    assert request.url.raw_path == b"/message/sendText/taller%20norte"
    assert request.headers["apikey"] == "B6D711FCDE4D4FD5936544120E713976"
    assert json.loads(request.content) == {
        "number": "593991234567",
        "text": "Hola Carlos, su Haval le espera",
    }
    assert acceptance.provider_message_id == "3EB0C7"


PHOTO = Attachment(type=AttachmentType.IMAGE, url="https://taller.example/haval.jpg")
INVOICE = Attachment(
    type=AttachmentType.DOCUMENT,
    url="https://taller.example/7",
    mime_type="application/pdf",
    file_name="factura.pdf",
)


def sent(content: WhatsAppMessage, to: str = "+593991234567") -> tuple[str, dict[str, Any]]:
    """The server's method, and what it was given."""
    provider = Evolution()
    address = provider.message.to.model_copy(update={"value": to})
    message = provider.message.model_copy(update={"content": content, "to": address})
    with provider.sender(Behaviour.ACCEPTS) as sender:
        sender.send(message)
    return provider.request.url.path.split("/")[2], json.loads(provider.request.content)


@pytest.mark.parametrize(
    ("content", "method", "fields"),
    [
        (
            WhatsAppMessage(text="Su auto", attachment=PHOTO),
            "sendMedia",
            {
                "mediatype": "image",
                "media": "https://taller.example/haval.jpg",
                "caption": "Su auto",
            },
        ),
        (
            WhatsAppMessage(attachment=INVOICE, reply_to="3EB0A1"),
            "sendMedia",
            {
                "mediatype": "document",
                "media": "https://taller.example/7",
                "mimetype": "application/pdf",
                "fileName": "factura.pdf",
                "quoted": {"key": {"id": "3EB0A1"}},
            },
        ),
        (
            WhatsAppMessage(text="Listo", reply_to="3EB0A1"),
            "sendText",
            {"text": "Listo", "quoted": {"key": {"id": "3EB0A1"}}},
        ),
        (
            WhatsAppMessage(
                text="¿Viene?",
                buttons=(Button(title="Sí", payload="y"), Button(title="No", payload="n")),
            ),
            "sendText",
            {"text": "¿Viene?\n1. Sí\n2. No"},
        ),
        (
            WhatsAppMessage(text="¿Dónde está?", asks_for_location=True),
            "sendText",
            {"text": "¿Dónde está?"},
        ),
    ],
)
def test_each_kind_of_message_has_its_method(
    content: WhatsAppMessage, method: str, fields: dict[str, Any]
) -> None:
    assert sent(content) == (method, {"number": "593991234567", **fields})


@pytest.mark.parametrize("emoji", ["👍", ""])
@pytest.mark.parametrize(
    ("to", "chat"),
    [("+593991234567", "593991234567@s.whatsapp.net"), ("22334455@lid", "22334455@lid")],
)
def test_a_reaction_goes_to_their_message_in_their_chat(emoji: str, to: str, chat: str) -> None:
    content = WhatsAppMessage(reaction=Reaction(message_id="3EB0A1", emoji=emoji))
    key = {"remoteJid": chat, "fromMe": False, "id": "3EB0A1"}
    assert sent(content, to) == ("sendReaction", {"key": key, "reaction": emoji})


def test_a_person_who_hides_the_number_is_written_to_by_the_internal_id() -> None:
    assert sent(WhatsAppMessage(text="Hola"), "22334455@lid")[1]["number"] == "22334455@lid"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (
            WhatsAppMessage(
                text="x", form=Form(flow_id="1", button="Abrir", token="t", screen="S")
            ),
            "form_refused",
        ),
        (
            WhatsAppMessage(attachment=Attachment(type=AttachmentType.IMAGE, media_id="7")),
            "attachment_refused",
        ),
    ],
)
def test_what_the_server_cannot_send_is_refused_before_it_is_sent(
    content: WhatsAppMessage, code: str
) -> None:
    provider = Evolution()
    message = provider.message.model_copy(update={"content": content})
    with (
        provider.sender(Behaviour.ACCEPTS) as sender,
        pytest.raises(PermanentMessageError) as raised,
    ):
        sender.send(message)
    assert (raised.value.code, provider.requests) == (code, [])


@pytest.mark.parametrize(("status", "message", "kind", "code"), REFUSALS)
def test_every_refusal_has_its_class(
    status: int, message: object, kind: type[DeliveryError], code: str
) -> None:
    error = failure(refused(status, message))
    assert type(error) is kind
    assert error.code == code


def test_every_row_of_the_table_is_tried_above() -> None:
    assert set(ERRORS) <= {code for _, _, _, code in REFUSALS}


def test_a_number_that_the_server_does_not_find_is_not_suppressed() -> None:
    assert suppressing(ERRORS) == set()


def test_a_missing_encryption_session_does_not_count_against_the_account() -> None:
    assert not_counted(ERRORS) == {"no_sessions"}
