"""A Twilio account and its Content templates."""

from __future__ import annotations

from base64 import b64encode

import httpx
import pytest

from recado.adapters.accounts.answers import MOST_PAGES
from recado.domain.errors import AccountError, RetryableError
from tests.contract.accounts.wire import TOKEN, TWILIO, Wire

ACCOUNT = {"sid": "AC1", "friendly_name": "Somebody's account", "status": "active"}
CITA = {
    "sid": "HX00000000000000000000000000000001",
    "friendly_name": "Cita de taller",
    "language": "es",
    "variables": {"1": "Carlos", "2": "ABC123"},
    "types": {"twilio/text": {"body": "Hola {{1}}, su auto {{2}} le espera."}},
    "approval_requests": {
        "name": "cita",
        "category": "UTILITY",
        "content_type": "twilio/text",
        "status": "approved",
        "rejection_reason": "",
    },
}


def listing(*contents: object, following: str | None = None) -> httpx.Response:
    meta = {"next_page_url": following, "key": "contents"}
    return httpx.Response(200, json={"meta": meta, "contents": list(contents)})


def test_an_active_account_is_connected_and_tells_its_number() -> None:
    wire = Wire(httpx.Response(200, json=ACCOUNT))
    found = wire.probe.state(TWILIO)
    assert (found.connected, found.status, found.problem) == (True, "active", None)
    assert found.display_phone_number == "+15550100300"
    assert str(wire.request.url) == "https://api.test/2010-04-01/Accounts/AC1.json"
    login = b64encode(f"AC1:{TOKEN}".encode()).decode()
    assert wire.request.headers["authorization"] == f"Basic {login}"


def test_the_accounts_own_name_is_no_verified_name() -> None:
    assert Wire(httpx.Response(200, json=ACCOUNT)).probe.state(TWILIO).verified_name is None


@pytest.mark.parametrize("status", ["suspended", "closed", "something_new"])
def test_another_account_is_not_connected_and_says_what_to_do(status: str) -> None:
    found = Wire(httpx.Response(200, json={**ACCOUNT, "status": status})).probe.state(TWILIO)
    assert (found.connected, found.status) == (False, status)
    assert found.problem is not None
    assert found.problem.code == f"account_{status}"


def test_a_template_is_told_under_its_approved_name_and_found_by_its_sid() -> None:
    wire = Wire(listing(CITA))
    [template] = wire.probe.templates(TWILIO)
    assert (template.name, template.language, template.status) == ("cita", "es", "APPROVED")
    assert template.content_sid == "HX00000000000000000000000000000001"
    assert (template.category, template.parameters) == ("UTILITY", 2)
    assert template.body == "Hola {{1}}, su auto {{2}} le espera."
    assert template.rejected_reason is None
    assert wire.request.url.host == "content.test"
    assert wire.request.url.path == "/v1/ContentAndApprovals"


@pytest.mark.parametrize("approval", [{}, None, [], "approved"])
def test_a_template_that_nobody_submitted_is_told_under_its_own_name(approval: object) -> None:
    [template] = Wire(listing({**CITA, "approval_requests": approval})).probe.templates(TWILIO)
    assert (template.name, template.status) == ("Cita de taller", "UNSUBMITTED")


def test_the_reviewers_sentence_stays_at_twilio() -> None:
    approval = {
        **CITA["approval_requests"],  # type: ignore[dict-item]
        "status": "rejected",
        "rejection_reason": "Too much marketing",
    }
    [template] = Wire(listing({**CITA, "approval_requests": approval})).probe.templates(TWILIO)
    assert (template.status, template.rejected_reason) == ("REJECTED", "SEE_PROVIDER")


@pytest.mark.parametrize(
    ("types", "body"),
    [
        ({"twilio/quick-reply": {"body": "Hola", "actions": []}}, "Hola"),
        ({"twilio/card": {"title": "Hola", "subtitle": "x"}}, "Hola"),
        ({"twilio/media": {"media": ["https://x.test"]}, "twilio/text": {"body": "Hola"}}, "Hola"),
        ({"twilio/location": {"latitude": 1}}, None),
        ({}, None),
        (None, None),
        (["x"], None),
    ],
)
def test_the_body_is_what_the_person_reads_first(types: object, body: str | None) -> None:
    [template] = Wire(listing({**CITA, "types": types})).probe.templates(TWILIO)
    assert template.body == body


def test_placeholders_are_counted_where_no_variables_are_named() -> None:
    [template] = Wire(listing({**CITA, "variables": None})).probe.templates(TWILIO)
    assert template.parameters == 2


@pytest.mark.parametrize("broken", [None, "x", {}, {**CITA, "sid": None}, {**CITA, "language": 1}])
def test_a_template_that_cannot_be_read_makes_no_half_list(broken: object) -> None:
    with pytest.raises(AccountError) as raised:
        Wire(listing(broken, CITA)).probe.templates(TWILIO)
    assert raised.value.code == "unreadable_answer"


def test_all_pages_are_read_and_the_credentials_go_to_no_address_in_an_answer() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.params.get("PageToken") == "t1":
            return listing({**CITA, "sid": "HX2"})
        return listing(CITA, following="https://elsewhere.test/v1/x?Page=1&PageToken=t1")

    wire = Wire(answer)
    found = wire.probe.templates(TWILIO)
    assert [template.content_sid for template in found] == [CITA["sid"], "HX2"]
    assert {request.url.host for request in wire.requests} == {"content.test"}
    assert wire.requests[1].url.params["Page"] == "1"


def test_a_list_without_end_is_given_up() -> None:
    wire = Wire(listing(CITA, following="https://content.test/v1/x?Page=0"))
    with pytest.raises(AccountError) as raised:
        wire.probe.templates(TWILIO)
    assert raised.value.code == "too_many_templates"
    assert len(wire.requests) == MOST_PAGES


@pytest.mark.parametrize("following", ["https://content.test/v1/x", "https://x:y/?Page=1", "\x00"])
def test_an_address_that_leads_to_no_next_page_makes_no_half_list(following: str) -> None:
    with pytest.raises(AccountError) as raised:
        Wire(listing(CITA, following=following)).probe.templates(TWILIO)
    assert raised.value.code == "unreadable_answer"


@pytest.mark.parametrize(
    ("settings", "url"),
    [
        ({}, "https://content.twilio.com/v1/ContentAndApprovals"),
        (
            {"base_url": "https://mock.test/twilio"},
            "https://mock.test/twilio/v1/ContentAndApprovals",
        ),
    ],
)
def test_a_mock_account_never_calls_twilio(settings: dict[str, str], url: str) -> None:
    known = {"account_sid": "AC1", "from": "whatsapp:+15550100300"}
    wire = Wire(listing())
    wire.probe.templates(TWILIO.model_copy(update={"settings": {**known, **settings}}))
    assert str(wire.request.url.copy_with(query=None)) == url


@pytest.mark.parametrize(
    ("status", "code", "error", "mend"),
    [
        (401, 20003, AccountError, "auth token"),
        (404, 20404, AccountError, "account_sid"),
        (429, 20429, RetryableError, "look again"),
        (500, 20500, RetryableError, "look again"),
    ],
)
def test_a_known_code_says_how_it_is_mended(
    status: int, code: int, error: type[Exception], mend: str
) -> None:
    wire = Wire(httpx.Response(status, json={"code": code, "message": "x", "status": status}))
    with pytest.raises(error, match=mend) as raised:
        wire.probe.state(TWILIO)
    assert getattr(raised.value, "code", None) == str(code)
