"""A mail server that takes mail from those who log in, over plain loopback (RFC 5321, RFC 4954)."""

import asyncio
import secrets
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parseaddr
from typing import Literal

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from local.simulator.accounts import SmtpAccount
from local.simulator.behaviour import Behaviour, Behaviours
from local.simulator.exchange import GARBAGE
from local.simulator.messages import Message, MessageStore
from local.simulator.request_log import LoggedRequest, Outcome, RequestLog

TAG_HEADER = "X-Recado-Notification"
REPLIES_TO_MAIL = frozenset({421, 450, 451, 452, 550, 551, 552, 553, 554})
"""Errors of RFC 5321 about a recipient or a mail, none of which is in use as an HTTP status."""
REFUSED_AT_DATA = frozenset({552, 554})
"""Replies about the mail itself (size, content); every other error is about the recipient."""

Command = Literal["AUTH", "MAIL", "RCPT", "DATA"]


class _Envelope(Envelope):
    """One mail under way, with the behaviour that its recipient met."""

    behaviour: Behaviour | None = None


class _Connection(SMTP):
    def _create_envelope(self) -> _Envelope:
        return _Envelope()


class MailServer:
    """Answers AUTH, MAIL, RCPT and DATA; aiosmtpd does the rest of the protocol."""

    def __init__(
        self,
        account: SmtpAccount,
        messages: MessageStore,
        requests: RequestLog,
        behaviours: Behaviours,
    ) -> None:
        self._account = account
        self._messages = messages
        self._requests = requests
        self._behaviours = behaviours

    async def start(self, host: str, port: int) -> asyncio.Server:
        """Listen in the running loop."""
        return await asyncio.get_running_loop().create_server(self._connection, host, port)

    def _connection(self) -> SMTP:
        return _Connection(
            self,
            hostname="mail.simulator.localhost",
            ident="Simulated ESMTP",
            enable_SMTPUTF8=True,
            authenticator=self.authenticate,
            # Loopback only, so nobody listens; a real server wants TLS first.
            auth_require_tls=False,
            auth_exclude_mechanism=["CRAM-MD5"],
        )

    def authenticate(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, login: object
    ) -> AuthResult:
        """aiosmtpd's hook for AUTH PLAIN and AUTH LOGIN: 535 on wrong credentials."""
        behaviour = self._behaviours.take("smtp", "email", (), at_login=True)
        if behaviour is not None:
            reply = self._refuse("AUTH", behaviour)
            return AuthResult(success=False, handled=False, message=reply)
        known = LoginPassword(self._account.username.encode(), self._account.password.encode())
        if login != known:
            self._log("AUTH", 535, "5.7.8")
            return AuthResult(success=False, handled=False)
        return AuthResult(success=True)

    async def handle_MAIL(
        self,
        _server: SMTP,
        session: Session,
        envelope: _Envelope,
        address: str,
        options: list[str],
    ) -> str:
        """aiosmtpd's hook for MAIL FROM: nobody sends without a login."""
        if not session.authenticated:
            self._log("MAIL", 530, "5.7.0")
            return "530 5.7.0 Authentication required"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 Ok"

    async def handle_RCPT(
        self,
        _server: SMTP,
        _session: Session,
        envelope: _Envelope,
        address: str,
        options: list[str],
    ) -> str:
        """aiosmtpd's hook for RCPT TO: here a recipient is refused."""
        if "@" not in address:
            self._log("RCPT", 553, "5.1.3")
            return "553 5.1.3 The recipient address is not a valid address"
        behaviour = self._behaviours.take("smtp", "email", (address,))
        if behaviour and behaviour.fails and _reply_code(behaviour) not in REFUSED_AT_DATA:
            await asyncio.sleep(behaviour.latency_ms / 1000)
            return self._refuse("RCPT", behaviour)
        envelope.behaviour = behaviour or envelope.behaviour
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 Ok"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: _Envelope) -> str:
        """aiosmtpd's hook for the mail itself: 250 once it is kept."""
        mail = message_from_bytes(envelope.original_content or b"", policy=policy.default)
        if missing := [name for name in ("From", "Date") if name not in mail]:
            self._log("DATA", 554, "5.6.0")
            return f"554 5.6.0 The mail lacks the header {missing[0]} (RFC 5322)"
        queue_id = secrets.token_hex(6).upper()
        messages = [_message(mail, recipient, queue_id) for recipient in envelope.rcpt_tos]
        reply = f"250 2.0.0 Ok: queued as {queue_id}"
        if envelope.behaviour is None:
            self._messages.add(messages, "accepted")
            self._log("DATA", 250)
            return reply
        return await self._misbehave(server, envelope.behaviour, messages, reply)

    async def _misbehave(
        self, server: SMTP, behaviour: Behaviour, messages: list[Message], reply: str
    ) -> str:
        if behaviour.accepts:
            dropped = behaviour.drop == "after"
            self._messages.add(messages, "accepted_then_dropped" if dropped else "accepted")
        if behaviour.drop:
            when: Outcome = "dropped_after" if behaviour.accepts else "dropped_before"
            self._log("DATA", None, outcome=when)
        elif behaviour.fails:
            reply = self._refuse("DATA", behaviour)
        elif behaviour.garbage:
            reply = GARBAGE
            self._log("DATA", None)
        else:
            self._log("DATA", 250)
        await asyncio.sleep(behaviour.latency_ms / 1000)
        if behaviour.drop and isinstance(server.transport, asyncio.WriteTransport):
            server.transport.abort()
        return reply

    def _refuse(self, command: Command, behaviour: Behaviour) -> str:
        status = _reply_code(behaviour)
        code = behaviour.code or f"{status // 100}.0.0"
        self._log(command, status, code)
        return f"{status} {code} Simulated error"

    def _log(
        self,
        command: Command,
        status: int | None,
        code: str | None = None,
        outcome: Outcome = "answered",
    ) -> None:
        self._requests.add(
            LoggedRequest(
                provider="smtp",
                method="SMTP",
                path=command,
                status=status,
                code=code,
                outcome=outcome,
            )
        )


def _reply_code(behaviour: Behaviour) -> int:
    """The reply to an error. A behaviour for several providers may have an HTTP status: all that
    SMTP can say of it is whether to try again."""
    status = behaviour.status or 451
    if behaviour.provider == "smtp" or status in REPLIES_TO_MAIL:
        return status
    return 421 if status >= 500 or status == 429 else 550


def _message(mail: EmailMessage, recipient: str, queue_id: str) -> Message:
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    return Message(
        provider="smtp",
        channel="email",
        to=recipient,
        sender=parseaddr(str(mail["From"]))[1],
        kind="email",
        subject=str(mail.get("Subject", "")),
        text=text.get_content() if text else "",
        html=html.get_content() if html else None,
        headers={name: str(value) for name, value in mail.items()},
        provider_message_id=str(mail.get("Message-ID", queue_id)).strip(),
        tag=mail.get(TAG_HEADER),
    )
