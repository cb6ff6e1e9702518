"""Pages for everybody."""

from django.urls import path

from apps.privacy.views import public

app_name = "privacy"
urlpatterns = [
    path("privacy/choices/<str:token>/", public.choices, name="choices"),
    path("privacy/choices/<str:token>/requests/", public.ask, name="ask"),
    path("privacy/proofs/<str:link>/", public.proof, name="proof"),
    path("privacy/<slug:brand>/", public.notice, name="notice"),
    path("privacy/<slug:brand>/<int:version>/", public.notice, name="notice-version"),
]
