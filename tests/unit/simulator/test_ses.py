"""The simulated Amazon SES is good enough for the real SDK, and as strict as SES."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.unit.simulator.running import RunningSimulator

PATH = "/ses/v2/email/outbound-emails"
SIGNED = {
    "Authorization": (
        "AWS4-HMAC-SHA256 Credential=AKIA/20261120/us-east-1/ses/aws4_request, "
        f"SignedHeaders=host;x-amz-date, Signature={'0' * 64}"
    ),
    "X-Amz-Date": "20261120T120000Z",
}


def mail(**changes: object) -> dict[str, Any]:
    """A mail in SendEmail's shape."""
    return {
        "FromEmailAddress": "Taller <avisos@example.com>",
        "Destination": {"ToAddresses": ["ana@example.com"]},
        "Content": {
            "Simple": {
                "Subject": {"Data": "Su cita"},
                "Body": {"Text": {"Data": "Hola Ana"}, "Html": {"Data": "<p>Hola Ana</p>"}},
                "Headers": [{"Name": "List-Unsubscribe", "Value": "<https://recado.example/u/1>"}],
            }
        },
        "EmailTags": [{"Name": "recado_notification", "Value": "n-1"}],
        **changes,
    }


def with_content(**changes: object) -> dict[str, Any]:
    """A mail with another content."""
    return mail(Content={"Simple": {**mail()["Content"]["Simple"], **changes}})


@pytest.fixture
def ses(simulator: RunningSimulator) -> Any:
    """The real SDK, pointed at the simulator."""
    return boto3.client(
        "sesv2",
        endpoint_url=f"{simulator.url}/ses",
        region_name="us-east-1",
        aws_access_key_id="AKIA",
        aws_secret_access_key="made-up",
        config=Config(retries={"total_max_attempts": 1}),
    )


def test_the_real_sdk_sends_a_mail(simulator: RunningSimulator, ses: Any) -> None:
    answer = ses.send_email(**mail())
    [message] = simulator.messages(channel="email")
    assert message["provider_message_id"] == answer["MessageId"]
    assert (message["to"], message["subject"]) == ("ana@example.com", "Su cita")
    assert (message["text"], message["html"]) == ("Hola Ana", "<p>Hola Ana</p>")
    assert message["headers"] == {"List-Unsubscribe": "<https://recado.example/u/1>"}
    assert message["tag"] == "n-1"


@pytest.mark.parametrize(
    ("behaviour", "status", "code"),
    [
        ({"code": "TooManyRequestsException"}, 429, "TooManyRequestsException"),
        ({"code": "AccountSuspendedException"}, 400, "AccountSuspendedException"),
        ({"status": 403}, 403, "AccessDeniedException"),
        ({"status": 503}, 503, "ServiceUnavailable"),
        ({"status": 418}, 418, "BadRequestException"),
    ],
)
def test_the_real_sdk_understands_a_failure_that_was_asked_for(
    simulator: RunningSimulator, ses: Any, behaviour: dict[str, object], status: int, code: str
) -> None:
    simulator.misbehave(provider="ses", **behaviour)
    with pytest.raises(ClientError) as caught:
        ses.send_email(**mail())
    assert caught.value.response["Error"]["Code"] == code
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == status


def test_every_recipient_gets_the_mail_with_the_same_id(simulator: RunningSimulator) -> None:
    both = mail(Destination={"ToAddresses": ["ana@example.com"], "CcAddresses": ["b@example.com"]})
    simulator.http.post(PATH, json=both, headers=SIGNED).raise_for_status()
    to_ana, to_bob = simulator.messages()
    assert (to_ana["to"], to_bob["to"]) == ("ana@example.com", "b@example.com")
    assert to_ana["provider_message_id"] == to_bob["provider_message_id"]


@pytest.mark.parametrize(
    "sender", ["citas@taller.example", "CITAS@Taller.example", "avisos@Example.com"]
)
def test_a_verified_domain_covers_its_addresses_in_any_case(
    simulator: RunningSimulator, sender: str
) -> None:
    sent = simulator.http.post(PATH, json=mail(FromEmailAddress=sender), headers=SIGNED)
    assert sent.status_code == 200


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        pytest.param(mail(FromEmailAddress="x@other.example"), "MessageRejected", id="unverified"),
        pytest.param(mail(Destination={}), "BadRequestException", id="nobody"),
        pytest.param(
            mail(Destination={"ToAddresses": ["ana"]}), "BadRequestException", id="no domain"
        ),
        pytest.param(
            mail(Destination={"ToAddresses": ["a@b@c"]}), "BadRequestException", id="two signs"
        ),
        pytest.param(
            mail(Destination={"ToAddresses": ["a@example.com"] * 51}),
            "BadRequestException",
            id="too many",
        ),
        pytest.param(mail(Content={"Raw": {"Data": ""}}), "BadRequestException", id="raw"),
        pytest.param(with_content(Body={}), "BadRequestException", id="empty body"),
        pytest.param(with_content(Subject={}), "BadRequestException", id="no subject"),
        pytest.param(
            with_content(Headers=[{"Name": "X-A", "Value": "a\r\nBcc: x@y.z"}]),
            "BadRequestException",
            id="line break in a header",
        ),
        pytest.param(
            with_content(Headers=[{"Name": "X-A", "Value": "a"}] * 16),
            "BadRequestException",
            id="too many headers",
        ),
        pytest.param(
            mail(EmailTags=[{"Name": "n", "Value": "a b"}]), "BadRequestException", id="bad tag"
        ),
        pytest.param(
            with_content(Subject={"Data": "Su cita\nBcc: x@y.z"}),
            "BadRequestException",
            id="line break in the subject",
        ),
        pytest.param(
            with_content(Headers=[{"Name": "From", "Value": "x@other.example"}]),
            "BadRequestException",
            id="a sender among the headers",
        ),
        pytest.param(
            with_content(Headers=[{"Name": "X A", "Value": "a"}]),
            "BadRequestException",
            id="blank in a header's name",
        ),
        pytest.param(
            with_content(Headers=[{"Name": "X:A", "Value": "a"}]),
            "BadRequestException",
            id="colon in a header's name",
        ),
        pytest.param(
            with_content(Headers=[{"Name": "X-A", "Value": "día"}]),
            "BadRequestException",
            id="accent in a header",
        ),
        pytest.param(
            with_content(Headers=[{"Name": "X-A", "Value": "a" * 994}]),
            "BadRequestException",
            id="long header",
        ),
        pytest.param(
            mail(EmailTags=[{"Name": f"n{n}", "Value": "a"} for n in range(51)]),
            "BadRequestException",
            id="too many tags",
        ),
        pytest.param(
            mail(Destination={"ToAddresses": ["josé@example.com"]}),
            "BadRequestException",
            id="accent in the local part",
        ),
        pytest.param(
            mail(FromEmailAddress="AVISOS@example.com"), "MessageRejected", id="another case"
        ),
        pytest.param([], "BadRequestException", id="no object"),
    ],
)
def test_what_ses_refuses_is_refused_with_its_exception(
    simulator: RunningSimulator, payload: object, code: str
) -> None:
    answer = simulator.http.post(PATH, json=payload, headers=SIGNED)
    assert (answer.status_code, answer.headers["x-amzn-ErrorType"]) == (400, code)
    assert answer.json()["message"]
    assert simulator.messages() == []


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, "MissingAuthenticationTokenException"),
        ({**SIGNED, "Authorization": "AWS4-HMAC-SHA256 x"}, "IncompleteSignatureException"),
        ({"Authorization": SIGNED["Authorization"]}, "IncompleteSignatureException"),
        (
            {**SIGNED, "Authorization": SIGNED["Authorization"].replace("/ses/", "/sqs/")},
            "IncompleteSignatureException",
        ),
    ],
)
def test_a_request_must_be_signed(
    simulator: RunningSimulator, headers: dict[str, str], code: str
) -> None:
    answer = simulator.http.post(PATH, json=mail(), headers=headers)
    assert (answer.status_code, answer.headers["x-amzn-ErrorType"]) == (403, code)
