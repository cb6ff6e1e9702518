from django.urls import path, re_path

from apps.sla.api.timers import Timers
from apps.sla.api.views import ContactOptions
from apps.tickets.api.urls import TICKET

urlpatterns = [
    path("contact-options/", ContactOptions.as_view(), name="contact-options"),
    re_path(rf"{TICKET}/timers/$", Timers.as_view(), name="ticket-timers"),
]
