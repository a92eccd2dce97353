"""Clients' endpoints: what they want, how they are signed, how often they are tried."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest
from freezegun import freeze_time
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from recado.domain.client_endpoints import (
    DISABLED_AFTER,
    RETRY_DELAYS,
    TRIES,
    ClientEndpoint,
    DisabledReason,
    PostOutcome,
    SigningSecret,
    SigningSecrets,
    body_of,
    is_pattern,
    new_signing_secret,
    retry_delay,
    signed_headers,
    url_fault,
)
from recado.domain.domain_events import DomainEvent
from recado.domain.retry import MAX_VISIBILITY_SECONDS
from tests.fakes.clock import NOON

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
"""Of the published test vector of Standard Webhooks' own libraries."""

ENDPOINT = ClientEndpoint(
    tenant_id="andinos",
    endpoint_id="ep_1",
    url="https://example.com/hook",
    secret_name="s",
    created_at=NOON,
)
EVENT = DomainEvent(
    id="evt_1",
    tenant_id="andinos",
    type="contact.opted_out",
    at=NOON,
    data={"address": "josé@example.com", "recipient_id": None},
)


def test_the_published_test_vector_is_signed_as_it_says() -> None:
    at = datetime.fromtimestamp(1614265330, UTC)

    headers = signed_headers(
        "msg_p5jXN8AQM9LWM0D4loKWxJek", b'{"test": 2432232314}', secrets=[SECRET], now=at
    )

    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


@given(st.text(), st.binary(min_size=24, max_size=64), st.integers(0, 4_000_000_000))
def test_the_reference_library_takes_what_we_sign(text: str, key: bytes, seconds: int) -> None:
    secret = f"whsec_{base64.b64encode(key).decode()}"
    body = json.dumps({"text": text}, ensure_ascii=False).encode(errors="replace")
    now = datetime.fromtimestamp(seconds, UTC)

    signed = Webhook(secret).sign("evt_1", now, body.decode())

    assert signed_headers("evt_1", body, secrets=[secret], now=now)["webhook-signature"] == signed


@freeze_time(NOON)
def test_while_a_secret_is_replaced_the_reference_library_takes_either() -> None:
    old, new = new_signing_secret().secret, new_signing_secret().secret
    body = body_of(EVENT)

    headers = signed_headers(EVENT.id, body, secrets=[new, old], now=NOON)

    for secret in (old, new):
        assert Webhook(secret).verify(body, headers)["type"] == EVENT.type
    with pytest.raises(WebhookVerificationError):
        Webhook(new_signing_secret().secret).verify(body, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(new).verify(body + b" ", headers)


def test_a_body_says_what_when_and_nothing_else() -> None:
    body = body_of(EVENT)

    assert (
        body
        == (
            '{"type":"contact.opted_out","timestamp":"2026-03-02T12:00:00Z",'
            '"data":{"address":"josé@example.com","recipient_id":null}}'
        ).encode()
    )


def test_a_new_secret_has_32_bytes_and_no_other_has_it() -> None:
    first, second = new_signing_secret().secret, new_signing_secret().secret

    assert len(base64.b64decode(first.removeprefix("whsec_"))) == 32
    assert first != second


@pytest.mark.parametrize("secret", ["MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_a", "whsec_YQ=="])
def test_what_is_no_secret_is_refused_without_showing_it(secret: str) -> None:
    with pytest.raises(ValidationError) as refused:
        SigningSecret(secret=secret)

    assert secret not in str(refused.value)


def test_a_secret_does_not_show_when_it_is_printed() -> None:
    assert "whsec_" not in repr(SigningSecrets(secrets=(new_signing_secret(),)))


def test_a_replaced_secret_signs_for_as_long_as_it_is_kept() -> None:
    first = SigningSecrets(secrets=(SigningSecret(secret=SECRET),))

    second = first.rotated(NOON, keep=timedelta(hours=24))

    new = second.secrets[0].secret
    assert second.active(NOON + timedelta(hours=23)) == [new, SECRET]
    assert second.active(NOON + timedelta(hours=24)) == [new]


def test_replacing_again_lets_no_old_secret_live_longer() -> None:
    first = SigningSecrets(secrets=(SigningSecret(secret=SECRET),))
    second = first.rotated(NOON, keep=timedelta(hours=1))

    third = second.rotated(NOON + timedelta(minutes=30), keep=timedelta(hours=24))

    assert SECRET not in third.active(NOON + timedelta(hours=1))
    assert len(third.active(NOON + timedelta(hours=2))) == 2
    assert len(third.rotated(NOON + timedelta(days=2), keep=timedelta()).secrets) == 1


@pytest.mark.parametrize(
    ("patterns", "event_type", "wanted"),
    [
        (("*",), "notification.sent", True),
        (("notification.*",), "notification.sent", True),
        (("notification.sent",), "notification.sent", True),
        (("notification.sent",), "notification.sent_twice", False),
        (("notification.*",), "contact.opted_out", False),
        (("reply.received", "contact.*"), "contact.opted_out", True),
        ((), "notification.sent", False),
        (("contact.*",), "webhook.test", True),
    ],
)
def test_an_endpoint_gets_the_types_that_it_wants(
    patterns: tuple[str, ...], event_type: str, wanted: bool
) -> None:
    endpoint = ENDPOINT.model_copy(update={"event_types": patterns})

    assert endpoint.wants(event_type) is wanted


@pytest.mark.parametrize("text", ["", "**", "notification*", "*.sent", "a.*.b", "A.b", "a..b"])
def test_other_patterns_have_no_meaning(text: str) -> None:
    assert not is_pattern(text)


def test_the_tries_take_a_day_and_a_few_hours() -> None:
    waits = [retry_delay(n, retry_after=None, draw=lambda: 0.5) for n in range(1, TRIES + 1)]

    assert waits == [*RETRY_DELAYS, None]
    assert sum(RETRY_DELAYS, timedelta()) == timedelta(hours=27, minutes=35, seconds=5)


@given(st.integers(1, TRIES - 1), st.floats(0, 1))
def test_a_wait_is_a_fifth_shorter_or_longer_and_fits_the_queue(tries: int, drawn: float) -> None:
    wait = retry_delay(tries, retry_after=None, draw=lambda: drawn)

    assert wait is not None
    assert wait.total_seconds() <= MAX_VISIBILITY_SECONDS
    planned = RETRY_DELAYS[tries - 1]
    assert 0.8 * planned - timedelta(seconds=1) <= wait <= 1.2 * planned + timedelta(seconds=1)


def test_an_endpoints_own_wait_counts_where_it_is_longer() -> None:
    assert retry_delay(1, retry_after=60, draw=lambda: 0.5) == timedelta(seconds=60)
    assert retry_delay(2, retry_after=60, draw=lambda: 0.5) == timedelta(minutes=5)
    longest = retry_delay(1, retry_after=1e9, draw=lambda: 0.5)
    assert longest == timedelta(seconds=MAX_VISIBILITY_SECONDS)


def failing_for(hours: int) -> ClientEndpoint:
    """An endpoint that failed every ten hours, as the tries of an event do in the end."""
    endpoint = ENDPOINT
    for hour in range(0, hours, 10):
        endpoint = endpoint.after_failure(NOON + timedelta(hours=hour))
    return endpoint


def test_an_endpoint_that_fails_for_five_days_is_disabled() -> None:
    failing = failing_for(110)
    assert (failing.enabled, failing.failing_since) == (True, NOON)

    disabled = failing_for(111).after_failure(NOON + DISABLED_AFTER)

    assert (disabled.enabled, disabled.disabled_reason) == (False, DisabledReason.FAILING)


def test_two_failures_with_a_quiet_week_between_are_no_failing_endpoint() -> None:
    again = ENDPOINT.after_failure(NOON).after_failure(NOON + timedelta(days=8))

    assert again.enabled
    assert again.failing_since == NOON + timedelta(days=8)


def test_a_failure_that_goes_on_is_noted_once_an_hour() -> None:
    failing = ENDPOINT.after_failure(NOON)

    assert failing.after_failure(NOON + timedelta(minutes=59)) == failing
    assert failing.after_failure(NOON + timedelta(minutes=60)) != failing


def test_a_success_in_between_starts_the_count_anew() -> None:
    recovered = ENDPOINT.after_failure(NOON).after_success()

    again = recovered.after_failure(NOON + DISABLED_AFTER)

    assert again.enabled
    assert again.failing_since == NOON + DISABLED_AFTER


def test_the_first_reason_for_disabling_stays_until_it_is_enabled() -> None:
    disabled = ENDPOINT.disabled(DisabledReason.OPERATOR).disabled(DisabledReason.GONE)

    assert disabled.disabled_reason is DisabledReason.OPERATOR
    assert disabled.enabled_again() == ENDPOINT


@pytest.mark.parametrize(
    ("outcome", "is_success", "told"),
    [
        (PostOutcome(status=200), True, "http_200"),
        (PostOutcome(status=299), True, "http_299"),
        (PostOutcome(status=199), False, "http_199"),
        (PostOutcome(status=301), False, "http_301"),
        (PostOutcome(status=500), False, "http_500"),
        (PostOutcome(fault="timeout"), False, "timeout"),
    ],
)
def test_only_2xx_is_a_success(outcome: PostOutcome, is_success: bool, told: str) -> None:
    assert (outcome.is_success, outcome.told) == (is_success, told)


@pytest.mark.parametrize(
    "url", ["https://example.com", "https://example.com:8443/a?b=c", "https://[2606:4700::1]/x"]
)
def test_an_https_address_is_good(url: str) -> None:
    assert url_fault(url, allow_loopback=False) is None


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.com/hook",
        "http://example.com/hook",
        "ftp://example.com",
        "https://",
        "https://user:password@example.com/",
        "https://example.com/#part",
        "https://example.com/a b",
        "https://example.com/\r\nx: y",
        "https://exämple.com/",
        "https://example.com:99999/",
        "https://[::1",
        "https://example.com/" + "a" * 2048,
        "http://127.0.0.1:9000/hook",
        "https://127.0.0.1/hook",
        "http://localhost/hook",
        "http://[::1]/hook",
    ],
)
def test_other_addresses_are_not(url: str) -> None:
    assert url_fault(url, allow_loopback=False) is not None


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:9000/hook", "http://localhost/", "http://[::1]/"]
)
def test_this_machine_is_good_where_that_is_allowed(url: str) -> None:
    assert url_fault(url, allow_loopback=True) is None


@pytest.mark.parametrize("url", ["http://example.com/", "ftp://127.0.0.1/", "http://10.0.0.1/"])
def test_allowing_this_machine_allows_nothing_else(url: str) -> None:
    assert url_fault(url, allow_loopback=True) is not None
