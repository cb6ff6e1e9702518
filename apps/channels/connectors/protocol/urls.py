from django.urls import path

from apps.channels.connectors.protocol import views

urlpatterns = [
    path("app/v1/<slug:key>/session/", views.SessionView.as_view(), name="app-session"),
    path("app/v1/<slug:key>/messages/", views.MessagesView.as_view(), name="app-messages"),
    path("app/v1/<slug:key>/receipts/", views.ReceiptsView.as_view(), name="app-receipts"),
    path("app/v1/<slug:key>/privacy/", views.PrivacyView.as_view(), name="app-privacy"),
    path("app/v1/<slug:key>/privacy/requests/", views.PrivacyRequestsView.as_view(), name="app-privacy-requests"),
    path("app/v1/<slug:key>/files/", views.FilesView.as_view(), name="app-files"),
    path("app/v1/<slug:key>/files/<str:public_id>/", views.FileView.as_view(), name="app-file"),
]
