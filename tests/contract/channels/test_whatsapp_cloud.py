"""Meta's Cloud API: the requests, and every code of its error table."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from recado.adapters.channels.whatsapp_cloud import ERRORS, WhatsAppCloudSender
from recado.domain.errors import (
    AccountError,
    DeliveryError,
    OutcomeUnknownError,
    PermanentMessageError,
    PermanentRecipientError,
    RetryableError,
    WindowClosedError,
)
from recado.domain.messages import ApprovedTemplateMessage, WhatsAppMessage
from tests.contract.channels.error_tables import (
    assert_complete,
    cases,
    not_counted,
    suppressing,
)
from tests.contract.channels.providers.whatsapp_cloud import WhatsAppCloud, accepted

EXPECTED: dict[type[DeliveryError], str] = {
    RetryableError: "1 2 4 613 80007 130429 131000 131016 131053 131056 131057 132069 133004"
    " 133016",
    PermanentMessageError: "33 100 130472 131008 131009 131021 131049 131051 131052 131063 131064"
    " 132000 132001 132005 132007 132008 132012 132015 132016 132068 135000",
    WindowClosedError: "131047",
    PermanentRecipientError: "130497 131026 131030 131050 131062 137000",
    AccountError: "0 3 10 190 368 131005 131031 131037 131042 131044 131045 131048 133010 "
    + " ".join(str(code) for code in range(200, 300)),
}


def send(provider: WhatsAppCloud, content: WhatsAppMessage | None = None) -> dict[str, Any]:
    """Send, and give the body of the request."""
    message = provider.message.model_copy(
        update={"content": content or provider.message.content},
    )
    provider.answering(accepted()).send(message)
    body: dict[str, Any] = json.loads(provider.request.content)
    return body


def failure(answer: httpx.Response) -> DeliveryError:
    provider = WhatsAppCloud()
    with pytest.raises(DeliveryError) as raised:
        provider.answering(answer).send(provider.message)
    return raised.value


def test_a_text_goes_to_the_number_with_our_tag() -> None:
    provider = WhatsAppCloud()
    assert send(provider) == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": "+593991234567",
        "type": "text",
        "text": {"body": "Hola Carlos, su Haval le espera", "preview_url": False},
        "biz_opaque_callback_data": "ntf_1.1",
    }
    assert str(provider.request.url) == "https://graph.test/v25.0/106540352242922/messages"
    assert provider.request.headers["Authorization"] == "Bearer EAAtokentokentoken"


def test_an_approved_template_is_preferred_to_the_text() -> None:
    template = ApprovedTemplateMessage(
        name="mantenimiento_cita", language="es", parameters=("Carlos", "Haval H6 2024")
    )
    body = send(WhatsAppCloud(), WhatsAppMessage(text="Hola", approved_template=template))
    assert body["type"] == "template"
    assert "text" not in body
    assert body["template"] == {
        "name": "mantenimiento_cita",
        "language": {"code": "es"},
        "components": [
            {
                "type": "body",
                "parameters": [
                    {"type": "text", "text": "Carlos"},
                    {"type": "text", "text": "Haval H6 2024"},
                ],
            }
        ],
    }


def test_a_template_without_parameters_has_no_components() -> None:
    template = ApprovedTemplateMessage(name="hola", language="es_MX")
    body = send(WhatsAppCloud(), WhatsAppMessage(text="Hola", approved_template=template))
    assert body["template"] == {"name": "hola", "language": {"code": "es_MX"}}


def test_metas_own_address_is_the_default() -> None:
    provider = WhatsAppCloud()
    account = provider.account.model_copy(update={"settings": {"phone_number_id": "1"}})
    requests: list[httpx.Request] = []

    def keep(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return accepted()

    sender = WhatsAppCloudSender(account, provider.credentials, httpx.MockTransport(keep))
    sender.send(provider.message)
    assert str(requests[0].url) == "https://graph.facebook.com/v25.0/1/messages"


def test_a_text_that_is_too_long_is_refused_before_it_is_sent() -> None:
    provider = WhatsAppCloud()
    content = WhatsAppMessage(text="x" * 4097)
    with pytest.raises(PermanentMessageError):
        provider.answering(accepted()).send(
            provider.message.model_copy(update={"content": content})
        )
    assert provider.requests == []


def test_the_longest_text_is_sent() -> None:
    assert len(send(WhatsAppCloud(), WhatsAppMessage(text="x" * 4096))["text"]["body"]) == 4096


def test_what_meta_says_of_a_template_is_kept() -> None:
    provider = WhatsAppCloud()
    answer = accepted(message_status="held_for_quality_assessment")
    acceptance = provider.answering(answer).send(provider.message)
    assert acceptance.provider_message_id == "wamid.HBgM"
    assert acceptance.detail == "held_for_quality_assessment"


@pytest.mark.parametrize(("code", "kind"), cases(EXPECTED))
def test_every_code_has_its_class(code: str, kind: type[DeliveryError]) -> None:
    error = failure(WhatsAppCloud().refused(int(code)))
    assert type(error) is kind
    assert error.code == code
    assert error.detail


def test_no_code_is_without_an_expectation() -> None:
    assert_complete(ERRORS, EXPECTED)


def test_only_a_number_that_cannot_be_reached_is_suppressed() -> None:
    assert suppressing(ERRORS) == {"131026"}


def test_a_limit_per_recipient_does_not_count_against_the_account() -> None:
    assert not_counted(ERRORS) == {"131053", "131056"}


@pytest.mark.parametrize(
    ("code", "seconds"), [(131056, 6), (131057, 60), (4, 300), (80007, 300), (133016, 3600)]
)
def test_some_codes_need_a_longer_wait_than_our_own_backoff(code: int, seconds: int) -> None:
    error = failure(WhatsAppCloud().refused(code))
    assert isinstance(error, RetryableError)
    assert error.retry_after == seconds


def test_a_throttled_account_waits_until_meta_lets_it_call_again() -> None:
    usage = {"1066": [{"type": "messaging", "estimated_time_to_regain_access": 19}]}
    answer = WhatsAppCloud().refused(
        80007, headers={"X-Business-Use-Case-Usage": json.dumps(usage), "Retry-After": "1"}
    )
    error = failure(answer)
    assert isinstance(error, RetryableError)
    assert error.retry_after == 19 * 60


@pytest.mark.parametrize("usage", ["", "no json", "[]", "{}", '{"1": null}', '{"1": [{"a": 1}]}'])
def test_a_usage_header_without_a_time_changes_nothing(usage: str) -> None:
    answer = WhatsAppCloud().refused(130429, headers={"X-Business-Use-Case-Usage": usage})
    error = failure(answer)
    assert isinstance(error, RetryableError)
    assert error.retry_after is None


def test_an_unknown_code_that_meta_calls_transient_is_tried_again() -> None:
    error = failure(WhatsAppCloud().refused(139999, is_transient=True))
    assert type(error) is RetryableError


def test_a_code_that_we_know_wins_over_is_transient_and_over_the_status() -> None:
    assert type(failure(WhatsAppCloud().refused(131047, is_transient=True, status=500))) is (
        WindowClosedError
    )


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (429, RetryableError),
        (500, RetryableError),
        (503, RetryableError),
        (401, AccountError),
        (403, AccountError),
        (302, AccountError),
        (400, PermanentMessageError),
        (404, PermanentMessageError),
    ],
)
@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", b'{"error": "odd"}', b'{"error": {"code": "x"}}', b'"\xff"']
)
def test_without_a_code_the_status_decides(
    status: int, kind: type[DeliveryError], body: bytes
) -> None:
    error = failure(httpx.Response(status, content=body))
    assert type(error) is kind
    assert error.code == f"http_{status}"


@pytest.mark.parametrize(
    "body",
    [b"", b"{}", b'{"messages": []}', b'{"messages": [{"id": 7}]}', b'{"messages": [{"id": ""}]}'],
)
def test_an_answer_without_a_message_id_leaves_the_outcome_unknown(body: bytes) -> None:
    assert type(failure(httpx.Response(200, content=body))) is OutcomeUnknownError
