"""A vendor's people: who they are, what the contract asks of them, and what lets them be given work."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.models import Skill, User
from apps.core.api.views import Resource
from apps.core.errors import NotVisible
from apps.core.ids import read_public_id
from apps.outsourcing.api.filters import VendorPersonFilter
from apps.outsourcing.api.people_serializers import (
    CertificateInput,
    SuspensionInput,
    VendorPersonOutput,
    VendorPersonStandingOutput,
)
from apps.outsourcing.models import OnboardingStep
from apps.outsourcing.querysets import sees_contracts
from apps.outsourcing.selectors.people import vendors_people
from apps.outsourcing.services import clearing, people, suspending


@extend_schema_view(
    list=extend_schema(
        summary=_("List vendors' people"),
        description=_("Of every vendor for the house's managers; of the own company for a vendor's manager."),
    ),
    retrieve=extend_schema(
        summary=_("Show one of a vendor's people"),
        description=_("With what the contract in force asks of them, and what stands in the way of new work."),
        responses=VendorPersonStandingOutput,
    ),
)
class VendorPeople(Resource[User]):
    serializer_class = VendorPersonOutput
    filterset_class = VendorPersonFilter
    lookup_field = "username"
    lookup_url_kwarg = "person"
    orderings = {"username": ("username",)}
    queryset = User.objects.none()

    def get_queryset(self) -> QuerySet[User]:
        return vendors_people(self.actor)

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return self._standing()

    @extend_schema(
        summary=_("Certify somebody in a skill"),
        description=_("In one that the contract in force asks for. A vendor's manager may where the contract says so."),
        request=CertificateInput,
        responses=VendorPersonStandingOutput,
    )
    def put_certificate(self, request: Request, person: str, skill: str) -> Response:
        user, data = self.get_object(), self.read(CertificateInput)
        known = Skill.objects.visible_to(self.actor).filter(key=skill).first()
        if known is None:
            raise NotVisible
        until = data["certified_until"]
        clearing.certify_agent(user=user, skill=known, level=data["level"], until=until, by=self.actor)
        return self._standing()

    @extend_schema(
        summary=_("Tick a step of on-boarding"),
        description=_("Doing it twice is doing it once. Steps that are ticked in-house are refused to vendors."),
        request=None,
        responses=VendorPersonStandingOutput,
    )
    def put_step(self, request: Request, person: str, step: str) -> Response:
        clearing.tick_step(step=self._step(step), user=self.get_object(), by=self.actor)
        return self._standing()

    @extend_schema(
        summary=_("Take a tick of on-boarding back"),
        description=_("Until it is ticked again, no new work is given."),
        request=None,
        responses={200: VendorPersonStandingOutput},
    )
    def delete_step(self, request: Request, person: str, step: str) -> Response:
        clearing.untick_step(step=self._step(step), user=self.get_object(), by=self.actor)
        return self._standing()

    @extend_schema(
        summary=_("Shut one of a vendor's people out"),
        description=_("Sessions, sockets and tokens end at once, and what they hold waits for others."),
        request=SuspensionInput,
        responses=VendorPersonStandingOutput,
    )
    def put_suspension(self, request: Request, person: str) -> Response:
        user, data = self.get_object(), self.read(SuspensionInput)
        act = suspending.suspend_agent if sees_contracts(self.actor) else people.switch_agent_off
        act(user=user, reason=data["reason"], by=self.actor)
        return self._standing()

    @extend_schema(
        summary=_("Let one of a vendor's people in again"),
        description=_("They sign in anew; tokens are issued anew."),
        request=None,
        responses={200: VendorPersonStandingOutput},
    )
    def delete_suspension(self, request: Request, person: str) -> Response:
        act = suspending.reinstate_agent if sees_contracts(self.actor) else people.switch_agent_on
        act(user=self.get_object(), reason=str(_("By the API.")), by=self.actor)
        return self._standing()

    def _step(self, text: str) -> OnboardingStep:
        pk = read_public_id(OnboardingStep, text)
        found = OnboardingStep.objects.visible_to(self.actor).filter(pk=pk).first() if pk is not None else None
        if found is None:
            raise NotVisible
        return found

    def _standing(self) -> Response:
        return self.shown(self.get_object(), VendorPersonStandingOutput)
