"""Compares what was asked for, what the log says and what the providers have."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Self

from chaos.plan import Order
from recado.domain.channels import Channel
from recado.domain.notification import RANK, Attempt, Notification, Outcome, State

FAILED_AFTER_ALL = frozenset({"failed", "bounce"})
"""What a provider told of a message that it had accepted, so that another one may follow it."""

HEARD = {"delivered": State.DELIVERED, "read": State.READ}
RETRIED_BY_ITS_PROVIDER = frozenset({"meta", "twilio"})
"""They send a webhook again that was not taken; the simulated SES publishes once."""


@dataclass(frozen=True)
class Entry:
    """A notification of the log."""

    notification: Notification
    attempts: tuple[Attempt, ...] = ()


@dataclass(frozen=True)
class Received:
    """A message that a provider accepted; `told` is the most that it told of it."""

    provider: str
    channel: str
    to: str
    notification_id: str
    attempt: int
    at: datetime
    told: str | None = None

    @classmethod
    def from_simulator(cls, shown: Mapping[str, Any]) -> Self:
        """As the simulator shows it."""
        # SES takes no full stop in a tag.
        notification_id, attempt = re.split(r"[.-]", str(shown["tag"]))
        return cls(
            provider=shown["provider"],
            channel=shown["channel"],
            to=shown["to"],
            notification_id=notification_id,
            attempt=int(attempt),
            at=datetime.fromisoformat(shown["received_at"]),
            told=shown.get("told"),
        )


@dataclass(frozen=True)
class Left:
    """An address whose person opted out, and when that was seen stored."""

    channel: Channel
    address: str
    at: datetime


@dataclass(frozen=True)
class Happened:
    """All that a run left behind.

    Parameters
    ----------
    accepted
        The orders that were taken, by number, with the ids that the API gave for them.
    leases
        How long a message may be on its way that was looked up before an opt-out.
    clock_moved_at
        Until when the log's times are those of the laptop.
    dead
        Messages that are new in the queues of last resort.
    """

    orders: Sequence[Order]
    accepted: Mapping[int, set[str]]
    log: Sequence[Entry]
    received: Sequence[Received]
    left: Sequence[Left]
    opt_outs_not_stored: int
    lease: timedelta
    clock_moved_at: datetime
    dead: Mapping[str, int]


@dataclass(frozen=True)
class Verdict:
    """The numbers of a run; `wrong` are those that must be 0, `told` says which notifications."""

    facts: Mapping[str, int | float]
    states: Mapping[str, int]
    wrong: Mapping[str, int]
    told: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def is_good(self) -> bool:
        """Whether everything is 0 that must be."""
        return not any(self.wrong.values())


def judge(happened: Happened) -> Verdict:
    """Count what must not be, and the rest."""
    by_key: defaultdict[str, list[Entry]] = defaultdict(list)
    for entry in happened.log:
        if entry.notification.key is not None:
            by_key[entry.notification.key].append(entry)
    by_id = {entry.notification.notification_id: entry for entry in happened.log}
    messages: defaultdict[str, list[Received]] = defaultdict(list)
    for each in sorted(happened.received, key=lambda one: one.at):
        messages[each.notification_id].append(each)

    taken = [order for order in happened.orders if order.number in happened.accepted]
    given = {each for ids in happened.accepted.values() for each in ids}
    unknown = [e for e in happened.log if e.notification.state is State.UNKNOWN]
    wrong = {
        "lost": [order.key for order in taken if order.key not in by_key]
        + sorted(given - by_id.keys()),
        "events made twice": [key for key, entries in by_key.items() if len(entries) > 1],
        "stuck": [_id(e) for e in happened.log if not e.notification.is_final],
        "messages sent twice": _sent_twice(messages),
        "messages to somebody else": _misdirected(happened),
        "sent after an opt-out": _after_opt_out(happened, by_id),
        "opt-outs not stored": ["?"] * happened.opt_outs_not_stored,
        "unknown without a reason": [_id(e) for e in unknown if not _is_doubtful(e)],
        "in the log and not at the provider": _only_in_the_log(happened, messages),
        "at the provider and not in the log": _only_at_the_provider(happened, by_id),
        "receipts not carried over": _behind(by_id, messages),
        "dead letters": [queue for queue, count in happened.dead.items() for _ in range(count)],
    }
    return Verdict(
        facts=_facts(happened, taken, messages, by_id),
        states=Counter(str(entry.notification.state) for entry in happened.log),
        wrong={name: len(found) for name, found in wrong.items()},
        told={name: found for name, found in wrong.items() if found},
    )


def _id(entry: Entry) -> str:
    return entry.notification.notification_id


def _is_doubtful(entry: Entry) -> bool:
    """Whether an attempt may have reached its provider as far as the log knows.

    Its outcome was unknown, or its worker died before it could say.
    """
    recorded = {attempt.number for attempt in entry.attempts}
    has_gap = len(recorded) < entry.notification.attempts
    return has_gap or any(each.outcome is Outcome.UNKNOWN for each in entry.attempts)


def _sent_twice(messages: Mapping[str, Sequence[Received]]) -> list[str]:
    """Notifications of which a provider has an attempt twice, or one after another that arrived.

    The tenant lets nothing follow an unknown outcome, so only what failed after all may be
    followed.
    """
    found = []
    for notification_id, its in messages.items():
        is_repeated = len({each.attempt for each in its}) < len(its)
        if is_repeated or any(each.told not in FAILED_AFTER_ALL for each in its[:-1]):
            found.append(notification_id)
    return found


def _misdirected(happened: Happened) -> list[str]:
    addresses = {
        entry.notification.notification_id: {
            (step.channel, step.address.value) for step in entry.notification.route
        }
        for entry in happened.log
    }
    return [
        each.notification_id
        for each in happened.received
        if (each.channel, each.to) not in addresses.get(each.notification_id, set())
    ]


def _after_opt_out(happened: Happened, by_id: Mapping[str, Entry]) -> list[str]:
    ends = {(left.channel, left.address): left.at + happened.lease for left in happened.left}
    return [
        each.notification_id
        for each in happened.received
        if (end := ends.get((Channel(each.channel), each.to))) is not None
        and each.at > end
        and not _confirms(by_id.get(each.notification_id))
    ]


def _crossed(happened: Happened, by_id: Mapping[str, Entry]) -> int:
    """Messages that were on their way when the opt-out was stored."""
    stored = {(left.channel, left.address): left.at for left in happened.left}
    return sum(
        1
        for each in happened.received
        if (at := stored.get((Channel(each.channel), each.to))) is not None
        and at < each.at <= at + happened.lease
        and not _confirms(by_id.get(each.notification_id))
    )


def _confirms(entry: Entry | None) -> bool:
    return entry is not None and entry.notification.confirms_choice


def _only_in_the_log(happened: Happened, messages: Mapping[str, Sequence[Received]]) -> list[str]:
    """Attempts that were accepted, as the log says, and of which the provider knows nothing."""
    return [
        f"{_id(entry)}.{attempt.number}"
        for entry in happened.log
        for attempt in entry.attempts
        if attempt.outcome is Outcome.ACCEPTED
        and attempt.number not in {each.attempt for each in messages.get(_id(entry), ())}
    ]


def _only_at_the_provider(happened: Happened, by_id: Mapping[str, Entry]) -> list[str]:
    """Messages of which the log says that they were refused, or nothing at all."""
    return [
        f"{each.notification_id}.{each.attempt}"
        for each in happened.received
        if _outcome(each, by_id) not in (Outcome.ACCEPTED, Outcome.UNKNOWN)
    ]


def _outcome(message: Received, by_id: Mapping[str, Entry]) -> Outcome | None:
    """What the log says of a message; unknown too where its worker died before it could say."""
    entry = by_id.get(message.notification_id)
    if entry is None:
        return None
    recorded = {attempt.number: attempt.outcome for attempt in entry.attempts}
    if message.attempt in recorded:
        return recorded[message.attempt]
    return Outcome.UNKNOWN if message.attempt <= entry.notification.attempts else None


def _behind(by_id: Mapping[str, Entry], messages: Mapping[str, Sequence[Received]]) -> list[str]:
    """Notifications that stand lower than their provider told, with a 200, that they are."""
    found = []
    for notification_id, its in messages.items():
        told = max(
            (
                RANK[HEARD[each.told]]
                for each in its
                if each.told in HEARD and each.provider in RETRIED_BY_ITS_PROVIDER
            ),
            default=0,
        )
        entry = by_id.get(notification_id)
        if entry is not None and RANK.get(entry.notification.state, 0) < told:
            found.append(notification_id)
    return found


def _facts(
    happened: Happened,
    taken: Sequence[Order],
    messages: Mapping[str, Sequence[Received]],
    by_id: Mapping[str, Entry],
) -> dict[str, int | float]:
    outcomes = Counter(each.outcome for entry in happened.log for each in entry.attempts)
    at_provider = Counter(_outcome(each, by_id) for each in happened.received)
    waits = sorted(
        (attempt.ended_at - entry.notification.created_at).total_seconds()
        for entry in happened.log
        for attempt in entry.attempts
        if attempt.outcome is Outcome.ACCEPTED
        and entry.notification.send_at is None
        and attempt.ended_at < happened.clock_moved_at
    )
    return {
        "events": len(happened.orders),
        "accepted": len(taken),
        "refused to their sender": len(happened.orders) - len(taken),
        "notifications": len(happened.log),
        "attempts": sum(outcomes.values()),
        "attempts accepted": outcomes[Outcome.ACCEPTED],
        "attempts of unknown outcome": outcomes[Outcome.UNKNOWN],
        "messages at the providers": len(happened.received),
        "of these accepted in the log": at_provider[Outcome.ACCEPTED],
        "of these unknown in the log": at_provider[Outcome.UNKNOWN],
        "notifications with a message": len(messages),
        "opt-outs": len(happened.left),
        "crossed an opt-out": _crossed(happened, by_id),
        "p50 from accepted to sent (s)": _quantile(waits, 0.5),
        "p95 from accepted to sent (s)": _quantile(waits, 0.95),
    }


def _quantile(ordered: Sequence[float], share: float) -> float:
    if not ordered:
        return 0.0
    return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 2)
