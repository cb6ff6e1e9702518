from django.urls import path

from apps.channels.connectors.form import views

urlpatterns = [
    path("forms/<slug:key>/", views.FormPage.as_view(), name="form"),
    path("forms/<slug:key>/embed.js", views.embed_script, name="form-embed"),
    path("forms/<slug:key>/received/<str:reference>/", views.FormReceived.as_view(), name="form-received"),
]
