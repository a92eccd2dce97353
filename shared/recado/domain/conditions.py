"""What a tenant's team should hear of, in what is known of its messages and accounts."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from recado.domain.account_states import NOT_SENT, AccountStatus, NamedTemplate, TemplateState
from recado.domain.alert_rules import AlertRules
from recado.domain.alerts import AlertKind, Condition
from recado.domain.channel_health import AccountHealth, ChannelHealth, HealthState
from recado.domain.channels import Channel, ChannelAccount
from recado.domain.circuits import CircuitState
from recado.domain.sending_rhythm import SendingRhythm
from recado.domain.spending import Spending
from recado.domain.tallies import Tally
from recado.domain.tenants import Tenant
from recado.domain.wall_clock import at_wall_clock

logger = logging.getLogger(__name__)

TOKEN_SETTING = "token_expires_at"  # noqa: S105
"""Setting of a channel account: when its token expires, as ISO 8601 writes it, or in seconds since
1970 as Meta's debug_token does. 0 says that it never does."""

EXPIRY_YEARS = range(2000, 9999)
"""Other years are slips of the pen; at the ends of the calendar no time zone can be reckoned."""

GRACE = timedelta(hours=1)
"""So much later than usual is not alarming yet."""

_CANNOT_SEND = (AccountStatus.DISCONNECTED, AccountStatus.DISABLED)
_IN_DOUBT = frozenset({"PENDING", "IN_APPEAL"})
"""Statuses of a template in which nothing is decided again yet."""


def too_many_failed(tally: Tally, rules: AlertRules) -> Condition | None:
    """More failed than the tenant bears, in number or as a share of what ended.

    It is over at half of both limits, so that one message more or less does not raise it again.
    Failed are those that expired too, and those of which nobody knows.
    """
    failed, ended = tally.not_carried, tally.not_carried + tally.carried
    share = failed / ended if ended else 0.0
    is_large_share = ended >= rules.failed_share_of and share >= rules.failed_share
    stands = failed > rules.failed_in_24_hours or is_large_share
    if not stands and 2 * failed <= rules.failed_in_24_hours and 2 * share <= rules.failed_share:
        return None
    facts = {"failed": str(failed), "ended": str(ended)}
    return Condition(kind=AlertKind.TOO_MANY_FAILED, stands=stands, facts=facts)


def nothing_sent(
    rhythm: SendingRhythm, now: datetime, zone: ZoneInfo, *, has_sent: bool
) -> Condition | None:
    """Nothing sent on a day on which something usually is by now.

    It is over when something is sent again, on whatever day: a week of holidays raises it once.
    """
    if has_sent:
        return None
    today = now.astimezone(zone).date()
    usual = rhythm.usual_by(today)
    stands = usual is not None and now >= at_wall_clock(today, usual, zone) + GRACE
    facts = {"usual": f"{usual:%H:%M}"} if usual else {}
    return Condition(kind=AlertKind.NOTHING_SENT, stands=stands, facts=facts)


def token_expiry(account: ChannelAccount) -> datetime | None:
    """When an account's token expires; None where it does not, or nobody said."""
    if is_expiry_unreadable(account):
        extra = {"tenant_id": account.tenant_id, "account_id": account.account_id}
        logger.warning("an account's token_expires_at is no moment", extra=extra)
    return _expiry(account)


def is_expiry_unreadable(account: ChannelAccount) -> bool:
    """Whether what an account says of its token's expiry is no moment that can be reckoned with."""
    says_something = account.settings.get(TOKEN_SETTING, "").strip().strip("0")
    return bool(says_something) and _expiry(account) is None


def _expiry(account: ChannelAccount) -> datetime | None:
    said = account.settings.get(TOKEN_SETTING, "").strip()
    try:
        if said.isdecimal():
            at = datetime.fromtimestamp(int(said), UTC)
        else:
            read = datetime.fromisoformat(said)
            at = read.astimezone(UTC) if read.tzinfo else read.replace(tzinfo=UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return at if at.year in EXPIRY_YEARS else None


def token_expires(account: ChannelAccount, now: datetime, rules: AlertRules) -> Condition | None:
    """A token that expires soon, or has expired."""
    at = token_expiry(account)
    if at is None or at - now > timedelta(days=rules.expiry_days):
        return None
    return Condition(
        kind=AlertKind.TOKEN_EXPIRES,
        subject=account.account_id,
        channel=account.channel if at <= now else None,
        facts={
            "account": account.account_id,
            "at": at.isoformat(),
            "expired": "yes" if at <= now else "",
        },
    )


def account_down(health: AccountHealth, *, well_at: datetime | None = None) -> Condition | None:
    """An account by which nothing can be sent.

    While its circuit tries whether it works again, nothing is decided. Of a circuit that was
    forgotten nothing is known: only `well_at`, when a provider last took something by the account,
    tells that it works.
    """
    told, circuit = health.told, health.circuit
    found = Condition(
        kind=AlertKind.ACCOUNT_DOWN,
        subject=health.account.account_id,
        channel=health.account.channel,
        facts={"account": health.account.account_id, "channel": health.account.channel},
    )
    if told is not None and told.status in _CANNOT_SEND:
        return found.model_copy(update={"since": told.at, "facts": {**found.facts, "told": "yes"}})
    if circuit.is_forgotten:
        return found.model_copy(update={"stands": False, "is_known": False, "well_at": well_at})
    match circuit.state:
        case CircuitState.OPEN:
            return found.model_copy(update={"since": circuit.opened_at})
        case CircuitState.HALF_OPEN:
            return found.model_copy(update={"stands": False})
        case CircuitState.CLOSED:
            return None


def account_quality(health: AccountHealth) -> Condition | None:
    """An account that its provider restricts, or whose quality it lowered."""
    told = health.told
    if told is None or told.status is AccountStatus.HEALTHY:
        return None
    return Condition(
        kind=AlertKind.ACCOUNT_QUALITY,
        subject=health.account.account_id,
        # Of one that cannot send at all another alert tells.
        stands=told.status is AccountStatus.DEGRADED,
        channel=health.account.channel,
        facts={"account": health.account.account_id, "status": told.event},
    )


def template_conditions(
    states: Iterable[TemplateState], accounts: Collection[str], used: Collection[NamedTemplate]
) -> Iterator[Condition]:
    """Templates in force that their provider stopped, or thinks little of.

    Those of accounts that are not used, and those that nothing in force names, are nobody's
    concern.
    """
    for state in states:
        if state.account_id not in accounts or not any(state.is_about(each) for each in used):
            continue
        stopped = state.status in NOT_SENT
        if stopped or state.status in _IN_DOUBT:
            yield _of_template(state, AlertKind.TEMPLATE_STOPPED, stands=stopped)
        if state.quality in ("RED", "YELLOW"):
            is_bad = state.quality == "RED"
            yield _of_template(state, AlertKind.TEMPLATE_QUALITY, stands=is_bad)


def _of_template(state: TemplateState, kind: AlertKind, *, stands: bool) -> Condition:
    said = state.status if kind is AlertKind.TEMPLATE_STOPPED else state.quality
    return Condition(
        kind=kind,
        subject=f"{state.account_id}/{state.name}/{state.language}",
        stands=stands,
        facts={
            "account": state.account_id,
            "template": f"{state.name} ({state.language})",
            "status": said or "",
        },
    )


def dead_letters(depths: Mapping[str, int]) -> list[Condition]:
    """Queues for people that are not empty."""
    return [
        Condition(
            kind=AlertKind.DEAD_LETTERS,
            subject=queue,
            facts={"queue": queue, "messages": str(messages)},
        )
        for queue, messages in depths.items()
        if messages
    ]


def budget_exhausted(spending: Spending, tenant: Tenant) -> Condition | None:
    """A month's budget that was not enough for a message; over with the month, or a new budget."""
    if not spending.is_exhausted(tenant.monthly_budget):
        return None
    return Condition(
        kind=AlertKind.BUDGET_EXHAUSTED,
        since=spending.exhausted_at,
        facts={
            "spent": f"{spending.spent:.2f}",
            "budget": f"{tenant.monthly_budget:.2f}",
            "currency": tenant.currency,
        },
    )


def broken_channels(channels: Iterable[ChannelHealth], now: datetime) -> frozenset[Channel]:
    """Channels that nothing should be told by.

    One account out is enough: which of several carries a message is decided later.
    """
    return frozenset(
        each.channel
        for each in channels
        if each.state is HealthState.DOWN
        or any(
            health.state is HealthState.DOWN or _has_expired(health.account, now)
            for health in each.accounts
        )
    )


def _has_expired(account: ChannelAccount, now: datetime) -> bool:
    at = token_expiry(account)
    return at is not None and at <= now
