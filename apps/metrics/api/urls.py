from django.urls import path

from apps.metrics.api import views

urlpatterns = [
    path("metrics/", views.Metrics.as_view(), name="metrics"),
    path("metrics/live/", views.Live.as_view(), name="metrics-live"),
    path("metrics/definitions/", views.Measures.as_view(), name="metrics-definitions"),
]
