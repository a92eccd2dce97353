"""Meta's Cloud API: ticks and typing, which are no messages and have the same errors."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from recado.adapters.channels.whatsapp_cloud_conversation import WhatsAppCloudConversation
from recado.domain.errors import (
    AccountError,
    DeliveryError,
    OutcomeUnknownError,
    PermanentMessageError,
    RetryableError,
)
from tests.contract.channels.providers.whatsapp_cloud import WhatsAppCloud

DONE = httpx.Response(200, json={"success": True})


class Phone:
    """A number's conversation over one answer; keeps the requests."""

    def __init__(self, answer: httpx.Response) -> None:
        self.requests: list[httpx.Request] = []
        self._answer = answer
        provider = WhatsAppCloud()
        self.conversation = WhatsAppCloudConversation(
            provider.account, provider.credentials, httpx.MockTransport(self._take)
        )

    def _take(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return self._answer

    def body(self) -> dict[str, Any]:
        (request,) = self.requests
        assert str(request.url) == "https://graph.test/v25.0/106540352242922/messages"
        assert request.headers["Authorization"] == "Bearer EAAtokentokentoken"
        body: dict[str, Any] = json.loads(request.content)
        return body


READ = {"messaging_product": "whatsapp", "status": "read", "message_id": "wamid.in"}


def test_a_message_gets_its_blue_ticks() -> None:
    phone = Phone(DONE)
    phone.conversation.mark_read("wamid.in")
    assert phone.body() == READ


def test_typing_is_shown_and_the_message_is_read() -> None:
    phone = Phone(DONE)
    phone.conversation.show_typing("wamid.in")
    assert phone.body() == {**READ, "typing_indicator": {"type": "text"}}


@pytest.mark.parametrize(
    ("code", "kind"),
    [(131009, PermanentMessageError), (190, AccountError), (130429, RetryableError)],
)
@pytest.mark.parametrize("name", ["mark_read", "show_typing"])
def test_an_error_has_the_class_that_it_has_for_messages(
    name: str, code: int, kind: type[DeliveryError]
) -> None:
    phone = Phone(WhatsAppCloud().refused(code))
    with pytest.raises(DeliveryError) as raised:
        getattr(phone.conversation, name)("wamid.in")
    assert (type(raised.value), raised.value.code) == (kind, str(code))


def test_a_missing_answer_is_an_unknown_outcome() -> None:
    def silent(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("no answer", request=request)

    provider = WhatsAppCloud()
    conversation = WhatsAppCloudConversation(
        provider.account, provider.credentials, httpx.MockTransport(silent)
    )
    with pytest.raises(OutcomeUnknownError):
        conversation.mark_read("wamid.in")
