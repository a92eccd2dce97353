"""Puts the simulator together: which providers exist, and what they share."""

from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web

from local.simulator.accounts import Accounts
from local.simulator.approved_templates import ApprovedTemplates
from local.simulator.behaviour import Behaviours
from local.simulator.control import Control
from local.simulator.exchange import Exchange, HttpProvider
from local.simulator.inbound import Inbound
from local.simulator.inbound_messages import InboundStore
from local.simulator.ladders import Ladders
from local.simulator.media import MediaStore
from local.simulator.media_downloads import MediaDownloads
from local.simulator.messages import MessageStore
from local.simulator.page import Page
from local.simulator.providers.evolution import Evolution
from local.simulator.providers.messenger import Instagram, Messenger
from local.simulator.providers.meta import Meta
from local.simulator.providers.ses import Ses
from local.simulator.providers.slack import Slack
from local.simulator.providers.smtp import MailServer
from local.simulator.providers.telegram import Telegram
from local.simulator.providers.twilio import Twilio
from local.simulator.providers.web_push import WebPush
from local.simulator.push_subscriptions import PushSubscriptions
from local.simulator.receipts import Receipts
from local.simulator.request_log import RequestLog
from local.simulator.revisions import Revisions
from local.simulator.webhooks.calls import WebhookProvider
from local.simulator.webhooks.deliveries import RETRY_SECONDS, Deliveries
from local.simulator.webhooks.evolution import EvolutionWebhooks
from local.simulator.webhooks.messenger import InstagramWebhooks, MessengerWebhooks
from local.simulator.webhooks.meta import MetaWebhooks
from local.simulator.webhooks.ses import SesWebhooks
from local.simulator.webhooks.slack import SlackWebhooks
from local.simulator.webhooks.telegram import TelegramWebhooks
from local.simulator.webhooks.twilio import TwilioWebhooks
from local.simulator.windows import Windows

MAX_BODY_BYTES = 32 * 1_048_576
"""Of a request: aiohttp's own limit, 1 MiB, is less than most pictures that are uploaded."""


@dataclass(frozen=True)
class Simulator:
    """The two servers, which share messages, requests and behaviours."""

    http: web.Application
    mail: MailServer | None
    """None when the accounts file has no SMTP login."""


def build_simulator(
    accounts: Accounts,
    *,
    aws_endpoint_url: str | None = None,
    retry_seconds: Sequence[float] = RETRY_SECONDS,
) -> Simulator:
    """The simulator for these accounts, not listening yet.

    Parameters
    ----------
    accounts
        What exists at each provider.
    aws_endpoint_url
        The laptop cloud, to whose topics SES publishes; None when there is none.
    retry_seconds
        The waits before a webhook that was not taken is sent again.
    """
    revisions, windows, media = Revisions(), Windows(), MediaStore()
    templates = ApprovedTemplates(accounts.meta.templates if accounts.meta else ())
    messages, inbound = MessageStore(revisions, windows), InboundStore(revisions)
    behaviours, subscriptions = Behaviours(), PushSubscriptions()
    requests = RequestLog(accounts.secrets())
    deliveries = Deliveries(accounts.secrets(), retry_seconds)
    webhooks: dict[str, WebhookProvider] = {
        one.name: one for one in _webhooks(accounts, aws_endpoint_url)
    }
    ladders = Ladders(webhooks, messages, deliveries)
    people = Inbound(webhooks, messages, inbound, windows, media, deliveries, ladders, behaviours)
    exchange = Exchange(messages, requests, behaviours)
    http = web.Application(client_max_size=MAX_BODY_BYTES)
    for provider in _http_providers(accounts, subscriptions, media, templates):
        http.add_routes(exchange.routes(provider))
    forgetful = (
        *(messages, inbound, media, requests, behaviours, ladders, people, deliveries),
        templates,
    )
    control = Control(messages, requests, behaviours, subscriptions, deliveries, forgetful)
    http.add_routes(control.routes())
    http.add_routes(templates.routes())
    http.add_routes(Receipts(webhooks, messages, deliveries).routes())
    http.add_routes(ladders.routes())
    http.add_routes(people.routes())
    http.add_routes(MediaDownloads(accounts, media).routes())
    http.add_routes(Page(messages, inbound, revisions, webhooks).routes())

    async def close(_: web.Application) -> None:
        await ladders.close()
        await deliveries.close()

    http.on_cleanup.append(close)
    mail = MailServer(accounts.smtp, messages, requests, behaviours) if accounts.smtp else None
    return Simulator(http, mail)


def _webhooks(accounts: Accounts, aws_endpoint_url: str | None) -> list[WebhookProvider]:
    """Who tells the product of anything; SMTP and web push tell nothing."""
    webhooks: list[WebhookProvider] = []
    if accounts.meta:
        webhooks.append(MetaWebhooks(accounts.meta))
    if accounts.evolution:
        webhooks.append(EvolutionWebhooks(accounts.evolution))
    if accounts.twilio:
        webhooks.append(TwilioWebhooks(accounts.twilio))
    if accounts.telegram:
        webhooks.append(TelegramWebhooks(accounts.telegram))
    if accounts.slack:
        webhooks.append(SlackWebhooks(accounts.slack))
    if accounts.messenger:
        webhooks.append(MessengerWebhooks(accounts.messenger))
    if accounts.instagram:
        webhooks.append(InstagramWebhooks(accounts.instagram))
    if accounts.ses:
        webhooks.append(SesWebhooks(accounts.ses, aws_endpoint_url))
    return webhooks


def _http_providers(
    accounts: Accounts,
    subscriptions: PushSubscriptions,
    media: MediaStore,
    templates: ApprovedTemplates,
) -> list[HttpProvider]:
    providers: list[HttpProvider] = []
    # Before Meta's WhatsApp, which answers for every other object of the Graph API.
    if accounts.messenger:
        providers.append(Messenger(accounts.messenger))
    if accounts.instagram:
        providers.append(Instagram(accounts.instagram))
    if accounts.meta:
        providers.append(Meta(accounts.meta, media, templates))
    if accounts.twilio:
        providers.append(Twilio(accounts.twilio))
    if accounts.evolution:
        providers.append(Evolution(accounts.evolution))
    if accounts.ses:
        providers.append(Ses(accounts.ses))
    if accounts.web_push:
        providers.append(WebPush(accounts.web_push, subscriptions))
    if accounts.telegram:
        providers.append(Telegram(accounts.telegram, media))
    if accounts.slack:
        providers.append(Slack(accounts.slack))
    return providers
