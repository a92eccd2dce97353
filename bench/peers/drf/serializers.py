"""What the peer takes and answers: the shapes of the API that it is compared with."""

from typing import Any

from rest_framework import serializers

from bench.peers.drf import workshop
from bench.peers.drf.models import Attempt, Customer, NotificationLog, Template

_STATUS = {"queued": "pending", "sending": "pending", "sent": "sent", "failed": "failed"}
_FINAL = {"failed", "replied", "expired", "cancelled", "suppressed"}


class PlaceSerializer(serializers.Serializer[Any]):
    """Where a template stands, and what fills it."""

    service_type_id = serializers.SlugField(max_length=80)
    phase_id = serializers.ChoiceField(choices=list(workshop.PHASES))
    target = serializers.ChoiceField(choices=["clients", "staff"], default="clients")
    context = serializers.DictField(child=serializers.CharField(max_length=4000), default=dict)


class PreviewSerializer(PlaceSerializer):
    """A template to look at."""

    channel = serializers.ChoiceField(choices=workshop.CHANNELS)


class EventSerializer(PlaceSerializer):
    """Something that happened; the working day has nothing for the team."""

    target = serializers.ChoiceField(choices=["clients"], default="clients")
    event_type = serializers.SlugField(max_length=100)
    customer_id = serializers.CharField(max_length=128)


class PreferenceSerializer(serializers.Serializer[Any]):
    """What a customer wants of a channel."""

    channel = serializers.ChoiceField(choices=workshop.CHANNELS)
    priority = serializers.IntegerField(min_value=1)
    enabled = serializers.BooleanField(default=True)


class CustomerSerializer(serializers.ModelSerializer[Customer]):
    """A customer."""

    phone = serializers.RegexField(r"^\+[1-9]\d{7,14}$", allow_null=True, required=False)
    preferences = PreferenceSerializer(many=True, required=False)

    class Meta:
        model = Customer
        fields = (
            *("customer_id", "name", "email", "phone", "locale", "preferences"),
            *("created_at", "updated_at"),
        )


class TemplateSerializer(serializers.ModelSerializer[Template]):
    """A template in force."""

    service_type_id = serializers.CharField(source="service_type")
    phase_id = serializers.CharField(source="phase")

    class Meta:
        model = Template
        fields = (
            *("template_id", "service_type_id", "phase_id", "target", "channel", "locale"),
            *("version", "content", "updated_at"),
        )


class AcceptedSerializer(serializers.ModelSerializer[NotificationLog]):
    """A stored notification with its planned route."""

    class Meta:
        model = NotificationLog
        fields = ("notification_id", "state", "reason", "route", "decisions")


class AttemptSerializer(serializers.ModelSerializer[Attempt]):
    """One try on one channel."""

    class Meta:
        model = Attempt
        fields = ("number", "channel", "outcome", "code", "started_at", "ended_at")


class NotificationSerializer(serializers.ModelSerializer[NotificationLog]):
    """A notification with everything that happened to it."""

    service_type_id = serializers.CharField(source="service_type")
    phase_id = serializers.CharField(source="phase")
    is_final = serializers.SerializerMethodField()
    attempts = AttemptSerializer(many=True)
    timeline = serializers.SerializerMethodField()

    class Meta:
        model = NotificationLog
        fields = (
            *("notification_id", "event_type", "target", "recipient_id", "service_type_id"),
            *("phase_id", "state", "is_final", "reason", "created_at", "deadline", "sent_at"),
            *("delivered_at", "read_at", "updated_at", "route", "decisions", "attempts"),
            "timeline",
        )

    def get_is_final(self, log: NotificationLog) -> bool:
        """Whether nothing more happens by itself."""
        return log.state in _FINAL

    def get_timeline(self, log: NotificationLog) -> list[dict[str, Any]]:
        """What happened, oldest first."""
        channels = " -> ".join(step["channel"] for step in log.route)
        planned = {"at": log.created_at, "kind": "planned", "channel": None, "detail": channels}
        tried = [
            {"at": each.ended_at, "kind": each.outcome, "channel": each.channel, "detail": ""}
            for each in log.attempts.all()
        ]
        return [planned, *tried]


class RecentSerializer(serializers.ModelSerializer[NotificationLog]):
    """A line of the log."""

    class Meta:
        model = NotificationLog
        fields = (
            *("notification_id", "event_type", "recipient_id", "channel", "template_id"),
            *("state", "reason", "created_at", "sent_at", "delivered_at", "read_at", "route"),
        )


class CommunicationSerializer(serializers.ModelSerializer[NotificationLog]):
    """A message, with what it says."""

    id = serializers.CharField(source="notification_id")
    candidate_id = serializers.CharField(source="recipient_id")
    direction = serializers.ReadOnlyField(default="outbound")
    content = serializers.SerializerMethodField()
    variables = serializers.SerializerMethodField()
    template_name = serializers.CharField(source="template_id")
    phone = serializers.CharField(source="recipient.phone")
    status = serializers.SerializerMethodField()

    class Meta:
        model = NotificationLog
        fields = (
            *("id", "candidate_id", "direction", "channel", "event_type", "template_name"),
            *("variables", "content", "phone", "status", "created_at", "sent_at", "delivered_at"),
            "read_at",
        )

    def get_content(self, log: NotificationLog) -> str | None:
        """What it says."""
        return log.message and (log.message.get("text") or log.message.get("body"))

    def get_variables(self, log: NotificationLog) -> list[str]:
        """What filled it."""
        return list(log.context.values())

    def get_status(self, log: NotificationLog) -> str:
        """Its state in the words of communications."""
        return _STATUS.get(log.state, log.state)
