"""Settings of the peer; where its services and its provider are comes from `PEER_…` variables."""

import os

SECRET_KEY = os.environ["PEER_SECRET"]
DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1"]
USE_TZ = True
TIME_ZONE = "America/Guayaquil"
ROOT_URLCONF = "bench.peers.celery_app.urls"
WSGI_APPLICATION = "bench.peers.celery_app.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "rest_framework",
    "rest_framework.authtoken",
    "bench.peers.drf",
    "bench.peers.celery_app",
]
MIDDLEWARE = ["django.middleware.common.CommonMiddleware"]

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "postgres",
        "USER": "peer",
        "HOST": os.environ["PEER_POSTGRES"],
        "CONN_MAX_AGE": None,
    }
}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.TokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
}

CELERY_BROKER_URL = os.environ["PEER_REDIS"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 4
CELERY_TASK_ROUTES = {
    "bench.peers.celery_app.tasks.deliver": {"queue": "deliveries"},
    "bench.peers.celery_app.tasks.apply_receipt": {"queue": "receipts"},
}

WHATSAPP = {
    "url": os.environ["PEER_WHATSAPP_URL"],
    "access_token": os.environ["PEER_WHATSAPP_TOKEN"],
    "app_secret": os.environ["PEER_WHATSAPP_SECRET"],
    "timeout": 10.0,
}
