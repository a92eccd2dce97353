"""Choose channels and templates for a recipient at a moment."""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime

from recado.domain.account_states import withheld_as
from recado.domain.channels import Channel, ChannelAccount
from recado.domain.conversations import Conversation
from recado.domain.directory import Address, Recipient
from recado.domain.errors import NoOrchestrationError
from recado.domain.identities import identity_of
from recado.domain.model import Model
from recado.domain.occasions import Occasion
from recado.domain.orchestration import Catalogue, Orchestration, Target
from recado.domain.routing import RoutePlan, Withheld, carries, plan_route
from recado.domain.templates import (
    ApprovedTemplate,
    Template,
    TemplateContent,
    candidate_slots,
    locale_chain,
    variables_of,
)
from recado.domain.tenants import Tenant
from recado.domain.variables import fill
from recado.domain.weights import choose, current_weights
from recado.ports.configuration import ConfigurationRepository
from recado.ports.reach import AccountName, ReachReader


class Topic(Model):
    """What is to be told.

    Parameters
    ----------
    channel
        The only one that it may go by; None where the rules choose.
    """

    service_type: str
    phase: str
    target: Target
    context: Mapping[str, str]
    locale: str
    channel: Channel | None = None


class PlanRoute:
    """Plans routes by the tenant's rules, the recipient's wishes and what is in force now."""

    def __init__(
        self,
        *,
        reach: ReachReader,
        configuration: ConfigurationRepository,
        draw: Callable[[], float] = random.random,
    ) -> None:
        self._reach = reach
        self._configuration = configuration
        self._draw = draw

    def __call__(
        self,
        tenant: Tenant,
        catalogue: Catalogue,
        recipient: Recipient,
        topic: Topic,
        moment: datetime,
        *,
        is_later: bool = False,
    ) -> RoutePlan:
        """The channels in the order in which they are to be tried at a moment.

        What is to go later is planned again then, so that what providers say of templates today
        does not count.

        Raises
        ------
        UnprocessableError
            The topic's service type or phase does not exist; NoOrchestrationError when nothing is
            configured for them and the target.
        """
        lineage = catalogue.lineage(topic.service_type)
        catalogue.refuse_no_phase(topic.phase)
        orchestration = self._configuration.orchestration(
            tenant.tenant_id, lineage[-1], topic.target
        )
        enabled = _enabled(orchestration, topic)
        if enabled is None:
            raise NoOrchestrationError(
                "nothing is configured for service type '{service_type}', phase '{phase}' and "
                "target '{target}'",
                service_type=lineage[-1],
                phase=topic.phase,
                target=topic.target,
            )
        templates = self._templates(tenant, catalogue, topic, enabled)
        accounts = self._configuration.accounts(tenant.tenant_id)
        reach = self._reach.reach(
            tenant.tenant_id, recipient.addresses, _names(recipient, accounts, templates.keys())
        )

        def conversation(account: ChannelAccount, address: Address) -> Conversation | None:
            name = identity_of(address)
            return reach.conversations.get((account.account_id, name)) if name else None

        def window_until(account: ChannelAccount, address: Address) -> datetime | None:
            found = conversation(account, address)
            return found.free_text_until(moment) if found else None

        def withheld(account: ChannelAccount, approved: ApprovedTemplate) -> str | None:
            return None if is_later else self._withheld(account, approved)

        return plan_route(
            recipient=recipient,
            enabled=enabled,
            patience=orchestration.patience_in(topic.phase) if orchestration else {},
            channel_order=tenant.channel_order(),
            accounts=accounts,
            templates=templates,
            values={
                channel: fill(variables_of(template.content), topic.context)
                for channel, template in templates.items()
            },
            is_suppressed=lambda address: (address.channel, address.value) in reach.suppressed,
            window_until=window_until,
            withheld=withheld,
            choose=lambda several, address, content: self._choose(
                several, address, content, moment, withheld, conversation
            ),
        )

    def _choose(
        self,
        accounts: Sequence[ChannelAccount],
        address: Address,
        content: TemplateContent,
        moment: datetime,
        withheld: Withheld,
        conversation: Callable[[ChannelAccount, Address], Conversation | None],
    ) -> ChannelAccount:
        """The account of several that carries a message to an address."""
        stored = self._configuration.weights(accounts[0].tenant_id)
        return choose(
            accounts,
            address=address,
            heard={
                account.account_id: found.last_inbound_at
                for account in accounts
                if (found := conversation(account, address)) and found.last_inbound_at
            },
            moment=moment,
            carries=lambda account: carries(account, content, has_window=False, withheld=withheld),
            weights=current_weights(accounts, stored),
            number=self._draw(),
        )

    def _withheld(self, account: ChannelAccount, approved: ApprovedTemplate) -> str | None:
        """Why its provider does not send an approved template now."""
        return withheld_as(
            account,
            approved,
            accounts=self._configuration.accounts(account.tenant_id),
            states=self._configuration.template_states(account.tenant_id),
        )

    def _templates(
        self,
        tenant: Tenant,
        catalogue: Catalogue,
        topic: Topic,
        enabled: Mapping[Channel, bool],
    ) -> dict[Channel, Template]:
        slots = {
            channel: candidate_slots(
                service_types=catalogue.template_lineage(topic.service_type, topic.phase),
                phase=topic.phase,
                target=topic.target,
                channel=channel,
                locales=locale_chain(topic.locale, tenant.locale),
            )
            for channel, is_enabled in enabled.items()
            if is_enabled
        }
        wanted = [slot for candidates in slots.values() for slot in candidates]
        found = self._configuration.templates(tenant.tenant_id, wanted)
        return {
            channel: found[best.template_id]
            for channel, candidates in slots.items()
            if (best := next((s for s in candidates if s.template_id in found), None))
        }


def _names(
    recipient: Recipient, accounts: Collection[ChannelAccount], channels: Collection[Channel]
) -> set[AccountName]:
    """The names under which the accounts that may carry it know the recipient."""
    return {
        (account.account_id, name)
        for account in accounts
        if account.enabled and account.channel in channels
        for address in recipient.addresses_on(account.channel)
        if (name := identity_of(address)) is not None
    }


def _enabled(orchestration: Orchestration | None, topic: Topic) -> Mapping[Channel, bool] | None:
    """Which channels may carry it; an occasion takes every one unless its row says otherwise."""
    enabled = orchestration.enabled(topic.phase) if orchestration else None
    if enabled is None and topic.phase in Occasion:
        enabled = dict.fromkeys(Channel, True)
    if enabled is None or topic.channel is None:
        return enabled
    return {topic.channel: enabled.get(topic.channel, False)}
