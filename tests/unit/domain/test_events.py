"""What clients may ask for."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import ValidationError

from recado.domain.channels import Channel
from recado.domain.errors import UnprocessableError
from recado.domain.events import (
    FARTHEST_AHEAD,
    LARGEST_CONTEXT,
    Event,
    EventRequest,
    TestMessage,
    deadline_of,
    refuse_too_far_ahead,
)
from recado.domain.notification import Mode
from recado.domain.orchestration import Target
from tests.fakes.clock import NOON

EXAMPLE: dict[str, object] = {
    "event_type": "appointment_scheduled",
    "service_type_id": "mantenimiento-preventivo",
    "phase_id": "phase-schedule",
    "customer_id": "customer-001",
    "target": "clients",
    "context": {
        "nombre": "Carlos Mendoza",
        "placa": "ABC123",
        "vehiculo": "Haval H6 2024",
        "fecha": "20 de Enero, 2026",
        "hora": "14:30",
    },
}


def test_the_published_example_is_an_event() -> None:
    event = Event.model_validate(EXAMPLE)

    assert event.target is Target.CLIENTS
    assert event.context["vehiculo"] == "Haval H6 2024"
    assert event.send_at is None


@pytest.mark.parametrize("field", ["event_type", "service_type_id", "phase_id", "customer_id"])
def test_an_event_without_a_needed_field_is_refused_by_name(field: str) -> None:
    fields = {name: value for name, value in EXAMPLE.items() if name != field}

    with pytest.raises(ValidationError, match=field):
        Event.model_validate(fields)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("event_type", ""),
        ("event_type", "a b"),
        ("event_type", "a" * 81),
        ("event_type", "cita\n"),
        ("service_type_id", "Mantenimiento Preventivo"),
        ("service_type_id", "mantenimiento_preventivo"),
        ("service_type_id", "-a"),
        ("service_type_id", "a#b"),
        ("service_type_id", "a\n"),
        ("phase_id", ""),
        ("phase_id", "a" * 81),
        ("customer_id", ""),
        ("customer_id", "a" * 129),
        ("target", "everyone"),
        ("context", {"nombre": 1}),
        ("context", {"nombre": None}),
        ("context", {"": "a"}),
        ("context", {"a" * 61: "a"}),
        ("context", {"nombre": "a" * 4001}),
        ("context", {str(number): "a" for number in range(101)}),
        ("context", ["nombre"]),
        ("send_at", "tomorrow"),
        ("send_at", "2026-01-20T14:30:00"),
        ("useless_after", "2026-01-20T14:30:00"),
        ("tenant_id", "andinos"),
        ("channel", "email"),
    ],
)
def test_a_field_that_is_wrong_or_unknown_is_refused_by_name(field: str, value: object) -> None:
    with pytest.raises(ValidationError) as caught:
        Event.model_validate({**EXAMPLE, field: value})

    assert {error["loc"][0] for error in caught.value.errors()} == {field}


@pytest.mark.parametrize(
    "written", ["2026-01-20T14:30:00-05:00", "2026-01-20T19:30:00Z", "2026-01-20T19:30:00+00:00"]
)
def test_a_moment_is_understood_with_any_offset(written: str) -> None:
    event = Event.model_validate({**EXAMPLE, "send_at": written})

    assert event.send_at == datetime(2026, 1, 20, 19, 30, tzinfo=UTC)


def test_moments_are_kept_in_utc_whatever_offset_the_client_wrote() -> None:
    written = {"send_at": "2026-01-20T14:30:00-05:00", "useless_after": "2026-01-20T23:30:00-05:00"}
    event = Event.model_validate({**EXAMPLE, **written})

    assert json.loads(event.model_dump_json(include=set(written))) == {
        "send_at": "2026-01-20T19:30:00Z",
        "useless_after": "2026-01-21T04:30:00Z",
    }


@pytest.mark.parametrize("field", ["send_at", "useless_after"])
@pytest.mark.parametrize("written", ["9999-12-31T23:59:59-05:00", "0001-01-01T00:00:00+05:00"])
def test_a_moment_that_utc_cannot_express_is_refused_by_name(field: str, written: str) -> None:
    with pytest.raises(ValidationError, match=field):
        Event.model_validate({**EXAMPLE, field: written})


@pytest.mark.parametrize("useless_after", ["2026-01-20T14:30:00Z", "2026-01-20T14:29:59Z"])
def test_a_message_that_is_useless_before_it_may_be_sent_is_refused_by_name(
    useless_after: str,
) -> None:
    moments = {"send_at": "2026-01-20T14:30:00Z", "useless_after": useless_after}

    with pytest.raises(ValidationError) as caught:
        Event.model_validate({**EXAMPLE, **moments})

    assert [error["loc"] for error in caught.value.errors()] == [("useless_after",)]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"send_at": NOON + FARTHEST_AHEAD}, None),
        ({"send_at": NOON + timedelta(days=400)}, None),
        ({"send_at": NOON + FARTHEST_AHEAD + timedelta(seconds=1)}, "send_at"),
        ({"send_at": "9999-12-31T23:59:59Z"}, "send_at"),
        ({"useless_after": NOON + FARTHEST_AHEAD}, None),
        ({"useless_after": "9999-12-31T23:59:59Z"}, "useless_after"),
        (
            {
                "send_at": NOON + FARTHEST_AHEAD,
                "useless_after": NOON + FARTHEST_AHEAD + timedelta(days=30),
            },
            None,
        ),
    ],
)
def test_an_event_may_be_planned_more_than_a_year_ahead_but_not_for_ever(
    changes: dict[str, object], field: str | None
) -> None:
    event = Event.model_validate({**EXAMPLE, **changes})

    if field is None:
        refuse_too_far_ahead(event, now=NOON)
    else:
        with pytest.raises(UnprocessableError) as refusal:
            refuse_too_far_ahead(event, now=NOON)
        assert refusal.value.field == field


@pytest.mark.parametrize("letter", ["a", "€", "\x01", '"'])
def test_a_context_is_measured_as_it_is_stored(letter: str) -> None:
    stored = len(json.dumps(letter, ensure_ascii=False).encode()) - 2
    how_many = LARGEST_CONTEXT // (4000 * stored + 20)
    fits = {str(number): letter * 4000 for number in range(how_many)}
    Event.model_validate({**EXAMPLE, "context": fits})

    too_large = fits | {f"more{number}": letter * 4000 for number in range(2)}
    with pytest.raises(ValidationError) as caught:
        Event.model_validate({**EXAMPLE, "context": too_large})
    assert [error["loc"] for error in caught.value.errors()] == [("context",)]


def test_a_request_on_the_queue_also_names_its_tenant() -> None:
    request = EventRequest.model_validate({**EXAMPLE, "tenant_id": "andinos"})

    assert (request.tenant_id, request.mode, request.idempotency_key) == (
        "andinos",
        Mode.LIVE,
        None,
    )


def test_a_request_on_the_queue_without_a_tenant_is_refused() -> None:
    with pytest.raises(ValidationError, match="tenant_id"):
        EventRequest.model_validate(EXAMPLE)


@pytest.mark.parametrize("key", ["", "a" * 256])
def test_an_idempotency_key_is_neither_empty_nor_endless(key: str) -> None:
    with pytest.raises(ValidationError, match="idempotency_key"):
        EventRequest.model_validate({**EXAMPLE, "tenant_id": "andinos", "idempotency_key": key})


def test_a_test_message_needs_a_channel_and_an_address() -> None:
    message = TestMessage.model_validate({"channel": "sms", "to": "573001234567"})

    assert (message.channel, message.text) == (Channel.SMS, None)
    with pytest.raises(ValidationError, match="to"):
        TestMessage.model_validate({"channel": "sms"})


@pytest.mark.parametrize(
    ("useless_after", "deadline"),
    [
        (None, NOON + timedelta(hours=24)),
        (NOON + timedelta(hours=1), NOON + timedelta(hours=1)),
        (NOON + timedelta(days=9), NOON + timedelta(days=9)),
        (NOON - timedelta(hours=1), NOON),
    ],
)
def test_an_event_has_its_own_deadline_or_the_tenants_and_never_one_in_the_past(
    useless_after: datetime | None, deadline: datetime
) -> None:
    event = Event.model_validate({**EXAMPLE, "useless_after": useless_after})

    assert deadline_of(event, now=NOON, default=NOON + timedelta(hours=24)) == deadline
