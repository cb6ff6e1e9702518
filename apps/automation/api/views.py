from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from apps.automation.api.filters import DeliveryFilter
from apps.automation.api.serializers import (
    WebhookAttemptOutput,
    WebhookDeliveryDetailOutput,
    WebhookDeliveryOutput,
    WebhookEndpointCreateInput,
    WebhookEndpointOutput,
    WebhookEndpointUpdateInput,
    WebhookEndpointWithKeyOutput,
    WebhookEventTypeListOutput,
    WebhookReplayInput,
    WebhookReplayOutput,
    WebhookStateInput,
)
from apps.automation.kinds import label_of, patterns
from apps.automation.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint, WebhookReplay
from apps.automation.querysets import MANAGE
from apps.automation.selectors import answers_shown, payload_shown
from apps.automation.services import endpoints, resending
from apps.core.api.idempotency import concerning
from apps.core.api.paging import WholeList
from apps.core.api.versions import expected_version, tagged
from apps.core.api.views import ApiView, Resource
from apps.core.errors import NotVisible
from apps.core.ids import read_public_id


class WebhookEventTypes(ApiView):
    permission = MANAGE

    @extend_schema(
        operation_id="webhook_event_types_list",
        summary=_("List what webhooks can tell"),
        description=_("Every kind of event, every subject with a star, and the star for everything."),
        responses=WebhookEventTypeListOutput,
    )
    def get(self, request: Request) -> Response:
        rows = [{"type": pattern, "label": str(label_of(pattern))} for pattern in patterns()]
        return Response(WebhookEventTypeListOutput({"results": rows}).data)


@extend_schema_view(
    list=extend_schema(
        summary=_("List outgoing webhooks"), description=_("Endpoints of other systems that are told what happens.")
    ),
    retrieve=extend_schema(summary=_("Show an outgoing webhook"), description=_("One endpoint, without its key.")),
)
class WebhookEndpoints(Resource[WebhookEndpoint]):
    serializer_class = WebhookEndpointOutput
    lookup_field = "public_id"
    permission = MANAGE
    orderings = {"name": ("name", "id"), "-created": ("-created", "-id")}
    queryset = WebhookEndpoint.objects.none()
    versioned = True

    def get_queryset(self) -> QuerySet[WebhookEndpoint]:
        return WebhookEndpoint.objects.visible_to(self.actor).select_related("acts_as")

    def tagged(self, row: WebhookEndpoint, shape: Any = None, *, status: int = 200) -> Response:
        return tagged(self.shown(row, shape, status=status), row)

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return self.tagged(self.get_object())

    @extend_schema(
        summary=_("Create an outgoing webhook"),
        description=_(
            "It is told what happens from now on, as the user sees it that it acts as. The answer holds the key that signs"
            " its calls; it is shown only here."
        ),
        request=WebhookEndpointCreateInput,
        responses={201: WebhookEndpointWithKeyOutput},
    )
    def create(self, request: Request) -> Response:
        row, _secret = endpoints.create_endpoint(by=self.actor, **self.read(WebhookEndpointCreateInput))
        response = self.tagged(row, WebhookEndpointWithKeyOutput, status=201)
        response["Location"] = request.build_absolute_uri(reverse("api:webhook-endpoint", args=[row.public_id]))
        return response

    @extend_schema(
        summary=_("Change an outgoing webhook"),
        description=_("Only the fields that are sent change. What waits goes to the new address."),
        request=WebhookEndpointUpdateInput,
        responses=WebhookEndpointOutput,
    )
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        data = self.read(WebhookEndpointUpdateInput)
        version = expected_version(request)
        row = endpoints.change_endpoint(endpoint=self.get_object(), by=self.actor, version=version, **data)
        return self.tagged(row)

    @extend_schema(
        summary=_("Delete an outgoing webhook"),
        description=_("For good, with its deliveries, also those that wait. To pause it, switch it off instead."),
    )
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        endpoints.delete_endpoint(endpoint=self.get_object(), by=self.actor)
        return Response(status=204)

    @extend_schema(
        summary=_("Switch an outgoing webhook on or off"),
        description=_("Off: nothing is sent and what waits stays in line. On: what waits is sent."),
        request=WebhookStateInput,
        responses=WebhookEndpointOutput,
    )
    def put_state(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        data, row = self.read(WebhookStateInput), self.get_object()
        if data["is_enabled"]:
            return self.tagged(
                endpoints.enable_endpoint(endpoint=row, by=self.actor, catches_up=bool(data["catches_up"]))
            )
        return self.tagged(endpoints.disable_endpoint(endpoint=row, by=self.actor))

    @extend_schema(
        summary=_("Change the signing key"),
        description=_(
            "The answer holds the new key, shown only here. For 24 hours the former one signs as well: each call carries"
            " two signatures."
        ),
        request=None,
        responses={201: WebhookEndpointWithKeyOutput},
    )
    def change_key(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        row, _secret = endpoints.rotate_secret(endpoint=self.get_object(), by=self.actor)
        return self.tagged(row, WebhookEndpointWithKeyOutput, status=201)

    @extend_schema(
        summary=_("Send a test event"),
        description=_("An event of type `webhook.test`, whatever the endpoint asked for. Follow it by its id."),
        request=None,
        responses={202: WebhookDeliveryOutput},
    )
    def send_test(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        delivery = resending.send_test(endpoint=self.get_object(), by=self.actor)
        return self.shown(delivery, WebhookDeliveryOutput, status=202)


class _OfEndpoint(Resource[Any]):
    permission = MANAGE

    def endpoint(self) -> WebhookEndpoint:
        pk = read_public_id(WebhookEndpoint, self.kwargs["public_id"])
        row = None if pk is None else WebhookEndpoint.objects.visible_to(self.actor).filter(pk=pk).first()
        if row is None:
            raise NotVisible
        return row

    def check_repeat(self) -> None:
        self.endpoint()


@extend_schema_view(
    list=extend_schema(
        summary=_("List deliveries of an outgoing webhook"),
        description=_("The newest first. Settled ones are kept for 60 days."),
    )
)
class WebhookDeliveries(_OfEndpoint):
    serializer_class = WebhookDeliveryOutput
    filterset_class = DeliveryFilter
    orderings = {"-id": ("-id",)}
    queryset = WebhookDelivery.objects.none()

    def get_queryset(self) -> QuerySet[WebhookDelivery]:
        return WebhookDelivery.objects.visible_to(self.actor).filter(endpoint=self.endpoint()).defer("payload")


@extend_schema_view(
    list=extend_schema(
        summary=_("List replays of an outgoing webhook"), description=_("The newest first, each with its progress.")
    )
)
class WebhookReplays(_OfEndpoint):
    serializer_class = WebhookReplayOutput
    orderings = {"-id": ("-id",)}
    queryset = WebhookReplay.objects.none()

    def get_queryset(self) -> QuerySet[WebhookReplay]:
        rows = WebhookReplay.objects.visible_to(self.actor).filter(endpoint=self.endpoint())
        return rows.select_related("created_by").with_progress()

    @extend_schema(
        summary=_("Replay what failed"),
        description=_(
            "Puts everything in line again that was given up since the moment named, under the same message ids."
        ),
        request=WebhookReplayInput,
        responses={202: WebhookReplayOutput},
    )
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        data = self.read(WebhookReplayInput)
        replay = resending.replay_failed(endpoint=self.endpoint(), since=data["since"], by=self.actor)
        return self.shown(self.get_queryset().get(pk=replay.pk), status=202)


class WebhookDeliveryDetail(Resource[WebhookDelivery]):
    serializer_class = WebhookDeliveryDetailOutput
    lookup_field = "public_id"
    permission = MANAGE
    queryset = WebhookDelivery.objects.none()

    def get_queryset(self) -> QuerySet[WebhookDelivery]:
        return WebhookDelivery.objects.visible_to(self.actor).select_related("endpoint")

    @extend_schema(
        summary=_("Show a delivery"), description=_("With what was sent, as far as this credential sees it.")
    )
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        row = self.get_object()
        payload = payload_shown(self.actor, row)
        row.payload = payload  # type: ignore[assignment]  # as it is told, for the serializer
        return self.shown(row)


@extend_schema_view(
    list=extend_schema(
        summary=_("List attempts of a delivery"), description=_("The first one first, each with what it met.")
    )
)
class WebhookAttempts(Resource[WebhookAttempt]):
    serializer_class = WebhookAttemptOutput
    permission = MANAGE
    pagination_class = WholeList
    queryset = WebhookAttempt.objects.none()

    def delivery(self) -> WebhookDelivery:
        pk = read_public_id(WebhookDelivery, self.kwargs["public_id"])
        rows = WebhookDelivery.objects.visible_to(self.actor).select_related("endpoint")
        row = None if pk is None else rows.filter(pk=pk).first()
        if row is None:
            raise NotVisible
        return row

    def check_repeat(self) -> None:
        self.delivery()

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        delivery = self.delivery()
        attempts = list(WebhookAttempt.objects.visible_to(self.actor).filter(delivery=delivery).order_by("pk"))
        is_open = payload_shown(self.actor, delivery) is not None
        for attempt, answer in zip(attempts, answers_shown(self.actor, attempts, is_open=is_open), strict=True):
            attempt.answer = answer
        return self.listed(attempts)

    @extend_schema(
        summary=_("Send a delivery again"),
        description=_("Puts it in line with the whole schedule before it, under the same message id."),
        request=None,
        responses={202: WebhookDeliveryOutput},
    )
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        row = resending.resend_delivery(delivery=self.delivery(), by=self.actor)
        return concerning(self.shown(row, WebhookDeliveryOutput, status=202), row)
