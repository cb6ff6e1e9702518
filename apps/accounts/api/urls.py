from django.urls import path

from apps.accounts.api.views import Me, Skills, Teams, Users

urlpatterns = [
    path("me/", Me.as_view(), name="me"),
    path("users/", Users.as_view({"get": "list"}), name="users"),
    path("users/<str:username>/", Users.as_view({"get": "retrieve"}), name="user"),
    path("teams/", Teams.as_view({"get": "list"}), name="teams"),
    path("skills/", Skills.as_view({"get": "list"}), name="skills"),
]
