"""Tell a tenant's team of an alert: by e-mail and WhatsApp, and never by what is broken."""

from __future__ import annotations

import logging
from collections.abc import Collection
from zoneinfo import ZoneInfo

from recado.domain.alert_texts import news_of
from recado.domain.alerts import ALERT_EVENT, Alert, News
from recado.domain.channels import Channel
from recado.domain.directory import Recipient
from recado.domain.errors import RequestError
from recado.domain.events import Event
from recado.domain.idempotency import IdempotencyKeyReusedError
from recado.domain.notification import Mode, State
from recado.domain.occasions import ANY_SERVICE, Occasion
from recado.domain.orchestration import Target
from recado.domain.routing import best_account
from recado.domain.tenants import Tenant
from recado.ports.configuration import ConfigurationRepository
from recado.ports.directory import DirectoryRepository
from recado.services.plan_notification import PlanNotification

logger = logging.getLogger(__name__)

WANTED = (Channel.EMAIL, Channel.WHATSAPP)
"""Both: a mailbox keeps it, and a phone is looked at."""

WANTED_WHEN_OVER = (Channel.EMAIL,)
"""That all is well again is no reason to take anybody's phone out of their pocket."""

_REFUSED = (State.FAILED, State.SUPPRESSED)


class TellTeam:
    """Makes a notification of an alert's news for each channel."""

    def __init__(
        self,
        *,
        plan: PlanNotification,
        directory: DirectoryRepository,
        configuration: ConfigurationRepository,
    ) -> None:
        self._plan = plan
        self._directory = directory
        self._configuration = configuration

    def __call__(self, tenant: Tenant, alert: Alert, broken: Collection[Channel]) -> bool:
        """Tell what is new of an alert; False when no channel carries it now.

        The same news told twice make the same notifications. What is raised goes by another
        channel where neither of the wanted ones can carry it; that something is over waits for
        them, and is told to nobody who has none of them.
        """
        team = self._directory.recipient(tenant.tenant_id, tenant.team_recipient_id or "")
        if team is None:
            self._report(alert, "an alert cannot be told: the tenant has no team")
            return False
        is_over = alert.news is News.CLEARED
        unfit = {*broken} if is_over else {*broken, alert.channel}
        usable = [each for each in self._reachable(tenant, team) if each not in unfit]
        wanted = [each for each in (WANTED_WHEN_OVER if is_over else WANTED) if each in usable]
        told = [each for each in wanted if self._told(tenant, team, alert, each)]
        if told or (is_over and (wanted or not self._awaits(tenant, team))):
            return True
        if is_over:
            return False
        for channel in usable:
            if channel not in wanted and self._told(tenant, team, alert, channel):
                self._report(alert, f"an alert goes by {channel}: no wanted channel carries it")
                return True
        self._report(alert, "an alert cannot be told now: no channel carries it")
        return False

    def _reachable(self, tenant: Tenant, team: Recipient) -> list[Channel]:
        """The channels that the team has, wants, and has an account for."""
        accounts = self._configuration.accounts(tenant.tenant_id)
        unwanted = {each.channel for each in team.preferences if not each.enabled}
        return [
            channel
            for channel in tenant.channel_order()
            if channel not in unwanted
            and team.addresses_on(channel)
            and best_account(accounts, channel) is not None
        ]

    def _awaits(self, tenant: Tenant, team: Recipient) -> bool:
        """Whether the team has a channel for what is over, even one that rests just now."""
        accounts = self._configuration.accounts(tenant.tenant_id)
        unwanted = {each.channel for each in team.preferences if not each.enabled}
        return any(
            channel not in unwanted
            and team.addresses_on(channel)
            and any(account.channel is channel for account in accounts)
            for channel in WANTED_WHEN_OVER
        )

    def _told(self, tenant: Tenant, team: Recipient, alert: Alert, channel: Channel) -> bool:
        """Make the notification; False when it was refused at once."""
        key = f"{alert.telling}:{channel}"
        words = news_of(alert, team.locale or tenant.locale, ZoneInfo(tenant.time_zone))
        event = Event(
            event_type=f"{ALERT_EVENT}{alert.kind.upper()}",
            service_type_id=ANY_SERVICE,
            phase_id=Occasion.ALERT,
            customer_id=team.recipient_id,
            target=Target.STAFF,
            context={"Alerta": words.title, "Detalle": words.detail, "Acción": words.action},
            urgent=True,
        )
        try:
            notification = self._plan(
                tenant.tenant_id,
                Mode.LIVE,
                event,
                idempotency_key=key,
                correlation_id=key,
                channel=channel,
            )
        except IdempotencyKeyReusedError:
            # Told already, in other words: the team's language changed since.
            return True
        except RequestError as error:
            self._report(alert, f"an alert is refused: {error.code}")
            return False
        return notification.state not in _REFUSED

    @staticmethod
    def _report(alert: Alert, message: str) -> None:
        extra = {"tenant_id": alert.tenant_id, "alert": alert.kind, "subject": alert.subject}
        logger.warning(message, extra=extra)
