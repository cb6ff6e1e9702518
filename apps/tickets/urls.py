from django.urls import path

from apps.tickets.views import attachments

app_name = "tickets"

urlpatterns = [
    path("files/<str:public_id>/", attachments.attachment, name="attachment"),
    path("uploads/<str:public_id>/", attachments.upload, name="upload"),
]
