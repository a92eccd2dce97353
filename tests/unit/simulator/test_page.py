"""The page brings everything it needs, and shows mails without trusting them."""

from __future__ import annotations

import re

import pytest

from tests.unit.simulator.running import RunningSimulator
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
