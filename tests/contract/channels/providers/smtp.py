"""An SMTP server on a loopback port that follows a script, so that the real library is tested."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from typing import Literal, cast

from recado.adapters.channels.smtp import SmtpSender
from recado.domain.channels import ChannelAccount, Provider
from recado.ports.channels import ChannelSender, OutboundMessage
from tests.contract.channels.behaviour import Behaviour, SimulatedProvider
from tests.contract.channels.providers.ses import Ses

Step = Literal[
    "greeting", "EHLO", "HELO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA", "content", "QUIT"
]
HANG_UP = ""
SAY_NOTHING = None

Script = Mapping[Step, str | None]
"""What a server answers, by step of the conversation."""

POLITE: Script = {
    "greeting": "220 mail.test ESMTP",
    "EHLO": "250-mail.test\r\n250 AUTH PLAIN",
    "HELO": "550 this server wants EHLO",
    "STARTTLS": "502 not here",
    "AUTH": "235 2.7.0 welcome",
    "MAIL": "250 2.1.0 ok",
    "RCPT": "250 2.1.5 ok",
    "DATA": "354 go ahead",
    "content": "250 2.0.0 queued",
    "QUIT": "221 bye",
}


class Smtp(SimulatedProvider):
    account = ChannelAccount(
        tenant_id="andinos",
        account_id="smtp",
        provider=Provider.SMTP,
        settings={
            "host": "127.0.0.1",
            "port": "1",
            "security": "none",
            "from_address": "citas@andinos.example",
            "from_name": "Talleres Ñandú, S.A.",
        },
    )
    credentials: Mapping[str, str] = {"username": "andinos-login", "password": "correct horse"}
    required_settings = ("host", "port", "security", "from_address", "from_name")
    required_credentials = ("username", "password")
    message: OutboundMessage = Ses.message
    retry_after = None

    def __init__(self) -> None:
        super().__init__()
        self.commands: list[str] = []
        self.logins: list[bytes] = []

    def make(self, account: ChannelAccount, credentials: Mapping[str, str]) -> ChannelSender:
        return SmtpSender(account, credentials)

    def confidential(self) -> list[str]:
        return [*super().confidential(), "citas@andinos.example"]

    @contextmanager
    def sender(self, behaviour: Behaviour) -> Iterator[ChannelSender]:
        if behaviour is Behaviour.CANNOT_BE_REACHED:
            with socket.create_server(("127.0.0.1", 0)) as closed:
                port = closed.getsockname()[1]
            yield SmtpSender(self.account_at(port), self.credentials)
            return
        never = behaviour is Behaviour.NEVER_ANSWERS
        with self.scripted(self._scripts().get(behaviour, {}), 0.3 if never else 10) as sender:
            yield sender

    @contextmanager
    def scripted(self, script: Script, timeout_seconds: float = 10) -> Iterator[ChannelSender]:
        """The adapter, wired to a server that is polite but for the script."""
        with self.server(script) as port:
            yield SmtpSender(self.account_at(port, timeout_seconds), self.credentials)

    @contextmanager
    def server(
        self,
        script: Script,
        certificate: ssl.SSLContext | None = None,
        *,
        encrypted_from_the_start: bool = False,
    ) -> Iterator[int]:
        """A server that is polite but for the script; gives its port."""
        server = _Server({**POLITE, **script}, certificate, self)
        with socket.create_server(("127.0.0.1", 0)) as listener:
            thread = threading.Thread(
                target=server.serve, args=(listener, encrypted_from_the_start), daemon=True
            )
            thread.start()
            yield listener.getsockname()[1]
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            thread.join()

    @property
    def letter(self) -> EmailMessage:
        """The only mail that came, as a mail program reads it."""
        parser = BytesParser(policy=policy.default)
        return parser.parsebytes(self.content)

    @property
    def content(self) -> bytes:
        """The only mail that came, byte by byte."""
        (content,) = self.requests
        return cast("bytes", content)

    def account_at(
        self, port: int, timeout_seconds: float = 10, security: str = "none"
    ) -> ChannelAccount:
        """The account at a server's port."""
        changed = {"port": str(port), "security": security}
        return self.account.model_copy(
            update={
                "settings": {**self.account.settings, **changed},
                "timeout_seconds": timeout_seconds,
            }
        )

    def _scripts(self) -> Mapping[Behaviour, Script]:
        echo = " ".join(text for text in self.confidential())
        return {
            Behaviour.REFUSES_MESSAGE: {"content": f"554 5.7.1 spam {echo}"},
            Behaviour.REFUSES_RECIPIENT: {"RCPT": f"550 5.1.1 unknown {echo}"},
            Behaviour.REFUSES_ACCOUNT: {"AUTH": f"535 5.7.8 wrong {echo}"},
            Behaviour.THROTTLES: {"MAIL": f"421 4.7.0 slow down {echo}"},
            Behaviour.FAILS: {"content": f"451 4.3.0 disk {echo}"},
            Behaviour.NEVER_ANSWERS: {"content": SAY_NOTHING},
            Behaviour.DROPS_THE_CONNECTION: {"content": HANG_UP},
            Behaviour.ANSWERS_GARBAGE: {"content": "what?"},
            Behaviour.ANSWERS_AN_UNKNOWN_CODE: {"content": f"599 odd {echo}"},
        }


class _Server:
    """Follows the script in each conversation, one after the other."""

    def __init__(
        self,
        answers: Script,
        certificate: ssl.SSLContext | None,
        log: Smtp,
    ) -> None:
        self._answers = answers
        self._certificate = certificate
        self._log = log

    def serve(self, listener: socket.socket, encrypted: bool) -> None:
        """Serve until the listener is shut down."""
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with suppress(OSError), ExitStack() as open_connections:
                open_connections.enter_context(connection)
                if encrypted:
                    connection = open_connections.enter_context(self._encrypt(connection))
                self._say(connection, "greeting")
                self._converse(connection, open_connections)

    def _converse(self, connection: socket.socket, open_connections: ExitStack) -> None:
        """Answer command by command until one side hangs up."""
        while line := _line(connection):
            command: Step = "STARTTLS" if line.startswith(b"STARTTLS") else _verb(line)
            self._log.commands.append(command)
            if command == "AUTH":
                self._log.logins.append(line.removeprefix(b"AUTH PLAIN ").strip())
            self._say(connection, command)
            if command == "STARTTLS" and self._certificate:
                connection = open_connections.enter_context(self._encrypt(connection))
            if command == "DATA" and str(self._answers["DATA"]).startswith("354"):
                self._log.requests.append(_content(connection))
                self._say(connection, "content")

    def _say(self, connection: socket.socket, step: Step) -> None:
        answer = self._answers[step]
        if answer == HANG_UP:
            raise ConnectionAbortedError
        if answer is not SAY_NOTHING:
            connection.sendall(answer.encode("ascii", "replace") + b"\r\n")

    def _encrypt(self, connection: socket.socket) -> socket.socket:
        assert self._certificate
        return self._certificate.wrap_socket(connection, server_side=True)


def _verb(line: bytes) -> Step:
    return cast("Step", line[:4].decode("ascii").upper())


def _line(connection: socket.socket) -> bytes:
    line = b""
    while not line.endswith(b"\r\n"):
        byte = connection.recv(1)
        if not byte:
            return b""
        line += byte
    return line


def _content(connection: socket.socket) -> bytes:
    lines = []
    while (line := _line(connection)) not in (b".\r\n", b""):
        lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
    return b"".join(lines)
