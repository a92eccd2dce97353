"""What gunicorn serves; the Celery app is there before the first task is put into its queue."""

from django.core.wsgi import get_wsgi_application

from bench.peers.celery_app.worker import app as celery_app

__all__ = ["application", "celery_app"]

application = get_wsgi_application()
