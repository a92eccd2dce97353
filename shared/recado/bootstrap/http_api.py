"""What answers the HTTP API and the pages for people."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import boto3

from recado.adapters.clock import SystemClock
from recado.adapters.dynamodb.configuration import DynamoDBConfigurationRepository
from recado.bootstrap.deployment import (
    HASTY_CLIENT_CONFIG,
    IMPATIENT_CLIENT_CONFIG,
    Stack,
    activation_codes,
    call_off_reminder,
    plan_notification,
    stack,
    unsubscribe_links,
)

if TYPE_CHECKING:
    from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

    from recado.adapters.queue_probe import SqsQueueProbe
    from recado.api.activation_page import ActivationPage
    from recado.api.app import Api
    from recado.api.security import Middleware
    from recado.api.unsubscribe_page import UnsubscribePage
    from recado.services.accept_task import AcceptTask
    from recado.services.authenticate import Authenticate


@cache
def api() -> Api:
    """The HTTP API's part that sends."""
    from recado.api.app import Api
    from recado.api.routers.communications import communications_router
    from recado.api.routers.health import health_router
    from recado.api.routers.notifications import notifications_router
    from recado.services.read_communications import ReadCommunications
    from recado.services.send_communication import SendCommunication
    from recado.services.send_test import SendTest

    here = stack()
    queues = here.queues()
    once = _idempotent(here)
    plan = plan_notification(here)
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
        authenticate=_authenticate(here),
        routers={
            "/api/v1/notifications": notifications_router(
                plan=plan, send_test=send_test, idempotent=once
            ),
            "/api/v1/communications": communications_router(
                send=send_communication,
                read=ReadCommunications(
                    log=here.communication_log,
                    media=here.inbound_media,
                    configuration=here.configuration,
                    clock=SystemClock(),
                ),
                idempotent=once,
            ),
        },
        open_routers={"/webhook/health": health_router(probe=_queue_probe(here))},
    )


@cache
def management_api() -> Api:
    """The HTTP API about everything but sending."""
    from recado.adapters.dynamodb.alerts import DynamoDBAlerts
    from recado.adapters.dynamodb.circuits import DynamoDBCircuits
    from recado.adapters.dynamodb.orchestrations import DynamoDBOrchestrations
    from recado.adapters.dynamodb.templates import DynamoDBTemplateRepository
    from recado.api.app import Api
    from recado.api.routers.activation import with_activation
    from recado.api.routers.alerts import with_alerts
    from recado.api.routers.analytics import analytics_router
    from recado.api.routers.appointments import appointments_router
    from recado.api.routers.cancellations import with_cancellations
    from recado.api.routers.catalogue import (
        catalogue_router,
        phases_router,
        service_types_router,
    )
    from recado.api.routers.customer_data import with_customer_data
    from recado.api.routers.customers import customers_router
    from recado.api.routers.notification_log import notification_log_router
    from recado.api.routers.orchestration import orchestration_router
    from recado.api.routers.push import push_router
    from recado.api.routers.reminders import reminders_router
    from recado.api.routers.templates import templates_router
    from recado.api.routers.vehicles import vehicles_router
    from recado.services.accept_erasure import AcceptErasure
    from recado.services.accept_import import AcceptImport
    from recado.services.cancel_notifications import CancelNotifications
    from recado.services.complete_reminder import CompleteReminder
    from recado.services.delete_customer import DeleteCustomer
    from recado.services.edit_appointments import EditAppointments
    from recado.services.edit_customers import EditCustomers
    from recado.services.edit_orchestration import EditOrchestration
    from recado.services.edit_reminders import EditReminders
    from recado.services.edit_templates import EditTemplates
    from recado.services.edit_vehicles import EditVehicles
    from recado.services.explain_template import ExplainTemplate
    from recado.services.export_person import ExportPerson
    from recado.services.invite_to_whatsapp import InviteToWhatsApp
    from recado.services.look_at_task import LookAtTask
    from recado.services.preview_template import PreviewTemplate
    from recado.services.read_alerts import ReadAlerts
    from recado.services.read_appointments import ReadAppointments
    from recado.services.read_channel_health import ReadChannelHealth
    from recado.services.read_communications import ReadCommunications
    from recado.services.read_customers import ReadCustomers
    from recado.services.read_orchestration import ReadOrchestration
    from recado.services.read_reminders import ReadReminders
    from recado.services.read_statistics import ReadStatistics
    from recado.services.read_templates import ReadTemplates
    from recado.services.read_vehicles import ReadVehicles
    from recado.services.subscribe_to_push import SubscribeToPush
    from recado.services.trace_person import TracePerson

    here, clock = stack(), SystemClock()
    once = _idempotent(here)
    # Whoever edits sees what they changed at once.
    configuration = DynamoDBConfigurationRepository(
        here.dynamodb, here.config.configuration_table, remember=0
    )
    templates = DynamoDBTemplateRepository(here.dynamodb, here.config.configuration_table)
    orchestrations = DynamoDBOrchestrations(here.dynamodb, here.config.configuration_table)
    accept = _accept_task(here)
    trace = TracePerson(
        people=here.people,
        directory=here.directory,
        log=here.communication_log,
        conversations=here.conversations,
        configuration=configuration,
        clock=clock,
    )
    read_communications = ReadCommunications(
        log=here.communication_log,
        media=here.inbound_media,
        configuration=configuration,
        clock=clock,
    )
    people, vehicles, reminders = here.people, here.vehicles, here.reminders
    plan = plan_notification(here)
    cancel = CancelNotifications(notifications=here.notifications, clock=clock)
    read_vehicles = ReadVehicles(vehicles=vehicles, people=people)
    read_reminders = ReadReminders(reminders=reminders, vehicles=vehicles, people=people)
    return Api(
        authenticate=_authenticate(here),
        routers={
            "/api/v1/notifications/catalog": catalogue_router(configuration=here.configuration),
            "/api/v1/notifications/phases": phases_router(configuration=here.configuration),
            "/api/v1/notifications/service-types": service_types_router(
                configuration=here.configuration
            ),
            "/api/v1/notifications/templates": templates_router(
                read=ReadTemplates(templates=templates, states=configuration),
                edit=EditTemplates(
                    templates=templates,
                    configuration=configuration,
                    orchestrations=orchestrations,
                    clock=clock,
                ),
                preview=PreviewTemplate(
                    configuration=configuration,
                    templates=templates,
                    people=people,
                    vehicles=vehicles,
                ),
                explain=ExplainTemplate(
                    templates=templates, configuration=configuration, orchestrations=orchestrations
                ),
                configuration=configuration,
                idempotent=once,
            ),
            "/api/v1/notifications/orchestration": orchestration_router(
                read=ReadOrchestration(
                    orchestrations=orchestrations, configuration=configuration, templates=templates
                ),
                edit=EditOrchestration(
                    orchestrations=orchestrations, configuration=configuration, clock=clock
                ),
                idempotent=once,
            ),
            "/api/v1/notifications/customers": with_customer_data(
                with_activation(
                    customers_router(
                        read=ReadCustomers(people=people, directory=here.directory),
                        edit=EditCustomers(people=people, clock=clock),
                        delete=DeleteCustomer(
                            people=people,
                            vehicles=vehicles,
                            reminders=reminders,
                            appointments=here.appointments,
                            configuration=configuration,
                        ),
                        vehicles=read_vehicles,
                        reminders=read_reminders,
                        idempotent=once,
                    ),
                    invite=InviteToWhatsApp(
                        people=people,
                        configuration=configuration,
                        plan=plan,
                        codes=activation_codes(here),
                        public_url=here.config.public_url,
                        clock=clock,
                    ),
                    idempotent=once,
                ),
                people=people,
                accept_import=AcceptImport(accept=accept),
                accept_erasure=AcceptErasure(
                    people=people,
                    vehicles=vehicles,
                    reminders=reminders,
                    appointments=here.appointments,
                    log=here.communication_log,
                    trace=trace,
                    configuration=configuration,
                    accept=accept,
                    clock=clock,
                ),
                export=ExportPerson(
                    people=people,
                    vehicles=vehicles,
                    reminders=reminders,
                    appointments=here.appointments,
                    directory=here.directory,
                    log=here.communication_log,
                    trace=trace,
                    clock=clock,
                ),
                read=read_communications,
                look=LookAtTask(tasks=here.tasks, clock=clock),
                idempotent=once,
            ),
            "/api/v1/notifications/vehicles": vehicles_router(
                read=read_vehicles,
                edit=EditVehicles(
                    vehicles=vehicles,
                    people=people,
                    reminders=reminders,
                    configuration=configuration,
                    clock=clock,
                ),
                idempotent=once,
            ),
            "/api/v1/notifications/reminders": reminders_router(
                read=read_reminders,
                edit=EditReminders(
                    reminders=reminders,
                    vehicles=vehicles,
                    people=people,
                    configuration=configuration,
                    call_off=call_off_reminder(here),
                    clock=clock,
                ),
                complete=CompleteReminder(
                    reminders=reminders,
                    vehicles=vehicles,
                    people=people,
                    configuration=configuration,
                    call_off=call_off_reminder(here),
                    clock=clock,
                ),
                idempotent=once,
            ),
            "/api/v1/notifications/push": push_router(
                push=SubscribeToPush(people=people, configuration=configuration), idempotent=once
            ),
            "/api/v1/notifications/appointments": appointments_router(
                read=ReadAppointments(appointments=here.appointments, people=people),
                edit=EditAppointments(
                    appointments=here.appointments,
                    people=people,
                    configuration=configuration,
                    plan=plan,
                    cancel=cancel,
                    clock=clock,
                ),
            ),
            "/api/v1/notifications": with_cancellations(
                notification_log_router(notifications=here.notifications), cancel=cancel
            ),
            "/api/v1/analytics": with_alerts(
                analytics_router(
                    summarise=ReadStatistics(
                        statistics=here.statistics, configuration=configuration, clock=clock
                    ),
                    read_health=ReadChannelHealth(
                        statistics=here.statistics,
                        circuits=DynamoDBCircuits(
                            here.dynamodb, here.config.circuit_breakers_table
                        ),
                        configuration=configuration,
                        states=configuration,
                        clock=clock,
                    ),
                    read=read_communications,
                ),
                read=ReadAlerts(
                    alerts=DynamoDBAlerts(here.dynamodb, here.config.configuration_table),
                    configuration=configuration,
                    clock=clock,
                ),
            ),
        },
        open_routers=_health_routers(here),
    )


@cache
def internal_api() -> Api:
    """The HTTP API for internal services."""
    from recado.adapters.internal_secrets import SecretsManagerInternalSecrets
    from recado.api.app import Api
    from recado.api.routers.sync import LARGEST_BODY, presented_secret, sync_router
    from recado.services.accept_sync import AcceptSync
    from recado.services.authenticate_service import AuthenticateService
    from recado.services.look_at_task import LookAtTask

    here = stack()
    return Api(
        authenticate=AuthenticateService(
            secrets=SecretsManagerInternalSecrets(here.secrets, here.config.internal_secret_name),
            configuration=here.configuration,
            tenants=here.configuration,
        ),
        presented=presented_secret,
        largest_body=LARGEST_BODY,
        routers={
            "/api/internal/v1": sync_router(
                accept=AcceptSync(accept=_accept_task(here), clock=SystemClock()),
                look=LookAtTask(tasks=here.tasks, clock=SystemClock()),
            )
        },
    )


@cache
def whatsapp_accounts() -> Api:
    """The HTTP API's part that asks WhatsApp's providers."""
    from recado.adapters.accounts.registry import AccountProbeRegistry
    from recado.adapters.accounts.signs import WhatsAppSigns
    from recado.adapters.dynamodb.templates_in_force import DynamoDBTemplatesInForce
    from recado.api.app import Api
    from recado.api.routers.whatsapp import whatsapp_router
    from recado.services.acknowledge_message import AcknowledgeMessage
    from recado.services.look_at_whatsapp import LookAtWhatsApp

    here = stack()
    look = LookAtWhatsApp(
        configuration=here.configuration,
        templates=DynamoDBTemplatesInForce(here.dynamodb, here.config.configuration_table),
        states=here.configuration,
        probe=AccountProbeRegistry(here.secrets),
        clock=SystemClock(),
    )
    acknowledge = AcknowledgeMessage(
        log=here.communication_log,
        configuration=here.configuration,
        signs=WhatsAppSigns(here.secrets),
    )
    return Api(
        authenticate=_authenticate(here),
        routers={
            "/api/v1/communications/whatsapp": whatsapp_router(look=look, acknowledge=acknowledge)
        },
    )


@cache
def activation_page() -> ActivationPage:
    """The page behind invitations to WhatsApp."""
    from recado.adapters.qr import qr_png
    from recado.api.activation_page import ActivationPage
    from recado.services.show_activation import ShowActivation

    here = stack()
    show = ShowActivation(
        codes=activation_codes(here), configuration=here.configuration, clock=SystemClock()
    )
    return ActivationPage(show, qr_png)


@cache
def unsubscribe_page() -> UnsubscribePage:
    """The page behind unsubscribe links."""
    from recado.api.unsubscribe_page import UnsubscribePage
    from recado.services.unsubscribe import Unsubscribe

    here = stack()
    return UnsubscribePage(
        Unsubscribe(
            links=unsubscribe_links(here),
            directory=here.directory,
            configuration=here.configuration,
            clock=SystemClock(),
        )
    )


def _accept_task(here: Stack) -> AcceptTask:
    from recado.adapters.task_queue import SqsTaskQueue
    from recado.services.accept_task import AcceptTask

    queue = SqsTaskQueue(here.sqs, here.config.directory_tasks_queue_url)
    return AcceptTask(tasks=here.tasks, queue=queue, clock=SystemClock())


def _idempotent(here: Stack) -> Middleware:
    from aws_lambda_powertools.utilities.idempotency import DynamoDBPersistenceLayer

    from recado.api.idempotency import idempotent

    store = DynamoDBPersistenceLayer(
        table_name=here.config.idempotency_table, boto3_client=here.dynamodb
    )
    return idempotent(store)


def _authenticate(here: Stack) -> Authenticate:
    from recado.adapters.dynamodb.rate_limits import DynamoDBRateLimits
    from recado.services.authenticate import Authenticate
    from recado.services.limit_requests import LimitRequests

    # A table that hangs must not hold requests: then nobody is limited.
    limits = DynamoDBRateLimits(
        boto3.client("dynamodb", config=IMPATIENT_CLIENT_CONFIG), here.config.rate_limits_table
    )
    return Authenticate(
        configuration=here.configuration,
        clock=SystemClock(),
        limit=LimitRequests(limits=limits, clock=SystemClock()),
    )


def _health_routers(here: Stack) -> dict[str, APIGatewayHttpRouter]:
    from recado.adapters.health import AwsDependencies
    from recado.api.routers.health import database_health_router, dependencies_router
    from recado.services.check_health import CheckHealth

    def client(service: str) -> Any:
        make: Any = boto3.client
        return make(service, config=HASTY_CLIENT_CONFIG)

    dependencies = AwsDependencies(
        client,
        here.config.environment,
        tables=(
            *("NOTIFICATIONS_TABLE", "DIRECTORY_TABLE", "CONFIGURATION_TABLE"),
            *("CONVERSATIONS_TABLE", "STATISTICS_TABLE", "EVENTS_TABLE"),
        ),
        tables_by_id=("IDEMPOTENCY_TABLE", "CIRCUIT_BREAKERS_TABLE", "RATE_LIMITS_TABLE"),
        queues=("RECEIPTS_QUEUE_URL", "INBOUND_QUEUE_URL", "DIRECTORY_TASKS_QUEUE_URL"),
        buckets=("MEDIA_BUCKET",),
    )
    return {
        "/api/v1/health": dependencies_router(
            check=CheckHealth(probes=dependencies.all, clock=SystemClock())
        ),
        "/api/v1/health/database": database_health_router(
            check=CheckHealth(probes=dependencies.database, clock=SystemClock()),
            region=here.dynamodb.meta.region_name,
        ),
    }


def _queue_probe(here: Stack) -> SqsQueueProbe:
    from recado.adapters.queue_probe import SqsQueueProbe

    return SqsQueueProbe(
        lambda: boto3.client("sqs", config=HASTY_CLIENT_CONFIG),
        {"receipts": here.config.receipts_queue_url, "inbound": here.config.inbound_queue_url},
    )
