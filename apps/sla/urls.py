from django.urls import path

from apps.sla.views import contact

app_name = "sla"

urlpatterns = [path("contact/", contact.contact, name="contact")]
