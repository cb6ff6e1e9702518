from django.urls import path

from apps.sla.api.views import ContactOptions

urlpatterns = [path("contact-options/", ContactOptions.as_view(), name="contact-options")]
