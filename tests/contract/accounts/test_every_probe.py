"""What every provider of WhatsApp has in common when it is asked about an account."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from recado.adapters.accounts.registry import PROBES
from recado.domain.channels import CHANNEL_OF, Channel, ChannelAccount, Provider
from recado.domain.errors import (
    AccountError,
    DeliveryError,
    OutcomeUnknownError,
    RetryableError,
)
from recado.domain.probes import account_problem
from tests.contract.accounts.wire import EVOLUTION, TOKEN, TWILIO, WHATSAPP_CLOUD, Wire

ACCOUNTS = [WHATSAPP_CLOUD, EVOLUTION, TWILIO]
THEIR_TEXT = f"their own text with {TOKEN}"
Question = Callable[[Wire, ChannelAccount], object]


def state(wire: Wire, account: ChannelAccount) -> object:
    return wire.probe.state(account)


def templates(wire: Wire, account: ChannelAccount) -> object:
    return wire.probe.templates(account)


QUESTIONS = [
    *[(state, account) for account in ACCOUNTS],
    *[(templates, account) for account in (WHATSAPP_CLOUD, TWILIO)],
]
each_question = pytest.mark.parametrize(
    ("ask", "account"), QUESTIONS, ids=lambda v: getattr(v, "__name__", getattr(v, "provider", ""))
)


def fails(account: ChannelAccount, status: int, code: int) -> httpx.Response:
    """An error of the provider, which repeats what must not leak."""
    body = {
        Provider.WHATSAPP_CLOUD: {"error": {"message": THEIR_TEXT, "code": code}},
        Provider.TWILIO_WHATSAPP: {"message": THEIR_TEXT, "code": code},
        Provider.EVOLUTION: {"status": status, "response": {"message": [THEIR_TEXT]}},
    }
    return httpx.Response(status, json=body[account.provider])


def test_every_provider_of_whatsapp_can_be_asked() -> None:
    assert set(PROBES) == {p for p, channel in CHANNEL_OF.items() if channel is Channel.WHATSAPP}


@each_question
@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, AccountError),
        (401, AccountError),
        (403, AccountError),
        (404, AccountError),
        (302, AccountError),
        (429, RetryableError),
        (500, RetryableError),
        (503, RetryableError),
    ],
)
def test_an_unknown_refusal_is_told_by_its_status(
    ask: Question, account: ChannelAccount, status: int, error: type[DeliveryError]
) -> None:
    with pytest.raises(error) as raised:
        ask(Wire(fails(account, status, 999_999)), account)
    assert type(raised.value) is error


@each_question
@pytest.mark.parametrize("status", [400, 401, 404, 429, 500])
def test_a_problem_has_a_sentence_of_ours_and_nothing_of_the_provider(
    ask: Question, account: ChannelAccount, status: int
) -> None:
    with pytest.raises(DeliveryError) as raised:
        ask(Wire(fails(account, status, 999_999)), account)
    problem = account_problem(raised.value)
    assert problem.detail.endswith(".")
    assert problem.detail[0].isupper()
    assert "their own text" not in problem.detail
    assert TOKEN not in problem.detail


@each_question
def test_an_answer_that_is_no_json_object_points_at_the_address(
    ask: Question, account: ChannelAccount
) -> None:
    with pytest.raises(AccountError) as raised:
        ask(Wire(httpx.Response(200, text=f"<html>{TOKEN}")), account)
    assert raised.value.code == "unreadable_answer"
    assert "base_url" in account_problem(raised.value).detail
    assert TOKEN not in account_problem(raised.value).detail


@pytest.mark.parametrize("account", [WHATSAPP_CLOUD, TWILIO], ids=lambda account: account.provider)
@pytest.mark.parametrize(
    "body",
    [{}, {"data": None, "contents": None}, {"success": True}, {"data": {}, "contents": "none"}],
)
def test_an_answer_without_a_list_is_no_empty_list(
    account: ChannelAccount, body: dict[str, object]
) -> None:
    with pytest.raises(AccountError) as raised:
        templates(Wire(httpx.Response(200, json=body)), account)
    assert raised.value.code == "unreadable_answer"


@each_question
def test_no_connection_is_passing(ask: Question, account: ChannelAccount) -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError(THEIR_TEXT, request=request)

    with pytest.raises(RetryableError) as raised:
        ask(Wire(refuse), account)
    assert account_problem(raised.value).code == "not_connected"
    assert TOKEN not in account_problem(raised.value).detail


@each_question
def test_no_answer_is_passing(ask: Question, account: ChannelAccount) -> None:
    def hang(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout(THEIR_TEXT, request=request)

    with pytest.raises(OutcomeUnknownError) as raised:
        ask(Wire(hang), account)
    assert account_problem(raised.value).code == "no_answer"
    assert TOKEN not in account_problem(raised.value).detail


@pytest.mark.parametrize("account", ACCOUNTS, ids=lambda account: account.provider)
def test_an_answer_without_a_state_is_not_connected_and_says_so(account: ChannelAccount) -> None:
    found = Wire(httpx.Response(200, json={})).probe.state(account)
    assert not found.connected
    assert found.problem is not None
    assert found.status.lower() == "unknown"


@pytest.mark.parametrize("account", ACCOUNTS, ids=lambda account: account.provider)
def test_a_text_in_the_place_of_a_state_is_not_shown(account: ChannelAccount) -> None:
    body = {"status": THEIR_TEXT, "instance": {"state": THEIR_TEXT}}
    found = Wire(httpx.Response(200, json=body)).probe.state(account)
    assert THEIR_TEXT not in found.model_dump_json()
    assert found.status.lower() == "unknown"


@pytest.mark.parametrize("account", ACCOUNTS, ids=lambda account: account.provider)
def test_a_question_takes_as_long_as_the_account_says(account: ChannelAccount) -> None:
    wire = Wire(httpx.Response(200, json={}))
    wire.probe.state(account.model_copy(update={"timeout_seconds": 3.5}))
    assert wire.request.extensions["timeout"]["read"] == 3.5


@pytest.mark.parametrize("account", ACCOUNTS, ids=lambda account: account.provider)
def test_credentials_go_over_https_only(account: ChannelAccount) -> None:
    settings = {**account.settings, "base_url": "http://provider.test", "content_base_url": ""}
    wire = Wire(httpx.Response(200, json={}))
    with pytest.raises(AccountError) as raised:
        wire.probe.state(account.model_copy(update={"settings": settings}))
    assert raised.value.code == "bad_setting"
    assert wire.requests == []


def test_another_provider_is_an_account_problem() -> None:
    account = ChannelAccount(tenant_id="andinos", account_id="m", provider=Provider.SMTP)
    with pytest.raises(AccountError) as raised:
        Wire(httpx.Response(200)).probe.state(account)
    assert raised.value.code == "no_probe"
