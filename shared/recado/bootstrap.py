"""The only module that knows concrete classes: it builds each function's service.

Called once per container, when the first event comes, never while a module is imported. What
only one function needs is imported in its own builder, so that the others start without it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
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
from recado.adapters.sqs import SqsDeliveryQueues, SqsRefusedRequests, SqsUpdateQueues
from recado.config import Config
from recado.domain.channels import ChannelAccount, DeliveryQueueName
from recado.ports.channels import ChannelSender

if TYPE_CHECKING:
    from recado.adapters.client_webhook_queue import SqsClientWebhookQueue
    from recado.adapters.dynamodb.communications import DynamoDBCommunicationLog
    from recado.adapters.dynamodb.events import DynamoDBEventRepository
    from recado.adapters.queue_probe import SqsQueueProbe
    from recado.adapters.secrets import SecretsManagerSource
    from recado.api.app import Api
    from recado.api.unsubscribe_page import UnsubscribePage
    from recado.domain.unsubscribe import UnsubscribeLinks
    from recado.ports.clock import Clock
    from recado.ports.webhooks import WebhookAccounts, WebhookReader, WebhookSecrets
    from recado.services.apply_receipts import ApplyReceipts
    from recado.services.deliver_notification import DeliverNotifications
    from recado.services.fall_back import FallBack
    from recado.services.fetch_media import FetchMedia
    from recado.services.publish_events import PublishEvents
    from recado.services.receive_inbound import ReceiveInbound
    from recado.services.send_client_webhooks import SendClientWebhooks
    from recado.services.sweep_due import SweepDue
    from recado.services.take_in_published import TakeInPublished
    from recado.services.take_in_requests import TakeInRequests
    from recado.services.take_in_webhook import TakeInWebhook

CLIENT_CONFIG = ClientConfig(
    connect_timeout=1,
    read_timeout=4,
    retries={"total_max_attempts": 3, "mode": "standard"},
    max_pool_connections=20,
)
"""AWS answers in milliseconds or not at all; three attempts fit into every function's time."""


@dataclass
class Stack:
    """The adapters over one deployed stack, each made when it is first needed."""

    config: Config

    @cached_property
    def dynamodb(self) -> Any:
        """The DynamoDB client that all repositories share."""
        return boto3.client("dynamodb", config=CLIENT_CONFIG)

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


@cache
def api() -> Api:
    """The HTTP API."""
    from aws_lambda_powertools.utilities.idempotency import DynamoDBPersistenceLayer

    from recado.adapters.dynamodb.inbound_media import DynamoDBInboundMedia
    from recado.api.app import Api
    from recado.api.idempotency import idempotent
    from recado.api.routers.catalogue import catalogue_router
    from recado.api.routers.communications import communications_router
    from recado.api.routers.health import health_router
    from recado.api.routers.notifications import notifications_router
    from recado.api.routers.templates import templates_router
    from recado.services.authenticate import Authenticate
    from recado.services.plan_notification import PlanNotification
    from recado.services.preview_template import PreviewTemplate
    from recado.services.read_communications import ReadCommunications
    from recado.services.send_communication import SendCommunication
    from recado.services.send_test import SendTest

    here = stack()
    queues = here.queues()
    store = DynamoDBPersistenceLayer(
        table_name=here.config.idempotency_table, boto3_client=here.dynamodb
    )
    plan = PlanNotification(
        notifications=here.notifications,
        directory=here.directory,
        configuration=here.configuration,
        conversations=here.conversations,
        queues=queues,
        clock=SystemClock(),
    )
    send_test = SendTest(
        notifications=here.notifications,
        directory=here.directory,
        configuration=here.configuration,
        queues=queues,
        clock=SystemClock(),
    )
    send_communication = SendCommunication(
        notifications=here.notifications,
        directory=here.directory,
        configuration=here.configuration,
        conversations=here.conversations,
        queues=queues,
        clock=SystemClock(),
    )
    return Api(
        authenticate=Authenticate(configuration=here.configuration),
        routers={
            "/api/v1/notifications/catalog": catalogue_router(configuration=here.configuration),
            "/api/v1/notifications/templates": templates_router(
                preview=PreviewTemplate(configuration=here.configuration)
            ),
            "/api/v1/notifications": notifications_router(
                plan=plan,
                send_test=send_test,
                notifications=here.notifications,
                idempotent=idempotent(store),
            ),
            "/api/v1/communications": communications_router(
                send=send_communication,
                read=ReadCommunications(
                    log=here.communication_log,
                    media=DynamoDBInboundMedia(here.dynamodb, here.config.notifications_table),
                    configuration=here.configuration,
                    clock=SystemClock(),
                ),
                idempotent=idempotent(store),
            ),
        },
        open_routers={"/webhook/health": health_router(probe=_queue_probe(here))},
    )


@cache
def take_in_requests() -> TakeInRequests:
    """The intake of the requests queue."""
    from recado.services.plan_notification import PlanNotification
    from recado.services.take_in_requests import TakeInRequests

    here = stack()
    plan = PlanNotification(
        notifications=here.notifications,
        directory=here.directory,
        configuration=here.configuration,
        conversations=here.conversations,
        queues=here.queues(),
        clock=SystemClock(),
    )
    refused = SqsRefusedRequests(here.sqs, here.config.requests_dead_letter_url)
    return TakeInRequests(plan=plan, refused=refused)


@cache
def deliver_notifications() -> DeliverNotifications:
    """The sender."""
    from recado.adapters.channels.registry import ChannelSenderRegistry
    from recado.adapters.secrets import SecretsManagerSource
    from recado.services.deliver_notification import DeliverNotifications

    here = stack()
    secrets = SecretsManagerSource(boto3.client("secretsmanager", config=CLIENT_CONFIG))
    return DeliverNotifications(
        notifications=here.notifications,
        directory=here.directory,
        configuration=here.configuration,
        queues=here.queues(dead_letter_urls=here.config.delivery_dead_letter_urls),
        senders=ChannelSenderRegistry(secrets, _circuit_breakers(here)),
        unsubscribe_links=_unsubscribe_links(here, secrets),
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
    from recado.services.sweep_due import SweepDue

    here = stack()
    return SweepDue(
        notifications=here.notifications,
        configuration=here.configuration,
        queues=here.queues(),
    )


@cache
def meta_webhook() -> TakeInWebhook:
    """The way in for Meta's webhooks."""
    from recado.adapters.webhooks.meta import MetaWebhookReader

    return _webhook(MetaWebhookReader, "meta", stack().config.meta_webhook_secret_name)


@cache
def twilio_webhook() -> TakeInWebhook:
    """The way in for Twilio's webhooks."""
    from recado.adapters.webhooks.twilio import TwilioWebhookReader

    return _webhook(TwilioWebhookReader, "twilio", stack().config.twilio_webhook_secret_name)


@cache
def evolution_webhook() -> TakeInWebhook:
    """The way in for Evolution API servers' webhooks."""
    from recado.adapters.webhooks.evolution import EvolutionWebhookReader

    return _webhook(
        EvolutionWebhookReader, "evolution", stack().config.evolution_webhook_secret_name
    )


@cache
def telegram_webhook() -> TakeInWebhook:
    """The way in for Telegram's webhooks."""
    from recado.adapters.webhooks.telegram import TelegramWebhookReader

    return _webhook(TelegramWebhookReader, "telegram", stack().config.telegram_webhook_secret_name)


@cache
def slack_webhook() -> TakeInWebhook:
    """The way in for Slack's webhooks."""
    from recado.adapters.webhooks.slack import SlackWebhookReader

    return _webhook(SlackWebhookReader, "slack", stack().config.slack_webhook_secret_name)


@cache
def ses_events() -> TakeInPublished:
    """The way in for what SES publishes."""
    from recado.adapters.webhooks.ses import SesEventReader
    from recado.services.take_in_published import TakeInPublished

    here = stack()
    reader = SesEventReader(accounts=here.configuration, clock=SystemClock())
    return TakeInPublished(reader=reader, queues=here.update_queues)


@cache
def receive_inbound() -> ReceiveInbound:
    """The inbound processor."""
    from recado.adapters.inbound_queues import SqsInboundDeadLetters, SqsMediaTasks
    from recado.services.carry_out_choice import CarryOutChoice
    from recado.services.follow_people import FollowPeople
    from recado.services.receive_inbound import ReceiveInbound
    from recado.services.take_in_message import TakeInMessage

    here = stack()
    clock = SystemClock()
    return ReceiveInbound(
        messages=TakeInMessage(
            notifications=here.notifications,
            log=here.communication_log,
            conversations=here.conversations,
            directory=here.directory,
            configuration=here.configuration,
            rules=here.configuration,
            choices=CarryOutChoice(
                notifications=here.notifications,
                directory=here.directory,
                queues=here.queues(),
                clock=clock,
            ),
            media=SqsMediaTasks(here.sqs, here.config.media_queue_url),
            clock=clock,
        ),
        people=FollowPeople(
            notifications=here.notifications,
            log=here.communication_log,
            conversations=here.conversations,
            directory=here.directory,
            clock=clock,
        ),
        states=here.configuration,
        dead_letters=SqsInboundDeadLetters(here.sqs, here.config.inbound_dead_letter_url),
    )


@cache
def unsubscribe_page() -> UnsubscribePage:
    """The page behind unsubscribe links."""
    from recado.adapters.secrets import SecretsManagerSource
    from recado.api.unsubscribe_page import UnsubscribePage
    from recado.services.unsubscribe import Unsubscribe

    here = stack()
    secrets = SecretsManagerSource(boto3.client("secretsmanager", config=CLIENT_CONFIG))
    return UnsubscribePage(
        Unsubscribe(
            links=_unsubscribe_links(here, secrets),
            directory=here.directory,
            configuration=here.configuration,
            clock=SystemClock(),
        )
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


@cache
def fetch_media() -> FetchMedia:
    """The fetcher of people's files."""
    from recado.adapters.dynamodb.inbound_media import DynamoDBInboundMedia
    from recado.adapters.media.http_download import MediaHttp
    from recado.adapters.media.registry import MediaSourceRegistry
    from recado.adapters.s3 import S3MediaStore
    from recado.adapters.secrets import SecretsManagerSource
    from recado.services.fetch_media import FetchMedia

    here = stack()
    secrets = SecretsManagerSource(boto3.client("secretsmanager", config=CLIENT_CONFIG))
    return FetchMedia(
        configuration=here.configuration,
        sources=MediaSourceRegistry(secrets, MediaHttp()),
        store=S3MediaStore(boto3.client("s3", config=CLIENT_CONFIG), here.config.media_bucket),
        results=DynamoDBInboundMedia(here.dynamodb, here.config.notifications_table),
        clock=SystemClock(),
        limits=here.config.media_limits,
    )


@cache
def publish_events() -> PublishEvents:
    """The publisher of what happened."""
    from recado.adapters.eventbridge import EventBridgeBus
    from recado.services.publish_events import PublishEvents

    here = stack()
    bus = boto3.client("events", config=CLIENT_CONFIG)
    return PublishEvents(
        events=here.events,
        bus=EventBridgeBus(bus, here.config.event_bus_name),
        endpoints=here.configuration,
        queue=here.client_webhook_queue,
    )


@cache
def send_client_webhooks() -> SendClientWebhooks:
    """The sender of events to clients' endpoints."""
    return client_webhook_sender(stack())


def client_webhook_sender(here: Stack) -> SendClientWebhooks:
    """What calls clients' endpoints; the command tries them out with it."""
    from recado.adapters.client_webhooks import HttpWebhookPoster, SecretsManagerSigningSecrets
    from recado.adapters.secrets import SecretsManagerSource
    from recado.services.send_client_webhooks import SendClientWebhooks

    source = SecretsManagerSource(boto3.client("secretsmanager", config=CLIENT_CONFIG))
    return SendClientWebhooks(
        events=here.events,
        endpoints=here.configuration,
        secrets=SecretsManagerSigningSecrets(source),
        poster=HttpWebhookPoster(allow_loopback=here.config.allows_loopback_webhooks),
        queue=here.client_webhook_queue,
        clock=SystemClock(),
    )


@cache
def whatsapp_accounts() -> Api:
    """The HTTP API's part that asks WhatsApp's providers."""
    from recado.adapters.accounts.registry import AccountProbeRegistry
    from recado.adapters.accounts.signs import WhatsAppSigns
    from recado.adapters.dynamodb.templates_in_force import DynamoDBTemplatesInForce
    from recado.adapters.secrets import SecretsManagerSource
    from recado.api.app import Api
    from recado.api.routers.whatsapp import whatsapp_router
    from recado.services.acknowledge_message import AcknowledgeMessage
    from recado.services.authenticate import Authenticate
    from recado.services.look_at_whatsapp import LookAtWhatsApp

    here = stack()
    secrets = SecretsManagerSource(boto3.client("secretsmanager", config=CLIENT_CONFIG))
    look = LookAtWhatsApp(
        configuration=here.configuration,
        templates=DynamoDBTemplatesInForce(here.dynamodb, here.config.configuration_table),
        states=here.configuration,
        probe=AccountProbeRegistry(secrets),
        clock=SystemClock(),
    )
    acknowledge = AcknowledgeMessage(
        log=here.communication_log,
        configuration=here.configuration,
        signs=WhatsAppSigns(secrets),
    )
    return Api(
        authenticate=Authenticate(configuration=here.configuration),
        routers={
            "/api/v1/communications/whatsapp": whatsapp_router(look=look, acknowledge=acknowledge)
        },
    )


def _queue_probe(here: Stack) -> SqsQueueProbe:
    from recado.adapters.queue_probe import SqsQueueProbe

    # Who watches wants an answer, and asks again anyway.
    hasty = CLIENT_CONFIG.merge(
        ClientConfig(read_timeout=2, retries={"total_max_attempts": 1, "mode": "standard"})
    )
    return SqsQueueProbe(
        lambda: boto3.client("sqs", config=hasty),
        {"receipts": here.config.receipts_queue_url, "inbound": here.config.inbound_queue_url},
    )


def _webhook(
    reader: Callable[[WebhookSecrets, WebhookAccounts, Clock], WebhookReader],
    provider: str,
    secret_name: str,
) -> TakeInWebhook:
    from recado.adapters.secrets import SecretsManagerSource, SecretsManagerWebhookSecrets
    from recado.services.take_in_webhook import TakeInWebhook

    here = stack()
    source = SecretsManagerSource(boto3.client("secretsmanager", config=CLIENT_CONFIG))
    secrets = SecretsManagerWebhookSecrets(source, {provider: secret_name})
    return TakeInWebhook(
        reader=reader(secrets, here.configuration, SystemClock()), queues=here.update_queues
    )


def _unsubscribe_links(here: Stack, secrets: SecretsManagerSource) -> UnsubscribeLinks:
    from recado.domain.unsubscribe import UnsubscribeLinks

    secret = secrets.text(here.config.unsubscribe_secret_name)
    return UnsubscribeLinks(here.config.public_url, secret.encode())


def _circuit_breakers(here: Stack) -> Callable[[ChannelAccount, ChannelSender], ChannelSender]:
    from recado.adapters.channels.guarded import GuardedSender

    def guard(account: ChannelAccount, sender: ChannelSender) -> ChannelSender:
        return GuardedSender(
            account, sender, client=here.dynamodb, table_name=here.config.circuit_breakers_table
        )

    return guard
