"""Errors: what each one tells, and to whom."""

from __future__ import annotations

import pytest

from recado.domain.errors import (
    AccountError,
    AddressGoneError,
    AuthenticationError,
    DeliveryError,
    ForbiddenError,
    MissingVariablesError,
    NoOrchestrationError,
    NotAttemptedError,
    NotFoundError,
    OutcomeUnknownError,
    PermanentMessageError,
    PermanentRecipientError,
    RequestError,
    RetryableError,
    TemplateRefusedError,
    UnprocessableError,
)


@pytest.mark.parametrize(
    ("error", "code", "field"),
    [
        (NotFoundError("x", field="id"), "not_found", "id"),
        (UnprocessableError("x"), "unprocessable", None),
        (NoOrchestrationError("x"), "no_orchestration", None),
        (AuthenticationError("x"), "unauthenticated", None),
        (ForbiddenError("x"), "forbidden", None),
        (MissingVariablesError(["A", "B"]), "missing_variables", "context"),
        (TemplateRefusedError("x", field="text"), "template_refused", "text"),
    ],
)
def test_a_request_error_has_a_stable_code_and_names_the_culprit(
    error: RequestError, code: str, field: str | None
) -> None:
    assert (error.code, error.field) == (code, field)


def test_nothing_configured_is_a_kind_of_unprocessable_request() -> None:
    assert isinstance(NoOrchestrationError("x"), UnprocessableError)


@pytest.mark.parametrize(
    "error",
    [
        RetryableError("429", "too many"),
        PermanentMessageError("400", "too many"),
        PermanentRecipientError("131026", "too many"),
        AddressGoneError("410", "too many"),
        AccountError("401", "too many"),
        OutcomeUnknownError("timeout", "too many"),
        NotAttemptedError("circuit_open", "too many", retry_after=1),
    ],
)
def test_a_delivery_error_keeps_the_providers_code_beside_the_sentence(
    error: DeliveryError,
) -> None:
    assert error.detail == "too many"
    assert str(error) == f"{error.code}: too many"


def test_a_delivery_error_without_a_sentence_is_its_code() -> None:
    assert str(PermanentMessageError("131008")) == "131008"


def test_a_refusal_tells_its_line_only_where_it_knows_one() -> None:
    assert str(TemplateRefusedError("no loops", line=3)) == "no loops (line 3)"
    assert str(TemplateRefusedError("too long")) == "too long"


def test_an_address_that_is_gone_is_not_suppressed() -> None:
    assert AddressGoneError("410").suppression is None
