"""What the clock starts, beside the sweep of what is due."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from recado.adapters.clock import SystemClock
from recado.bootstrap.deployment import plan_notification, stack

if TYPE_CHECKING:
    from recado.services.balance_accounts import BalanceAccounts
    from recado.services.raise_alerts import RaiseAlerts
    from recado.services.remind_of_maintenance import RemindOfMaintenance
    from recado.services.sync_templates import SyncTemplates


@cache
def balance_accounts() -> BalanceAccounts:
    """What moves the weights of channel accounts."""
    from recado.services.balance_accounts import BalanceAccounts

    here = stack()
    return BalanceAccounts(
        tenants=here.configuration,
        configuration=here.configuration,
        weights=here.configuration,
        performance=here.account_performance,
    )


@cache
def sync_templates() -> SyncTemplates:
    """What looks at the approved templates of all accounts."""
    from recado.adapters.accounts.registry import AccountProbeRegistry
    from recado.adapters.dynamodb.configuration import DynamoDBConfigurationRepository
    from recado.services.sync_templates import SyncTemplates

    here = stack()
    # What a webhook stored a moment ago must be seen.
    configuration = DynamoDBConfigurationRepository(
        here.dynamodb, here.config.configuration_table, remember=0
    )
    return SyncTemplates(
        tenants=configuration,
        configuration=configuration,
        states=configuration,
        probe=AccountProbeRegistry(here.secrets),
        clock=SystemClock(),
    )


@cache
def raise_alerts() -> RaiseAlerts:
    """What alerts the tenants' teams."""
    from recado.adapters.dynamodb.alerts import DynamoDBAlerts
    from recado.adapters.dynamodb.circuits import DynamoDBCircuits
    from recado.adapters.dynamodb.templates_in_force import DynamoDBTemplatesInForce
    from recado.adapters.queue_depths import SqsQueueDepths
    from recado.services.raise_alerts import RaiseAlerts
    from recado.services.tell_team import TellTeam
    from recado.services.watch_conditions import WatchConditions

    here = stack()
    alerts = DynamoDBAlerts(here.dynamodb, here.config.configuration_table)
    return RaiseAlerts(
        tenants=here.configuration,
        alerts=alerts,
        watch=WatchConditions(
            alerts=alerts,
            statistics=here.statistics,
            circuits=DynamoDBCircuits(here.dynamodb, here.config.circuit_breakers_table),
            configuration=here.configuration,
            states=here.configuration,
            templates=DynamoDBTemplatesInForce(here.dynamodb, here.config.configuration_table),
            queues=SqsQueueDepths(here.sqs, here.config.dead_letter_urls),
            spending=here.spending,
            operations_tenant=here.config.operations_tenant,
        ),
        tell=TellTeam(
            plan=plan_notification(here),
            directory=here.directory,
            configuration=here.configuration,
        ),
    )


@cache
def remind_of_maintenance() -> RemindOfMaintenance:
    """What reminds customers of their vehicles' maintenance."""
    from recado.services.cancel_notifications import CancelNotifications
    from recado.services.remind_of_maintenance import RemindOfMaintenance

    here = stack()
    return RemindOfMaintenance(
        tenants=here.configuration,
        reminders=here.reminders,
        vehicles=here.vehicles,
        directory=here.directory,
        configuration=here.configuration,
        plan=plan_notification(here),
        cancel=CancelNotifications(notifications=here.notifications, clock=SystemClock()),
    )
