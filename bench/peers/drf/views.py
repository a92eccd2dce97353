"""The routes."""

from collections.abc import Sequence
from datetime import timedelta
from statistics import quantiles
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.db import transaction
from django.db.models import Count, QuerySet
from django.db.models.functions import TruncDate
from django.utils import timezone
from rest_framework import generics, status
from rest_framework.exceptions import APIException, NotFound, ValidationError
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from bench.peers.drf import planning, texts, workshop
from bench.peers.drf.models import Customer, NotificationLog, Template
from bench.peers.drf.serializers import (
    AcceptedSerializer,
    CommunicationSerializer,
    CustomerSerializer,
    EventSerializer,
    NotificationSerializer,
    PreviewSerializer,
    RecentSerializer,
    TemplateSerializer,
)


class PreconditionFailed(APIException):
    """It was changed since it was read."""

    status_code = status.HTTP_412_PRECONDITION_FAILED
    default_detail = "it was changed since it was read"


class Pages(CursorPagination):
    """A list under the name of its things, and the cursor that leads on."""

    page_size = 50
    max_page_size = 100
    page_size_query_param = "limit"
    things = "items"

    def get_paginated_response(self, data: Any) -> Response:
        """One page."""
        query = parse_qs(urlsplit(self.get_next_link() or "").query)
        cursor = query["cursor"][0] if query else None
        return Response({self.things: data, "next_cursor": cursor})


class CustomerPages(Pages):
    """Customers by name."""

    things = "customers"
    ordering = ("name", "customer_id")


class TemplatePages(Pages):
    """Templates by id."""

    things = "templates"
    ordering = "template_id"


class RecentPages(Pages):
    """The log, newest first."""

    things = "notifications"
    ordering = ("-created_at", "-notification_id")


class CommunicationPages(RecentPages):
    """The same as messages."""

    things = "communications"


class Dispatch(APIView):
    """Accepts an event."""

    def post(self, request: Request) -> Response:
        """Answer when it is stored."""
        event = EventSerializer(data=request.data)
        event.is_valid(raise_exception=True)
        log = planning.accept(event.validated_data)
        location = f"/api/v1/notifications/{log.notification_id}/"
        return Response(
            AcceptedSerializer(log).data, status.HTTP_202_ACCEPTED, headers={"Location": location}
        )


class Notification(generics.RetrieveAPIView):
    """One notification."""

    queryset = NotificationLog.objects.prefetch_related("attempts")
    serializer_class = NotificationSerializer


class Customers(generics.ListCreateAPIView):
    """All customers."""

    queryset = Customer.objects.all()
    serializer_class = CustomerSerializer
    pagination_class = CustomerPages


class OneCustomer(generics.RetrieveAPIView):
    """One customer; a change is refused when another came between."""

    queryset = Customer.objects.all()
    serializer_class = CustomerSerializer

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The customer as stored now."""
        return self._answer(self.get_object())

    def patch(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Change what is given."""
        with transaction.atomic():
            customer = self.get_object()
            if request.headers.get("If-Match", "*") not in ("*", f'"{customer.version}"'):
                raise PreconditionFailed
            change = CustomerSerializer(customer, data=request.data, partial=True)
            change.is_valid(raise_exception=True)
            change.save(version=customer.version + 1)
        return self._answer(customer)

    def _answer(self, customer: Customer) -> Response:
        tag = {"ETag": f'"{customer.version}"'}
        return Response(CustomerSerializer(customer).data, headers=tag)


class Templates(generics.ListAPIView):
    """All templates."""

    queryset = Template.objects.all()
    serializer_class = TemplateSerializer
    pagination_class = TemplatePages


class Preview(APIView):
    """What a template becomes."""

    def post(self, request: Request) -> Response:
        """Render the one that is in force in a place."""
        place = PreviewSerializer(data=request.data)
        place.is_valid(raise_exception=True)
        wanted = place.validated_data
        channel, phase = wanted["channel"], wanted["phase_id"]
        lineage = planning.lineage_of(wanted["service_type_id"])
        found = planning.best_templates(lineage, phase, wanted["target"], [channel])
        if channel not in found:
            raise NotFound("no template is in force there")
        template = found[channel]
        own = {"Taller": workshop.TENANT["name"], "Fase": workshop.PHASES[phase]}
        values = texts.fill({**own, **wanted["context"]})
        if missing := texts.missing(template.content, values):
            raise ValidationError({"context": missing})
        return Response(
            {
                "template_id": template.template_id,
                "version": template.version,
                "variables": sorted(texts.variables_of(template.content)),
                "message": {"channel": channel, **texts.render(template.content, values)},
            }
        )


class Recent(generics.ListAPIView):
    """The log, newest first."""

    queryset = NotificationLog.objects.all()
    serializer_class = RecentSerializer
    pagination_class = RecentPages


class Communications(generics.ListAPIView):
    """The log as messages."""

    queryset = NotificationLog.objects.select_related("recipient")
    serializer_class = CommunicationSerializer
    pagination_class = CommunicationPages


class Summary(APIView):
    """Totals of the last days."""

    def get(self, request: Request) -> Response:
        """Count the log."""
        try:
            days = int(request.query_params.get("days", 30))
        except ValueError:
            raise ValidationError({"days": "not a number"}) from None
        since = timezone.now() - timedelta(days=days)
        logs = NotificationLog.objects.filter(created_at__gte=since)
        reached = logs.aggregate(
            accepted=Count("pk"),
            sent=Count("sent_at"),
            delivered=Count("delivered_at"),
            read=Count("read_at"),
            replied=Count("replied_at"),
        )
        waits = sorted(
            (sent - created).total_seconds()
            for created, sent in logs.filter(sent_at__isnull=False).values_list(
                "created_at", "sent_at"
            )
        )
        return Response(
            {
                "days": days,
                "totals": reached,
                "by_status": _counts(logs, "state"),
                "by_channel": _counts(logs, "channel"),
                "by_event": _counts(logs, "event_type"),
                "by_template": _counts(logs, "template_id"),
                "by_day": _counts(logs.annotate(day=TruncDate("created_at")), "day"),
                "delivery_rate": _share(reached["delivered"], reached["sent"]),
                "read_rate": _share(reached["read"], reached["sent"]),
                "reply_rate": _share(reached["replied"], reached["sent"]),
                "p50_seconds": _quantile(waits, 50),
                "p95_seconds": _quantile(waits, 95),
            }
        )


def _counts(logs: QuerySet[NotificationLog], field: str) -> dict[str, int]:
    counted = logs.order_by().values_list(field).annotate(Count("pk"))
    return {str(value): count for value, count in counted}


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def _quantile(values: Sequence[float], percent: int) -> float | None:
    if len(values) < 2:
        return values[0] if values else None
    return quantiles(values, n=100)[percent - 1]
