from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.access import access_of
from apps.accounts.api.filters import UserFilter
from apps.accounts.api.serializers import MeOutput, SkillOutput, TeamOutput, UserOutput
from apps.accounts.models import AgentSkill, Skill, Team, User
from apps.core.api.paging import WholeList
from apps.core.api.views import ApiView, Resource
from apps.core.clock import now
from apps.core.errors import NotVisible


class Me(ApiView):
    """What this credential may do."""

    @extend_schema(
        operation_id="me_retrieve",
        summary=_("Show who the token acts as"),
        description=_("The user, the role and the permissions in force for this credential."),
        responses=MeOutput,
    )
    def get(self, request: Request) -> Response:
        if self.actor.user is None:
            raise NotVisible
        row = MeOutput.row(self.actor, self.actor.user, sees_all=access_of(self.actor).sees_all)
        return Response(MeOutput(row).data)


@extend_schema_view(
    list=extend_schema(
        summary=_("List colleagues"), description=_("Staff that can be named as assignee or mentioned.")
    ),
    retrieve=extend_schema(summary=_("Show a colleague"), description=_("One member of staff by user name.")),
)
class Users(Resource[User]):
    serializer_class = UserOutput
    filterset_class = UserFilter
    lookup_field = "username"
    permission = "tickets.view"
    orderings = {"username": ("username",)}
    queryset = User.objects.none()

    def get_queryset(self) -> QuerySet[User]:
        skills = AgentSkill.objects.visible_to(self.actor).in_force(now().date()).select_related("skill")
        people = User.objects.visible_to(self.actor).listed_to(self.actor).select_related("role", "vendor")
        return people.prefetch_related(Prefetch("agent_skills", skills.order_by("skill__key")))


@extend_schema_view(
    list=extend_schema(summary=_("List teams"), description=_("Teams that tickets can be given to.")),
)
class Teams(Resource[Team]):
    serializer_class = TeamOutput
    lookup_field = "key"
    permission = "tickets.view"
    pagination_class = WholeList
    queryset = Team.objects.none()

    def get_queryset(self) -> QuerySet[Team]:
        return Team.objects.visible_to(self.actor).filter(is_active=True).order_by("key")


@extend_schema_view(
    list=extend_schema(summary=_("List skills"), description=_("What work may ask of the people who take it.")),
)
class Skills(Resource[Skill]):
    serializer_class = SkillOutput
    lookup_field = "key"
    permission = "tickets.view"
    pagination_class = WholeList
    queryset = Skill.objects.none()

    def get_queryset(self) -> QuerySet[Skill]:
        return Skill.objects.visible_to(self.actor).active().order_by("key")
