from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from apps.core.api.fields import VisibleKey
from apps.core.api.serializers import Input, Output
from apps.tickets.api.serializers.examples import ROUTE, sent, shown
from apps.tickets.api.serializers.fields import visible_channels
from apps.tickets.selectors.routes import ReplyRoute


@extend_schema_serializer(examples=[shown(ROUTE)])
class ReplyRouteOutput(Output):
    """One channel on which the customer is reached; with public comments two, in public and in private."""

    channel = serializers.CharField(source="channel_key")
    is_public = serializers.BooleanField(
        help_text=_("Whether everybody reads the answer, under the customer's comment.")
    )
    to = serializers.SerializerMethodField(help_text=_("As the credential may see it."))
    window_ends_at = serializers.DateTimeField(allow_null=True)
    replies_left = serializers.IntegerField(allow_null=True)
    max_length = serializers.IntegerField(allow_null=True)
    has_html = serializers.BooleanField(source="html")
    takes_files = serializers.BooleanField(source="attachments")
    refusal = serializers.CharField(help_text=_("Why it cannot be used now; empty when it can."))
    is_default = serializers.BooleanField(
        help_text=_(
            "What the desk offers first. A reply that does not say `is_public` takes the first that is not public."
        )
    )

    def get_to(self, route: ReplyRoute) -> list[str]:
        return [person.label for person in route.to]


@extend_schema_serializer(examples=[shown({"results": [ROUTE]})])
class ReplyRouteListOutput(Output):
    results = ReplyRouteOutput(many=True)


@extend_schema_serializer(examples=[sent({"channel": "wechat", "html": "<p>It is on its <b>way</b>.</p>"})])
class PreviewInput(Input):
    html = serializers.CharField(max_length=500_000, required=False, allow_blank=True)
    text = serializers.CharField(max_length=200_000, required=False, allow_blank=True)
    channel = VisibleKey(visible_channels, required=False, allow_null=True)
    is_public = serializers.BooleanField(default=False)


@extend_schema_serializer(
    examples=[
        shown(
            {
                "channel": "wechat",
                "is_public": False,
                "messages": 2,
                "segments": None,
                "length": 1204,
                "losses": ["Formatting is lost."],
                "refusal": "",
            }
        )
    ]
)
class PreviewOutput(Output):
    channel = serializers.CharField(source="channel.key")
    is_public = serializers.BooleanField()
    messages = serializers.IntegerField(help_text=_("How many the platform will see."))
    segments = serializers.IntegerField(allow_null=True, help_text=_("What a phone network counts."))
    length = serializers.IntegerField()
    losses = serializers.ListField(child=serializers.CharField(), help_text=_("What the channel leaves out, in words."))
    refusal = serializers.CharField(help_text=_("Why it could not be sent like this; empty when it could."))
