"""E-mail through an SMTP server.

Protocol: RFC 5321; enhanced status codes RFC 3463 and IANA's registry of them. An enhanced code
says more than the reply code, so it is looked up first, then its class, then the reply code.

Settings: `host`, `port`, `security` (`starttls`, `tls`; `none` only to a loopback address),
`from_address`, `from_name`, `reply_to`. Secret: `username`, `password`.
"""

from __future__ import annotations

import re
import smtplib
import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from email.utils import format_datetime

from recado.adapters.channels import mail
from recado.adapters.channels.inputs import credential, is_host_name, is_loopback, setting
from recado.adapters.channels.verdicts import (
    ErrorTable,
    Verdict,
    account_refused,
    message_refused,
    no_recipient,
    recipient_refused,
    try_later,
    unlisted,
)
from recado.domain.channels import ChannelAccount
from recado.domain.errors import AccountError, DeliveryError, OutcomeUnknownError, RetryableError
from recado.ports.channels import Acceptance, OutboundMessage

CONNECT_SECONDS = 5.0
FAREWELL_SECONDS = 1.0

TAG_HEADER = "X-Recado-Notification"

MAILBOX_FULL = try_later("the mailbox is full", after=3600, account_fault=False)

ERRORS: ErrorTable = {
    # The server rests.
    "421": try_later("the server closes the connection"),
    "454": try_later("the server cannot authenticate for now"),
    # The recipient's mailbox rests, or its server makes strangers wait (greylisting).
    "450": try_later("the mailbox is busy", account_fault=False),
    "451": try_later("the server could not process the mail", account_fault=False),
    "452": try_later("the server lacks room for the mail", account_fault=False),
    "552": MAILBOX_FULL,
    "4.2.2": MAILBOX_FULL,
    "5.2.2": MAILBOX_FULL,
    # The recipient, now and later.
    "556": no_recipient("the domain takes no mail"),
    "5.1.1": no_recipient("the mailbox does not exist"),
    "5.1.2": no_recipient("the domain does not exist"),
    "5.1.3": no_recipient("the address is not valid"),
    "5.1.6": no_recipient("the mailbox has moved"),
    "5.1.10": no_recipient("the domain takes no mail"),
    # The recipient, this time: without an enhanced code a server may mean the sender instead.
    "550": recipient_refused("the mailbox is not available"),
    "551": recipient_refused("the mailbox is on another server"),
    "553": recipient_refused("the mailbox's name is not allowed"),
    "5.1": recipient_refused("the address was refused"),
    "5.2": recipient_refused("the mailbox does not take mail"),
    # The message.
    "554": message_refused("the server refuses the mail"),
    "5.2.3": message_refused("longer than the mailbox takes"),
    "5.3.4": message_refused("longer than the server takes"),
    "5.6": message_refused("the content was refused"),
    "5.7": message_refused("a policy of the server refuses the mail"),
    # The account.
    "530": account_refused("the server wants authentication"),
    "534": account_refused("the server wants another way of authentication"),
    "535": account_refused("the credentials were refused"),
    "538": account_refused("the server wants encryption before authentication"),
    "555": account_refused("the server does not know a parameter that we sent"),
    "5.1.7": account_refused("the sender's address is not valid"),
    "5.1.8": account_refused("the sender's domain does not exist"),
    "5.7.8": account_refused("the credentials were refused"),
}

NOT_ADMITTED = account_refused("the server refused us before it heard of the recipient")

_ENHANCED_CODE = re.compile(r"([245]\.\d{1,3})\.\d{1,3}(?!\S)")


class SmtpSender:
    """Sends through one login of an SMTP server, each mail over a connection of its own.

    `trust` says which certificates are trusted; by default those that the system trusts.
    """

    def __init__(
        self,
        account: ChannelAccount,
        credentials: Mapping[str, str],
        trust: ssl.SSLContext | None = None,
    ) -> None:
        self._account = account
        self._username = credential(credentials, "username")
        self._password = credential(credentials, "password")
        self._host = _host(account)
        self._port = _port(account)
        self._security = _security(account)
        self._from = mail.sender(account)
        self._from_address = setting(account, "from_address")
        self._domain = self._from_address.rpartition("@")[2]
        self._reply_to = mail.reply_to(account)
        self._trust = trust or ssl.create_default_context()

    def send(self, message: OutboundMessage) -> Acceptance:
        """Send one mail; see `ChannelSender`.

        The provider's id is the mail's Message-ID. It is the same for each attempt of a
        notification, so that a mail server can tell a copy.
        """
        recipient = mail.recipient(message)
        message_id = f"<{message.tag.partition('.')[0]}@{self._domain}>"
        content = self._compose(message, message_id)
        deadline = time.monotonic() + self._account.timeout_seconds
        with self._before_the_mail():
            connection = self._connect()
        try:
            with self._before_the_mail():
                self._introduce(connection, recipient, deadline)
            self._hand_over(connection, content, deadline)
        finally:
            _hang_up(connection)
        return Acceptance(provider_message_id=message_id)

    def _compose(self, message: OutboundMessage, message_id: str) -> bytes:
        content = mail.content(message)
        # Seven bits, so that no extension of the server is needed.
        letter = EmailMessage(policy=policy.SMTP.clone(cte_type="7bit"))
        letter["From"] = self._from
        letter["To"] = message.to.value
        letter["Subject"] = content.subject
        letter["Date"] = format_datetime(datetime.now(UTC))
        letter["Message-ID"] = message_id
        letter[TAG_HEADER] = message.tag
        if self._reply_to:
            letter["Reply-To"] = self._reply_to
        letter.set_content(content.text)
        letter.add_alternative(content.html, subtype="html")
        # The library would fold a long link into encoded words, which mail programs do not follow.
        links = mail.unsubscribe_headers(message).items()
        return "".join(f"{name}: {value}\r\n" for name, value in links).encode() + bytes(letter)

    def _connect(self) -> smtplib.SMTP:
        timeout = min(CONNECT_SECONDS, self._account.timeout_seconds)
        if self._security == "tls":
            return smtplib.SMTP_SSL(
                self._host,
                self._port,
                local_hostname=self._domain,
                timeout=timeout,
                context=self._trust,
            )
        return smtplib.SMTP(self._host, self._port, local_hostname=self._domain, timeout=timeout)

    def _introduce(self, connection: smtplib.SMTP, recipient: str, deadline: float) -> None:
        """Everything up to the mail itself."""
        if self._security == "starttls":
            _limit(connection, deadline)
            connection.starttls(context=self._trust)
        _limit(connection, deadline)
        connection.login(self._username, self._password)
        _limit(connection, deadline)
        reply, text = connection.mail(self._from_address)
        if reply != 250:
            raise smtplib.SMTPResponseException(reply, text)
        _limit(connection, deadline)
        reply, text = connection.rcpt(recipient)
        if reply not in (250, 251):
            raise self._refusal(reply, text, admitted=True)

    def _hand_over(self, connection: smtplib.SMTP, content: bytes, deadline: float) -> None:
        """The mail itself: from its first byte on silence may mean that the server has it."""
        with self._before_the_mail():
            _limit(connection, deadline)
            reply, text = connection.docmd("DATA")
        if 400 <= reply < 600:
            raise self._refusal(reply, text, admitted=True)
        if reply != 354:
            raise RetryableError("no_smtp_reply", "the server did not ask for the mail")
        try:
            _limit(connection, deadline)
            connection.send(_with_end(content))
            _limit(connection, deadline)
            reply, text = connection.getreply()
        except (OSError, smtplib.SMTPException) as error:
            raise OutcomeUnknownError("no_answer", type(error).__name__) from None
        if 400 <= reply < 600:
            raise self._refusal(reply, text, admitted=True)
        if reply != 250:
            raise OutcomeUnknownError("no_smtp_reply", "the server's answer is no SMTP reply")

    @contextmanager
    def _before_the_mail(self) -> Iterator[None]:
        """Say what an error of the SMTP library means while the server has no mail of ours.

        Its own texts are dropped: a server may repeat the address or the login in them.
        """
        try:
            yield
        except smtplib.SMTPResponseException as error:
            text = _bytes(error.smtp_error)
            raise self._refusal(error.smtp_code, text, admitted=False) from None
        except smtplib.SMTPServerDisconnected as error:
            raise RetryableError("not_connected", type(error).__name__) from None
        # No STARTTLS, no way of authentication that we know, a certificate that is not trusted.
        except (smtplib.SMTPException, ssl.SSLCertVerificationError) as error:
            raise AccountError("not_supported", type(error).__name__) from None
        except OSError as error:
            raise RetryableError("not_connected", type(error).__name__) from None

    def _refusal(self, reply: int, text: bytes, *, admitted: bool) -> DeliveryError:
        enhanced = _ENHANCED_CODE.match(text.decode("ascii", "replace"))
        keys = [*([enhanced[0], enhanced[1]] if enhanced else []), str(reply)]
        name = f"{reply} {enhanced[0]}" if enhanced else str(reply)
        listed = next((ERRORS[key] for key in keys if key in ERRORS), None)
        verdict = listed or unlisted(self._account, name, _by_reply(reply))
        if not admitted and reply >= 500 and verdict.error is not AccountError:
            verdict = NOT_ADMITTED
        return verdict.to_error(name)


def _with_end(content: bytes) -> bytes:
    """A mail as it goes over the wire: a line that begins with a dot gets another one, and a
    line with a dot alone is the end (RFC 5321, 4.5.2). Its lines end in CRLF already.
    """
    return re.sub(rb"^\.", b"..", content, flags=re.MULTILINE) + b".\r\n"


def _host(account: ChannelAccount) -> str:
    host = setting(account, "host")
    if not is_host_name(host):
        raise AccountError("bad_setting", "the account's setting 'host' is no host name")
    return host


def _port(account: ChannelAccount) -> int:
    text = setting(account, "port")
    if not (text.isdecimal() and 0 < int(text) < 65536):
        raise AccountError("bad_setting", "the account's setting 'port' is no port number")
    return int(text)


def _security(account: ChannelAccount) -> str:
    security = setting(account, "security")
    if security not in ("starttls", "tls", "none"):
        raise AccountError("bad_setting", "the account's setting 'security' is none that we know")
    if security == "none" and not is_loopback(setting(account, "host")):
        raise AccountError("bad_setting", "'security' may be 'none' for a loopback host only")
    return security


def _by_reply(reply: int) -> Verdict:
    if 500 <= reply < 600:
        return message_refused("a refusal that is not in the error table")
    return try_later("a reply that is not in the error table")


def _limit(connection: smtplib.SMTP, deadline: float) -> None:
    """Let the next command take no longer than the whole conversation may."""
    remaining = deadline - time.monotonic()
    if remaining <= 0:
        raise TimeoutError
    if connection.sock is None:
        raise smtplib.SMTPServerDisconnected
    connection.sock.settimeout(remaining)


def _hang_up(connection: smtplib.SMTP) -> None:
    """Say goodbye; the mail's fate is known by now, so nothing that goes wrong here matters."""
    with suppress(OSError):
        if connection.sock is not None:
            connection.sock.settimeout(FAREWELL_SECONDS)
            connection.quit()
    connection.close()


def _bytes(text: bytes | str) -> bytes:
    return text if isinstance(text, bytes) else text.encode()
