"""What carries out syncs, imports and erasures."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import boto3

from recado.adapters.clock import SystemClock
from recado.bootstrap.deployment import CLIENT_CONFIG, Stack, call_off_reminder, stack

if TYPE_CHECKING:
    from recado.ports.tasks import Departures
    from recado.services.carry_out_task import CarryOutTask
    from recado.services.erase_person import ErasePerson


@cache
def carry_out_task() -> CarryOutTask:
    """The directory task processor."""
    from recado.adapters.dynamodb.tasks import DynamoDBDepartures
    from recado.adapters.task_queue import SqsTaskQueue
    from recado.domain.tasks import TaskKind
    from recado.services.cancel_notifications import CancelNotifications
    from recado.services.carry_out_task import CarryOutTask
    from recado.services.import_customer import ImportCustomer
    from recado.services.sync_record import SyncCustomer, SyncVehicle

    here, clock = stack(), SystemClock()
    departures = DynamoDBDepartures(here.dynamodb, here.config.directory_table)
    return CarryOutTask(
        tasks=here.tasks,
        queue=SqsTaskQueue(here.sqs, here.config.directory_tasks_queue_url),
        handlers={
            TaskKind.CUSTOMERS_SYNC: SyncCustomer(
                people=here.people,
                configuration=here.configuration,
                reminders=here.reminders,
                appointments=here.appointments,
                departures=departures,
                call_off=call_off_reminder(here),
                cancel=CancelNotifications(notifications=here.notifications, clock=clock),
                clock=clock,
            ),
            TaskKind.VEHICLES_SYNC: SyncVehicle(
                vehicles=here.vehicles,
                configuration=here.configuration,
                reminders=here.reminders,
                departures=departures,
                call_off=call_off_reminder(here),
                clock=clock,
            ),
            TaskKind.CUSTOMERS_IMPORT: ImportCustomer(
                people=here.people, directory=here.directory, departures=departures
            ),
            TaskKind.CUSTOMER_ERASURE: _erase_person(here, departures),
        },
        clock=clock,
    )


def _erase_person(here: Stack, departures: Departures) -> ErasePerson:
    from recado.adapters.dynamodb.erasure import (
        DynamoDBErasableConversations,
        DynamoDBErasableEvents,
        DynamoDBErasableLog,
        DynamoDBErasableSuppressions,
    )
    from recado.adapters.erasable_files import S3ErasableFiles
    from recado.services.erase_person import ErasePerson
    from recado.services.trace_person import TracePerson

    config, clock = here.config, SystemClock()
    return ErasePerson(
        people=here.people,
        vehicles=here.vehicles,
        reminders=here.reminders,
        appointments=here.appointments,
        trace=TracePerson(
            people=here.people,
            directory=here.directory,
            log=here.communication_log,
            conversations=here.conversations,
            configuration=here.configuration,
            clock=clock,
        ),
        departures=departures,
        suppressions=DynamoDBErasableSuppressions(here.dynamodb, config.directory_table),
        notifications=here.notifications,
        erasable_log=DynamoDBErasableLog(here.dynamodb, config.notifications_table),
        media=here.inbound_media,
        files=S3ErasableFiles(boto3.client("s3", config=CLIENT_CONFIG), config.media_bucket),
        erasable_conversations=DynamoDBErasableConversations(
            here.dynamodb, config.conversations_table
        ),
        events=DynamoDBErasableEvents(here.dynamodb, config.events_table),
        clock=clock,
    )
