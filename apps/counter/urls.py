"""The window in the desk, and the pages in the hall and on visitors' phones."""

from django.urls import path

from apps.counter.views import public, window

app_name = "counter"

VISIT = "desk/counter/visits/<str:public_id>/"

urlpatterns = [
    path("desk/counter/", window.window, name="window"),
    path("desk/counter/line/", window.line, name="line"),
    path("desk/counter/seat/", window.seat, name="seat"),
    path("desk/counter/seat/end/", window.seat_end, name="seat-end"),
    path("desk/counter/calls/", window.calls, name="calls"),
    path(f"{VISIT}calls/", window.visit_calls, name="visit-calls"),
    path(f"{VISIT}absence/", window.visit_absence, name="visit-absence"),
    path(f"{VISIT}service/", window.visit_service, name="visit-service"),
    path(f"{VISIT}proof/", window.visit_proof, name="visit-proof"),
    path(f"{VISIT}transfer/", window.visit_transfer, name="visit-transfer"),
    path(f"{VISIT}end/", window.visit_end, name="visit-end"),
    path("counter/kiosk/<str:key>/", public.kiosk, name="kiosk"),
    path("counter/display/<slug:key>/", public.display, name="display"),
    path("q/<str:key>/", public.visitor, name="visitor"),
    path("q/<str:key>/slip/", public.slip, name="slip"),
    path("q/<str:key>/leaving/", public.visitor_leaving, name="visitor-leaving"),
]
