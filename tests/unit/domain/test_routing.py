"""Which channels carry a notification, in which order, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recado.domain.channels import Channel, ChannelAccount, Provider
from recado.domain.directory import Address, Preference, Recipient
from recado.domain.notification import ChannelDecision
from recado.domain.orchestration import Target
from recado.domain.routing import RoutePlan, best_account, plan_route
from recado.domain.templates import (
    ApprovedTemplate,
    SmsContent,
    Template,
    TemplateSlot,
    WhatsAppContent,
)

PROVIDER_OF = {
    Channel.WHATSAPP: Provider.WHATSAPP_CLOUD,
    Channel.SMS: Provider.TWILIO_SMS,
    Channel.EMAIL: Provider.SES,
    Channel.PUSH: Provider.WEB_PUSH,
    Channel.TELEGRAM: Provider.TELEGRAM,
    Channel.MESSENGER: Provider.MESSENGER,
    Channel.INSTAGRAM: Provider.INSTAGRAM,
    Channel.SLACK: Provider.SLACK,
}
LATER = datetime(2026, 3, 3, tzinfo=UTC)


def template(channel: Channel, text: str = "Hola {{Nombre}}") -> Template:
    slot = TemplateSlot(
        service_type="a", phase="b", target=Target.CLIENTS, channel=channel, locale="es"
    )
    return Template(tenant_id="t", slot=slot, version=7, content=SmsContent(text=text))


def account(channel: Channel, account_id: str = "main", **changes: object) -> ChannelAccount:
    fields = {"tenant_id": "t", "account_id": account_id, "provider": PROVIDER_OF[channel]}
    return ChannelAccount.model_validate({**fields, **changes})


def address(channel: Channel, value: str = "first") -> Address:
    return Address(channel=channel, value=value)


@dataclass(frozen=True)
class Situation:
    """All that a route is planned from."""

    addresses: tuple[Address, ...]
    preferences: tuple[Preference, ...]
    enabled: Mapping[Channel, bool]
    order: tuple[Channel, ...]
    accounts: tuple[ChannelAccount, ...]
    templates: Mapping[Channel, Template]
    values: Mapping[Channel, Mapping[str, str]]
    suppressed: frozenset[tuple[Channel, str]]
    window_until: datetime | None = LATER
    withheld: str | None = None

    def plan(self) -> RoutePlan:
        return plan_route(
            recipient=Recipient(
                tenant_id="t",
                recipient_id="r",
                name="Ana",
                addresses=self.addresses,
                preferences=self.preferences,
            ),
            enabled=self.enabled,
            patience={},
            channel_order=self.order,
            accounts=self.accounts,
            templates=self.templates,
            values=self.values,
            is_suppressed=lambda a: (a.channel, a.value) in self.suppressed,
            window_until=lambda _account, _address: self.window_until,
            withheld=lambda _account, _approved: self.withheld,
            choose=lambda able, _address, _content: able[0],
        )


WORKS = Situation(
    addresses=tuple(address(channel) for channel in Channel),
    preferences=(),
    enabled=dict.fromkeys(Channel, True),
    order=tuple(Channel),
    accounts=tuple(account(channel) for channel in Channel),
    templates={channel: template(channel) for channel in Channel},
    values={channel: {"Nombre": "Ana"} for channel in Channel},
    suppressed=frozenset(),
)
"""Every channel works."""


def channels(plan: RoutePlan) -> list[Channel]:
    return [step.channel for step in plan.steps]


# Examples


def test_without_preferences_the_tenants_order_counts() -> None:
    order = (Channel.EMAIL, Channel.PUSH, Channel.WHATSAPP)

    plan = replace(WORKS, order=order).plan()

    assert channels(plan) == list(order)
    assert {decision.reason for decision in plan.decisions} == {"tenant_priority"}


def test_a_persons_preferences_come_before_the_tenants_order() -> None:
    preferences = (
        Preference(channel=Channel.PUSH, priority=2),
        Preference(channel=Channel.EMAIL, priority=1),
    )
    order = (Channel.WHATSAPP, Channel.SMS, Channel.EMAIL, Channel.PUSH)

    plan = replace(WORKS, preferences=preferences, order=order).plan()

    assert channels(plan) == [Channel.EMAIL, Channel.PUSH, Channel.WHATSAPP, Channel.SMS]
    assert [decision.reason for decision in plan.decisions] == [
        "recipient_preference",
        "recipient_preference",
        "tenant_priority",
        "tenant_priority",
    ]


def test_between_equal_preferences_the_tenants_order_counts() -> None:
    preferences = tuple(Preference(channel=channel, priority=1) for channel in Channel)
    order = (Channel.PUSH, Channel.EMAIL, Channel.SMS, Channel.WHATSAPP)

    assert channels(replace(WORKS, preferences=preferences, order=order).plan()) == list(order)


@pytest.mark.parametrize("priority", [1, 1_000, 1_000_000])
def test_any_preference_comes_before_none(priority: int) -> None:
    preferences = (Preference(channel=Channel.PUSH, priority=priority),)

    assert channels(replace(WORKS, preferences=preferences).plan())[0] is Channel.PUSH


def test_a_channel_that_the_tenant_does_not_use_is_not_even_considered() -> None:
    preferences = (Preference(channel=Channel.SMS, priority=1),)

    plan = replace(WORKS, preferences=preferences, order=(Channel.EMAIL,)).plan()

    assert [decision.channel for decision in plan.decisions] == [Channel.EMAIL]


@pytest.mark.parametrize(
    ("situation", "reason", "detail"),
    [
        (replace(WORKS, enabled={}), "not_enabled_for_phase", ""),
        (replace(WORKS, enabled={Channel.SMS: False}), "not_enabled_for_phase", ""),
        (
            replace(
                WORKS, preferences=(Preference(channel=Channel.SMS, priority=1, enabled=False),)
            ),
            "disabled_by_recipient",
            "",
        ),
        (replace(WORKS, addresses=(address(Channel.EMAIL),)), "no_address", ""),
        (replace(WORKS, suppressed=frozenset({(Channel.SMS, "first")})), "suppressed", ""),
        (replace(WORKS, accounts=(account(Channel.EMAIL),)), "no_account", ""),
        (replace(WORKS, accounts=(account(Channel.SMS, enabled=False),)), "no_account", ""),
        (replace(WORKS, templates={}), "no_template", ""),
        (
            replace(WORKS, templates={Channel.SMS: template(Channel.SMS, "{{B}}{{A}}")}),
            "missing_variables",
            "A, B",
        ),
    ],
)
def test_a_channel_that_cannot_work_is_left_out_with_the_reason(
    situation: Situation, reason: str, detail: str
) -> None:
    plan = replace(situation, order=(Channel.SMS,)).plan()

    assert plan.steps == ()
    assert plan.decisions == (
        ChannelDecision(channel=Channel.SMS, chosen=False, reason=reason, detail=detail),
    )


def test_a_suppressed_address_is_replaced_by_the_persons_next_one() -> None:
    addresses = (address(Channel.SMS, "first"), address(Channel.SMS, "second"))

    plan = replace(
        WORKS,
        addresses=addresses,
        order=(Channel.SMS,),
        suppressed=frozenset({(Channel.SMS, "first")}),
    ).plan()

    assert [step.address.value for step in plan.steps] == ["second"]


def test_a_step_holds_all_that_the_sender_must_know() -> None:
    [step] = replace(WORKS, order=(Channel.SMS,)).plan().steps

    assert (step.provider, step.account_id) == (Provider.TWILIO_SMS, "main")
    assert step.address == address(Channel.SMS)
    assert (step.template_id, step.template_version) == ("a.b.clients.sms.es", 7)
    assert step.message is None


@pytest.mark.parametrize(
    ("accounts", "best"),
    [
        ([], None),
        ([account(Channel.SMS, "a", priority=2), account(Channel.SMS, "b", priority=1)], "b"),
        ([account(Channel.SMS, "b"), account(Channel.SMS, "a")], "a"),
        ([account(Channel.SMS, "a", enabled=False), account(Channel.SMS, "b", priority=9)], "b"),
        ([account(Channel.EMAIL, "a")], None),
    ],
)
def test_the_enabled_account_with_the_lowest_priority_number_serves_a_channel(
    accounts: list[ChannelAccount], best: str | None
) -> None:
    found = best_account(accounts, Channel.SMS)

    assert (found and found.account_id) == best


REASONS_BY_URGENCY = ["missing_variables", "suppressed", "no_template", "no_account"]
OTHER_REASONS = ["no_address", "disabled_by_recipient", "not_enabled_for_phase"]


@given(st.lists(st.sampled_from(REASONS_BY_URGENCY + OTHER_REASONS), min_size=1, max_size=4))
def test_a_plan_without_steps_tells_the_reason_that_most_needs_telling(reasons: list[str]) -> None:
    decisions = tuple(
        ChannelDecision(channel=channel, chosen=False, reason=reason, detail=f"about {reason}")
        for channel, reason in zip(Channel, reasons, strict=False)
    )

    reason, detail = RoutePlan(steps=(), decisions=decisions).refusal

    urgent = [reason for reason in REASONS_BY_URGENCY if reason in reasons]
    if urgent:
        assert (reason, detail) == (urgent[0], f"about {urgent[0]}")
    else:
        assert reason == "no_reachable_channel"
        assert all(f"{d.channel}: {d.reason}" in detail for d in decisions)


# Properties

CHANNELS = st.sampled_from(Channel)
ADDRESSES = st.builds(address, CHANNELS, st.sampled_from(["first", "second"]))
SITUATIONS = st.builds(
    Situation,
    addresses=st.lists(ADDRESSES, max_size=8, unique=True).map(tuple),
    preferences=st.lists(
        st.builds(Preference, channel=CHANNELS, priority=st.integers(1, 9), enabled=st.booleans()),
        unique_by=lambda preference: preference.channel,
    ).map(tuple),
    enabled=st.dictionaries(CHANNELS, st.booleans()),
    order=st.permutations(list(Channel)).map(tuple),
    accounts=st.lists(
        st.builds(
            account,
            CHANNELS,
            st.sampled_from("abc"),
            priority=st.integers(1, 3),
            enabled=st.booleans(),
        ),
        max_size=8,
    ).map(tuple),
    templates=st.lists(CHANNELS).map(lambda found: {c: template(c) for c in found}),
    values=st.dictionaries(CHANNELS, st.sampled_from([{}, {"Nombre": "Ana"}])),
    suppressed=st.frozensets(st.tuples(CHANNELS, st.sampled_from(["first", "second"]))),
)


@given(SITUATIONS)
def test_a_route_holds_only_what_can_and_may_be_sent(situation: Situation) -> None:
    unwanted = {p.channel for p in situation.preferences if not p.enabled}

    for step in situation.plan().steps:
        assert situation.enabled[step.channel]
        assert step.channel not in unwanted
        assert step.address in situation.addresses
        assert step.address.channel is step.channel
        assert (step.channel, step.address.value) not in situation.suppressed
        assert step.template_id == situation.templates[step.channel].template_id
        assert situation.values[step.channel] == {"Nombre": "Ana"}
        assert any(
            a.enabled and a.channel is step.channel and a.account_id == step.account_id
            for a in situation.accounts
        )


@given(SITUATIONS)
def test_no_channel_that_could_work_is_left_out(situation: Situation) -> None:
    unwanted = {p.channel for p in situation.preferences if not p.enabled}
    able = {
        channel
        for channel in situation.order
        if situation.enabled.get(channel)
        and channel not in unwanted
        and any(
            (a.channel, a.value) not in situation.suppressed
            for a in situation.addresses
            if a.channel is channel
        )
        and any(a.enabled and a.channel is channel for a in situation.accounts)
        and channel in situation.templates
        and situation.values.get(channel)
    }

    assert set(channels(situation.plan())) == able


@given(SITUATIONS)
def test_every_considered_channel_has_one_decision_and_is_in_the_route_if_it_was_chosen(
    situation: Situation,
) -> None:
    plan = situation.plan()

    assert sorted(decision.channel for decision in plan.decisions) == sorted(situation.order)
    assert channels(plan) == [d.channel for d in plan.decisions if d.chosen]


@given(SITUATIONS)
def test_channels_stand_in_the_persons_order_and_then_in_the_tenants(situation: Situation) -> None:
    priority = {preference.channel: preference.priority for preference in situation.preferences}
    considered = [decision.channel for decision in situation.plan().decisions]

    preferred = [channel for channel in considered if channel in priority]
    others = [channel for channel in considered if channel not in priority]
    assert considered == preferred + others
    assert others == [channel for channel in situation.order if channel not in priority]
    assert preferred == sorted(
        preferred, key=lambda channel: (priority[channel], situation.order.index(channel))
    )


@given(SITUATIONS)
def test_the_first_address_that_is_not_suppressed_is_taken(situation: Situation) -> None:
    for step in situation.plan().steps:
        passed_over = situation.addresses[: situation.addresses.index(step.address)]
        assert all(
            (a.channel, a.value) in situation.suppressed
            for a in passed_over
            if a.channel is step.channel
        )


# Windows


def windowed(
    content: WhatsAppContent, window_until: datetime | None, works: Situation = WORKS
) -> RoutePlan:
    slot = TemplateSlot(
        service_type="a", phase="b", target=Target.CLIENTS, channel=Channel.WHATSAPP, locale="es"
    )
    templates = {
        **works.templates,
        Channel.WHATSAPP: Template(tenant_id="t", slot=slot, version=1, content=content),
    }
    situation = replace(works, templates=templates, window_until=window_until)
    return replace(situation, order=(Channel.WHATSAPP, Channel.SMS)).plan()


APPROVED = ApprovedTemplate(name="cita", language="es")


def test_free_text_may_go_until_the_window_closes() -> None:
    plan = windowed(WhatsAppContent(text="Hola"), LATER)

    assert plan.steps[0].free_text_until == LATER
    assert plan.decisions[0].detail == "free text: the window is open until 2026-03-03 00:00 UTC"
    assert plan.steps[1].free_text_until is None


def test_outside_the_window_only_an_approved_template_goes() -> None:
    plan = windowed(WhatsAppContent(text="Hola", approved_template=APPROVED), None)

    assert plan.steps[0].has_approved_template
    assert plan.steps[0].free_text_until is None
    assert plan.decisions[0].detail == "approved template: the window is closed"


@pytest.mark.parametrize("reason", ["template_paused", "template_rejected", "template_deleted"])
def test_an_approved_template_that_its_provider_refuses_is_as_good_as_none(reason: str) -> None:
    content = WhatsAppContent(text="Hola", approved_template=APPROVED)
    withheld = replace(WORKS, withheld=reason)

    closed = windowed(content, None, withheld)
    assert Channel.WHATSAPP not in channels(closed)
    assert (closed.decisions[0].chosen, closed.decisions[0].reason) == (False, reason)
    assert channels(windowed(content, LATER, withheld))[0] is Channel.WHATSAPP


def test_a_plan_that_only_a_withheld_template_stops_says_so() -> None:
    content = WhatsAppContent(text="Hola", approved_template=APPROVED)
    only = replace(WORKS, enabled={Channel.WHATSAPP: True}, withheld="template_paused")

    assert windowed(content, None, only).refusal[0] == "template_paused"


def test_outside_the_window_and_without_a_template_the_channel_is_left_out() -> None:
    plan = windowed(WhatsAppContent(text="Hola"), None)

    assert channels(plan) == [Channel.SMS]
    assert plan.decisions[0].reason == "window_closed"
