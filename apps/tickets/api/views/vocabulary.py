from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema, extend_schema_view

from apps.core.api.paging import WholeList
from apps.core.api.views import Resource
from apps.tickets.api.serializers import CategoryOutput, QueueOutput
from apps.tickets.models import Category, Queue


@extend_schema_view(
    list=extend_schema(summary=_("List queues"), description=_("The queues whose tickets this credential works.")),
)
class Queues(Resource[Queue]):
    serializer_class = QueueOutput
    permission = "tickets.view"
    pagination_class = WholeList
    queryset = Queue.objects.none()

    def get_queryset(self) -> QuerySet[Queue]:
        return Queue.objects.visible_to(self.actor).order_by("position", "key")


@extend_schema_view(
    list=extend_schema(summary=_("List categories"), description=_("The tree of what tickets are about.")),
)
class Categories(Resource[Category]):
    serializer_class = CategoryOutput
    permission = "tickets.view"
    pagination_class = WholeList
    queryset = Category.objects.none()

    def get_queryset(self) -> QuerySet[Category]:
        return Category.objects.visible_to(self.actor).select_related("parent").order_by("position", "key")
