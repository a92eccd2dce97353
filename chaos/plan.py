"""What is to happen in a run: who is written to, when, by which way, and who opts out."""

from __future__ import annotations

import random
from dataclasses import dataclass
from enum import StrEnum

from recado.domain.channels import Channel

CHANNELS = (Channel.WHATSAPP, Channel.SMS, Channel.EMAIL)

NOTIFICATIONS_A_PERSON = 8
REPEATED = 0.1
"""How many events come twice, with the same idempotency key."""

PLANNED_AHEAD = 0.1
"""How many are for later, so that an opt-out comes between plan and moment."""

OPTING_OUT = 0.15
WITH_ODD_RECEIPTS = 0.1


class Way(StrEnum):
    """How an event comes in."""

    API = "api"
    QUEUE = "queue"


class Receipts(StrEnum):
    """What a person's provider tells of messages to them."""

    DOUBLED = "doubled"
    LATE = "late"
    MISSING = "missing"
    FAILING = "failing"


@dataclass(frozen=True)
class Person:
    """Somebody with an address on every channel; the first one that they prefer goes round."""

    number: int
    odd_receipts: Receipts | None = None

    @property
    def customer_id(self) -> str:
        """Their id in the directory."""
        return f"chaos-{self.number:05d}"

    @property
    def preferred(self) -> tuple[Channel, ...]:
        """The channels in the order in which they want them."""
        first = self.number % len(CHANNELS)
        return CHANNELS[first:] + CHANNELS[:first]

    def address(self, channel: Channel) -> str:
        """Where a channel reaches them."""
        if channel is Channel.EMAIL:
            return f"chaos{self.number:05d}@example.com"
        return f"+59398{self.number:07d}"


@dataclass(frozen=True)
class Order:
    """An event; `at` is in seconds from the beginning on."""

    number: int
    person: Person
    at: float
    way: Way
    is_repeated: bool
    is_ahead: bool

    @property
    def key(self) -> str:
        """What it is about, by which its notification is found."""
        return f"order-{self.number:06d}"


@dataclass(frozen=True)
class OptOut:
    """A person who writes on a channel that they want no more of it."""

    person: Person
    channel: Channel
    at: float


@dataclass(frozen=True)
class Plan:
    """All of a run; the same seed makes the same plan."""

    people: tuple[Person, ...]
    orders: tuple[Order, ...]
    opt_outs: tuple[OptOut, ...]


def make(*, notifications: int, seconds: float, seed: int) -> Plan:
    """Spread notifications evenly over some seconds; people opt out in the first half of it."""
    chance = random.Random(seed)  # noqa: S311
    people = tuple(
        Person(
            number=number,
            odd_receipts=(
                chance.choice(list(Receipts)) if chance.random() < WITH_ODD_RECEIPTS else None
            ),
        )
        for number in range(max(3, notifications // NOTIFICATIONS_A_PERSON))
    )
    orders = tuple(
        Order(
            number=number,
            person=chance.choice(people),
            at=seconds * number / notifications,
            way=chance.choice(list(Way)),
            is_repeated=chance.random() < REPEATED,
            is_ahead=chance.random() < PLANNED_AHEAD,
        )
        for number in range(notifications)
    )
    leaving = chance.sample(people, max(1, round(len(people) * OPTING_OUT)))
    opt_outs = tuple(
        OptOut(
            person=person,
            # Mail has no answers: who wants no more of it uses a link.
            channel=chance.choice((Channel.WHATSAPP, Channel.SMS)),
            at=chance.uniform(0, seconds / 2),
        )
        for person in leaving
    )
    return Plan(people, orders, tuple(sorted(opt_outs, key=lambda each: each.at)))
