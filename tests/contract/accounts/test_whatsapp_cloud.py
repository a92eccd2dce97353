"""A number and its templates as Meta describes them."""

from __future__ import annotations

import httpx
import pytest

from recado.adapters.accounts.answers import MOST_PAGES
from recado.domain.errors import AccountError, RetryableError
from tests.contract.accounts.wire import TOKEN, WHATSAPP_CLOUD, Wire

NUMBER = {
    "verified_name": "Talleres Andinos",
    "display_phone_number": "+593 99 123-4567",
    "quality_rating": "GREEN",
    "status": "CONNECTED",
    "id": "1060",
}
CITA = {
    "name": "cita",
    "language": "es_EC",
    "status": "APPROVED",
    "category": "UTILITY",
    "parameter_format": "POSITIONAL",
    "components": [
        {"type": "HEADER", "format": "TEXT", "text": "Hola"},
        {"type": "BODY", "text": "Hola {{1}}, su auto {{2}} le espera, {{1}}."},
    ],
    "rejected_reason": "NONE",
    "quality_score": {"score": "YELLOW", "date": 1700000000},
    "id": "1",
}


def listing(*templates: object, **paging: object) -> httpx.Response:
    return httpx.Response(200, json={"data": list(templates), "paging": paging})


def test_a_connected_number_is_told_with_name_number_and_quality() -> None:
    wire = Wire(httpx.Response(200, json=NUMBER))
    found = wire.probe.state(WHATSAPP_CLOUD)
    assert (found.connected, found.status, found.quality) == (True, "CONNECTED", "GREEN")
    assert (found.verified_name, found.display_phone_number) == (
        "Talleres Andinos",
        "+593991234567",
    )
    assert found.problem is None
    assert wire.request.url.path == "/v25.0/1060"
    assert {"status", "quality_rating"} <= set(wire.request.url.params["fields"].split(","))
    assert wire.request.headers["authorization"] == f"Bearer {TOKEN}"


@pytest.mark.parametrize(
    ("status", "connected"),
    [
        ("FLAGGED", True),
        ("RESTRICTED", True),
        ("RATE_LIMITED", True),
        ("BANNED", False),
        ("DISCONNECTED", False),
        ("PENDING", False),
        ("MIGRATED", False),
        ("SOMETHING_NEW", False),
    ],
)
def test_a_state_with_a_flaw_says_what_to_do(status: str, connected: bool) -> None:
    wire = Wire(httpx.Response(200, json={**NUMBER, "status": status}))
    found = wire.probe.state(WHATSAPP_CLOUD)
    assert (found.connected, found.status) == (connected, status)
    assert found.problem is not None
    assert found.problem.code == f"number_{status.lower()}"


def test_a_template_is_told_with_its_body_and_the_placeholders_in_it() -> None:
    wire = Wire(listing(CITA))
    [template] = wire.probe.templates(WHATSAPP_CLOUD)
    assert (template.name, template.language) == ("cita", "es_EC")
    assert (template.status, template.category) == ("APPROVED", "UTILITY")
    assert template.body == "Hola {{1}}, su auto {{2}} le espera, {{1}}."
    assert (template.parameters, template.quality) == (2, "YELLOW")
    assert template.rejected_reason is None
    assert template.content_sid is None
    assert wire.request.url.path == "/v25.0/2060/message_templates"
    assert {"components", "rejected_reason"} <= set(wire.request.url.params["fields"].split(","))


def test_a_template_is_listed_however_long_its_name_is() -> None:
    name = "a" * 512
    [template] = Wire(listing({**CITA, "name": name})).probe.templates(WHATSAPP_CLOUD)
    assert template.name == name


def test_placeholders_may_have_names() -> None:
    body = [{"type": "BODY", "text": "Hola {{nombre}}, {{ placa }}"}]
    [template] = Wire(listing({**CITA, "components": body})).probe.templates(WHATSAPP_CLOUD)
    assert template.parameters == 2


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("INVALID_FORMAT", "INVALID_FORMAT"),
        ("NONE", None),
        (None, None),
        ("call 555 and pay", None),
    ],
)
def test_why_a_template_was_rejected_is_a_word_or_nothing(said: object, told: str | None) -> None:
    answer = listing({**CITA, "status": "REJECTED", "rejected_reason": said})
    [template] = Wire(answer).probe.templates(WHATSAPP_CLOUD)
    assert template.rejected_reason == told


@pytest.mark.parametrize(
    "broken",
    [
        {},
        "cita",
        None,
        {**CITA, "name": None},
        {**CITA, "language": 7},
        {**CITA, "name": "a name with blanks"},
    ],
)
def test_a_template_that_cannot_be_read_makes_no_half_list(broken: object) -> None:
    with pytest.raises(AccountError) as raised:
        Wire(listing(broken, CITA)).probe.templates(WHATSAPP_CLOUD)
    assert raised.value.code == "unreadable_answer"


def test_a_template_without_components_and_quality_is_told_all_the_same() -> None:
    bare = {"name": "cita", "language": "es", "quality_score": None, "components": None}
    [template] = Wire(listing(bare)).probe.templates(WHATSAPP_CLOUD)
    assert (template.status, template.body, template.parameters) == ("UNKNOWN", None, 0)
    assert (template.quality, template.category) == (None, None)


def test_all_pages_are_read_and_the_token_goes_to_no_address_in_an_answer() -> None:
    pages = {None: ("uno", "c1"), "c1": ("dos", "c2"), "c2": ("tres", None)}

    def answer(request: httpx.Request) -> httpx.Response:
        name, cursor = pages[request.url.params.get("after")]
        paging: dict[str, object] = {"cursors": {"before": "c0", "after": cursor or "c9"}}
        if cursor:
            paging["next"] = f"https://elsewhere.test/?after={cursor}&access_token={TOKEN}"
        return listing({**CITA, "name": name}, **paging)

    wire = Wire(answer)
    found = wire.probe.templates(WHATSAPP_CLOUD)
    assert [template.name for template in found] == ["uno", "dos", "tres"]
    assert {request.url.host for request in wire.requests} == {"graph.test"}
    assert len({request.url.params["limit"] for request in wire.requests}) == 1


def test_a_list_without_end_is_given_up() -> None:
    wire = Wire(listing(CITA, cursors={"after": "again"}, next="https://graph.test/again"))
    with pytest.raises(AccountError) as raised:
        wire.probe.templates(WHATSAPP_CLOUD)
    assert raised.value.code == "too_many_templates"
    assert len(wire.requests) == MOST_PAGES


def test_a_page_that_has_a_next_one_and_no_cursor_makes_no_half_list() -> None:
    wire = Wire(listing(CITA, next="https://graph.test/next"))
    with pytest.raises(AccountError) as raised:
        wire.probe.templates(WHATSAPP_CLOUD)
    assert raised.value.code == "unreadable_answer"


def test_a_failure_on_a_later_page_makes_no_half_list() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if "after" in request.url.params:
            return httpx.Response(500, json={"error": {"code": 2}})
        return listing(CITA, cursors={"after": "c1"}, next="https://graph.test/next")

    with pytest.raises(RetryableError):
        Wire(answer).probe.templates(WHATSAPP_CLOUD)


@pytest.mark.parametrize(
    ("code", "error", "mend"),
    [
        (190, AccountError, "make a new one"),
        (10, AccountError, "lacks a right"),
        (200, AccountError, "lacks a right"),
        (100, AccountError, "business_account_id"),
        (131031, AccountError, "appeal"),
        (80007, RetryableError, "look again"),
        (2, RetryableError, "look again"),
    ],
)
def test_a_known_code_says_how_it_is_mended(code: int, error: type[Exception], mend: str) -> None:
    # Meta sends most of its errors as HTTP 400.
    wire = Wire(httpx.Response(400, json={"error": {"code": code, "message": "x"}}))
    with pytest.raises(error, match=mend) as raised:
        wire.probe.state(WHATSAPP_CLOUD)
    assert getattr(raised.value, "code", None) == str(code)


def test_an_account_without_its_business_account_still_tells_its_number() -> None:
    settings = {k: v for k, v in WHATSAPP_CLOUD.settings.items() if k != "business_account_id"}
    account = WHATSAPP_CLOUD.model_copy(update={"settings": settings})
    wire = Wire(httpx.Response(200, json=NUMBER))
    assert wire.probe.state(account).connected
    with pytest.raises(AccountError, match="business_account_id"):
        wire.probe.templates(account)
