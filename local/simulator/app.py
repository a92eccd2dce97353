"""Puts the simulator together: which providers exist, and what they share."""

from dataclasses import dataclass

from aiohttp import web

from local.simulator.accounts import Accounts
from local.simulator.behaviour import Behaviours
from local.simulator.control import Control
from local.simulator.exchange import Exchange, HttpProvider
from local.simulator.messages import MessageStore
from local.simulator.page import Page
from local.simulator.providers.evolution import Evolution
from local.simulator.providers.meta import Meta
from local.simulator.providers.ses import Ses
from local.simulator.providers.smtp import MailServer
from local.simulator.providers.twilio import Twilio
from local.simulator.providers.web_push import WebPush
from local.simulator.push_subscriptions import PushSubscriptions
from local.simulator.receipts import Receipts
from local.simulator.request_log import RequestLog


@dataclass(frozen=True)
class Simulator:
    """The two servers, which share messages, requests and behaviours."""

    http: web.Application
    mail: MailServer | None
    """None when the accounts file has no SMTP login."""


def build_simulator(accounts: Accounts) -> Simulator:
    """The simulator for these accounts, not listening yet."""
    messages, behaviours = MessageStore(), Behaviours()
    requests = RequestLog(accounts.secrets())
    subscriptions = PushSubscriptions()
    exchange = Exchange(messages, requests, behaviours)
    http = web.Application()
    for provider in _http_providers(accounts, subscriptions):
        http.add_routes(exchange.routes(provider))
    http.add_routes(Control(messages, requests, behaviours, subscriptions).routes())
    if accounts.meta:
        http.add_routes(Receipts(accounts.meta, messages).routes())
    http.add_routes(Page(messages).routes())
    mail = MailServer(accounts.smtp, messages, requests, behaviours) if accounts.smtp else None
    return Simulator(http, mail)


def _http_providers(accounts: Accounts, subscriptions: PushSubscriptions) -> list[HttpProvider]:
    providers: list[HttpProvider] = []
    if accounts.meta:
        providers.append(Meta(accounts.meta))
    if accounts.twilio:
        providers.append(Twilio(accounts.twilio))
    if accounts.evolution:
        providers.append(Evolution(accounts.evolution))
    if accounts.ses:
        providers.append(Ses(accounts.ses))
    if accounts.web_push:
        providers.append(WebPush(accounts.web_push, subscriptions))
    return providers
