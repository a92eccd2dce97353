"""The notifications, and what became of them."""

from django.db import models

from bench.peers.drf.models import Customer, Template

RANKS = {"pending": 0, "queued": 1, "sending": 2, "sent": 3, "delivered": 4, "read": 5}
"""A receipt only raises the rank; ends of another kind have the rank at which they came."""


class Notification(models.Model):
    """An event and the message that it became."""

    notification_id = models.CharField(primary_key=True, max_length=40)
    event_type = models.CharField(max_length=100)
    state = models.CharField(max_length=20)
    rank = models.PositiveSmallIntegerField()
    reason = models.CharField(max_length=40, null=True)
    target = models.CharField(max_length=10)
    recipient = models.ForeignKey(Customer, on_delete=models.PROTECT)
    service_type = models.CharField(max_length=80)
    phase = models.CharField(max_length=80)
    template = models.ForeignKey(Template, on_delete=models.PROTECT, null=True)
    context = models.JSONField()
    route = models.JSONField()
    decisions = models.JSONField()
    created_at = models.DateTimeField(db_index=True)
    updated_at = models.DateTimeField()
    deadline = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    read_at = models.DateTimeField(null=True)


class Attempt(models.Model):
    """One try of a notification on its channel."""

    notification = models.ForeignKey(Notification, on_delete=models.CASCADE)
    channel = models.CharField(max_length=20)
    outcome = models.CharField(max_length=20)
    code = models.CharField(max_length=80, null=True)
    provider_message_id = models.CharField(max_length=200, null=True, db_index=True)
    message = models.JSONField()
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField()


class Receipt(models.Model):
    """What the provider told of an attempt, each kind once."""

    attempt = models.ForeignKey(Attempt, on_delete=models.CASCADE)
    status = models.CharField(max_length=20)
    code = models.CharField(max_length=80, null=True)
    at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint("attempt", "status", name="one_per_status"),)
