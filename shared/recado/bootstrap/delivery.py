"""What accepts, sends and follows notifications."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

from recado.adapters.clock import SystemClock
from recado.adapters.sqs import SqsRefusedRequests
from recado.bootstrap.deployment import Stack, plan_notification, stack, unsubscribe_links
from recado.domain.channels import ChannelAccount
from recado.ports.channels import ChannelSender

if TYPE_CHECKING:
    from recado.services.apply_receipts import ApplyReceipts
    from recado.services.deliver_notification import DeliverNotifications
    from recado.services.fall_back import FallBack
    from recado.services.sweep_due import SweepDue
    from recado.services.take_in_requests import TakeInRequests


@cache
def take_in_requests() -> TakeInRequests:
    """The intake of the requests queue."""
    from recado.services.take_in_requests import TakeInRequests

    here = stack()
    refused = SqsRefusedRequests(here.sqs, here.config.requests_dead_letter_url)
    return TakeInRequests(plan=plan_notification(here), refused=refused)


@cache
def deliver_notifications() -> DeliverNotifications:
    """The sender."""
    from recado.adapters.channels.registry import ChannelSenderRegistry
    from recado.adapters.dynamodb.send_limits import DynamoDBSendLimits
    from recado.services.deliver_notification import DeliverNotifications
    from recado.services.hold_to_limits import HoldToLimits
    from recado.services.watch_accounts import WatchAccounts

    here = stack()
    return DeliverNotifications(
        notifications=here.notifications,
        directory=here.directory,
        appointments=here.appointments,
        configuration=here.configuration,
        queues=here.queues(dead_letter_urls=here.config.delivery_dead_letter_urls),
        senders=ChannelSenderRegistry(here.secrets, _circuit_breakers(here)),
        unsubscribe_links=unsubscribe_links(here),
        hold_to_limits=HoldToLimits(
            limits=DynamoDBSendLimits(here.impatient_dynamodb, here.config.rate_limits_table),
            spending=here.spending,
            clock=SystemClock(),
        ),
        watch_accounts=WatchAccounts(
            performance=here.account_performance, configuration=here.configuration
        ),
        clock=SystemClock(),
    )


@cache
def fall_back() -> FallBack:
    """The reader of the delivery queues' dead-letter queues."""
    from recado.services.fall_back import FallBack

    here = stack()
    return FallBack(
        notifications=here.notifications,
        queues=here.queues(parked_url=here.config.parked_url),
        clock=SystemClock(),
    )


@cache
def sweep_due() -> SweepDue:
    """What happens by the clock."""
    from recado.services.plan_again import PlanAgain
    from recado.services.plan_route import PlanRoute
    from recado.services.sweep_due import SweepDue

    here = stack()
    plan_route = PlanRoute(reach=here.reach, configuration=here.configuration)
    return SweepDue(
        notifications=here.notifications,
        configuration=here.configuration,
        queues=here.queues(),
        plan_again=PlanAgain(
            appointments=here.appointments,
            directory=here.directory,
            configuration=here.configuration,
            plan_route=plan_route,
        ),
    )


@cache
def apply_receipts() -> ApplyReceipts:
    """The receipt processor."""
    from recado.services.apply_receipts import ApplyReceipts

    here = stack()
    return ApplyReceipts(
        notifications=here.notifications,
        orphans=here.notifications,
        directory=here.directory,
        configuration=here.configuration,
        queues=here.queues(dead_letter_urls=here.config.delivery_dead_letter_urls),
        clock=SystemClock(),
    )


def _circuit_breakers(here: Stack) -> Callable[[ChannelAccount, ChannelSender], ChannelSender]:
    from recado.adapters.channels.guarded import GuardedSender

    def guard(account: ChannelAccount, sender: ChannelSender) -> ChannelSender:
        return GuardedSender(
            account, sender, client=here.dynamodb, table_name=here.config.circuit_breakers_table
        )

    return guard
