"""Every error that Recado raises on purpose, typed where it arises.

Two families: a `RequestError` is told to whoever asked; a `DeliveryError` says what a failed
attempt means for the notification. The class decides what happens next, never its text.
"""

from __future__ import annotations

import traceback
from collections.abc import Sequence

from recado.domain.directory import SuppressionReason


class RecadoError(Exception):
    """Base of all errors of the product."""


class LostRaceError(RecadoError):
    """Another worker changed something meanwhile: another try, on how it is now, may work."""


class InvalidValueError(ValueError):
    """What a field's value breaks, told by pydantic as the field's error.

    Parameters
    ----------
    message
        As of `RequestError`: an English sentence in which `{name}` stands for a value.
    values
        What stands in the message, by name.
    """

    def __init__(self, message: str, **values: object) -> None:
        super().__init__(message.format_map(values))
        self.message = message
        self.values = values


class RequestError(RecadoError):
    """A request that cannot be served; `code` is stable and public, `field` names the culprit.

    Parameters
    ----------
    message
        An English sentence in which `{name}` stands for a value. It is also the key under which
        `recado.api.spanish` has the Spanish one, so it is written out where the error is raised.
    values
        What stands in the message, by name.
    """

    code = "request_error"

    def __init__(self, message: str, *, field: str | None = None, **values: object) -> None:
        super().__init__(message.format_map(values) if values else message)
        self.message = message
        self.values = values
        self.field = field


class NotFoundError(RequestError):
    """Nothing of that name exists for this tenant."""

    code = "not_found"


class UnprocessableError(RequestError):
    """The request is well formed and still cannot be carried out (HTTP 422)."""

    code = "unprocessable"


class ConflictError(RequestError):
    """The request cannot be carried out as things stand now (HTTP 409)."""

    code = "conflict"


class ProviderFailedError(RequestError):
    """A provider that was asked at once did not do it (HTTP 502); another try may work."""

    code = "provider_failed"

    def __init__(self, provider_code: str, detail: str) -> None:
        super().__init__(
            "{provider_code}: {detail}" if detail else "{provider_code}",
            provider_code=provider_code,
            detail=detail,
        )


class NotFailedError(ConflictError):
    """Only what has failed is tried again."""

    code = "not_failed"


class TooLateError(ConflictError):
    """What was to be called off has happened already."""

    code = "too_late"


class RetryLimitError(ConflictError):
    """It was tried again as often as it may be."""

    code = "retry_limit"


class ChangedMeanwhileError(ConflictError):
    """It changed while the request was carried out; another try may work."""

    code = "changed_meanwhile"


class AlreadyExistsError(ConflictError):
    """Something of that name exists already."""

    code = "already_exists"


class InUseError(ConflictError):
    """Something else needs it, so it cannot go."""

    code = "in_use"


class PreconditionFailedError(RequestError):
    """It is not as `If-Match` says (HTTP 412): somebody changed it since it was read."""

    code = "precondition_failed"


class UnavailableError(RequestError):
    """Something that is needed does not answer, and nothing was kept (HTTP 503): try again."""

    code = "unavailable"
    retry_after = 5


class TooManyRequestsError(RequestError):
    """The key asks too often (HTTP 429); another try works after `retry_after` seconds."""

    code = "too_many_requests"

    def __init__(self, *, retry_after: int) -> None:
        super().__init__("too many requests; try again in {seconds} s", seconds=retry_after)
        self.retry_after = retry_after


class NoOpenWindowError(UnprocessableError):
    """Free text, and the person did not write in the last 24 hours: name an approved template."""

    code = "window_closed"


class NoOrchestrationError(UnprocessableError):
    """No orchestration configuration for the service type, phase and target of an event."""

    code = "no_orchestration"


class AuthenticationError(RequestError):
    """No credentials, or credentials that are not valid."""

    code = "unauthenticated"


class ForbiddenError(RequestError):
    """Valid credentials that lack the scope."""

    code = "forbidden"


class MissingVariablesError(RequestError):
    """A template needs variables that the context does not give; `names` lists them."""

    code = "missing_variables"

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__("missing variables: {names}", field="context", names=", ".join(names))
        self.names = tuple(names)


class MessageTooLongError(UnprocessableError):
    """What a template becomes with these values is longer than any message may be."""

    code = "message_too_long"


LINE = " (line {line})"
"""What the message of a refused template ends with where the line is known."""


class TemplateRefusedError(RequestError):
    """A template uses something outside the template language, or is too large."""

    code = "template_refused"

    def __init__(
        self, message: str, *, line: int | None = None, field: str | None = None, **values: object
    ) -> None:
        if line:
            message, values = message + LINE, {**values, "line": line}
        super().__init__(message, field=field, **values)
        self.line = line


class WebhookRefusedError(RequestError):
    """A webhook whose signature or secret is wrong (HTTP 401): nothing of it is kept."""

    code = "webhook_refused"


class MalformedWebhookError(RequestError):
    """A webhook that is signed well and still cannot be read at all (HTTP 400)."""

    code = "malformed_webhook"


class DeliveryError(RecadoError):
    """An attempt that did not end in acceptance.

    Parameters
    ----------
    code
        The provider's own code, or one of ours in snake_case; kept in the attempt.
    detail
        A sentence for operators; never holds an address, a body or a secret.
    """

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail


class RetryableError(DeliveryError):
    """The provider refused for a passing reason and does not have the message.

    Parameters
    ----------
    retry_after
        Seconds that the provider asked us to wait, else None (our own backoff decides).
    account_fault
        True when the fault is the account's or provider's as a whole (outage, throttling), so
        that it counts for the account's circuit breaker.
    """

    def __init__(
        self,
        code: str,
        detail: str = "",
        *,
        retry_after: float | None = None,
        account_fault: bool = True,
    ) -> None:
        super().__init__(code, detail)
        self.retry_after = retry_after
        self.account_fault = account_fault


class PermanentMessageError(DeliveryError):
    """This message will never be accepted on this channel; another channel may work."""


class PermanentRecipientError(DeliveryError):
    """This recipient cannot be reached on this channel.

    Parameters
    ----------
    suppression
        Why no later message may be sent to the address either, so that it is put on the
        suppression list; None where a later one may work.
    """

    def __init__(
        self, code: str, detail: str = "", *, suppression: SuppressionReason | None = None
    ) -> None:
        super().__init__(code, detail)
        self.suppression = suppression


class WindowClosedError(PermanentMessageError):
    """The person did not write in the last 24 hours, so free text does not reach them.

    The approved template may go on the same channel where there is one; else the next channel.
    """


class AddressGoneError(PermanentRecipientError):
    """The address itself ceased to exist (a push subscription): delete it, do not suppress."""


class AccountError(DeliveryError):
    """The channel account is misconfigured, unauthorised or blocked: people must act.

    Counts for the account's circuit breaker; the notification takes the next channel.
    """


class OutcomeUnknownError(DeliveryError):
    """The call began and no answer arrived: the provider may or may not have the message.

    Never sent again blindly; the notification waits for a receipt, then a policy decides.
    """


class NotAttemptedError(DeliveryError):
    """Nothing was sent because the account is resting (circuit open, limit reached).

    Not an attempt: the message comes back after `retry_after` seconds.
    """

    def __init__(self, code: str, detail: str = "", *, retry_after: float) -> None:
        super().__init__(code, detail)
        self.retry_after = retry_after


def without_message(error: BaseException) -> dict[str, str]:
    """What a log may say of an unexpected error: its class and the line that raised it.

    Its text may hold an address or a body, so it stays out.
    """
    frames = traceback.extract_tb(error.__traceback__)
    raised_at = f"{frames[-1].filename}:{frames[-1].lineno}" if frames else ""
    return {"error": type(error).__name__, "raised_at": raised_at}
