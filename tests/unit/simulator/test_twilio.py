"""The simulated Twilio takes what Twilio takes and refuses what Twilio refuses."""

from __future__ import annotations

from collections.abc import Mapping

import httpx
import pytest

from tests.unit.simulator.running import RunningSimulator

TOKEN = "twilio-token"
MESSAGES = "/twilio/2010-04-01/Accounts/AC1/Messages.json"
SMS = {
    "To": "+593991234567",
    "From": "+15550001111",
    "Body": "Hola Ana",
    "StatusCallback": "https://recado.example/webhook/twilio/status?recado_tag=n-1",
}
WHATSAPP = {
    **SMS,
    "To": "whatsapp:+593991234567",
    "From": "whatsapp:+15550002222",
}
HIDDEN = {**WHATSAPP, "To": "whatsapp:US.13491208655302741918"}
PHOTO = "https://taller.example/haval.jpg"
CONTENT = {
    "To": WHATSAPP["To"],
    "From": WHATSAPP["From"],
    "ContentSid": "HX1",
    "ContentVariables": '{"1": "Ana"}',
}


def send(
    simulator: RunningSimulator,
    form: Mapping[str, str | list[str]],
    *,
    token: str = TOKEN,
    path: str = MESSAGES,
) -> httpx.Response:
    return simulator.http.post(path, data=form, auth=("AC1", token))


def test_an_sms_is_queued_and_kept_with_its_tag(simulator: RunningSimulator) -> None:
    answer = send(simulator, SMS)
    assert answer.status_code == 201
    [message] = simulator.messages()
    resource = answer.json()
    assert resource["sid"] == message["provider_message_id"]
    assert (resource["status"], resource["num_segments"], resource["error_code"]) == (
        "queued",
        "1",
        None,
    )
    assert (message["channel"], message["to"], message["text"]) == (
        "sms",
        "+593991234567",
        "Hola Ana",
    )
    assert (message["tag"], message["status_callback"]) == ("n-1", SMS["StatusCallback"])


def test_whatsapp_addresses_go_to_whatsapp(simulator: RunningSimulator) -> None:
    assert send(simulator, WHATSAPP).json()["to"] == "whatsapp:+593991234567"
    [message] = simulator.messages()
    assert (message["channel"], message["to"]) == ("whatsapp", "+593991234567")
    assert message["window_closed"] is True


@pytest.mark.parametrize("person", ["US.13491208655302741918", "US.ENT.11815799212886844830"])
def test_a_person_who_hides_the_number_is_written_to_by_the_user_id(
    simulator: RunningSimulator, person: str
) -> None:
    answer = send(simulator, {**WHATSAPP, "To": f"whatsapp:{person}"})
    assert (answer.status_code, answer.json()["to"]) == (201, f"whatsapp:{person}")
    [message] = simulator.messages(to=person)
    assert (message["channel"], message["text"]) == ("whatsapp", "Hola Ana")


@pytest.mark.parametrize("text", ["Su auto", ""])
def test_a_file_goes_with_a_text_or_without(simulator: RunningSimulator, text: str) -> None:
    answer = send(simulator, {**WHATSAPP, "Body": text, "MediaUrl": PHOTO})
    assert (answer.status_code, answer.json()["num_media"]) == (201, "1")
    assert answer.json()["sid"].startswith("MM")
    [message] = simulator.messages()
    assert (message["kind"], message["text"], message["media_url"]) == ("media", text, PHOTO)
    assert message["window_closed"] is True


def test_up_to_ten_files_go_in_one_message(simulator: RunningSimulator) -> None:
    files = [f"https://taller.example/{number}.jpg" for number in range(10)]
    assert send(simulator, {**SMS, "MediaUrl": files}).json()["num_media"] == "10"
    [message] = simulator.messages()
    assert message["media_url"] == files[0]
    assert "segments" not in message


def test_content_is_filled_in(simulator: RunningSimulator) -> None:
    send(simulator, CONTENT)
    [message] = simulator.messages()
    assert (message["kind"], message["text"]) == ("template", "Hola Ana")
    assert message["template"]["name"] == "HX1"
    assert "window_closed" not in message


@pytest.mark.parametrize(
    ("form", "code"),
    [
        pytest.param({**SMS, "To": ""}, 21604, id="nobody"),
        pytest.param({**SMS, "To": "0991234567"}, 21211, id="bad recipient"),
        pytest.param({**SMS, "To": "US.13491208655302741918"}, 21211, id="SMS to a user id"),
        pytest.param({**HIDDEN, "To": "whatsapp:US.1-2"}, 21211, id="no user id"),
        pytest.param({**HIDDEN, "From": SMS["From"]}, 21910, id="a user id from an SMS number"),
        pytest.param({**WHATSAPP, "MediaUrl": "haval.jpg"}, 21620, id="file without an address"),
        pytest.param({**WHATSAPP, "MediaUrl": [PHOTO, "x"]}, 21620, id="one file is nowhere"),
        pytest.param({**WHATSAPP, "MediaUrl": [PHOTO] * 11}, 21623, id="too many files"),
        pytest.param({**WHATSAPP, "Body": "", "MediaUrl": ""}, 21602, id="neither text nor file"),
        pytest.param({**SMS, "From": ""}, 21603, id="no sender"),
        pytest.param({**SMS, "From": "Taller"}, 21212, id="bad sender"),
        pytest.param({**SMS, "From": "+15559999999"}, 21606, id="somebody else's number"),
        pytest.param({**SMS, "To": SMS["From"]}, 21266, id="to itself"),
        pytest.param({**WHATSAPP, "From": SMS["From"]}, 21910, id="two channels"),
        pytest.param(
            {**WHATSAPP, "From": "whatsapp:+15559999999"}, 63007, id="somebody else's WhatsApp"
        ),
        pytest.param({**SMS, "Body": " "}, 21602, id="no text"),
        pytest.param({**SMS, "Body": "a" * 1601}, 21617, id="too long"),
        pytest.param({**SMS, "StatusCallback": "recado"}, 21609, id="bad callback"),
        pytest.param({**SMS, "ContentVariables": "{}"}, 21654, id="variables without content"),
        pytest.param({**CONTENT, "ContentSid": "HX2"}, 21655, id="unknown content"),
        pytest.param({**CONTENT, "ContentVariables": "x"}, 21656, id="variables are no JSON"),
        pytest.param({**CONTENT, "ContentVariables": "{}"}, 21656, id="a variable is missing"),
        pytest.param({**CONTENT, "ContentVariables": '{"1": ""}'}, 21656, id="an empty variable"),
    ],
)
def test_what_twilio_refuses_is_refused_with_its_code(
    simulator: RunningSimulator, form: Mapping[str, str | list[str]], code: int
) -> None:
    answer = send(simulator, form)
    assert (answer.status_code, answer.json()["status"], answer.json()["code"]) == (400, 400, code)
    assert answer.json()["more_info"].endswith(str(code))
    assert simulator.messages() == []


def test_a_wrong_token_is_20003(simulator: RunningSimulator) -> None:
    answer = send(simulator, SMS, token="other")
    assert (answer.status_code, answer.json()["code"]) == (401, 20003)


def test_another_account_is_not_found(simulator: RunningSimulator) -> None:
    answer = send(simulator, SMS, path=MESSAGES.replace("AC1", "AC2"))
    assert (answer.status_code, answer.json()["code"]) == (404, 20404)


@pytest.mark.parametrize(
    ("behaviour", "status", "code"),
    [
        ({"code": "21610"}, 400, 21610),
        ({"code": "20429", "retry_after": 7}, 429, 20429),
        ({"status": 503}, 503, 20503),
    ],
)
def test_a_failure_that_was_asked_for_has_twilios_body(
    simulator: RunningSimulator, behaviour: dict[str, object], status: int, code: int
) -> None:
    simulator.misbehave(provider="twilio", **behaviour)
    answer = send(simulator, SMS)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers.get("Retry-After") == ("7" if "retry_after" in behaviour else None)
