from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema, extend_schema_view

from apps.core.api.views import Resource
from apps.outsourcing.api.filters import ContractFilter
from apps.outsourcing.api.serializers import ContractOutput
from apps.outsourcing.models import Contract
from apps.outsourcing.querysets import MANAGE


@extend_schema_view(
    list=extend_schema(
        summary=_("List contracts"),
        description=_("What was agreed with vendors, for credentials of who manages people."),
    ),
    retrieve=extend_schema(summary=_("Show a contract"), description=_("One contract, by its number.")),
)
class Contracts(Resource[Contract]):
    serializer_class = ContractOutput
    filterset_class = ContractFilter
    lookup_field = "number"
    permission = MANAGE
    orderings = {"number": ("number",), "-updated": ("-updated", "-id")}
    queryset = Contract.objects.none()

    def get_queryset(self) -> QuerySet[Contract]:
        return Contract.objects.visible_to(self.actor).whole()
