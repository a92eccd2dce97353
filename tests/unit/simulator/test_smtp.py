"""The simulated mail server takes mail from those who log in, and fails where a real one does."""

from __future__ import annotations

import smtplib
from email.message import EmailMessage

import pytest

from tests.unit.simulator.running import HOST, RunningSimulator

LOGIN = ("recado", "smtp-password")


def mail() -> EmailMessage:
    message = EmailMessage()
    message["From"] = "Taller <avisos@example.com>"
    message["To"] = "ana@example.com"
    message["Date"] = "Fri, 20 Nov 2026 12:00:00 -0500"
    message["Subject"] = "Su cita está confirmada"
    message["Message-ID"] = "<n-1@recado.example>"
    message["List-Unsubscribe"] = "<https://recado.example/u/1>"
    message["X-Recado-Notification"] = "n-1"
    message.set_content("Hola, Ñandú")
    message.add_alternative("<p>Hola, Ñandú</p>", subtype="html")
    return message


def send(
    simulator: RunningSimulator,
    message: EmailMessage | None = None,
    login: tuple[str, str] | None = LOGIN,
) -> None:
    with smtplib.SMTP(HOST, simulator.smtp_port) as client:
        if login:
            client.login(*login)
        client.send_message(message or mail())


def test_a_mail_is_kept_with_its_parts_and_headers(simulator: RunningSimulator) -> None:
    send(simulator)
    [message] = simulator.messages()
    assert (message["provider"], message["channel"], message["to"], message["from"]) == (
        "smtp",
        "email",
        "ana@example.com",
        "avisos@example.com",
    )
    assert message["subject"] == "Su cita está confirmada"
    assert (message["text"].strip(), message["html"].strip()) == (
        "Hola, Ñandú",
        "<p>Hola, Ñandú</p>",
    )
    assert message["headers"]["List-Unsubscribe"] == "<https://recado.example/u/1>"
    assert (message["provider_message_id"], message["tag"]) == ("<n-1@recado.example>", "n-1")


def test_wrong_credentials_are_535(simulator: RunningSimulator) -> None:
    with pytest.raises(smtplib.SMTPAuthenticationError) as caught:
        send(simulator, login=("recado", "other"))
    assert caught.value.smtp_code == 535
    assert simulator.requests()[0]["status"] == 535


def test_nobody_sends_without_a_login(simulator: RunningSimulator) -> None:
    with pytest.raises(smtplib.SMTPSenderRefused) as caught:
        send(simulator, login=None)
    assert caught.value.smtp_code == 530


@pytest.mark.parametrize("header", ["From", "Date"])
def test_a_mail_without_a_required_header_is_554(simulator: RunningSimulator, header: str) -> None:
    text = mail().as_string().replace(f"{header}:", f"X-{header}:")
    with smtplib.SMTP(HOST, simulator.smtp_port) as client:
        client.login(*LOGIN)
        with pytest.raises(smtplib.SMTPDataError) as caught:
            client.sendmail("avisos@example.com", "ana@example.com", text.encode())
    assert caught.value.smtp_code == 554
    assert simulator.messages() == []


def test_an_address_without_a_domain_is_553(simulator: RunningSimulator) -> None:
    with smtplib.SMTP(HOST, simulator.smtp_port) as client:
        client.login(*LOGIN)
        with pytest.raises(smtplib.SMTPRecipientsRefused) as caught:
            client.sendmail("avisos@example.com", "ana", mail().as_bytes())
    assert caught.value.recipients["ana"][0] == 553


@pytest.mark.parametrize(
    ("behaviour", "code", "text"),
    [
        ({"status": 550, "code": "5.1.1"}, 550, b"5.1.1"),
        ({"status": 421}, 421, b"4.0.0"),
        ({"status": 450, "recipient": "ana@example.com"}, 450, b"4.0.0"),
    ],
)
def test_a_recipient_is_refused_when_it_is_named(
    simulator: RunningSimulator, behaviour: dict[str, object], code: int, text: bytes
) -> None:
    simulator.misbehave(provider="smtp", **behaviour)
    with pytest.raises(smtplib.SMTPRecipientsRefused) as caught:
        send(simulator)
    refusal = caught.value.recipients["ana@example.com"]
    assert refusal[0] == code
    assert refusal[1].startswith(text)
    assert simulator.messages() == []


@pytest.mark.parametrize("status", [552, 554])
def test_the_mail_itself_is_refused_after_it_was_read(
    simulator: RunningSimulator, status: int
) -> None:
    simulator.misbehave(provider="smtp", status=status)
    with pytest.raises(smtplib.SMTPDataError) as caught:
        send(simulator)
    assert caught.value.smtp_code == status
    assert simulator.messages() == []


@pytest.mark.parametrize("status", [535, 454])
def test_a_login_can_be_made_to_fail(simulator: RunningSimulator, status: int) -> None:
    behaviour = simulator.misbehave(provider="smtp", status=status)
    with pytest.raises(smtplib.SMTPAuthenticationError) as caught:
        send(simulator)
    assert caught.value.smtp_code == status
    simulator.http.delete(f"/_sim/behaviour/{behaviour}")
    send(simulator)
    assert len(simulator.messages()) == 1


@pytest.mark.parametrize(("status", "reply"), [(503, 421), (429, 421), (400, 550), (550, 550)])
def test_a_status_for_the_whole_channel_becomes_a_reply_of_smtp(
    simulator: RunningSimulator, status: int, reply: int
) -> None:
    simulator.misbehave(channel="email", status=status)
    with pytest.raises(smtplib.SMTPRecipientsRefused) as caught:
        send(simulator)
    assert caught.value.recipients["ana@example.com"][0] == reply


@pytest.mark.parametrize(
    ("drop", "outcomes"), [("before", []), ("after", ["accepted_then_dropped"])]
)
def test_a_dropped_connection_leaves_what_was_accepted(
    simulator: RunningSimulator, drop: str, outcomes: list[str]
) -> None:
    simulator.misbehave(provider="smtp", drop=drop, latency_ms=1)
    with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionError)):
        send(simulator)
    assert [message["outcome"] for message in simulator.messages()] == outcomes
    assert simulator.requests()[0]["outcome"] == f"dropped_{drop}"


def test_a_garbled_reply_accepts_nothing(simulator: RunningSimulator) -> None:
    simulator.misbehave(provider="smtp", garbage=True)
    with pytest.raises(smtplib.SMTPDataError) as caught:
        send(simulator)
    assert caught.value.smtp_code == -1
    assert simulator.messages() == []


def test_a_late_reply_accepts_the_mail(simulator: RunningSimulator) -> None:
    simulator.misbehave(provider="smtp", latency_ms=1)
    send(simulator)
    assert [message["outcome"] for message in simulator.messages()] == ["accepted"]


def test_the_newest_behaviour_wins_at_every_step_of_the_dialogue(
    simulator: RunningSimulator,
) -> None:
    simulator.misbehave(provider="smtp", status=550)
    simulator.misbehave(provider="smtp", latency_ms=1)
    send(simulator)
    assert len(simulator.messages()) == 1
