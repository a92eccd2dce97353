"""The page brings everything it needs, and shows mails without trusting them."""

from __future__ import annotations

import re
from typing import Any, get_args

import pytest

from local.simulator.inbound_messages import Event
from local.simulator.messages import Channel, Provider, Status
from tests.unit.simulator.receiver import receiving, talkative, talking
from tests.unit.simulator.running import RunningSimulator
from tests.unit.simulator.sending import ANA, by_meta, by_ses, by_twilio
from tests.unit.simulator.test_ses import PATH, SIGNED, mail, with_content


def test_the_page_loads_only_what_the_simulator_serves(simulator: RunningSimulator) -> None:
    page = simulator.http.get("/")
    loaded = re.findall(r'(?:src|href)="(/[^"]+)"', page.text)
    assert loaded == ["/static/style.css", "/static/app.js"]
    assert all(simulator.http.get(path).status_code == 200 for path in loaded)
    assert "http://" not in page.text.replace("http://127.0.0.1:8100", "")
    assert "script-src 'self'" in page.headers["Content-Security-Policy"]


def test_the_page_has_no_script_of_its_own(simulator: RunningSimulator) -> None:
    page = simulator.http.get("/").text
    assert re.findall(r"<script(?![^>]*\bsrc=)", page) == []
    assert re.findall(r"\son\w+=", page) == []


def test_every_text_of_the_page_exists_in_both_languages(simulator: RunningSimulator) -> None:
    page, script = simulator.http.get("/").text, simulator.http.get("/static/app.js").text
    used = set(re.findall(r'data-(?:text|label)="(\w+)"', page))
    spanish, english = (
        set(re.findall(r"^    (\w+): ", found, re.MULTILINE))
        for found in re.findall(r"^  (?:es|en): \{\n(.*?)^  \},", script, re.MULTILINE | re.DOTALL)
    )
    assert spanish == english
    assert used <= spanish


def test_the_html_of_a_mail_is_served_in_a_sandbox(simulator: RunningSimulator) -> None:
    simulator.http.post(PATH, json=mail(), headers=SIGNED).raise_for_status()
    [message] = simulator.messages()
    shown = simulator.http.get(f"/_sim/messages/{message['id']}/html")
    assert shown.text == "<p>Hola Ana</p>"
    policy = shown.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox; default-src 'none'")


@pytest.mark.parametrize("body", [{"Text": {"Data": "Hola"}}, None])
def test_there_is_no_html_of_a_plain_mail_or_of_none(
    simulator: RunningSimulator, body: dict[str, object] | None
) -> None:
    message_id = "unknown"
    if body:
        simulator.http.post(PATH, json=with_content(Body=body), headers=SIGNED).raise_for_status()
        message_id = simulator.messages()[0]["id"]
    assert simulator.http.get(f"/_sim/messages/{message_id}/html").status_code == 404


def changes(simulator: RunningSimulator, after: int = 0) -> dict[str, Any]:
    answer: dict[str, Any] = simulator.http.get(f"/_sim/changes?after={after}").json()
    return answer


def test_a_watcher_hears_only_of_what_changed(simulator: RunningSimulator) -> None:
    first = by_meta(simulator)
    seen = changes(simulator)
    assert [message["id"] for message in seen["messages"]] == [first["id"]]
    assert changes(simulator, seen["revision"])["messages"] == []
    second = by_meta(simulator)
    assert [message["id"] for message in changes(simulator, seen["revision"])["messages"]] == [
        second["id"]
    ]


def test_a_watcher_hears_of_what_people_said_and_of_receipts() -> None:
    with receiving() as receiver, talking(talkative(receiver), receiver) as simulator:
        message = by_meta(simulator)
        before = changes(simulator)["revision"]
        simulator.http.post(
            "/_sim/receipts", json={"message": message["id"], "status": "read"}
        ).raise_for_status()
        simulator.http.post(
            "/_sim/inbound",
            json={"channel": "whatsapp", "from": ANA, "text": "Gracias", "reply_to": message["id"]},
        ).raise_for_status()
        after = changes(simulator, before)
    assert [(sent["id"], sent["told"]) for sent in after["messages"]] == [(message["id"], "read")]
    [said] = after["inbound"]
    assert (said["from"], said["text"], said["reply_to"]) == (ANA, "Gracias", message["id"])


def test_a_watcher_is_told_which_receipts_a_message_can_have(simulator: RunningSimulator) -> None:
    by_meta(simulator)
    by_twilio(simulator)
    by_ses(simulator, "ana@taller.example")
    whatsapp, sms, mailed = changes(simulator)["messages"]
    assert "read" in whatsapp["receipts"]
    assert "read" not in sms["receipts"]
    assert {"bounce", "complaint"} <= set(mailed["receipts"])


def test_a_watcher_starts_anew_after_a_reset(simulator: RunningSimulator) -> None:
    by_meta(simulator)
    seen = changes(simulator)
    simulator.http.post("/_sim/reset").raise_for_status()
    afresh = changes(simulator, seen["revision"])
    assert afresh["epoch"] != seen["epoch"]
    assert changes(simulator)["messages"] == []


def test_a_change_is_named_by_a_number(simulator: RunningSimulator) -> None:
    answer = simulator.http.get("/_sim/changes?after=noon")
    assert (answer.status_code, answer.json()["error"]["field"]) == (400, "after")


def test_every_text_that_the_script_makes_exists(simulator: RunningSimulator) -> None:
    script = simulator.http.get("/static/app.js").text
    known = set(re.findall(r"^    (\w+): ", script, re.MULTILINE))
    worded = set(re.findall(r'(?:worded\("\w+", "[\w ]*", |action\(|labelled\()"(\w+)"', script))
    assert len(worded) > 10
    assert worded <= known
    told = {f"told_{status}" for status in get_args(Status)}
    assert told <= known
    assert set(get_args(Event)) <= known


def test_the_script_knows_every_channel_and_provider(simulator: RunningSimulator) -> None:
    script = simulator.http.get("/static/app.js").text
    for name, wanted in (("APPS", Channel), ("PROVIDERS", Provider)):
        [block] = re.findall(rf"^const {name} = {{\n(.*?)^}};", script, re.MULTILINE | re.DOTALL)
        assert set(re.findall(r"^  (\w+):", block, re.MULTILINE)) == set(get_args(wanted))
