"""Public addresses of channels, the door for platforms, and the pages for those who look after channels."""

from django.urls import include, path

from apps.channels.views import health, hooks, linked_files

app_name = "channels"

urlpatterns = [
    path("", include("apps.channels.connectors.form.urls")),
    path("", include("apps.channels.connectors.protocol.urls")),
    path("hooks/<slug:key>/", hooks.receive, name="hook"),
    path("linked/<str:token>/", linked_files.linked_file, name="linked-file"),
    path("desk/channels/", health.HealthPage.as_view(), name="health"),
    path("desk/channels/<str:public_id>/", health.ChannelPage.as_view(), name="channel"),
    path("desk/channels/<str:public_id>/check/", health.ChannelCheck.as_view(), name="check"),
    path("desk/channels/<str:public_id>/replay/", health.ChannelReplay.as_view(), name="replay"),
    path("desk/channels/parked/<str:public_id>/", health.ParkedPage.as_view(), name="parked"),
    path("desk/channels/parked/<str:public_id>/repair/", health.ParkedRepair.as_view(), name="parked-repair"),
    path("desk/channels/parked/<str:public_id>/replay/", health.ParkedReplay.as_view(), name="parked-replay"),
    path("desk/channels/parked/<str:public_id>/discard/", health.ParkedDiscard.as_view(), name="parked-discard"),
    path("desk/channels/parked/<str:public_id>/original/", health.ParkedOriginal.as_view(), name="parked-original"),
    path("desk/channels/deliveries/<str:public_id>/resend/", health.DeliveryResend.as_view(), name="resend"),
]
