from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from apps.accounts.models import User
from apps.automation.enums import AttemptError, DeliveryState, DisabledReason
from apps.automation.models import WebhookDelivery
from apps.automation.services.endpoints import MAX_URL
from apps.core.actor import Actor
from apps.core.api.fields import PublicIdField, VisibleKey
from apps.core.api.serializers import Input, Output

ENDPOINT = {
    "id": "Zr3m1Xk0Qp2Vb7Tn5Wc9Lg",
    "name": "CRM",
    "description": "",
    "url": "https://crm.example.com/hooks/contact-center",
    "events": ["message.received", "ticket.*"],
    "acts_as": "integration",
    "is_enabled": True,
    "disabled_reason": "",
    "failing_since": None,
    "last_success_at": "2026-01-31T09:00:02Z",
    "last_error_at": None,
    "former_key_until": None,
    "created": "2026-01-30T12:00:00Z",
    "updated": "2026-01-30T12:00:00Z",
}
DELIVERY = {
    "id": "Qp2Vb7Tn5Wc9LgZr3m1Xk0",
    "message_id": "msg_Qp2Vb7Tn5Wc9LgZr3m1Xk0",
    "type": "ticket.opened",
    "state": "delivered",
    "attempts": 1,
    "created": "2026-01-31T09:00:01Z",
    "due_at": None,
    "settled_at": "2026-01-31T09:00:02Z",
}


def shown(value: Any) -> OpenApiExample:
    return OpenApiExample("example", value=value, response_only=True, status_codes=["200", "201", "202"])


def asked(value: Any) -> OpenApiExample:
    return OpenApiExample("example", value=value, request_only=True)


def _users(actor: Actor) -> QuerySet[User]:
    return User.objects.visible_to(actor)


# --- Answers ------------------------------------------------------------------------------------------------------


@extend_schema_serializer(examples=[shown(ENDPOINT)])
class WebhookEndpointOutput(Output):
    id = PublicIdField()
    name = serializers.CharField()
    description = serializers.CharField()
    url = serializers.CharField()
    events = serializers.ListField(child=serializers.CharField(), help_text=_("Kinds, `ticket.*`, or `*`."))
    acts_as = serializers.CharField(
        source="acts_as.username", help_text=_("It is told what this user sees, in the form in which they see it.")
    )
    is_enabled = serializers.BooleanField()
    disabled_reason = serializers.ChoiceField(choices=[("", ""), *DisabledReason.choices])
    failing_since = serializers.DateTimeField(allow_null=True)
    last_success_at = serializers.DateTimeField(allow_null=True)
    last_error_at = serializers.DateTimeField(allow_null=True)
    former_key_until = serializers.DateTimeField(
        source="former_until", allow_null=True, help_text=_("Until then the key before the last change signs as well.")
    )
    created = serializers.DateTimeField()
    updated = serializers.DateTimeField()


@extend_schema_serializer(examples=[shown({**ENDPOINT, "signing_key": "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"})])
class WebhookEndpointWithKeyOutput(WebhookEndpointOutput):
    signing_key = serializers.CharField(source="secret", help_text=_("Shown in this answer only."))


@extend_schema_serializer(examples=[shown(DELIVERY)])
class WebhookDeliveryOutput(Output):
    id = PublicIdField()
    message_id = serializers.CharField(help_text=_("The header webhook-id, the same over all attempts."))
    type = serializers.CharField(source="kind")
    state = serializers.ChoiceField(choices=DeliveryState.choices)
    attempts = serializers.IntegerField()
    created = serializers.DateTimeField()
    due_at = serializers.SerializerMethodField(help_text=_("When it is tried next; null when it is settled."))
    settled_at = serializers.DateTimeField(allow_null=True)

    def get_due_at(self, row: WebhookDelivery) -> Any:
        return row.due_at if row.settled_at is None else None


PAYLOAD = {"type": "ticket.opened", "timestamp": "2026-01-31T09:00:00Z", "data": {"position": 90412, "ticket": 1042}}


@extend_schema_serializer(examples=[shown({**DELIVERY, "payload": PAYLOAD})])
class WebhookDeliveryDetailOutput(WebhookDeliveryOutput):
    payload = serializers.DictField(
        allow_null=True,
        help_text=_("What was sent, as this credential may see it; null for what it does not see."),
    )


@extend_schema_serializer(
    examples=[
        shown({"started": "2026-01-31T09:00:01Z", "duration_ms": 84, "status": 204, "error": "", "answer": ""}),
    ]
)
class WebhookAttemptOutput(Output):
    started = serializers.DateTimeField()
    duration_ms = serializers.IntegerField()
    status = serializers.IntegerField(allow_null=True)
    error = serializers.ChoiceField(choices=[("", ""), *AttemptError.choices])
    answer = serializers.CharField(help_text=_("The beginning of what the receiver answered."))


@extend_schema_serializer(
    examples=[
        shown(
            {
                "id": "Wc9LgZr3m1Xk0Qp2Vb7Tn5",
                "since": "2026-01-30T00:00:00Z",
                "created": "2026-01-31T10:00:00Z",
                "created_by": "manager",
                "total": 120,
                "delivered": 90,
                "failed": 0,
                "waiting": 30,
            }
        )
    ]
)
class WebhookReplayOutput(Output):
    id = PublicIdField()
    since = serializers.DateTimeField()
    created = serializers.DateTimeField()
    created_by = serializers.CharField(source="created_by.username", allow_null=True)
    total = serializers.IntegerField()
    delivered = serializers.IntegerField()
    failed = serializers.IntegerField()
    waiting = serializers.IntegerField()


class WebhookEventTypeOutput(Output):
    type = serializers.CharField(help_text=_("What `events` of an endpoint may hold."))
    label = serializers.CharField(  # type: ignore[assignment]  # the base class has another use for the name
        help_text=_("In the language of Accept-Language.")
    )


@extend_schema_serializer(
    examples=[shown({"results": [{"type": "ticket.opened", "label": "A ticket was opened"}]})],
)
class WebhookEventTypeListOutput(Output):
    results = WebhookEventTypeOutput(many=True)


# --- Requests -----------------------------------------------------------------------------------------------------


class _EndpointFields(Input):
    description = serializers.CharField(max_length=500, required=False, allow_blank=True)
    acts_as = VisibleKey(
        _users, column="username", required=False, help_text=_("User name; the credential's own user by default.")
    )


@extend_schema_serializer(
    examples=[asked({"name": "CRM", "url": ENDPOINT["url"], "events": ["message.received", "ticket.*"]})]
)
class WebhookEndpointCreateInput(_EndpointFields):
    name = serializers.CharField(max_length=120)
    url = serializers.CharField(max_length=MAX_URL)
    events = serializers.ListField(child=serializers.CharField(max_length=80), min_length=1, max_length=200)


@extend_schema_serializer(examples=[asked({"events": ["*"]})])
class WebhookEndpointUpdateInput(_EndpointFields):
    name = serializers.CharField(max_length=120, required=False)
    url = serializers.CharField(max_length=MAX_URL, required=False)
    events = serializers.ListField(
        child=serializers.CharField(max_length=80), min_length=1, max_length=200, required=False
    )


@extend_schema_serializer(examples=[asked({"is_enabled": True, "catches_up": False})])
class WebhookStateInput(Input):
    is_enabled = serializers.BooleanField()
    catches_up = serializers.BooleanField(
        default=True,
        help_text=_(
            "When switched on: tell what happened meanwhile as well. Otherwise it begins with what happens now."
        ),
    )


@extend_schema_serializer(examples=[asked({"since": "2026-01-30T00:00:00Z"})])
class WebhookReplayInput(Input):
    since = serializers.DateTimeField()
