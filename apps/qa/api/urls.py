from django.urls import path, re_path

from apps.core.api.views import PUBLIC_ID
from apps.qa.api.views import SurveyResponses

urlpatterns = [
    path("survey-responses/", SurveyResponses.as_view({"get": "list"}), name="survey-responses"),
    re_path(
        rf"^survey-responses/(?P<public_id>{PUBLIC_ID})/$",
        SurveyResponses.as_view({"get": "retrieve"}),
        name="survey-response",
    ),
]
