"""The decision which channels carry a notification, and why.

Pure: everything that is known comes in, the route and one reason per channel come out.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping
from datetime import datetime

from recado.domain.channels import WINDOWED, Channel, ChannelAccount
from recado.domain.directory import Address, Recipient
from recado.domain.model import Model
from recado.domain.notification import ChannelDecision, RouteStep
from recado.domain.orchestration import Patience
from recado.domain.templates import Template, approved_template, required_variables


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
) -> RoutePlan:
    """Order the channels by the recipient's preferences and keep those that can work.

    Channels without a preference follow in the tenant's `channel_order`. `values` are the
    template's variables as the context fills them, `templates` the ones that won per channel.
    `window_until` says until when free text reaches an address when the message is to be sent;
    None where it does not.
    """
    preferred = {preference.channel: preference for preference in recipient.preferences}
    ordered = sorted(
        channel_order,
        key=lambda channel: preferred[channel].priority if channel in preferred else math.inf,
    )
    steps: list[RouteStep] = []
    decisions: list[ChannelDecision] = []
    for channel in ordered:
        preference = preferred.get(channel)
        step, decision = _consider(
            channel,
            enabled=enabled.get(channel, False),
            patience=patience.get(channel, Patience()),
            wanted=preference is None or preference.enabled,
            addresses=recipient.addresses_on(channel),
            is_suppressed=is_suppressed,
            account=best_account(accounts, channel),
            template=templates.get(channel),
            values=values.get(channel, {}),
            preferred=preference is not None,
            window_until=window_until,
        )
        decisions.append(decision)
        if step is not None:
            steps.append(step)
    return RoutePlan(steps=tuple(steps), decisions=tuple(decisions))


def best_account(accounts: Collection[ChannelAccount], channel: Channel) -> ChannelAccount | None:
    """The enabled account of a channel with the lowest priority number."""
    able = [account for account in accounts if account.enabled and account.channel is channel]
    return min(able, key=lambda account: (account.priority, account.account_id), default=None)


def _consider(
    channel: Channel,
    *,
    enabled: bool,
    patience: Patience,
    wanted: bool,
    addresses: Collection[Address],
    is_suppressed: Callable[[Address], bool],
    account: ChannelAccount | None,
    template: Template | None,
    values: Mapping[str, str],
    preferred: bool,
    window_until: Callable[[ChannelAccount, Address], datetime | None],
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
    if account is None:
        return skip("no_account")
    if template is None:
        return skip("no_template")
    missing = sorted(required_variables(template.content) - values.keys())
    if missing:
        return skip("missing_variables", ", ".join(missing))
    until, form = _form(account, address, template, window_until)
    if form == "window_closed":
        return skip(form, "no approved template, and the person did not write lately")
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
) -> tuple[datetime | None, str]:
    """Until when free text may go, and in which form the message goes therefore."""
    if account.provider not in WINDOWED:
        return None, ""
    until = window_until(account, address)
    if until is not None:
        return until, f"free text: the window is open until {until:%Y-%m-%d %H:%M} UTC"
    if approved_template(template.content) is None:
        return None, "window_closed"
    return None, "approved template: the window is closed"
