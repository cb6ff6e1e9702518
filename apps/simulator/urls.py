"""In demo mode only."""

from django.urls import path

from apps.simulator.views.phones import lines, phones
from apps.simulator.views.receiver import arrivals, receiver

app_name = "simulator"

urlpatterns = [
    path("demo/phones/", phones, name="phones"),
    path("demo/phones/lines/", lines, name="lines"),
    path("demo/receiver/", receiver, name="receiver"),
    path("demo/receiver/arrivals/", arrivals, name="arrivals"),
]
