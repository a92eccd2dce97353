"""Turns an event into a stored notification and a task for the workers."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.utils import timezone
from rest_framework.exceptions import ValidationError

from bench.peers.celery_app import tasks, texts
from bench.peers.celery_app.models import RANKS, Notification
from bench.peers.drf import workshop
from bench.peers.drf.models import Configuration, Customer, Suppression, Template
from bench.peers.drf.planning import best_templates, lineage_of
from bench.peers.drf.texts import fill

MAX_AGE = timedelta(hours=24)


def accept(event: Mapping[str, Any]) -> Notification:
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
    values = fill({**own, "Nombre": customer.name, **event["context"]})
    route, decisions = _plan(customer, enabled, templates, values)
    now = timezone.now()
    state = "queued" if route else "failed"
    notification = Notification(
        notification_id=f"ntf_{uuid4().hex}",
        event_type=event["event_type"],
        state=state,
        rank=RANKS["queued"],
        reason=None if route else "no_reachable_channel",
        target=event["target"],
        recipient=customer,
        service_type=event["service_type_id"],
        phase=event["phase_id"],
        template=templates[route[0]["channel"]] if route else None,
        context=values,
        route=route,
        decisions=decisions,
        created_at=now,
        updated_at=now,
        deadline=now + MAX_AGE,
    )
    with transaction.atomic():
        notification.save(force_insert=True)
        if route:
            transaction.on_commit(lambda: tasks.deliver.delay(notification.pk))
    return notification


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
    decisions = [
        {"channel": channel, "chosen": reason is None, "reason": reason or "preferred"}
        for channel, reason in ((channel, refusal(channel)) for channel in ordered)
    ]
    route = [
        {
            "channel": each["channel"],
            "to": addresses[each["channel"]],
            "template_id": templates[each["channel"]].template_id,
        }
        for each in decisions
        if each["chosen"]
    ]
    return route, decisions
