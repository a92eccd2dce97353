"""What takes in the providers' webhooks and what people send."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

import boto3

from recado.adapters.clock import SystemClock
from recado.bootstrap.deployment import CLIENT_CONFIG, activation_codes, stack

if TYPE_CHECKING:
    from recado.ports.clock import Clock
    from recado.ports.webhooks import WebhookAccounts, WebhookReader, WebhookSecrets
    from recado.services.fetch_media import FetchMedia
    from recado.services.receive_inbound import ReceiveInbound
    from recado.services.take_in_published import TakeInPublished
    from recado.services.take_in_webhook import TakeInWebhook


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
    from recado.services.activate_whatsapp import ActivateWhatsApp
    from recado.services.answer_appointment import AnswerAppointment
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
            activate=ActivateWhatsApp(
                codes=activation_codes(here),
                people=here.people,
                directory=here.directory,
                notifications=here.notifications,
                queues=here.queues(),
                clock=clock,
            ),
            appointments=AnswerAppointment(
                appointments=here.appointments, configuration=here.configuration, clock=clock
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
def fetch_media() -> FetchMedia:
    """The fetcher of people's files."""
    from recado.adapters.media.http_download import MediaHttp
    from recado.adapters.media.registry import MediaSourceRegistry
    from recado.adapters.s3 import S3MediaStore
    from recado.services.fetch_media import FetchMedia

    here = stack()
    return FetchMedia(
        configuration=here.configuration,
        sources=MediaSourceRegistry(here.secrets, MediaHttp()),
        store=S3MediaStore(boto3.client("s3", config=CLIENT_CONFIG), here.config.media_bucket),
        results=here.inbound_media,
        clock=SystemClock(),
        limits=here.config.media_limits,
    )


def _webhook(
    reader: Callable[[WebhookSecrets, WebhookAccounts, Clock], WebhookReader],
    provider: str,
    secret_name: str,
) -> TakeInWebhook:
    from recado.adapters.secrets import SecretsManagerWebhookSecrets
    from recado.services.take_in_webhook import TakeInWebhook

    here = stack()
    secrets = SecretsManagerWebhookSecrets(here.secrets, {provider: secret_name})
    return TakeInWebhook(
        reader=reader(secrets, here.configuration, SystemClock()), queues=here.update_queues
    )
