from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema, extend_schema_view

from apps.core.api.views import Resource
from apps.knowledge.api.filters import SnippetFilter
from apps.knowledge.api.serializers import SnippetOutput
from apps.knowledge.models import Snippet


@extend_schema_view(
    list=extend_schema(
        summary=_("List snippets"), description=_("Ready texts that this credential's user may use: own, team's, all.")
    ),
)
class Snippets(Resource[Snippet]):
    serializer_class = SnippetOutput
    filterset_class = SnippetFilter
    permission = "tickets.view"
    orderings = {"shortcut": ("shortcut", "id"), "-updated": ("-updated", "-id")}
    queryset = Snippet.objects.none()

    def get_queryset(self) -> QuerySet[Snippet]:
        return Snippet.objects.visible_to(self.actor).usable().select_related("team", "owner")
