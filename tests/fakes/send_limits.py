"""Buckets, counts of people and spending in memory."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from recado.domain.rate_limits import RateLimit, in_microseconds
from recado.domain.send_limits import Bucket, Turns, share, turns_of
from recado.domain.spending import Spending, fitting
from recado.ports.send_limits import BucketName


class FakeSendLimits:
    """Implements `ports.SendLimits`; counts its calls, and raises `error` while it is set."""

    def __init__(self) -> None:
        self._buckets: dict[BucketName, Bucket] = {}
        self._got: dict[tuple[str, str, date], set[str]] = {}
        self.calls: list[str] = []
        self.error: Exception | None = None

    def take(
        self, name: BucketName, limit: RateLimit, *, turns: int, newcomers: int, now: datetime
    ) -> Turns:
        self._called("recipient" if name.address else "account")
        moment = in_microseconds(now)
        bucket = self._buckets.get(name, Bucket())
        taken = share(limit, bucket, turns=turns, newcomers=newcomers, now=moment)
        line_ends = taken.starts + limit.cost(taken.lined) if taken.lined else bucket.line_ends
        after = Bucket(
            full_at=max(bucket.full_at, moment) + limit.cost(taken.granted), line_ends=line_ends
        )
        self._buckets[name] = after
        return turns_of(limit, taken, after, now=moment)

    def count_for_person(
        self, tenant_id: str, recipient_id: str, day: date, notification_id: str, *, most: int
    ) -> bool:
        self._called("person")
        got = self._got.setdefault((tenant_id, recipient_id, day), set())
        if notification_id not in got and len(got) >= most:
            return False
        got.add(notification_id)
        return True

    def _called(self, what: str) -> None:
        self.calls.append(what)
        if self.error is not None:
            raise self.error


class FakeSpendingLedger:
    """Implements `ports.SpendingLedger`; counts its writes, and raises `error` while it is set."""

    def __init__(self) -> None:
        self._months: dict[tuple[str, str], Spending] = {}
        self.writes: list[str] = []
        self.error: Exception | None = None

    def spent(self, tenant_id: str, month: str) -> Spending:
        return self._months.get((tenant_id, month), Spending())

    def reserve(
        self,
        tenant_id: str,
        month: str,
        amounts: Sequence[Decimal],
        *,
        budget: Decimal,
        now: datetime,
    ) -> tuple[bool, ...]:
        self._wrote("reserve")
        before = self.spent(tenant_id, month)
        fits = fitting(amounts, budget - before.spent)
        counted = (amount for amount, fit in zip(amounts, fits, strict=True) if fit)
        changes: dict[str, object] = {"spent": sum(counted, before.spent)}
        if not all(fits) and before.budget != budget:
            changes |= {"budget": budget, "exhausted_at": now}
        self._months[tenant_id, month] = before.model_copy(update=changes)
        return fits

    def give_back(self, tenant_id: str, month: str, amount: Decimal) -> None:
        self._wrote("give_back")
        before = self.spent(tenant_id, month)
        self._months[tenant_id, month] = before.model_copy(update={"spent": before.spent - amount})

    def _wrote(self, what: str) -> None:
        self.writes.append(what)
        if self.error is not None:
            raise self.error
