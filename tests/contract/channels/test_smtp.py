"""SMTP: the mail, the conversation, encryption, and what replies mean."""

from __future__ import annotations

import ssl
from base64 import b64decode
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import cast

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from freezegun import freeze_time

from recado.adapters.channels.smtp import ERRORS, SmtpSender
from recado.domain.directory import Address
from recado.domain.errors import (
    AccountError,
    DeliveryError,
    OutcomeUnknownError,
    PermanentMessageError,
    PermanentRecipientError,
    RetryableError,
)
from recado.domain.messages import EmailMessage
from recado.ports.channels import OutboundMessage
from tests.contract.channels.behaviour import Behaviour
from tests.contract.channels.error_tables import not_counted, suppressing
from tests.contract.channels.providers.smtp import HANG_UP, SAY_NOTHING, Script, Smtp

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

LONG_LINK = "https://recado.example/unsubscribe/" + "aB3-_" * 40


def sent(**changes: object) -> Smtp:
    """A provider that took the usual mail with some changes."""
    provider = Smtp()
    with provider.sender(Behaviour.ACCEPTS) as sender:
        sender.send(provider.message.model_copy(update=changes))
    return provider


def failure(script: Script, message: OutboundMessage = Smtp.message) -> DeliveryError:
    with Smtp().scripted(script) as sender, pytest.raises(DeliveryError) as raised:
        sender.send(message)
    return raised.value


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 with its key, that nobody trusts by default."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=True
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("certificate") / "server.pem"
    path.write_bytes(
        signed.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return path


@pytest.fixture
def server_side(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


@pytest.fixture
def trusting(certificate: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=certificate)


def test_a_mail_has_both_parts_and_its_headers() -> None:
    letter = sent().letter
    assert letter["From"] == '"Talleres Ñandú, S.A." <citas@andinos.example>'
    assert letter["To"] == "carlos@example.com"
    assert letter["Subject"] == "Su cita está lista"
    assert letter["X-Recado-Notification"] == "ntf_1.1"
    assert letter["Date"]
    text, html = letter.iter_parts()
    assert (text.get_content_type(), text.get_content().strip()) == ("text/plain", "Hola Carlos")
    assert (html.get_content_type(), html.get_content().strip()) == (
        "text/html",
        "<p>Hola Carlos</p>",
    )


def test_a_mail_can_be_unsubscribed_with_one_click() -> None:
    letter = sent().letter
    assert letter["List-Unsubscribe"] == "<https://recado.example/unsubscribe/abc>"
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_a_long_link_arrives_as_it_is() -> None:
    assert (
        f"List-Unsubscribe: <{LONG_LINK}>\r\n".encode() in sent(unsubscribe_url=LONG_LINK).content
    )


def test_a_mail_without_a_link_has_no_headers_to_unsubscribe() -> None:
    assert sent(unsubscribe_url=None).letter["List-Unsubscribe"] is None


def test_a_mail_is_seven_bit_and_its_lines_are_short_enough_for_every_server() -> None:
    body = EmailMessage(subject="ñ" * 200, text="ñandú " * 400, html="<p>" + "ñ" * 2000 + "</p>")
    content = sent(content=body).content
    assert content.isascii()
    assert max(len(line) for line in content.split(b"\r\n")) <= 998


def test_a_line_with_a_dot_arrives() -> None:
    body = EmailMessage(subject="s", text="uno\n.\ndos", html="<p>uno</p>")
    text = next(iter(sent(content=body).letter.iter_parts()))
    assert text.get_content().splitlines() == ["uno", ".", "dos"]


def test_each_attempt_of_a_notification_has_the_same_message_id() -> None:
    ids = {sent(tag=tag).letter["Message-ID"] for tag in ("ntf_1.1", "ntf_1.2")}
    assert ids == {"<ntf_1@andinos.example>"}
    assert sent(tag="ntf_2.1").letter["Message-ID"] == "<ntf_2@andinos.example>"


def test_the_providers_id_is_the_message_id() -> None:
    provider = Smtp()
    with provider.sender(Behaviour.ACCEPTS) as sender:
        acceptance = sender.send(provider.message)
    assert acceptance.provider_message_id == provider.letter["Message-ID"]


def test_answers_go_where_the_account_says() -> None:
    provider = Smtp()
    with provider.server({}) as port:
        account = provider.account_at(port)
        settings = {**account.settings, "reply_to": "taller@andinos.example"}
        account = account.model_copy(update={"settings": settings})
        SmtpSender(account, provider.credentials).send(provider.message)
    assert provider.letter["Reply-To"] == "taller@andinos.example"


@pytest.mark.parametrize("break_", ["\n", "\r", "\r\n", "\u2028", "\x85", "\x0b"])
def test_a_subject_with_a_line_break_is_refused_before_anything_is_sent(break_: str) -> None:
    provider = Smtp()
    body = EmailMessage(subject=f"Cita{break_}Bcc: eva@example.com", text="t", html="h")
    with provider.sender(Behaviour.ACCEPTS) as sender, pytest.raises(PermanentMessageError):
        sender.send(provider.message.model_copy(update={"content": body}))
    assert provider.commands == []


def test_a_link_with_a_line_break_is_refused_before_anything_is_sent() -> None:
    provider = Smtp()
    message = provider.message.model_copy(update={"unsubscribe_url": "https://x\r\nBcc: y"})
    with provider.sender(Behaviour.ACCEPTS) as sender, pytest.raises(PermanentMessageError):
        sender.send(message)
    assert provider.commands == []


@pytest.mark.parametrize(
    "address",
    [
        "carlos@example.com\r\nRCPT TO:<eva@example.com>",
        "carlos@example.com, eva@example.com",
        "carlos@example.com> SIZE=1",
        "Carlos <carlos@example.com>",
        "eva@example.com,carlos@example.com",
        "eva@carlos@example.com",
        '"carlos"@example.com',
        "carlós@example.com",
        "carlos",
        "@example.com",
        "carlos@",
    ],
)
def test_what_is_no_plain_address_reaches_nobody(address: str) -> None:
    provider = Smtp()
    to = Address(channel=provider.message.to.channel, value=address)
    with provider.sender(Behaviour.ACCEPTS) as sender, pytest.raises(PermanentRecipientError):
        sender.send(provider.message.model_copy(update={"to": to}))
    assert provider.commands == []


def test_the_login_is_encrypted_first(
    server_side: ssl.SSLContext, trusting: ssl.SSLContext
) -> None:
    provider = Smtp()
    offer = "250-mail.test\r\n250-STARTTLS\r\n250 AUTH PLAIN"
    script: Script = {"EHLO": offer, "STARTTLS": "220 go ahead"}
    with provider.server(script, server_side) as port:
        account = provider.account_at(port, security="starttls")
        SmtpSender(account, provider.credentials, trusting).send(provider.message)
    assert provider.commands == [
        "EHLO",
        "STARTTLS",
        "EHLO",
        "AUTH",
        "MAIL",
        "RCPT",
        "DATA",
        "QUIT",
    ]
    assert len(provider.requests) == 1


def test_a_connection_can_be_encrypted_from_the_start(
    server_side: ssl.SSLContext, trusting: ssl.SSLContext
) -> None:
    provider = Smtp()
    with provider.server({}, server_side, encrypted_from_the_start=True) as port:
        account = provider.account_at(port, security="tls")
        SmtpSender(account, provider.credentials, trusting).send(provider.message)
    assert len(provider.requests) == 1


def test_a_server_without_encryption_never_gets_the_login() -> None:
    provider = Smtp()
    with provider.server({}) as port:
        account = provider.account_at(port, security="starttls")
        with pytest.raises(AccountError):
            SmtpSender(account, provider.credentials).send(provider.message)
    assert "AUTH" not in provider.commands


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_server_that_nobody_vouches_for_never_gets_the_login(
    security: str, server_side: ssl.SSLContext
) -> None:
    provider = Smtp()
    offer = "250-mail.test\r\n250-STARTTLS\r\n250 AUTH PLAIN"
    script: Script = {"EHLO": offer, "STARTTLS": "220 go ahead"}
    from_the_start = security == "tls"
    with provider.server(script, server_side, encrypted_from_the_start=from_the_start) as port:
        account = provider.account_at(port, security=security)
        with pytest.raises(AccountError):
            SmtpSender(account, provider.credentials).send(provider.message)
    assert "AUTH" not in provider.commands


@pytest.mark.parametrize(
    "host", ["mail.example.com", "10.0.0.1", "localhost.example.com", "192.168.1.1"]
)
def test_only_a_loopback_host_may_go_without_encryption(host: str) -> None:
    account = Smtp.account.model_copy(update={"settings": {**Smtp.account.settings, "host": host}})
    with pytest.raises(AccountError, match="security"):
        SmtpSender(account, Smtp.credentials)


@pytest.mark.parametrize(
    ("name", "value"),
    [("port", "smtp"), ("port", "70000"), ("security", "ssl"), ("from_address", "andinos")],
)
def test_a_setting_that_cannot_work_is_refused_at_once(name: str, value: str) -> None:
    account = Smtp.account.model_copy(update={"settings": {**Smtp.account.settings, name: value}})
    with pytest.raises(AccountError, match=name):
        SmtpSender(account, Smtp.credentials)


@pytest.mark.parametrize(
    ("script", "kind", "code"),
    [
        # Before the server has heard of the recipient.
        ({"greeting": "554 no service"}, AccountError, "554"),
        ({"greeting": "421 busy"}, RetryableError, "421"),
        ({"EHLO": "550 go away"}, AccountError, "550"),
        ({"EHLO": "250 mail.test"}, AccountError, "not_supported"),
        ({"EHLO": "250-mail.test\r\n250 AUTH XOAUTH2"}, AccountError, "not_supported"),
        ({"AUTH": "535 5.7.8 wrong"}, AccountError, "535 5.7.8"),
        ({"AUTH": "534 5.7.9 too weak"}, AccountError, "534 5.7.9"),
        ({"AUTH": "538 5.7.11 encrypt"}, AccountError, "538 5.7.11"),
        ({"AUTH": "454 4.7.0 later"}, RetryableError, "454 4.7.0"),
        ({"MAIL": "530 5.7.0 log in"}, AccountError, "530 5.7.0"),
        ({"MAIL": "553 5.1.8 unknown sender"}, AccountError, "553 5.1.8"),
        ({"MAIL": "550 5.7.1 not your address"}, AccountError, "550 5.7.1"),
        ({"MAIL": "452 4.3.1 full"}, RetryableError, "452 4.3.1"),
        ({"MAIL": "what?"}, RetryableError, "-1"),
        # The recipient.
        ({"RCPT": "450 4.2.0 greylisted"}, RetryableError, "450 4.2.0"),
        ({"RCPT": "451 4.7.1 greylisted"}, RetryableError, "451 4.7.1"),
        ({"RCPT": "452 4.2.2 full"}, RetryableError, "452 4.2.2"),
        ({"RCPT": "550 no such user"}, PermanentRecipientError, "550"),
        ({"RCPT": "550 5.1.1 no such user"}, PermanentRecipientError, "550 5.1.1"),
        ({"RCPT": "550-5.1.1 no\r\n550 5.1.1 user"}, PermanentRecipientError, "550 5.1.1"),
        ({"RCPT": "550 5.1.2 no such domain"}, PermanentRecipientError, "550 5.1.2"),
        ({"RCPT": "501 5.1.3 bad address"}, PermanentRecipientError, "501 5.1.3"),
        ({"RCPT": "551 5.1.6 moved"}, PermanentRecipientError, "551 5.1.6"),
        ({"RCPT": "556 5.1.10 null MX"}, PermanentRecipientError, "556 5.1.10"),
        ({"RCPT": "550 5.1.0 refused"}, PermanentRecipientError, "550 5.1.0"),
        ({"RCPT": "550 5.2.1 disabled"}, PermanentRecipientError, "550 5.2.1"),
        ({"RCPT": "551 elsewhere"}, PermanentRecipientError, "551"),
        ({"RCPT": "553 bad name"}, PermanentRecipientError, "553"),
        ({"RCPT": "552 5.2.2 full"}, RetryableError, "552 5.2.2"),
        ({"RCPT": "554 5.7.1 relay denied"}, PermanentMessageError, "554 5.7.1"),
        ({"RCPT": "555 parameter"}, AccountError, "555"),
        # The mail.
        ({"DATA": "451 4.3.0 disk"}, RetryableError, "451 4.3.0"),
        ({"DATA": "554 5.5.1 no recipients"}, PermanentMessageError, "554 5.5.1"),
        ({"content": "421 4.3.0 shutting down"}, RetryableError, "421 4.3.0"),
        ({"content": "552 too large"}, RetryableError, "552"),
        ({"content": "552 5.3.4 too large"}, PermanentMessageError, "552 5.3.4"),
        ({"content": "552 5.2.3 too large"}, PermanentMessageError, "552 5.2.3"),
        ({"content": "550 5.6.0 content"}, PermanentMessageError, "550 5.6.0"),
        ({"content": "554 5.7.1 spam"}, PermanentMessageError, "554 5.7.1"),
        ({"content": "599 odd"}, PermanentMessageError, "599"),
        ({"content": "499 odd"}, RetryableError, "499"),
    ],
)
def test_every_reply_has_its_class(script: Script, kind: type[DeliveryError], code: str) -> None:
    error = failure(script)
    assert type(error) is kind
    assert error.code == code


@pytest.mark.parametrize(
    "script",
    [
        {"greeting": HANG_UP},
        {"EHLO": HANG_UP},
        {"AUTH": HANG_UP},
        {"MAIL": HANG_UP},
        {"RCPT": HANG_UP},
        {"DATA": HANG_UP},
    ],
)
def test_a_connection_that_breaks_before_the_mail_is_tried_again(script: Script) -> None:
    error = failure(script)
    assert isinstance(error, RetryableError)
    assert error.account_fault


@pytest.mark.parametrize("reply", ["250 done", "220 yes?", "what?"])
def test_a_server_that_does_not_ask_for_the_mail_does_not_have_it(reply: str) -> None:
    error = failure({"DATA": reply})

    assert isinstance(error, RetryableError)
    assert error.code == "no_smtp_reply"


@pytest.mark.parametrize(
    "script",
    [{"content": HANG_UP}, {"content": "what?"}],
)
def test_once_the_mail_has_begun_silence_leaves_the_outcome_unknown(script: Script) -> None:
    assert type(failure(script)) is OutcomeUnknownError


@pytest.mark.parametrize("step", ["greeting", "EHLO", "AUTH", "MAIL", "RCPT"])
def test_a_server_that_stops_talking_before_the_mail_is_tried_again(step: str) -> None:
    provider = Smtp()
    script: Script = {step: SAY_NOTHING}  # type: ignore[dict-item]
    with provider.scripted(script, 0.2) as sender, pytest.raises(RetryableError):
        sender.send(provider.message)
    assert provider.requests == []


@freeze_time(auto_tick_seconds=3)
def test_a_conversation_that_drags_on_is_given_up_before_the_mail() -> None:
    provider = Smtp()
    with provider.scripted({}, 10) as sender, pytest.raises(RetryableError):
        sender.send(provider.message)
    assert provider.requests == []


def test_the_mail_itself_is_given_the_time_that_the_conversation_left() -> None:
    """Each look at the clock finds it 3 s later, so longer time-outs get further."""
    reached = []
    for timeout_seconds in range(3, 40, 3):
        provider = Smtp()
        with freeze_time(auto_tick_seconds=3), provider.scripted({}, timeout_seconds) as sender:
            try:
                sender.send(provider.message)
                outcome: type[DeliveryError] | None = None
            except DeliveryError as error:
                outcome = type(error)
        content = b"".join(cast("list[bytes]", provider.requests))
        reached.append((outcome, len(provider.requests), b"X-Recado-Notification" in content))
    assert list(dict.fromkeys(reached)) == [
        (RetryableError, 0, False),
        (OutcomeUnknownError, 1, False),
        (OutcomeUnknownError, 1, True),
        (None, 1, True),
    ]


@pytest.mark.parametrize("answer", ["500 what?", HANG_UP])
def test_a_rude_goodbye_does_not_undo_an_accepted_mail(answer: str) -> None:
    provider = Smtp()
    with provider.scripted({"QUIT": answer}) as sender:
        assert sender.send(provider.message).provider_message_id
    assert len(provider.requests) == 1


def test_the_login_is_the_accounts() -> None:
    provider = Smtp()
    with provider.sender(Behaviour.ACCEPTS) as sender:
        sender.send(provider.message)
    (login,) = provider.logins
    assert b64decode(login) == b"\x00andinos-login\x00correct horse"


def test_only_an_address_that_is_none_any_more_is_suppressed() -> None:
    assert suppressing(ERRORS) == {"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "556"}


def test_a_mailboxs_trouble_does_not_count_against_the_account() -> None:
    assert not_counted(ERRORS) == {"450", "451", "452", "552", "4.2.2", "5.2.2"}


def test_a_full_mailbox_is_given_hours() -> None:
    error = failure({"RCPT": "552 5.2.2 full"})
    assert isinstance(error, RetryableError)
    assert error.retry_after == 3600
