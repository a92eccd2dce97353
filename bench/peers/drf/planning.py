"""Turns an event into a stored notification and a task for the worker."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.utils import timezone
from rest_framework.exceptions import ValidationError

from bench.peers.drf import texts, workshop
from bench.peers.drf.models import (
    Configuration,
    Customer,
    NotificationLog,
    Suppression,
    Task,
    Template,
)

MAX_AGE = timedelta(hours=24)


def accept(event: Mapping[str, Any]) -> NotificationLog:
    """Plan, store and queue what an event asks for."""
    customer = Customer.objects.filter(pk=event["customer_id"]).first()
    if customer is None:
        raise ValidationError({"customer_id": "unknown recipient"})
    lineage = lineage_of(event["service_type_id"])
    configuration = Configuration.objects.filter(
        service_type=lineage[-1], target=event["target"]
    ).first()
    if configuration is None or event["phase_id"] not in configuration.matrix:
        raise ValidationError("nothing is configured for service type, phase and target")
    matrix = configuration.matrix[event["phase_id"]]
    enabled = [channel for channel, is_enabled in matrix.items() if is_enabled]
    templates = best_templates(lineage, event["phase_id"], event["target"], enabled)
    own = {"Taller": workshop.TENANT["name"], "Fase": workshop.PHASES[event["phase_id"]]}
    values = texts.fill({**own, "Nombre": customer.name, **event["context"]})
    route, decisions = _plan(customer, enabled, templates, values)
    now = timezone.now()
    first = templates[route[0]["channel"]] if route else None
    notification = NotificationLog(
        notification_id=f"ntf_{uuid4().hex}",
        event_type=event["event_type"],
        state="queued" if route else "failed",
        reason=None if route else "no_reachable_channel",
        target=event["target"],
        recipient=customer,
        service_type=event["service_type_id"],
        phase=event["phase_id"],
        channel=first.channel if first else None,
        template=first,
        context=event["context"],
        route=route,
        decisions=decisions,
        message=texts.render(first.content, values) if first else None,
        created_at=now,
        deadline=now + MAX_AGE,
    )
    with transaction.atomic():
        notification.save(force_insert=True)
        if first is not None:
            Task.objects.create(notification=notification, queue=first.channel)
    return notification


def lineage_of(service_type: str) -> tuple[str, ...]:
    """The slugs under which templates are looked up."""
    if service_type not in workshop.LINEAGES:
        raise ValidationError({"service_type_id": "unknown service type"})
    return workshop.LINEAGES[service_type]


def best_templates(
    lineage: tuple[str, ...], phase: str, target: str, channels: Iterable[str]
) -> dict[str, Template]:
    """The template of each channel: the subtype's where it has one, else its type's."""
    ids = {
        channel: [f"{slug}.{phase}.{target}.{channel}.es" for slug in lineage]
        for channel in channels
    }
    found = Template.objects.in_bulk([each for wanted in ids.values() for each in wanted])
    return {
        channel: found[best]
        for channel, wanted in ids.items()
        if (best := next((each for each in wanted if each in found), None))
    }


def _plan(
    customer: Customer,
    enabled: list[str],
    templates: Mapping[str, Template],
    values: Mapping[str, str],
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    preferred = {each["channel"]: each for each in customer.preferences}
    phone = customer.phone or ""
    addresses = {"whatsapp": phone, "sms": phone, "email": customer.email or ""}
    suppressed = set(
        Suppression.objects.filter(
            channel__in=addresses, address__in=[each for each in addresses.values() if each]
        ).values_list("channel", "address")
    )

    def refusal(channel: str) -> str | None:
        address = addresses.get(channel)
        if channel not in enabled:
            return "not_enabled_for_phase"
        if not preferred.get(channel, {}).get("enabled", True):
            return "disabled_by_recipient"
        if not address:
            return "no_address"
        if (channel, address) in suppressed:
            return "suppressed"
        if channel not in templates:
            return "no_template"
        return "missing_variables" if texts.missing(templates[channel].content, values) else None

    last = len(workshop.CHANNELS) + len(preferred)
    ordered = sorted(
        workshop.CHANNELS, key=lambda each: preferred.get(each, {}).get("priority", last)
    )
    route: list[dict[str, Any]] = []
    decisions = []
    for channel in ordered:
        reason = refusal(channel)
        decisions.append(
            {
                "channel": channel,
                "chosen": reason is None,
                "reason": reason or _why(channel, preferred),
                "detail": "",
            }
        )
        if reason is None:
            provider, account = workshop.ACCOUNTS[channel]
            route.append(
                {
                    "position": len(route),
                    "channel": channel,
                    "provider": provider,
                    "account_id": account,
                    "to": _masked(addresses[channel]),
                    "template_id": templates[channel].template_id,
                    "template_version": templates[channel].version,
                }
            )
    return route, decisions


def _why(channel: str, preferred: Mapping[str, Any]) -> str:
    return "recipient_preference" if channel in preferred else "tenant_priority"


def _masked(address: str) -> str:
    name, at, domain = address.partition("@")
    return f"{name[:1]}***@{domain}" if at else f"…{address[-4:]}"
