"""The decision which channels carry a notification, and why.

Pure: everything that is known comes in, the route and one reason per channel come out.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime

from recado.domain.account_states import WITHHELD
from recado.domain.channels import WINDOWED, Channel, ChannelAccount, Provider
from recado.domain.directory import Address, Recipient
from recado.domain.model import Model
from recado.domain.notification import ChannelDecision, RouteStep
from recado.domain.orchestration import Patience
from recado.domain.templates import (
    ApprovedTemplate,
    Template,
    TemplateContent,
    approved_template,
    required_variables,
)

Withheld = Callable[[ChannelAccount, ApprovedTemplate], str | None]
"""Why an account's approved template is not sent now, as a reason; None where it may be."""

Choose = Callable[[Sequence[ChannelAccount], Address, TemplateContent], ChannelAccount]
"""Which of several enabled accounts of a channel carries a message to an address."""

_NO_FORM = {
    "window_closed": "no approved template, and the person did not write lately",
    **dict.fromkeys(WITHHELD, "the provider sends the approved template no longer, or not now"),
}
"""Why a message can go in no form at all, each with its detail."""


class RoutePlan(Model):
    """The steps to try in order, and a decision for every channel that was considered."""

    steps: tuple[RouteStep, ...]
    decisions: tuple[ChannelDecision, ...]

    @property
    def refusal(self) -> tuple[str, str]:
        """Reason and detail of a plan without steps: the reason that most needs telling."""
        skipped = [decision for decision in self.decisions if not decision.chosen]
        for reason in (
            "missing_variables",
            "suppressed",
            "window_closed",
            *sorted(WITHHELD),
            "no_template",
            "no_account",
        ):
            for decision in skipped:
                if decision.reason == reason:
                    return decision.reason, decision.detail
        return "no_reachable_channel", ", ".join(f"{d.channel}: {d.reason}" for d in skipped)


def plan_route(
    *,
    recipient: Recipient,
    enabled: Mapping[Channel, bool],
    patience: Mapping[Channel, Patience],
    channel_order: Collection[Channel],
    accounts: Collection[ChannelAccount],
    templates: Mapping[Channel, Template],
    values: Mapping[Channel, Mapping[str, str]],
    is_suppressed: Callable[[Address], bool],
    window_until: Callable[[ChannelAccount, Address], datetime | None],
    withheld: Withheld,
    choose: Choose,
) -> RoutePlan:
    """Order the channels by the recipient's preferences and keep those that can work.

    Channels without a preference follow in the tenant's `channel_order`. `values` are the
    template's variables as the context fills them, `templates` the ones that won per channel.
    `window_until` says until when free text reaches an address when the message is to be sent;
    None where it does not.
    """
    preferred = {preference.channel: preference for preference in recipient.preferences}
    steps: list[RouteStep] = []
    decisions: list[ChannelDecision] = []
    for channel in in_order(recipient, channel_order):
        preference = preferred.get(channel)
        step, decision = _consider(
            channel,
            enabled=enabled.get(channel, False),
            patience=patience.get(channel, Patience()),
            wanted=preference is None or preference.enabled,
            addresses=recipient.addresses_on(channel),
            is_suppressed=is_suppressed,
            accounts=accounts_of(accounts, channel),
            template=templates.get(channel),
            values=values.get(channel, {}),
            preferred=preference is not None,
            window_until=window_until,
            withheld=withheld,
            choose=choose,
        )
        decisions.append(decision)
        if step is not None:
            steps.append(step)
    return RoutePlan(steps=tuple(steps), decisions=tuple(decisions))


def in_order(recipient: Recipient, channel_order: Collection[Channel]) -> list[Channel]:
    """The channels by a recipient's preferences; those without one follow as they stand."""
    priorities = {each.channel: each.priority for each in recipient.preferences}
    return sorted(channel_order, key=lambda channel: priorities.get(channel, math.inf))


def best_account(accounts: Collection[ChannelAccount], channel: Channel) -> ChannelAccount | None:
    """The enabled account of a channel with the lowest priority number."""
    return next(iter(accounts_of(accounts, channel)), None)


def accounts_of(accounts: Collection[ChannelAccount], channel: Channel) -> list[ChannelAccount]:
    """The enabled accounts of a channel, that with the lowest priority number first."""
    able = [account for account in accounts if account.enabled and account.channel is channel]
    return sorted(able, key=lambda account: (account.priority, account.account_id))


def carries(
    account: ChannelAccount, content: TemplateContent, *, has_window: bool, withheld: Withheld
) -> bool:
    """Whether an account can send a template's message, as free text or as an approved one."""
    if has_window or account.provider not in WINDOWED:
        return True
    approved = approved_template(content)
    if approved is None:
        return False
    is_known = account.provider is not Provider.TWILIO_WHATSAPP or approved.content_sid is not None
    return is_known and withheld(account, approved) is None


def _consider(
    channel: Channel,
    *,
    enabled: bool,
    patience: Patience,
    wanted: bool,
    addresses: Collection[Address],
    is_suppressed: Callable[[Address], bool],
    accounts: Sequence[ChannelAccount],
    template: Template | None,
    values: Mapping[str, str],
    preferred: bool,
    window_until: Callable[[ChannelAccount, Address], datetime | None],
    withheld: Withheld,
    choose: Choose,
) -> tuple[RouteStep | None, ChannelDecision]:
    def skip(reason: str, detail: str = "") -> tuple[None, ChannelDecision]:
        return None, ChannelDecision(channel=channel, chosen=False, reason=reason, detail=detail)

    if not enabled:
        return skip("not_enabled_for_phase")
    if not wanted:
        return skip("disabled_by_recipient")
    if not addresses:
        return skip("no_address")
    address = next((address for address in addresses if not is_suppressed(address)), None)
    if address is None:
        return skip("suppressed")
    if not accounts:
        return skip("no_account")
    if template is None:
        return skip("no_template")
    missing = sorted(required_variables(template.content) - values.keys())
    if missing:
        return skip("missing_variables", ", ".join(missing))
    account = choose(accounts, address, template.content) if len(accounts) > 1 else accounts[0]
    until, form = _form(account, address, template, window_until, withheld)
    if form in _NO_FORM:
        return skip(form, _NO_FORM[form])
    step = RouteStep(
        channel=channel,
        provider=account.provider,
        account_id=account.account_id,
        address=address,
        template_id=template.template_id,
        template_version=template.version,
        free_text_until=until,
        has_approved_template=approved_template(template.content) is not None,
        undelivered_after=patience.undelivered_after,
        unread_after=patience.unread_after,
    )
    reason = "recipient_preference" if preferred else "tenant_priority"
    return step, ChannelDecision(channel=channel, chosen=True, reason=reason, detail=form)


def _form(
    account: ChannelAccount,
    address: Address,
    template: Template,
    window_until: Callable[[ChannelAccount, Address], datetime | None],
    withheld: Withheld,
) -> tuple[datetime | None, str]:
    """Until when free text may go, and in which form the message goes; else why it does not."""
    if account.provider not in WINDOWED:
        return None, ""
    until = window_until(account, address)
    if until is not None:
        return until, f"free text: the window is open until {until:%Y-%m-%d %H:%M} UTC"
    approved = approved_template(template.content)
    if approved is None:
        return None, "window_closed"
    reason = withheld(account, approved)
    if reason is not None:
        return None, reason
    return None, "approved template: the window is closed"
