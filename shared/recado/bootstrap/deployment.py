"""The deployed stack: its clients and the adapters over its tables, each made when first needed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config as ClientConfig

from recado.adapters.claims import S3Claims
from recado.adapters.clock import SystemClock
from recado.adapters.dynamodb.configuration import DynamoDBConfigurationRepository
from recado.adapters.dynamodb.conversations import DynamoDBConversationRepository
from recado.adapters.dynamodb.directory import DynamoDBDirectoryRepository
from recado.adapters.dynamodb.notifications import DynamoDBNotificationRepository
from recado.adapters.dynamodb.reach import DynamoDBReachReader
from recado.adapters.sqs import SqsDeliveryQueues, SqsUpdateQueues
from recado.config import Config
from recado.domain.channels import DeliveryQueueName

if TYPE_CHECKING:
    from recado.adapters.client_webhook_queue import SqsClientWebhookQueue
    from recado.adapters.dynamodb.account_performance import DynamoDBAccountPerformance
    from recado.adapters.dynamodb.appointments import DynamoDBAppointmentRepository
    from recado.adapters.dynamodb.communications import DynamoDBCommunicationLog
    from recado.adapters.dynamodb.events import DynamoDBEventRepository
    from recado.adapters.dynamodb.inbound_media import DynamoDBInboundMedia
    from recado.adapters.dynamodb.people import DynamoDBPeopleRepository
    from recado.adapters.dynamodb.reminders import DynamoDBReminderRepository
    from recado.adapters.dynamodb.spending import DynamoDBSpendingLedger
    from recado.adapters.dynamodb.statistics import DynamoDBStatistics
    from recado.adapters.dynamodb.tasks import DynamoDBTaskRepository
    from recado.adapters.dynamodb.vehicles import DynamoDBVehicleRepository
    from recado.adapters.secrets import SecretsManagerSource
    from recado.domain.activation import ActivationCodes
    from recado.domain.unsubscribe import UnsubscribeLinks
    from recado.services.call_off_reminder import CallOffReminder
    from recado.services.plan_notification import PlanNotification


CLIENT_CONFIG = ClientConfig(
    connect_timeout=1,
    read_timeout=4,
    retries={"total_max_attempts": 3, "mode": "standard"},
    max_pool_connections=20,
    # The SDK's own is put together anew for each call, a tenth of what the call costs.
    user_agent="recado",
    # The service looks at parameters itself. That the SDK does before it is a tenth of its time, so
    # only tests have it (tests/conftest.py).
    parameter_validation=False,
)
"""AWS answers in milliseconds or not at all; three attempts fit into every function's time."""


HASTY_CLIENT_CONFIG = CLIENT_CONFIG.merge(
    ClientConfig(read_timeout=2, retries={"total_max_attempts": 1, "mode": "standard"})
)
"""For whoever watches: they want an answer, and ask again anyway."""

IMPATIENT_CLIENT_CONFIG = CLIENT_CONFIG.merge(
    ClientConfig(
        connect_timeout=0.5,
        read_timeout=0.5,
        retries={"total_max_attempts": 1, "mode": "standard"},
    )
)
"""For what every request waits for and could do without."""


@dataclass
class Stack:
    """The adapters over one deployed stack, each made when it is first needed."""

    config: Config

    @cached_property
    def dynamodb(self) -> Any:
        """The DynamoDB client that all repositories share."""
        return boto3.client("dynamodb", config=CLIENT_CONFIG)

    @cached_property
    def impatient_dynamodb(self) -> Any:
        """A client for rows without which things go on, such as limits."""
        return boto3.client("dynamodb", config=IMPATIENT_CLIENT_CONFIG)

    @cached_property
    def sqs(self) -> Any:
        """The SQS client."""
        return boto3.client("sqs", config=CLIENT_CONFIG)

    @cached_property
    def notifications(self) -> DynamoDBNotificationRepository:
        """The log."""
        return DynamoDBNotificationRepository(self.dynamodb, self.config.notifications_table)

    @cached_property
    def communication_log(self) -> DynamoDBCommunicationLog:
        """The log in both directions."""
        from recado.adapters.dynamodb.communications import DynamoDBCommunicationLog

        table = self.config.notifications_table
        return DynamoDBCommunicationLog(self.dynamodb, table, self.notifications)

    @cached_property
    def inbound_media(self) -> DynamoDBInboundMedia:
        """What became of people's files."""
        from recado.adapters.dynamodb.inbound_media import DynamoDBInboundMedia

        return DynamoDBInboundMedia(self.dynamodb, self.config.notifications_table)

    @cached_property
    def statistics(self) -> DynamoDBStatistics:
        """The counters of the log."""
        from recado.adapters.dynamodb.statistics import DynamoDBStatistics

        return DynamoDBStatistics(self.dynamodb, self.config.statistics_table)

    @cached_property
    def account_performance(self) -> DynamoDBAccountPerformance:
        """How accounts that share a channel have done lately."""
        from recado.adapters.dynamodb.account_performance import DynamoDBAccountPerformance

        return DynamoDBAccountPerformance(self.dynamodb, self.config.statistics_table)

    @cached_property
    def people(self) -> DynamoDBPeopleRepository:
        """People, for those who look after them."""
        from recado.adapters.dynamodb.people import DynamoDBPeopleRepository

        return DynamoDBPeopleRepository(self.dynamodb, self.config.directory_table)

    @cached_property
    def vehicles(self) -> DynamoDBVehicleRepository:
        """Their vehicles."""
        from recado.adapters.dynamodb.vehicles import DynamoDBVehicleRepository

        return DynamoDBVehicleRepository(self.dynamodb, self.config.directory_table)

    @cached_property
    def reminders(self) -> DynamoDBReminderRepository:
        """What they are to be reminded of."""
        from recado.adapters.dynamodb.reminders import DynamoDBReminderRepository

        return DynamoDBReminderRepository(self.dynamodb, self.config.directory_table)

    @cached_property
    def appointments(self) -> DynamoDBAppointmentRepository:
        """What they have agreed upon."""
        from recado.adapters.dynamodb.appointments import DynamoDBAppointmentRepository

        return DynamoDBAppointmentRepository(self.dynamodb, self.config.directory_table)

    @cached_property
    def spending(self) -> DynamoDBSpendingLedger:
        """What tenants have spent on messages this month."""
        from recado.adapters.dynamodb.spending import DynamoDBSpendingLedger

        return DynamoDBSpendingLedger(self.impatient_dynamodb, self.config.rate_limits_table)

    @cached_property
    def tasks(self) -> DynamoDBTaskRepository:
        """Syncs, imports and erasures."""
        from recado.adapters.dynamodb.tasks import DynamoDBTaskRepository

        return DynamoDBTaskRepository(self.dynamodb, self.config.directory_table)

    @cached_property
    def secrets(self) -> SecretsManagerSource:
        """The deployment's secrets."""
        from recado.adapters.secrets import SecretsManagerSource

        return SecretsManagerSource(boto3.client("secretsmanager", config=CLIENT_CONFIG))

    @cached_property
    def directory(self) -> DynamoDBDirectoryRepository:
        """People and suppressions."""
        return DynamoDBDirectoryRepository(self.dynamodb, self.config.directory_table)

    @cached_property
    def configuration(self) -> DynamoDBConfigurationRepository:
        """What tenants have set up."""
        return DynamoDBConfigurationRepository(self.dynamodb, self.config.configuration_table)

    def queues(
        self,
        *,
        dead_letter_urls: Mapping[DeliveryQueueName, str] | None = None,
        parked_url: str = "",
    ) -> SqsDeliveryQueues:
        """The delivery queues, with what a function may reach beside them."""
        return SqsDeliveryQueues(
            self.sqs,
            urls=self.config.delivery_queue_urls,
            dead_letter_urls=dead_letter_urls or {},
            parked_url=parked_url,
        )

    @cached_property
    def conversations(self) -> DynamoDBConversationRepository:
        """Conversations."""
        return DynamoDBConversationRepository(self.dynamodb, self.config.conversations_table)

    @cached_property
    def reach(self) -> DynamoDBReachReader:
        """Suppressions and conversations, in one look."""
        return DynamoDBReachReader(
            self.dynamodb,
            directory_table=self.config.directory_table,
            conversations_table=self.config.conversations_table,
        )

    @cached_property
    def events(self) -> DynamoDBEventRepository:
        """What happened in the last 30 days."""
        from recado.adapters.dynamodb.events import DynamoDBEventRepository

        return DynamoDBEventRepository(self.dynamodb, self.config.events_table)

    @cached_property
    def client_webhook_queue(self) -> SqsClientWebhookQueue:
        """Events on their way to clients' endpoints."""
        from recado.adapters.client_webhook_queue import SqsClientWebhookQueue

        return SqsClientWebhookQueue(self.sqs, self.config.client_webhooks_queue_url)

    @cached_property
    def update_queues(self) -> SqsUpdateQueues:
        """Where webhooks' updates are kept."""
        return SqsUpdateQueues(
            self.sqs,
            receipts_url=self.config.receipts_queue_url,
            inbound_url=self.config.inbound_queue_url,
            parked_url=self.config.parked_url,
            claims=self.claims,
        )

    @cached_property
    def claims(self) -> S3Claims:
        """Where is kept what no queue takes."""
        return S3Claims(lambda: boto3.client("s3", config=CLIENT_CONFIG), self.config.media_bucket)


@cache
def stack() -> Stack:
    """The stack that this process belongs to."""
    return Stack(Config())


def plan_notification(here: Stack) -> PlanNotification:
    """What accepts events."""
    from recado.services.plan_notification import PlanNotification

    return PlanNotification(
        notifications=here.notifications,
        directory=here.directory,
        configuration=here.configuration,
        reach=here.reach,
        queues=here.queues(),
        clock=SystemClock(),
    )


def call_off_reminder(here: Stack) -> CallOffReminder:
    """What calls off a reminder that is over before its notification went."""
    from recado.services.call_off_reminder import CallOffReminder
    from recado.services.cancel_notifications import CancelNotifications

    cancel = CancelNotifications(notifications=here.notifications, clock=SystemClock())
    return CallOffReminder(cancel=cancel)


def activation_codes(here: Stack) -> ActivationCodes:
    """The codes by which a person's first message says who they are.

    Signed with the secret of the unsubscribe links, each for its own purpose.
    """
    from recado.domain.activation import ActivationCodes

    return ActivationCodes(lambda: here.secrets.text(here.config.unsubscribe_secret_name).encode())


def unsubscribe_links(here: Stack) -> UnsubscribeLinks:
    """The links by which people take themselves off the list."""
    from recado.domain.unsubscribe import UnsubscribeLinks

    secret = here.secrets.text(here.config.unsubscribe_secret_name)
    return UnsubscribeLinks(here.config.public_url, secret.encode())
