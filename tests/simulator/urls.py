"""The addresses of the demo, which the test settings leave out."""

from django.urls import include, path

from contactcenter.urls import urlpatterns as usual

urlpatterns = [*usual, path("", include("apps.demo.urls")), path("", include("apps.simulator.urls"))]
