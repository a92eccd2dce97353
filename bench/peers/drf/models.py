"""The tables."""

from django.db import models


class Customer(models.Model):
    """Somebody whose car is in the workshop."""

    customer_id = models.CharField(primary_key=True, max_length=128)
    name = models.CharField(max_length=200, db_index=True)
    email = models.EmailField(null=True, db_index=True)
    phone = models.CharField(max_length=20, null=True, db_index=True)
    locale = models.CharField(max_length=10, null=True)
    preferences = models.JSONField(default=list)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)


class Template(models.Model):
    """What is said for a service type and phase, to whom, on a channel."""

    template_id = models.CharField(primary_key=True, max_length=300)
    service_type = models.CharField(max_length=80)
    phase = models.CharField(max_length=80)
    target = models.CharField(max_length=10)
    channel = models.CharField(max_length=20)
    locale = models.CharField(max_length=10)
    version = models.PositiveIntegerField(default=1)
    content = models.JSONField()
    updated_at = models.DateTimeField(auto_now=True)


class Configuration(models.Model):
    """Which channels may carry the news of each phase."""

    service_type = models.CharField(max_length=80)
    target = models.CharField(max_length=10)
    matrix = models.JSONField()

    class Meta:
        constraints = (models.UniqueConstraint("service_type", "target", name="one_per_target"),)


class Suppression(models.Model):
    """An address that must not be written to."""

    channel = models.CharField(max_length=20)
    address = models.CharField(max_length=2048)
    reason = models.CharField(max_length=20)

    class Meta:
        constraints = (models.UniqueConstraint("channel", "address", name="one_per_address"),)


class NotificationLog(models.Model):
    """A notification, and what became of it."""

    notification_id = models.CharField(primary_key=True, max_length=40)
    event_type = models.CharField(max_length=100)
    state = models.CharField(max_length=20)
    reason = models.CharField(max_length=40, null=True)
    target = models.CharField(max_length=10)
    recipient = models.ForeignKey(Customer, on_delete=models.PROTECT)
    service_type = models.CharField(max_length=80)
    phase = models.CharField(max_length=80)
    channel = models.CharField(max_length=20, null=True)
    template = models.ForeignKey(Template, on_delete=models.PROTECT, null=True)
    context = models.JSONField()
    route = models.JSONField()
    decisions = models.JSONField()
    message = models.JSONField(null=True)
    created_at = models.DateTimeField(db_index=True)
    updated_at = models.DateTimeField(auto_now=True)
    deadline = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    read_at = models.DateTimeField(null=True)
    replied_at = models.DateTimeField(null=True)


class Attempt(models.Model):
    """One try of a notification on one channel; the worker writes them."""

    notification = models.ForeignKey(
        NotificationLog, on_delete=models.CASCADE, related_name="attempts"
    )
    number = models.PositiveIntegerField()
    channel = models.CharField(max_length=20)
    outcome = models.CharField(max_length=20)
    code = models.CharField(max_length=80, null=True)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField()


class Task(models.Model):
    """What waits for a worker, which Celery would keep in its broker."""

    notification = models.ForeignKey(NotificationLog, on_delete=models.CASCADE)
    queue = models.CharField(max_length=20, db_index=True)
    created_at = models.DateTimeField(auto_now_add=True)
