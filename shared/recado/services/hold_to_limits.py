"""Hold what is about to be sent to the limits of accounts, people and budgets."""

from __future__ import annotations

import logging
import random
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from recado.domain.channels import ChannelAccount
from recado.domain.delivery import (
    BUDGET_EXHAUSTED,
    Conclusion,
    cap,
    counts_for_person,
    refuse,
    wait_in_line,
)
from recado.domain.errors import without_message
from recado.domain.notification import Mode, Notification
from recado.domain.rate_limits import RateLimit
from recado.domain.send_limits import LATEST_TURN, LONGEST_LINE, limits_of
from recado.domain.spending import expected_price, month_of
from recado.domain.tenants import Tenant
from recado.domain.time_zones import zone_of
from recado.ports.clock import Clock
from recado.ports.send_limits import BucketName, SendLimits
from recado.ports.spending import SpendingLedger

logger = logging.getLogger(__name__)

LOOKS_IN_PARALLEL = 10
"""The size of a batch: each recipient's pace is a call of its own, and none waits for another. So
a batch that is not answered waits once for each kind of limit."""

_LONGEST = LONGEST_LINE.total_seconds()


@dataclass(frozen=True)
class Outgoing:
    """A notification that is ready to be sent."""

    notification: Notification
    tenant: Tenant
    account: ChannelAccount

    @property
    def its_id(self) -> str:
        """The notification's id."""
        return self.notification.notification_id


@dataclass(frozen=True)
class Reservation:
    """What of a tenant's budget of a month is held for a message."""

    tenant_id: str
    month: str
    amount: Decimal


@dataclass(frozen=True)
class Held:
    """What the limits say, by notification: those that are in neither may go.

    Parameters
    ----------
    concluded
        What becomes of those that may not go now.
    reserved
        What is to be given back for those that no provider takes.
    """

    concluded: dict[str, Conclusion] = field(default_factory=dict)
    reserved: dict[str, Reservation] = field(default_factory=dict)


class HoldToLimits:
    """Looks at a batch as a whole, so that a limit costs one write for all that it is for.

    First the accounts' and the recipients' pace, then what a person gets on a day, then the
    budget: so a message is counted when it is about to be sent, and not while it waits. An account
    turns away more than its recipients do, and of its tokens there are more: so it is asked first.
    Test notifications reach no provider and are held to nothing.
    """

    def __init__(
        self,
        *,
        limits: SendLimits,
        spending: SpendingLedger,
        clock: Clock,
        draw: Callable[[], float] = random.random,
    ) -> None:
        self._limits = limits
        self._spending = spending
        self._clock = clock
        self._draw = draw
        self._pool = ThreadPoolExecutor(LOOKS_IN_PARALLEL, thread_name_prefix="limit")

    def __call__(self, batch: Sequence[Outgoing]) -> Held:
        """Say what of a batch may go now.

        Where a limit cannot be looked up, those that it is for go without it, and a log tells: a
        limit protects, it must not be what fails.
        """
        now = self._clock.now()
        live = [_with_turn(each, now) for each in batch if each.notification.mode is Mode.LIVE]
        held = Held()
        for look, one_for in (
            (self._by_account, _account),
            (self._by_recipient, _recipient),
            (self._by_person, _person),
            (self._by_budget, _tenant),
        ):
            left = [each for each in live if each.its_id not in held.concluded]
            groups = _grouped(left, one_for).values()
            wait([self._pool.submit(_safely, look, group, now, held) for group in groups])
        return held

    def give_back(self, reservations: Iterable[Reservation]) -> None:
        """Give back what was held for messages that no provider took.

        Where that cannot be stored, the month counts too much, and a log tells.
        """
        totals: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
        for each in reservations:
            totals[each.tenant_id, each.month] += each.amount
        for (tenant_id, month), amount in totals.items():
            try:
                self._spending.give_back(tenant_id, month, amount)
            except Exception as error:
                extra = {"tenant_id": tenant_id, **without_message(error)}
                logger.error("what was not spent could not be given back", extra=extra)

    def _by_account(self, group: Sequence[Outgoing], now: datetime, held: Held) -> None:
        limit = limits_of(group[0].account).account
        if limit is not None:
            held.concluded.update(self._in_turn(BucketName(*_account(group[0])), limit, group, now))

    def _by_recipient(self, group: Sequence[Outgoing], now: datetime, held: Held) -> None:
        limit = limits_of(group[0].account).recipient
        if limit is not None:
            held.concluded.update(self._in_turn(_recipient(group[0]), limit, group, now))

    def _in_turn(
        self, name: BucketName, limit: RateLimit, group: Sequence[Outgoing], now: datetime
    ) -> dict[str, Conclusion]:
        """Let those go that get a token, the others come back when it is their turn."""
        in_order = sorted(group, key=lambda each: _place(each.notification))
        turns = sum(_has_turn(each.notification) for each in in_order)
        given = self._limits.take(
            name, limit, turns=turns, newcomers=len(in_order) - turns, now=now
        )
        concluded = {}
        for place, each in enumerate(in_order[given.granted :]):
            has_turn = place < len(given.waits)
            seconds = given.waits[place] if has_turn else self._longest()
            concluded[each.its_id] = wait_in_line(
                each.notification,
                now,
                wait=self._wait(seconds, each.notification, now),
                has_turn=has_turn,
            )
        return concluded

    def _longest(self) -> float:
        """Seconds after which those come back who found the line too long, spread."""
        return _LONGEST * (1 + self._draw()) / 2

    def _wait(self, seconds: float, notification: Notification, now: datetime) -> timedelta:
        """Until its token comes, and longer for who missed a turn: the later it was, the more.

        Nobody is put at the end of what a queue holds back: all would come from there together.
        """
        if seconds > _LONGEST:
            return timedelta(seconds=self._longest())
        late = (now - notification.turn_at).total_seconds() if notification.turn_at else 0
        return timedelta(seconds=seconds + self._draw() * max(0, min(late, _LONGEST - seconds)))

    def _by_person(self, group: Sequence[Outgoing], now: datetime, held: Held) -> None:
        for each in group:
            most, notification = each.tenant.most_per_person_a_day, each.notification
            if most is None or not counts_for_person(notification):
                continue
            is_counted = self._limits.count_for_person(
                notification.tenant_id,
                notification.recipient_id,
                _day(each, now),
                notification.notification_id,
                most=most,
            )
            if not is_counted:
                held.concluded[each.its_id] = cap(notification, now, most=most)

    def _by_budget(self, group: Sequence[Outgoing], now: datetime, held: Held) -> None:
        """Hold what the messages will cost; channels without a price cost nothing."""
        tenant = group[0].tenant
        priced = [(each, price) for each in group if (price := _price(each))]
        if tenant.monthly_budget is None or not priced:
            return
        month = month_of(now, tenant)
        amounts = [price for _, price in priced]
        fits = self._spending.reserve(
            tenant.tenant_id, month, amounts, budget=tenant.monthly_budget, now=now
        )
        for (each, price), has_room in zip(priced, fits, strict=True):
            if has_room:
                held.reserved[each.its_id] = Reservation(tenant.tenant_id, month, price)
            else:
                held.concluded[each.its_id] = refuse(
                    each.notification,
                    reason=BUDGET_EXHAUSTED,
                    detail="",
                    now=now,
                    for_good=False,
                )


def _safely(
    look: Callable[[Sequence[Outgoing], datetime, Held], None],
    group: Sequence[Outgoing],
    now: datetime,
    held: Held,
) -> None:
    """Look at a group; where that fails it goes without, and the log tells."""
    try:
        look(group, now, held)
    except Exception as error:
        extra = {"tenant_id": group[0].tenant.tenant_id, **without_message(error)}
        logger.error("messages go without limits", extra=extra)


def _with_turn(each: Outgoing, now: datetime) -> Outgoing:
    """As a newcomer, if its turn is long past: the line gives it a new one, at the account's pace.

    Urgent ones go before the line, where nothing spreads them but how late they are: so they keep
    their turns for longer.
    """
    turn_at = each.notification.turn_at
    latest = LONGEST_LINE if each.notification.urgent else LATEST_TURN
    if turn_at is None or now - turn_at <= latest:
        return each
    return replace(each, notification=each.notification.model_copy(update={"turn_at": None}))


def _has_turn(notification: Notification) -> bool:
    """Whether it goes before newcomers: it waited for its turn, or it waits for nobody."""
    return notification.turn_at is not None or notification.urgent


def _place(notification: Notification) -> tuple[bool, datetime]:
    """Those with a turn first, then in the order in which they were made."""
    return not _has_turn(notification), notification.turn_at or notification.created_at


def _price(each: Outgoing) -> Decimal:
    provider = each.notification.current_step.provider
    return expected_price(each.tenant, provider, each.notification.pricing_category)


def _day(each: Outgoing, now: datetime) -> date:
    """Today by the recipient's clock, or by the tenant's."""
    zone = each.notification.time_zone or each.tenant.time_zone
    return now.astimezone(zone_of(zone)).date()


def _person(each: Outgoing) -> tuple[str, str]:
    return each.tenant.tenant_id, each.notification.recipient_id


def _tenant(each: Outgoing) -> str:
    return each.tenant.tenant_id


def _account(each: Outgoing) -> tuple[str, str]:
    return each.account.tenant_id, each.account.account_id


def _recipient(each: Outgoing) -> BucketName:
    return BucketName(*_account(each), each.notification.current_step.address)


def _grouped[K: Hashable](
    batch: Iterable[Outgoing], key: Callable[[Outgoing], K]
) -> dict[K, list[Outgoing]]:
    groups: dict[K, list[Outgoing]] = {}
    for each in batch:
        groups.setdefault(key(each), []).append(each)
    return groups
