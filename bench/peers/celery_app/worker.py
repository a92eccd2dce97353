"""The Celery app; its workers run the tasks."""

from celery import Celery

app = Celery("peer")
app.config_from_object("django.conf:settings", namespace="CELERY")
# Otherwise each task connects to the database anew, whatever Django's settings say.
app.conf["CELERY_DB_REUSE_MAX"] = 100_000
app.autodiscover_tasks()
