"""Amazon SES: the request, and every code of its error table."""

from __future__ import annotations

import re
from email.header import decode_header, make_header
from email.utils import parseaddr

import boto3
import pytest
from botocore.exceptions import HTTPClientError, NoCredentialsError, SSLError

from recado.adapters.channels.ses import ERRORS, SesSender
from recado.domain.directory import Address
from recado.domain.errors import (
    AccountError,
    DeliveryError,
    OutcomeUnknownError,
    PermanentMessageError,
    PermanentRecipientError,
    RetryableError,
)
from tests.contract.channels.behaviour import Behaviour
from tests.contract.channels.error_tables import assert_complete, cases
from tests.contract.channels.providers.ses import Answer, Ses

ACCEPTED: Answer = (200, "", b'{"MessageId": "0100-ses"}')

EXPECTED: dict[type[DeliveryError], str] = {
    RetryableError: "InternalFailure InternalServerError RequestTimeout ServiceUnavailable"
    " Throttling ThrottlingException TooManyRequestsException",
    PermanentMessageError: "BadRequestException MessageRejected",
    AccountError: "AccessDenied AccessDeniedException AccountSuspendedException"
    " ExpiredTokenException InvalidClientTokenId LimitExceededException"
    " MailFromDomainNotVerifiedException NotFoundException SendingPausedException"
    " SignatureDoesNotMatch UnrecognizedClientException IdentityNotVerified",
}


def failure(answer: Answer) -> DeliveryError:
    provider = Ses()
    with pytest.raises(DeliveryError) as raised:
        provider.answering(answer).send(provider.message)
    return raised.value


def test_a_mail_has_both_parts_and_the_headers_to_unsubscribe() -> None:
    provider = Ses()
    acceptance = provider.answering(ACCEPTED).send(provider.message)
    request = provider.request
    assert acceptance.provider_message_id == "0100-ses"
    assert request["Destination"] == {"ToAddresses": ["carlos@example.com"]}
    assert request["Content"]["Simple"] == {
        "Subject": {"Data": "Su cita está lista", "Charset": "UTF-8"},
        "Body": {
            "Text": {"Data": "Hola Carlos", "Charset": "UTF-8"},
            "Html": {"Data": "<p>Hola Carlos</p>", "Charset": "UTF-8"},
        },
        "Headers": [
            {"Name": "List-Unsubscribe", "Value": "<https://recado.example/unsubscribe/abc>"},
            {"Name": "List-Unsubscribe-Post", "Value": "List-Unsubscribe=One-Click"},
        ],
    }


def test_the_senders_name_may_have_accents() -> None:
    provider = Ses()
    provider.answering(ACCEPTED).send(provider.message)
    name, address = parseaddr(provider.request["FromEmailAddress"])
    assert address == "citas@andinos.example"
    assert str(make_header(decode_header(name))) == "Talleres Ñandú"
    assert provider.request["FromEmailAddress"].isascii()


def test_the_tag_is_written_with_the_letters_that_a_mail_tag_may_have() -> None:
    provider = Ses()
    provider.answering(ACCEPTED).send(provider.message)
    (tag,) = provider.request["EmailTags"]
    assert tag == {"Name": "recado_notification", "Value": "ntf_1-1"}
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,256}", tag["Value"])


def test_a_mail_without_a_link_has_no_headers_to_unsubscribe() -> None:
    provider = Ses()
    message = provider.message.model_copy(update={"unsubscribe_url": None})
    provider.answering(ACCEPTED).send(message)
    assert provider.request["Content"]["Simple"].get("Headers", []) == []


def test_optional_settings_are_passed_on() -> None:
    provider = Ses()
    provider.account = provider.account.model_copy(
        update={
            "settings": {
                **provider.account.settings,
                "configuration_set": "recado",
                "reply_to": "taller@andinos.example",
            }
        }
    )
    provider.answering(ACCEPTED).send(provider.message)
    assert provider.request["ConfigurationSetName"] == "recado"
    assert provider.request["ReplyToAddresses"] == ["taller@andinos.example"]


@pytest.mark.parametrize(
    "address", ["carlos@example.com, eva@example.com", "Carlos <c@example.com>", "c@x\r\nBcc: y@z"]
)
def test_what_is_no_plain_address_reaches_nobody(address: str) -> None:
    provider = Ses()
    to = Address(channel=provider.message.to.channel, value=address)
    with pytest.raises(PermanentRecipientError):
        provider.answering(ACCEPTED).send(provider.message.model_copy(update={"to": to}))
    assert provider.requests == []


@pytest.mark.parametrize(("code", "kind"), cases(EXPECTED))
def test_every_code_has_its_class(code: str, kind: type[DeliveryError]) -> None:
    answer = (
        Ses().refused("MessageRejected", text="Email address is not verified. …")
        if code == "IdentityNotVerified"
        else Ses().refused(code)
    )
    error = failure(answer)
    assert type(error) is kind
    assert error.code == code
    assert error.detail


def test_no_code_is_without_an_expectation() -> None:
    assert_complete(ERRORS, EXPECTED)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ((503, "", b"<html>"), RetryableError),
        ((500, "", b""), RetryableError),
        ((403, "", b"no json"), AccountError),
        ((400, "", b""), PermanentMessageError),
        ((400, "", b"[]"), OutcomeUnknownError),
        ((200, "", b""), OutcomeUnknownError),
        ((200, "", b"[1]"), OutcomeUnknownError),
        ((200, "", b'{"MessageId": ""}'), OutcomeUnknownError),
        (NoCredentialsError(), AccountError),
        (SSLError(endpoint_url="https://ses.test", error=OSError()), OutcomeUnknownError),
        (HTTPClientError(error=OSError()), OutcomeUnknownError),
    ],
)
def test_without_a_code_the_status_decides_and_else_the_outcome_is_unknown(
    answer: Answer, kind: type[DeliveryError]
) -> None:
    assert type(failure(answer)) is kind


def test_the_sdk_does_not_try_again_by_itself() -> None:
    provider = Ses()
    with (
        provider.sender(Behaviour.NEVER_ANSWERS) as sender,
        pytest.raises(OutcomeUnknownError),
    ):
        sender.send(provider.message)
    assert len(provider.requests) == 1


def test_an_account_without_a_region_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    account = Ses.account.model_copy(
        update={"settings": {"from_address": "a@b.example", "from_name": "A"}}
    )
    with pytest.raises(AccountError, match="region"):
        SesSender(account, {})
