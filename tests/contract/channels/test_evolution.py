"""Evolution API v2: the request, and the refusals that it tells apart by shape and text."""

from __future__ import annotations

import json

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
