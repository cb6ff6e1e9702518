"""In demo mode only."""

from django.urls import path

from apps.simulator.views.phones import lines, phones

app_name = "simulator"

urlpatterns = [
    path("demo/phones/", phones, name="phones"),
    path("demo/phones/lines/", lines, name="lines"),
]
