"""The simulated WhatsApp Cloud API takes what Meta takes and refuses what Meta refuses."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.unit.simulator.running import RunningSimulator

TOKEN = "meta-token"
MESSAGES = "/graph/v25.0/1090/messages"
TEXT: dict[str, Any] = {
    "messaging_product": "whatsapp",
    "recipient_type": "individual",
    "to": "+593991234567",
    "type": "text",
    "text": {"body": "Hola Ana"},
    "biz_opaque_callback_data": "n-1",
}
NOBODY: dict[str, Any] = {name: value for name, value in TEXT.items() if name != "to"}
IMAGE = {"type": "image", "image": {"link": "https://recado.example/a.png"}}


def template(name: str = "cita", language: str = "es", **components: list[Any]) -> dict[str, Any]:
    """A template message; each component has its parameters' texts."""
    return {
        **TEXT,
        "type": "template",
        "template": {
            "name": name,
            "language": {"code": language},
            "components": [
                {"type": kind, "parameters": [{"type": "text", "text": text} for text in texts]}
                for kind, texts in components.items()
            ],
        },
    }


def template_with(component: dict[str, Any]) -> dict[str, Any]:
    """A template message with a component of any shape."""
    message = template()
    return {**message, "template": {**message["template"], "components": [component]}}


def send(
    simulator: RunningSimulator,
    payload: object,
    *,
    token: str = TOKEN,
    path: str = MESSAGES,
) -> httpx.Response:
    return simulator.http.post(path, json=payload, headers={"Authorization": f"Bearer {token}"})


def test_a_text_is_accepted_with_a_wamid_and_kept_with_its_tag(
    simulator: RunningSimulator,
) -> None:
    answer = send(simulator, TEXT)
    assert answer.status_code == 200
    [message] = simulator.messages()
    assert answer.json() == {
        "messaging_product": "whatsapp",
        "contacts": [{"input": "+593991234567", "wa_id": "593991234567"}],
        "messages": [{"id": message["provider_message_id"]}],
    }
    assert message["provider_message_id"].startswith("wamid.")
    assert (message["channel"], message["kind"], message["text"], message["tag"]) == (
        "whatsapp",
        "text",
        "Hola Ana",
        "n-1",
    )
    assert message["from"] == "+1 555 010 0100"


def test_free_text_is_accepted_and_marked_as_outside_the_window(
    simulator: RunningSimulator,
) -> None:
    send(simulator, TEXT)
    send(simulator, template(body=["Ana", "lunes"]))
    text, approved = simulator.messages()
    assert text["window_closed"] is True
    assert "window_closed" not in approved


def test_a_template_is_kept_with_its_parameters_and_the_text_that_people_read(
    simulator: RunningSimulator,
) -> None:
    answer = send(simulator, template(body=["Ana", "lunes"]))
    assert answer.json()["messages"][0]["message_status"] == "accepted"
    [message] = simulator.messages()
    assert message["kind"] == "template"
    assert message["text"] == "Hola Ana, lo esperamos el lunes."
    assert message["template"] == {
        "name": "cita",
        "language": "es",
        "parameters": ["Ana", "lunes"],
    }


def test_a_template_of_unknown_text_shows_its_parameters(simulator: RunningSimulator) -> None:
    send(simulator, template("sin_texto", body=["Ana"]))
    assert simulator.messages()[0]["text"] == "Ana"


def test_a_body_may_have_1024_characters_once_it_is_filled_in(simulator: RunningSimulator) -> None:
    around = len("Hola Ana, lo esperamos el .")
    assert send(simulator, template(body=["Ana", "a" * (1024 - around)])).status_code == 200
    assert len(simulator.messages()[0]["text"]) == 1024


@pytest.mark.parametrize(
    ("dialled", "wa_id"),
    [
        ("+525512345678", "5215512345678"),
        ("+5215512345678", "5215512345678"),
        ("+541112345678", "5491112345678"),
        ("+5511912345678", "5511912345678"),
    ],
)
def test_whatsapp_knows_mexican_and_argentine_mobiles_by_another_id(
    simulator: RunningSimulator, dialled: str, wa_id: str
) -> None:
    contact = send(simulator, {**TEXT, "to": dialled}).json()["contacts"][0]
    assert contact == {"input": dialled, "wa_id": wa_id}


@pytest.mark.parametrize(
    ("payload", "status", "code"),
    [
        pytest.param({**TEXT, "messaging_product": None}, 400, 100, id="no product"),
        pytest.param({**TEXT, "messaging_product": "sms"}, 400, 100, id="another product"),
        pytest.param({**TEXT, "to": ""}, 400, 100, id="nobody"),
        pytest.param({**TEXT, "to": "593991234567"}, 400, 131009, id="no plus sign"),
        pytest.param({**TEXT, "to": 593991234567}, 400, 131009, id="a number"),
        pytest.param({**TEXT, "recipient_type": "nobody"}, 400, 100, id="no type of recipient"),
        pytest.param({**TEXT, "text": {}}, 400, 131008, id="no text"),
        pytest.param({**TEXT, "text": {"body": ""}}, 400, 131008, id="empty text"),
        pytest.param({**TEXT, "text": {"body": "a" * 4097}}, 400, 100, id="too long"),
        pytest.param({**TEXT, "type": "hologram"}, 400, 131051, id="another type"),
        pytest.param({**TEXT, "context": {}}, 400, 131009, id="quotes nothing"),
        pytest.param({**NOBODY, "recipient": "ana"}, 400, 131009, id="no user id"),
        pytest.param({**NOBODY, "status": "heard"}, 400, 100, id="no such status"),
        pytest.param({**NOBODY, "status": "read"}, 400, 131009, id="read without a message"),
        pytest.param(
            {**NOBODY, "status": "read", "message_id": "wamid.1", "typing_indicator": {}},
            400,
            100,
            id="typing nothing",
        ),
        pytest.param({**TEXT, "biz_opaque_callback_data": "a" * 513}, 400, 100, id="long tag"),
        pytest.param({**TEXT, "type": "template"}, 400, 131008, id="no template"),
        pytest.param(template("otra"), 404, 132001, id="unknown template"),
        pytest.param(template("cita", "es_EC"), 404, 132001, id="another language"),
        pytest.param(template("pendiente"), 404, 132001, id="not approved yet"),
        pytest.param(template("pausada"), 400, 132015, id="paused"),
        pytest.param(template("apagada"), 400, 132016, id="disabled"),
        pytest.param(template(body=["Ana"]), 400, 132000, id="a parameter too few"),
        pytest.param(template(body=["1", "2", "3"]), 400, 132000, id="a parameter too many"),
        pytest.param(template("con_titulo"), 400, 132000, id="no header parameter"),
        pytest.param(
            template(body=["Ana", "lunes"], button=["a"]), 400, 132000, id="no button there"
        ),
        pytest.param(template(body=["Ana", "lunes"], footer=[]), 400, 100, id="no such component"),
        pytest.param(template(body=["Ana", "a" * 998]), 400, 132005, id="body filled in too long"),
        pytest.param(template("sin_texto", body=["a" * 1025]), 400, 132005, id="long parameter"),
        pytest.param(template(body=["Ana", " "]), 400, 131008, id="blank parameter"),
        pytest.param(template(body=["Ana", "a\nb"]), 400, 132018, id="line break"),
        pytest.param(template(body=["Ana", "a     b"]), 400, 132018, id="five blanks"),
        pytest.param([], 400, 100, id="no object"),
        pytest.param(
            {**TEXT, "type": "template", "template": {"name": "cita", "language": "es"}},
            400,
            131008,
            id="language without code",
        ),
        pytest.param(
            template_with({"type": "body", "parameters": "Ana"}),
            400,
            100,
            id="parameters that are no list",
        ),
        pytest.param(
            template_with({"type": "body", "parameters": [IMAGE, IMAGE]}),
            400,
            132012,
            id="images in a body",
        ),
    ],
)
def test_what_meta_refuses_is_refused_with_its_code(
    simulator: RunningSimulator, payload: object, status: int, code: int
) -> None:
    answer = send(simulator, payload)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (status, code)
    assert error["type"] == "OAuthException"
    assert simulator.messages() == []
    assert simulator.requests()[0]["code"] == str(code)


def test_a_person_without_a_number_is_written_to_by_the_user_id(
    simulator: RunningSimulator,
) -> None:
    user_id = "US.13491208655302741918"
    answer = send(simulator, {**NOBODY, "recipient": user_id})
    assert answer.json()["contacts"] == [{"input": user_id, "user_id": user_id}]
    [message] = simulator.messages(to=user_id)
    assert "wa_id" not in message


def test_a_number_wins_over_a_user_id(simulator: RunningSimulator) -> None:
    answer = send(simulator, {**TEXT, "recipient": "US.13491208655302741918"})
    assert answer.json()["contacts"][0]["input"] == "+593991234567"


def test_an_answer_is_kept_with_what_it_quotes(simulator: RunningSimulator) -> None:
    send(simulator, {**TEXT, "context": {"message_id": "wamid.in"}})
    assert simulator.messages()[0]["reply_to"] == "wamid.in"


@pytest.mark.parametrize("typing", [{}, {"typing_indicator": {"type": "text"}}])
def test_ticks_and_typing_are_no_messages(
    simulator: RunningSimulator, typing: dict[str, object]
) -> None:
    read = {"messaging_product": "whatsapp", "status": "read", "message_id": "wamid.in"}
    answer = send(simulator, read | typing)
    assert (answer.status_code, answer.json()) == (200, {"success": True})
    assert simulator.messages() == []


def test_a_wrong_token_is_190(simulator: RunningSimulator) -> None:
    answer = send(simulator, TEXT, token="other")
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, 190)


def test_an_unknown_number_is_100_with_subcode_33(simulator: RunningSimulator) -> None:
    answer = send(simulator, TEXT, path="/graph/v25.0/9999/messages")
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["error_subcode"]) == (400, 100, 33)


@pytest.mark.parametrize(
    ("behaviour", "status", "code"),
    [
        ({"code": "131047"}, 400, 131047),
        ({"code": "131000"}, 500, 131000),
        ({"status": 429}, 429, 130429),
        ({"status": 503}, 503, 2),
        ({"status": 520}, 520, 131000),
        ({"status": 429, "code": "131056"}, 429, 131056),
    ],
)
def test_a_failure_that_was_asked_for_has_graphs_envelope(
    simulator: RunningSimulator, behaviour: dict[str, object], status: int, code: int
) -> None:
    simulator.misbehave(provider="meta", **behaviour)
    answer = send(simulator, TEXT)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert simulator.messages() == []


def test_the_number_can_be_looked_at(simulator: RunningSimulator) -> None:
    answer = simulator.http.get("/graph/v25.0/1090", headers={"Authorization": "Bearer meta-token"})
    assert answer.json()["quality_rating"] == "GREEN"
    assert answer.json()["id"] == "1090"


def test_templates_are_listed_page_by_page(simulator: RunningSimulator) -> None:
    headers = {"Authorization": "Bearer meta-token"}
    url = "/graph/v25.0/2090/message_templates?limit=4"
    names = []
    while url:
        page = simulator.http.get(url, headers=headers).json()
        names.append([template["name"] for template in page["data"]])
        url = page["paging"].get("next", "")
    assert names == [["cita", "sin_texto", "con_titulo", "pausada"], ["apagada", "pendiente"]]


def test_templates_are_filtered_by_status(simulator: RunningSimulator) -> None:
    answer = simulator.http.get(
        "/graph/v25.0/2090/message_templates",
        params={"status": "PAUSED"},
        headers={"Authorization": "Bearer meta-token"},
    )
    [template] = answer.json()["data"]
    assert (template["name"], template["status"]) == ("pausada", "PAUSED")


@pytest.mark.parametrize("query", [{"limit": "0"}, {"limit": "x"}, {"after": "x"}])
def test_a_page_that_cannot_be_is_refused(
    simulator: RunningSimulator, query: dict[str, str]
) -> None:
    answer = simulator.http.get(
        "/graph/v25.0/2090/message_templates",
        params=query,
        headers={"Authorization": "Bearer meta-token"},
    )
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, 100)
