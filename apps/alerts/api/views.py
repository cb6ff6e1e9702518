from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from apps.alerts.api.filters import AlertFilter
from apps.alerts.api.serializers import AlertOutput, AlertRuleCreateInput, AlertRuleOutput, AlertRuleUpdateInput
from apps.alerts.models import Alert, AlertRule
from apps.alerts.querysets import CONFIGURE, SUPERVISE
from apps.alerts.selectors import with_names
from apps.alerts.services import configuring
from apps.alerts.services.acknowledging import acknowledge
from apps.core.api.views import Resource


@extend_schema_view(
    list=extend_schema(
        summary=_("List rules of alerts"), description=_("From when on which figure of the floor is alarming.")
    ),
    retrieve=extend_schema(
        summary=_("Show a rule of alerts"), description=_("One rule, also when it is switched off.")
    ),
)
class AlertRules(Resource[AlertRule]):
    serializer_class = AlertRuleOutput
    lookup_field = "key"
    permission = CONFIGURE
    orderings = {"key": ("key", "id")}
    queryset = AlertRule.objects.none()

    def get_queryset(self) -> QuerySet[AlertRule]:
        rows = AlertRule.objects.visible_to(self.actor)
        return rows.select_related("queue", "channel", "vendor", "calendar", "sender").prefetch_related("people")

    @extend_schema(
        summary=_("Create a rule of alerts"),
        description=_("What could never fire, never be over or reach nobody is refused, as in the administration."),
        request=AlertRuleCreateInput,
        responses={201: AlertRuleOutput},
    )
    def create(self, request: Request) -> Response:
        rule = configuring.create_rule(by=self.actor, **self.read(AlertRuleCreateInput))
        response = self.shown(rule, status=201)
        response["Location"] = request.build_absolute_uri(reverse("api:alert-rule", args=[rule.key]))
        return response

    @extend_schema(
        summary=_("Change a rule of alerts"),
        description=_("Only the fields that are sent change. Switched off, its open alerts are over."),
        request=AlertRuleUpdateInput,
        responses=AlertRuleOutput,
    )
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        data = self.read(AlertRuleUpdateInput)
        return self.shown(configuring.change_rule(rule=self.get_object(), by=self.actor, **data))

    @extend_schema(
        summary=_("Delete a rule of alerts"),
        description=_("Only one that never alerted; switch the others off, so that their history keeps its name."),
    )
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        configuring.delete_rule(rule=self.get_object(), by=self.actor)
        return Response(status=204)


@extend_schema_view(
    list=extend_schema(
        summary=_("List alerts"),
        description=_("Of the floors that the token's user supervises, open and over, the newest first."),
    ),
    retrieve=extend_schema(summary=_("Show an alert"), description=_("One alert, open or over.")),
)
class Alerts(Resource[Alert]):
    serializer_class = AlertOutput
    filterset_class = AlertFilter
    lookup_field = "public_id"
    permission = SUPERVISE
    orderings = {"-fired_at": ("-fired_at", "-id")}
    queryset = Alert.objects.none()

    def get_queryset(self) -> QuerySet[Alert]:
        return with_names(Alert.objects.visible_to(self.actor).fired())

    @extend_schema(
        summary=_("Take care of an alert"),
        description=_("In the name of the token's user. The first one stands; one that is over is refused."),
        request=None,
        responses=AlertOutput,
    )
    def put_acknowledgement(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return self.shown(acknowledge(alert=self.get_object(), by=self.actor))
