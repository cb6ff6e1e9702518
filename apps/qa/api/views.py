from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.api.views import Resource
from apps.qa.api.filters import SurveyResponseFilter
from apps.qa.api.serializers import SurveyResponseOutput
from apps.qa.models import SurveyResponse
from apps.qa.querysets import SurveyResponseQuerySet
from apps.qa.selectors.responses import response_rows, with_names


@extend_schema_view(
    list=extend_schema(
        summary=_("List answers to surveys"),
        description=_("What customers said of conversations, on tickets that the credential sees."),
    ),
    retrieve=extend_schema(summary=_("Show an answer to a survey"), description=_("One answer.")),
)
class SurveyResponses(Resource[SurveyResponse]):
    lists_persons = True
    serializer_class = SurveyResponseOutput
    filterset_class = SurveyResponseFilter
    lookup_field = "public_id"
    permission = "tickets.view"
    orderings = {"-answered_at": ("-answered_at", "-id"), "answered_at": ("answered_at", "id")}
    queryset = SurveyResponse.objects.none()

    def get_queryset(self) -> SurveyResponseQuerySet:
        return with_names(SurveyResponse.objects.visible_to(self.actor))

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset())) or []
        rows = response_rows(self.actor, list(page))
        return self.get_paginated_response(SurveyResponseOutput(rows, many=True).data)

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        [row] = response_rows(self.actor, [self.get_object()])
        return self.shown(row)
