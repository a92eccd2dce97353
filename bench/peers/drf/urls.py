"""Where the routes are: the same paths as those of the API that it is compared with."""

from django.urls import path

from bench.peers.drf import views

urlpatterns = [
    path("api/v1/notifications/events/dispatch/", views.Dispatch.as_view()),
    path("api/v1/notifications/templates/", views.Templates.as_view()),
    path("api/v1/notifications/templates/preview/", views.Preview.as_view()),
    path("api/v1/notifications/customers/", views.Customers.as_view()),
    path("api/v1/notifications/customers/<str:pk>/", views.OneCustomer.as_view()),
    path("api/v1/notifications/<str:pk>/", views.Notification.as_view()),
    path("api/v1/analytics/recent/", views.Recent.as_view()),
    path("api/v1/analytics/summary/", views.Summary.as_view()),
    path("api/v1/communications/", views.Communications.as_view()),
]
