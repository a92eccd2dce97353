"""The requests queue: what becomes a notification, what is kept apart."""

from __future__ import annotations

import json

import pytest

from recado.domain.events import LARGEST_CONTEXT
from recado.services.take_in_requests import TakeInRequests
from tests.unit.services.conftest import House
from tests.workshop import TENANT, event


class Refused:
    """Implements `ports.RefusedRequests`."""

    def __init__(self) -> None:
        self.reasons: list[str] = []

    def put(self, message_id: str, body: str, *, reason: str) -> None:
        self.reasons.append(reason)


@pytest.fixture
def refused() -> Refused:
    return Refused()


@pytest.fixture
def take_in(house: House, refused: Refused) -> TakeInRequests:
    return TakeInRequests(plan=house.plan, refused=refused)


def request(**changes: object) -> str:
    fields = event().model_dump(mode="json") | {"tenant_id": TENANT.tenant_id}
    return json.dumps({**fields, **changes})


def test_one_key_makes_one_notification_and_refuses_another_event(
    house: House, take_in: TakeInRequests, refused: Refused
) -> None:
    again = take_in(
        {
            "m1": request(idempotency_key="order-7"),
            "m2": request(idempotency_key="order-7"),
            "m3": request(idempotency_key="order-7", context={"placa": "OTHER"}),
        }
    )

    assert again == set()
    assert len(house.queues.queued) == 1
    assert [reason.partition(":")[0] for reason in refused.reasons] == ["idempotency_key_reused"]


def test_a_day_later_the_key_is_free(
    house: House, take_in: TakeInRequests, refused: Refused
) -> None:
    take_in({"m1": request(idempotency_key="order-7")})
    house.clock.advance(hours=24)
    take_in({"m2": request(idempotency_key="order-7", context={"placa": "OTHER"})})

    assert refused.reasons == []
    assert len(house.queues.queued) == 2


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        (
            {"context": {str(n): "x" * 4000 for n in range(LARGEST_CONTEXT // 4000 + 1)}},
            "invalid: context",
        ),
        ({"send_at": "9999-12-31T23:59:59-05:00"}, "invalid: send_at"),
        ({"send_at": "9999-12-31T23:59:59Z"}, "unprocessable: send_at is more than 400 days ahead"),
    ],
)
def test_what_no_row_can_hold_is_refused_and_does_not_come_again(
    take_in: TakeInRequests, refused: Refused, changes: dict[str, object], reason: str
) -> None:
    assert take_in({"m1": request(**changes)}) == set()
    assert refused.reasons == [reason]
