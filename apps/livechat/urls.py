"""Public addresses of the chat. The protocol itself lies with the channels."""

from django.urls import path

from apps.livechat.views import protocol, widget

app_name = "livechat"

urlpatterns = [
    path("chat/<slug:key>.js", widget.loader, name="loader"),
    path("chat/<slug:key>/", widget.frame, name="frame"),
    path("chat/v1/<slug:key>/typing/", protocol.TypingView.as_view(), name="typing"),
    path("chat/v1/<slug:key>/ending/", protocol.EndingView.as_view(), name="ending"),
    path("chat/v1/<slug:key>/rating/", protocol.RatingView.as_view(), name="rating"),
    path("chat/v1/<slug:key>/transcript/", protocol.TranscriptView.as_view(), name="transcript"),
]
