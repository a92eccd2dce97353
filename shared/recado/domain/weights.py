"""Which of several accounts of a channel carries a message: drawn by weight, and weights move.

An account rests at the weight that it was given. One that errs or is slow loses it in steps, which
moves messages to the others of its priority; left alone it drifts back. Nothing here knows a clock
or a store.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import accumulate, groupby
from typing import Self

from recado.domain.account_performance import KEPT, MinuteCounts, minute_of
from recado.domain.channels import ChannelAccount, Provider
from recado.domain.conversations import WINDOW, WINDOW_MARGIN
from recado.domain.directory import Address
from recado.domain.identities import is_reached_by_any_account
from recado.domain.model import Model

STEPS = 5
"""In so many steps an account loses all its weight. One of two equal accounts so gives away 10
points of 100 with the first: GOV.UK Notify's step."""

MOST_ERRORS_A_MINUTE = 50
"""An account errs that had more errors than this in the last minute (GOV.UK Notify)."""

ERROR_SHARE = 0.25
FEWEST_ERRORS = 3
"""It errs as well where so much of its latest tries failed, and not fewer: at 20 messages a day
nobody ever has 50 errors a minute."""

SLOW_SHARE = 0.15
FEWEST_SLOW = 3
SLOW_PERIOD = timedelta(minutes=15)
SLOW_PACE = timedelta(minutes=5)
"""An account is slow of whose calls in the last 15 minutes so many were slow; it loses weight for
that at most every 5 minutes (GOV.UK Notify)."""

ERROR_PERIOD = timedelta(minutes=1)

FEWEST_TRIES = 10
"""Where a period holds fewer tries it is longer: back to the tenth last one, at most a day."""

UNTOUCHED = timedelta(minutes=15)
DRIFT_PACE = timedelta(minutes=5)
"""Who lost no weight for 15 minutes gets a step of it back every 5 (GOV.UK Notify)."""

CHANGES_KEPT = 20


class WeightReason(StrEnum):
    """Why a weight changed."""

    ERRORS = "errors"
    SLOW = "slow"
    RECOVERING = "recovering"


class WeightChange(Model):
    """A change of an account's weight: from what to what, and why."""

    at: datetime
    before: float
    after: float
    reason: WeightReason
    detail: str = ""


class AccountWeight(Model):
    """How far an account is from the weight at which it rests.

    Parameters
    ----------
    away
        In steps: 0 at rest, `STEPS` where nothing is left.
    lowered_at
        When it last lost weight, whether or not it has it back.
    changes
        The latest ones, oldest first.
    version
        Counts stored changes; one is stored only over the version that it was made from.
    """

    tenant_id: str
    account_id: str
    provider: Provider
    away: int = 0
    lowered_at: datetime | None = None
    changes: tuple[WeightChange, ...] = ()
    version: int = 0

    @property
    def changed_at(self) -> datetime | None:
        """When it last changed."""
        return self.changes[-1].at if self.changes else None

    def current(self, rest: int) -> float:
        """What is left of the weight at which the account rests."""
        return rest * (STEPS - self.away) / STEPS

    def lowered(self, rest: int, at: datetime, reason: WeightReason, detail: str) -> Self:
        """A step farther from rest."""
        moved = self._moved(self.away + 1, rest, at, reason, detail)
        return moved.model_copy(update={"lowered_at": at})

    def raised(self, rest: int, at: datetime) -> Self:
        """A step nearer to rest."""
        return self._moved(self.away - 1, rest, at, WeightReason.RECOVERING, "")

    def _moved(self, away: int, rest: int, at: datetime, reason: WeightReason, detail: str) -> Self:
        moved = self.model_copy(update={"away": away})
        change = WeightChange(
            at=at,
            before=self.current(rest),
            after=moved.current(rest),
            reason=reason,
            detail=detail,
        )
        return moved.model_copy(update={"changes": (*self.changes, change)[-CHANGES_KEPT:]})


def sharing(accounts: Collection[ChannelAccount]) -> list[list[ChannelAccount]]:
    """The enabled accounts that share the messages of a channel, group by group.

    They have one priority and a weight each; who is alone shares nothing.
    """

    def place(account: ChannelAccount) -> tuple[str, int, str]:
        return account.channel, account.priority, account.account_id

    able = sorted((a for a in accounts if a.enabled and a.weight), key=place)
    groups = (list(group) for _, group in groupby(able, key=lambda a: (a.channel, a.priority)))
    return [group for group in groups if len(group) > 1]


def at_rest(account: ChannelAccount) -> AccountWeight:
    """The weight of an account that never lost any."""
    return AccountWeight(
        tenant_id=account.tenant_id, account_id=account.account_id, provider=account.provider
    )


def current_weights(
    accounts: Collection[ChannelAccount], stored: Mapping[str, AccountWeight]
) -> dict[str, float]:
    """What weight each account has now, by its id."""
    return {
        account.account_id: stored.get(account.account_id, at_rest(account)).current(account.weight)
        for account in accounts
    }


def choose(
    accounts: Sequence[ChannelAccount],
    *,
    address: Address,
    heard: Mapping[str, datetime],
    moment: datetime,
    carries: Callable[[ChannelAccount], bool],
    weights: Mapping[str, float],
    number: float,
) -> ChannelAccount:
    """Which of several accounts of a channel carries a message at a moment.

    That to which the person wrote lately; else one that can carry it, drawn by weight. Who is
    known by a name that one account gave stays with that account. `heard` says when the person
    last wrote to an account, by its id; `number` is from 0 to 1.
    """
    latest = max(
        (account for account in accounts if account.account_id in heard),
        key=lambda account: heard[account.account_id],
        default=None,
    )
    if not is_reached_by_any_account(address):
        return latest or _first_in_line(accounts)[0]
    if latest and moment + WINDOW_MARGIN < heard[latest.account_id] + WINDOW:
        return latest
    return draw([each for each in accounts if carries(each)] or accounts, weights, number)


def draw(
    accounts: Sequence[ChannelAccount], weights: Mapping[str, float], number: float
) -> ChannelAccount:
    """One of some accounts of a channel for a new message; `number` is from 0 to 1.

    Among those with weight the lowest priority number counts, and there the weights do. Where
    none has any, all of the lowest priority number are alike.
    """
    weighty = [account for account in accounts if weights[account.account_id]]
    return _by_weight(_first_in_line(weighty or accounts), weights, number)


def draw_other(
    accounts: Sequence[ChannelAccount], weights: Mapping[str, float], number: float
) -> ChannelAccount:
    """One of the accounts that are left, for a message that another one could not take.

    Those that rest at 0 are for this. Those that lost all their weight come last.
    """
    well = [a for a in accounts if weights[a.account_id] or not a.weight]
    return _by_weight(_first_in_line(well or accounts), weights, number)


def _first_in_line(accounts: Sequence[ChannelAccount]) -> list[ChannelAccount]:
    first = min(account.priority for account in accounts)
    return sorted((a for a in accounts if a.priority == first), key=lambda a: a.account_id)


def _by_weight(
    accounts: Sequence[ChannelAccount], weights: Mapping[str, float], number: float
) -> ChannelAccount:
    shares = [weights[account.account_id] for account in accounts]
    ends = list(accumulate(shares if any(shares) else [1.0] * len(accounts)))
    mark = number * ends[-1]
    drawn = (a for a, end in zip(accounts, ends, strict=True) if mark < end)
    return next(drawn, accounts[-1])


def judge(
    group: Sequence[ChannelAccount],
    stored: Mapping[str, AccountWeight],
    counts: Mapping[str, Sequence[MinuteCounts]],
    now: datetime,
) -> list[AccountWeight]:
    """The weights of accounts that share a channel's messages, as far as they change now.

    `counts` are those of whole minutes, newest first. An account loses weight only for what
    happened since it last did, and only to one that is well and has weight: where all err or are
    slow nothing is gained by moving. A group that was changed at `now` or later stays as it is, so
    that a run can be repeated.
    """
    states = {a.account_id: stored.get(a.account_id, at_rest(a)) for a in group}
    if any(state.changed_at and state.changed_at >= now for state in states.values()):
        return []
    faults = {a.account_id: _faults(counts.get(a.account_id, ()), now) for a in group}
    has_refuge = any(
        not faults[a.account_id] and states[a.account_id].current(a.weight) for a in group
    )
    changed = []
    for account in group:
        state = states[account.account_id]
        news = [fault for fault in faults[account.account_id] if fault.is_news_to(state)]
        if news and has_refuge:
            fault = next((fault for fault in news if fault.may_move(state, now)), None)
            if fault is not None and state.away < STEPS:
                changed.append(state.lowered(account.weight, now, fault.reason, fault.detail))
        elif state.away and _was_left_alone(state, now):
            changed.append(state.raised(account.weight, now))
    return changed


class _Fault(Model):
    """What speaks against an account, and when it last happened."""

    reason: WeightReason
    detail: str
    last_minute: datetime

    def is_news_to(self, state: AccountWeight) -> bool:
        """Whether it happened since the account last lost weight."""
        return state.lowered_at is None or self.last_minute >= minute_of(state.lowered_at)

    def may_move(self, state: AccountWeight, now: datetime) -> bool:
        """Whether the last loss is long enough ago."""
        is_slow = self.reason is WeightReason.SLOW
        return not is_slow or state.lowered_at is None or now - state.lowered_at >= SLOW_PACE


def _faults(counts: Sequence[MinuteCounts], now: datetime) -> list[_Fault]:
    found = []
    latest = _latest(counts, now, ERROR_PERIOD)
    tries, failures = sum(each.tries for each in latest), sum(each.failures for each in latest)
    begins = minute_of(now) - ERROR_PERIOD
    many = sum(each.failures for each in latest if each.minute >= begins) > MOST_ERRORS_A_MINUTE
    if many or (failures >= FEWEST_ERRORS and failures >= ERROR_SHARE * tries):
        failed_at = max(each.minute for each in latest if each.failures)
        detail = f"{failures} of the latest {tries} tries failed"
        found.append(_Fault(reason=WeightReason.ERRORS, detail=detail, last_minute=failed_at))
    latest = _latest(counts, now, SLOW_PERIOD)
    tries, slow = sum(each.tries for each in latest), sum(each.slow for each in latest)
    if slow >= FEWEST_SLOW and slow >= SLOW_SHARE * tries:
        slow_at = max(each.minute for each in latest if each.slow)
        detail = f"{slow} of the latest {tries} calls were slow"
        found.append(_Fault(reason=WeightReason.SLOW, detail=detail, last_minute=slow_at))
    return found


def _latest(counts: Sequence[MinuteCounts], now: datetime, period: timedelta) -> list[MinuteCounts]:
    """The whole minutes of a period before now, and more of them where it holds too few tries."""
    latest: list[MinuteCounts] = []
    tries = 0
    for each in counts:
        if each.minute < now - KEPT:
            break
        if each.minute < minute_of(now) - period and tries >= FEWEST_TRIES:
            break
        latest.append(each)
        tries += each.tries
    return latest


def _was_left_alone(state: AccountWeight, now: datetime) -> bool:
    lost_at, changed_at = state.lowered_at or now, state.changed_at or now
    return now - lost_at >= UNTOUCHED and now - changed_at >= DRIFT_PACE
