"""Amazon SES behind the real SDK: requests are built and answers are read as in production."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from typing import TYPE_CHECKING, Any

import boto3
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import (
    ConnectionClosedError,
    ConnectTimeoutError,
    ReadTimeoutError,
)

from recado.adapters.channels import ses
from recado.domain.channels import Channel, ChannelAccount, Provider
from recado.domain.directory import Address
from recado.domain.messages import EmailMessage
from recado.ports.channels import ChannelSender, OutboundMessage
from tests.contract.channels.behaviour import Behaviour, SimulatedProvider

if TYPE_CHECKING:
    from botocore.awsrequest import AWSPreparedRequest

Answer = tuple[int, str, bytes] | Exception
"""Status, error type and body; or what the SDK's connection raises."""


class Ses(SimulatedProvider):
    account = ChannelAccount(
        tenant_id="andinos",
        account_id="ses",
        provider=Provider.SES,
        settings={
            "from_address": "citas@andinos.example",
            "from_name": "Talleres Ñandú",
            "region": "us-east-1",
        },
    )
    credentials: Mapping[str, str] = {}
    required_settings = ("from_address", "from_name")
    required_credentials = ()
    message = OutboundMessage(
        to=Address(channel=Channel.EMAIL, value="carlos@example.com"),
        content=EmailMessage(
            subject="Su cita está lista", text="Hola Carlos", html="<p>Hola Carlos</p>"
        ),
        tag="ntf_1.1",
        unsubscribe_url="https://recado.example/unsubscribe/abc",
    )
    retry_after = None

    def make(self, account: ChannelAccount, credentials: Mapping[str, str]) -> ChannelSender:
        return ses.SesSender(account, credentials)

    def message_for(self, behaviour: Behaviour) -> OutboundMessage:
        # SES takes mail for every address that is one; it says later what became of it.
        if behaviour is Behaviour.REFUSES_RECIPIENT:
            to = Address(channel=Channel.EMAIL, value="carlos@example.com, eva@example.com")
            return self.message.model_copy(update={"to": to})
        return self.message

    @contextmanager
    def sender(self, behaviour: Behaviour) -> Iterator[ChannelSender]:
        yield self.answering(self._answers()[behaviour])

    def answering(self, answer: Answer) -> ChannelSender:
        """The adapter, wired to one answer."""
        client = boto3.Session(aws_access_key_id="key", aws_secret_access_key="secret").client(
            "sesv2", region_name="us-east-1", config=ses.client_config(self.account)
        )

        def behave(request: AWSPreparedRequest, **_: Any) -> AWSResponse:
            if isinstance(answer, ConnectTimeoutError):
                raise answer
            self.requests.append(request)
            if isinstance(answer, Exception):
                raise answer
            status, kind, body = answer
            headers = HTTPHeaders.from_dict({"x-amzn-ErrorType": kind})
            return AWSResponse(request.url, status, headers, _Raw(body))

        # An answer to this event takes the place of the request; the SDK's types do not say so.
        events: Any = client.meta.events
        events.register("before-send.sesv2.SendEmail", behave)
        return ses.SesSender(self.account, self.credentials, client)

    def refused(self, kind: str, status: int = 400, text: str | None = None) -> Answer:
        """An error of SES; its text repeats what it must not leak."""
        message = " ".join(self.confidential()) if text is None else text
        return status, kind, json.dumps({"message": message}).encode()

    @property
    def request(self) -> dict[str, Any]:
        """The body of the only request that came."""
        (request,) = self.requests
        body: dict[str, Any] = json.loads(request.body)  # type: ignore[attr-defined]
        return body

    def _answers(self) -> Mapping[Behaviour, Answer]:
        url = f"https://ses.test/{self.message.to.value}"
        return {
            Behaviour.ACCEPTS: (200, "", b'{"MessageId": "0100-ses"}'),
            Behaviour.REFUSES_MESSAGE: self.refused("MessageRejected"),
            Behaviour.REFUSES_RECIPIENT: (200, "", b'{"MessageId": "0100-ses"}'),
            Behaviour.REFUSES_ACCOUNT: self.refused("SendingPausedException"),
            Behaviour.THROTTLES: self.refused("TooManyRequestsException", 429),
            Behaviour.FAILS: (503, "", b"<html>"),
            Behaviour.CANNOT_BE_REACHED: ConnectTimeoutError(endpoint_url=url),
            Behaviour.NEVER_ANSWERS: ReadTimeoutError(endpoint_url=url),
            Behaviour.DROPS_THE_CONNECTION: ConnectionClosedError(endpoint_url=url),
            Behaviour.ANSWERS_GARBAGE: (200, "", b"<html>"),
            Behaviour.ANSWERS_AN_UNKNOWN_CODE: self.refused("BrandNewException"),
        }


class _Raw(BytesIO):
    """A body as the SDK's HTTP library gives it."""

    def stream(self, *_: object, **__: object) -> Iterator[bytes]:
        yield self.read()
