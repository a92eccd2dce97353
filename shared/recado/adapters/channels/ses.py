"""E-mail through Amazon SES (API version 2).

Protocol and codes: docs.aws.amazon.com/ses/latest/APIReference-V2, "SendEmail" and "Common error
types". The function's own role is the credentials.

Settings: `from_address`, `from_name`, `reply_to`, `configuration_set` (SES tells what became of a
mail only through one), `region`, `endpoint_url` (default: AWS's). No secret.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    CredentialRetrievalError,
    EndpointConnectionError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
    ProxyConnectionError,
)

from recado.adapters.channels import mail
from recado.adapters.channels.verdicts import (
    ErrorTable,
    account_refused,
    by_http_status,
    message_refused,
    try_later,
    unlisted,
)
from recado.domain.channels import ChannelAccount
from recado.domain.errors import (
    AccountError,
    DeliveryError,
    OutcomeUnknownError,
    RetryableError,
)
from recado.ports.channels import Acceptance, OutboundMessage

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client
    from mypy_boto3_sesv2.type_defs import (
        BodyTypeDef,
        MessageHeaderTypeDef,
        SendEmailRequestTypeDef,
    )

CONNECT_SECONDS = 5

TAG_NAME = "recado_notification"
"""Name of the mail tag in which SES echoes our tag in its events."""

ERRORS: ErrorTable = {
    # Passing.
    "InternalFailure": try_later("an internal error of SES"),
    "InternalServerError": try_later("an internal error of SES"),
    "RequestTimeout": try_later("the request took too long to arrive"),
    "ServiceUnavailable": try_later("SES is temporarily unavailable"),
    "Throttling": try_later("the account's sending rate is reached"),
    "ThrottlingException": try_later("the account's sending rate is reached"),
    "TooManyRequestsException": try_later("the account's sending rate is reached"),
    # The message.
    "BadRequestException": message_refused("the request is not valid"),
    "MessageRejected": message_refused("SES did not accept the content"),
    # The account.
    "AccessDenied": account_refused("the function's role may not send from this identity"),
    "AccessDeniedException": account_refused("the function's role may not send from this identity"),
    "AccountSuspendedException": account_refused("the account may not send any more"),
    "ExpiredTokenException": account_refused("the function's credentials have expired"),
    "IdentityNotVerified": account_refused("an address or its domain is not verified"),
    "InvalidClientTokenId": account_refused("the function's credentials were refused"),
    "LimitExceededException": account_refused("a limit of the account is reached"),
    "MailFromDomainNotVerifiedException": account_refused("the MAIL FROM domain is not verified"),
    "NotFoundException": account_refused("the configuration set does not exist"),
    "SendingPausedException": account_refused("sending is paused for the account"),
    "SignatureDoesNotMatch": account_refused("the function's credentials were refused"),
    "UnrecognizedClientException": account_refused("the function's credentials were refused"),
}

NOT_VERIFIED = "not verified"
"""SES has one code for refused content and for an identity that is not verified, which is what
every mail of an account in the sandbox meets: only this text tells them apart."""

_NOT_CONNECTED = (EndpointConnectionError, ConnectTimeoutError, ProxyConnectionError)
_NO_CREDENTIALS = (NoCredentialsError, PartialCredentialsError, CredentialRetrievalError)


class SesSender:
    """Sends through Amazon SES from one address."""

    def __init__(
        self,
        account: ChannelAccount,
        credentials: Mapping[str, str],
        client: SESV2Client | None = None,
    ) -> None:
        self._account = account
        self._from = mail.sender(account)
        self._reply_to = mail.reply_to(account)
        self._configuration_set = account.settings.get("configuration_set")
        self._client = client or new_client(account)

    def send(self, message: OutboundMessage) -> Acceptance:
        """Send one mail; see `ChannelSender`."""
        request = self._request(message)
        try:
            response = self._client.send_email(**request)
        except ClientError as error:
            raise self._refusal(error) from None
        except _NOT_CONNECTED as error:
            raise RetryableError("not_connected", type(error).__name__) from None
        except _NO_CREDENTIALS as error:
            raise AccountError("no_credentials", type(error).__name__) from None
        # The SDK's parser breaks with an AttributeError on JSON that is no object.
        except (BotoCoreError, AttributeError) as error:
            raise OutcomeUnknownError("no_answer", type(error).__name__) from None
        message_id = response.get("MessageId")
        if not message_id:
            raise OutcomeUnknownError("no_message_id", "an answer without a message id")
        return Acceptance(provider_message_id=message_id)

    def _request(self, message: OutboundMessage) -> SendEmailRequestTypeDef:
        content = mail.content(message)
        headers: list[MessageHeaderTypeDef] = [
            {"Name": name, "Value": value}
            for name, value in mail.unsubscribe_headers(message).items()
        ]
        body: BodyTypeDef = {
            "Text": {"Data": content.text, "Charset": "UTF-8"},
            "Html": {"Data": content.html, "Charset": "UTF-8"},
        }
        request: SendEmailRequestTypeDef = {
            "FromEmailAddress": self._from,
            "Destination": {"ToAddresses": [mail.recipient(message)]},
            "Content": {
                "Simple": {
                    "Subject": {"Data": content.subject, "Charset": "UTF-8"},
                    "Body": body,
                    "Headers": headers,
                }
            },
            "EmailTags": [{"Name": TAG_NAME, "Value": tag_value(message.tag)}],
        }
        if self._reply_to:
            request["ReplyToAddresses"] = [self._reply_to]
        if self._configuration_set:
            request["ConfigurationSetName"] = self._configuration_set
        return request

    def _refusal(self, error: ClientError) -> DeliveryError:
        answer = error.response
        status = answer["ResponseMetadata"]["HTTPStatusCode"]
        code = answer["Error"].get("Code", "")
        if code == "MessageRejected" and NOT_VERIFIED in answer["Error"].get("Message", ""):
            code = "IdentityNotVerified"
        # A body that is no JSON leaves the SDK with the status, or with part of the body, as code.
        if not re.fullmatch(r"[A-Za-z]{3,80}", code):
            code = f"http_{status}"
        verdict = ERRORS.get(code) or unlisted(self._account, code, by_http_status(status))
        return verdict.to_error(code)


def new_client(account: ChannelAccount) -> SESV2Client:
    """A client for the account's region and endpoint.

    Raises
    ------
    AccountError
        No region, neither in the account's settings nor in the environment.
    """
    try:
        return boto3.client(
            "sesv2",
            region_name=account.settings.get("region"),
            endpoint_url=account.settings.get("endpoint_url"),
            config=client_config(account),
        )
    except NoRegionError:
        raise AccountError("missing_setting", "the account's setting 'region' is missing") from None


def client_config(account: ChannelAccount) -> Config:
    """The account's time-outs, and one attempt: the SDK's own retries would send a mail twice."""
    return Config(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=account.timeout_seconds,
        retries={"total_max_attempts": 1, "mode": "standard"},
    )


def tag_value(tag: str) -> str:
    """Our tag as the value of a mail tag, which may only hold letters, digits, _ and -.

    The dot before the attempt's number becomes a dash; a notification's id holds neither.
    """
    return tag.replace(".", "-")
