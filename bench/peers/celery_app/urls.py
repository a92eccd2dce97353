"""Where the routes are: the same paths as those of the API that it is compared with."""

from django.urls import path

from bench.peers.celery_app import views

urlpatterns = [
    path("api/v1/notifications/events/dispatch/", views.Dispatch.as_view()),
    path("webhook/whatsapp", views.webhook),
]
