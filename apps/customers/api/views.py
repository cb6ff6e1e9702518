from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import Prefetch, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core import audit
from apps.core.actor import Actor
from apps.core.api.errors import InvalidParameter
from apps.core.api.paging import WholeList
from apps.core.api.throttles import ActorThrottle, LookupThrottle
from apps.core.api.versions import expected_version, tagged
from apps.core.api.views import PUBLIC_ID, Resource
from apps.core.errors import InvalidInput, NotVisible
from apps.core.ids import read_public_id
from apps.customers.api import serializers as shapes
from apps.customers.api.filters import CustomerFilter, OrganizationFilter, TagFilter
from apps.customers.identities import normalize
from apps.customers.minors import lacks_guardian
from apps.customers.models import Customer, CustomerNote, Identity, MergeSuggestion, Organization, Tag
from apps.customers.querysets import IdentityQuerySet
from apps.customers.selectors import choice_rows, family_ids, known_values, open_suggestions, suggestion_rows
from apps.customers.services import customers, merging, organizations, suggestions
from apps.customers.services.allowing import set_allowed
from apps.customers.services.minors import GuardianInput, set_minor
from apps.privacy.enums import Purpose
from apps.privacy.lens import lens_for


def with_shape(rows: QuerySet[Customer]) -> QuerySet[Customer]:
    """Reads along what the answer names."""
    known = Identity.objects.order_by("-is_primary", "id")  # one door: of customers that are scoped already
    identities = Prefetch("identities", known.select_related("customer"))
    return rows.select_related("organization", "merged_into", "guardian").prefetch_related("tags", identities)


@extend_schema_view(
    list=extend_schema(
        summary=_("List customers"),
        description=_("Customers that this credential may see, newest first. Names and handles pass its lens."),
    ),
    retrieve=extend_schema(
        summary=_("Show a customer"), description=_("One customer with identities, organization and tags.")
    ),
)
class Customers(Resource[Customer]):
    lists_persons = True
    serializer_class = shapes.CustomerOutput
    filterset_class = CustomerFilter
    lookup_field = "public_id"
    lookup_value_regex = PUBLIC_ID
    permission = "customers.view"
    permission_by_action = {"create": "customers.edit", "partial_update": "customers.edit"}
    orderings = {"-created": ("-id",), "created": ("id",)}
    versioned = True
    queryset = Customer.objects.none()

    def get_queryset(self) -> QuerySet[Customer]:
        rows = Customer.objects.visible_to(self.actor)
        return with_shape(rows.living() if self.action == "list" else rows)

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        customer = self.get_object()
        audit.record_view("customer.viewed", by=self.actor, subject=customer)
        return tagged(self.shown(customer), customer)

    @extend_schema(
        summary=_("Create a customer"),
        description=_("Refused when one of the identities already belongs to a customer, seen or unseen."),
        request=shapes.CustomerCreateInput,
        responses={201: shapes.CustomerOutput},
    )
    @transaction.atomic
    def create(self, request: Request) -> Response:
        data = self.read(shapes.CustomerCreateInput)
        tags, minor = data.pop("tags", None), _minor_in(data)
        identities = [(row["kind"], row["value"]) for row in data.pop("identities", [])]
        customer = customers.create_customer(by=self.actor, identities=identities, **data)
        if tags:
            customers.set_tags(customer=customer, keys=tags, by=self.actor)
        _note_minor(customer, minor, self.actor)
        response = self.answer(customer, status=201)
        response["Location"] = request.build_absolute_uri(reverse("api:customer", args=[customer.public_id]))
        return response

    @extend_schema(
        summary=_("Change a customer"),
        description=_("Only the fields that are sent change. Identities and notes have addresses of their own."),
        request=shapes.CustomerUpdateInput,
        responses=shapes.CustomerOutput,
    )
    @transaction.atomic
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        customer = self.get_object()
        data = self.read(shapes.CustomerUpdateInput)
        tags, minor = data.pop("tags", None), _minor_in(data)
        customer = customers.update_customer(
            customer=customer, by=self.actor, version=expected_version(request), **data
        )
        if tags is not None:
            customers.set_tags(customer=customer, keys=tags, by=self.actor)
        _note_minor(customer, minor, self.actor)
        return self.answer(customer)

    def answer(self, customer: Customer, status: int = 200) -> Response:
        """As everybody else would read it now; the creator of a record keeps seeing it in this answer."""
        fresh = with_shape(Customer.objects.visible_to(self.actor)).filter(pk=customer.pk).first() or customer
        return tagged(self.shown(fresh, status=status), fresh)


def _minor_in(data: dict[str, Any]) -> dict[str, Any]:
    """What is said of a minor, taken out of what else is said of a customer."""
    return {name: data.pop(name) for name in ("is_minor", "guardian") if name in data}


def _note_minor(customer: Customer, said: Mapping[str, Any], by: Actor) -> None:
    if not said:
        return
    is_minor, guardian = said.get("is_minor", customer.is_minor), said.get("guardian")
    if guardian and not is_minor:
        raise InvalidInput(fields={"guardian": [_("Only a minor has a guardian.")]})
    given = None if not guardian else GuardianInput(**guardian, keeps_consent="consented_on" not in guardian)
    set_minor(customer=customer, is_minor=is_minor, guardian=given, by=by)


class OfCustomer(Resource[Any]):
    """What hangs on one customer: reached through the customer alone."""

    lookup_field = "public_id"
    permission = "customers.view"
    permission_by_action = {"create": "customers.edit", "destroy": "customers.edit"}

    def customer(self) -> Customer:
        pk = read_public_id(Customer, self.kwargs["customer_id"])
        found = None if pk is None else Customer.objects.visible_to(self.actor).filter(pk=pk).first()
        if found is None:
            raise NotVisible
        return found

    def records(self) -> QuerySet[Customer]:
        """The customer, and the records merged into it that are in sight."""
        return Customer.objects.visible_to(self.actor).merged_with(self.customer()).values("pk")  # type: ignore[return-value]

    def check_repeat(self) -> None:
        self.customer()


class CustomerMerge(OfCustomer):
    serializer_class = shapes.CustomerOutput
    permission_by_action = {"create": "customers.merge", "destroy": "customers.merge"}
    queryset = Customer.objects.none()

    @extend_schema(
        operation_id="customers_merge_create",
        summary=_("Merge a customer into another"),
        description=_(
            "For one person under two records, both in sight. Identities, tickets and notes are shown with the record that"
            " lives on, and what the person writes from now on belongs to it. Answers with that record."
        ),
        request=shapes.CustomerMergeInput,
        responses=shapes.CustomerOutput,
    )
    def create(self, request: Request, customer_id: str) -> Response:
        into = self.read(shapes.CustomerMergeInput)["into"]
        survivor = merging.merge_customers(survivor=into, merged=self.customer(), by=self.actor)
        return tagged(self.shown(with_shape(Customer.objects.visible_to(self.actor)).get(pk=survivor.pk)), survivor)

    @extend_schema(
        operation_id="customers_merge_destroy",
        summary=_("Undo a merge"),
        description=_("The record stands by itself again, with what had been merged into it before."),
        responses={204: OpenApiResponse(description=_("Not merged."))},
    )
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        merging.unmerge_customers(merged=self.customer(), by=self.actor)
        return Response(status=204)


@extend_schema_view(
    list=extend_schema(
        summary=_("List a customer's identities"), description=_("Every handle of the customer, preferred ones first.")
    ),
)
class CustomerIdentities(OfCustomer):
    serializer_class = shapes.IdentityOutput
    lookup_url_kwarg = "identity_id"
    pagination_class = WholeList
    queryset = Identity.objects.none()

    def get_queryset(self) -> QuerySet[Identity]:
        rows = Identity.objects.visible_to(self.actor).filter(customer__in=self.records())
        return rows.select_related("customer").order_by("-is_primary", "id")

    @extend_schema(
        summary=_("Add an identity"),
        description=_("A handle that belongs to somebody else is refused in the same words, seen or unseen."),
        request=shapes.IdentityInput,
        responses={201: shapes.IdentityOutput},
    )
    def create(self, request: Request, customer_id: str) -> Response:
        data = self.read(shapes.IdentityInput)
        identity = customers.add_identity(customer=self.customer(), by=self.actor, **data)
        return self.shown(identity, status=201)

    @extend_schema(
        summary=_("Remove an identity"),
        description=_(
            "The next message from this handle is a new customer's. Of a minor it needs the right to see minors."
        ),
    )
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        customers.remove_identity(identity=self.get_object(), by=self.actor)
        return Response(status=204)


@extend_schema_view(
    list=extend_schema(
        summary=_("List a customer's notes"), description=_("What staff wrote down; pinned notes first.")
    ),
)
class CustomerNotes(OfCustomer):
    serializer_class = shapes.CustomerNoteOutput
    lookup_url_kwarg = "note_id"
    pagination_class = WholeList
    queryset = CustomerNote.objects.none()

    def get_queryset(self) -> QuerySet[CustomerNote]:
        rows = CustomerNote.objects.visible_to(self.actor).filter(customer__in=self.records())
        return rows.select_related("author", "customer").order_by("-is_pinned", "-created", "-id")

    def get_serializer_context(self) -> dict[str, Any]:
        context = dict(super().get_serializer_context())
        if "customer_id" in self.kwargs:
            context["known"] = known_values(self.customer())
        return context

    @extend_schema(
        summary=_("Add a note"),
        description=_("Written in the name of the token's user; never shown to the customer."),
        request=shapes.CustomerNoteInput,
        responses={201: shapes.CustomerNoteOutput},
    )
    def create(self, request: Request, customer_id: str) -> Response:
        data = self.read(shapes.CustomerNoteInput)
        return self.shown(customers.add_note(customer=self.customer(), by=self.actor, **data), status=201)

    @extend_schema(summary=_("Remove a note"), description=_("One's own; others' with the right to merge customers."))
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        customers.remove_note(note=self.get_object(), by=self.actor)
        return Response(status=204)


class CustomerConsents(OfCustomer):
    serializer_class = shapes.ConsentOutput
    pagination_class = WholeList
    queryset = Customer.objects.none()

    @extend_schema(
        operation_id="customers_consents_list",
        summary=_("List what a customer allows"),
        description=_("Each use of their data, and whether it is allowed now."),
        responses=shapes.ConsentOutput(many=True),
    )
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        ids = family_ids(self.customer())
        rows = choice_rows(ids, lacks_guardian=lacks_guardian(ids))
        return self.get_paginated_response(shapes.ConsentOutput(rows, many=True).data)

    @extend_schema(
        operation_id="customers_consents_update",
        summary=_("Note what a customer allows or takes back"),
        description=_("Holds from the next moment on, on every channel. Saying the same again changes nothing."),
        request=shapes.ConsentInput,
        responses={204: OpenApiResponse(description=_("Noted."))},
    )
    def note(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        data = self.read(shapes.ConsentInput)
        said = {"is_allowed": data["is_allowed"], "proof": data.get("proof", "")}
        set_allowed(customer=self.customer(), purpose=Purpose(data["purpose"]), by=self.actor, **said)
        return Response(status=204)


class Identities(Resource[Identity]):
    """Who is behind a handle, by its exact value."""

    serializer_class = shapes.IdentityOutput
    permission = "customers.view"
    throttle_classes = (ActorThrottle, LookupThrottle)
    pagination_class = WholeList
    parameters_by_action = {"list": ("kind", "value", "scope")}
    queryset = Identity.objects.none()

    def get_queryset(self) -> IdentityQuerySet:
        return Identity.objects.visible_to(self.actor).select_related("customer")

    @extend_schema(
        summary=_("Look up an identity"),
        description=_(
            "Finds the customer of one handle by its exact value, as on an incoming call. At most one row; none when"
            " nobody has it or when its customer is out of sight. Counted per minute."
        ),
        parameters=[
            OpenApiParameter("kind", OpenApiTypes.STR, required=True, description=_("phone, email, external_id …")),
            OpenApiParameter("value", OpenApiTypes.STR, required=True, description=_("The whole value.")),
            OpenApiParameter("scope", OpenApiTypes.STR, description=_("The account that issued the handle.")),
        ],
    )
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        values = {name: request.query_params.get(name, "").strip() for name in ("kind", "value", "scope")}
        for name in ("kind", "value"):
            if not values[name]:
                raise InvalidParameter(name=name)
        value = normalize(values["kind"], values["value"][:600])
        found = self.get_queryset().handle(kind=values["kind"], value=value, scope=values["scope"][:120])
        audit.record(
            "identity.looked_up",
            by=self.actor,
            details={"kind": values["kind"], "term": audit.mark_of(value), "found": len(found)},
        )
        return self.listed(found)


@extend_schema_view(
    list=extend_schema(
        summary=_("List suggested merges"),
        description=_("Pairs of customers that may be one person and about which nobody has decided. Both in sight."),
    ),
)
class MergeSuggestions(Resource[MergeSuggestion]):
    serializer_class = shapes.MergeSuggestionOutput
    lookup_field = "public_id"
    permission = "customers.merge"
    orderings = {"-created": ("-id",)}
    queryset = MergeSuggestion.objects.none()

    def get_queryset(self) -> QuerySet[MergeSuggestion]:
        return open_suggestions(self.actor) if self.action == "list" else MergeSuggestion.objects.visible_to(self.actor)

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        page = list(self.paginate_queryset(self.filter_queryset(self.get_queryset())) or [])
        rows = suggestion_rows(page, lens_for(self.actor))
        return self.get_paginated_response(shapes.MergeSuggestionOutput(rows, many=True).data)

    @extend_schema(
        operation_id="merge_suggestions_decision_update",
        summary=_("Decide about a suggested merge"),
        description=_("Accepting merges into the older record. A decision is taken back by opening it again."),
        request=shapes.SuggestionDecisionInput,
        responses={204: OpenApiResponse(description=_("Decided."))},
    )
    def decide(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        decide = suggestions.DECISIONS[self.read(shapes.SuggestionDecisionInput)["decision"]]
        decide(suggestion=self.get_object(), by=self.actor)
        return Response(status=204)


@extend_schema_view(
    list=extend_schema(summary=_("List organizations"), description=_("Companies that customers belong to.")),
    retrieve=extend_schema(summary=_("Show an organization"), description=_("One organization.")),
)
class Organizations(Resource[Organization]):
    lists_persons = True
    serializer_class = shapes.OrganizationOutput
    filterset_class = OrganizationFilter
    lookup_field = "public_id"
    permission = "customers.view"
    permission_by_action = {"create": "customers.edit", "partial_update": "customers.edit"}
    orderings = {"-created": ("-id",), "created": ("id",)}
    versioned = True
    queryset = Organization.objects.none()

    def get_queryset(self) -> QuerySet[Organization]:
        return Organization.objects.visible_to(self.actor)

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        row = self.get_object()
        return tagged(self.shown(row), row)

    @extend_schema(
        summary=_("Create an organization"),
        description=_("Customers are put into it by changing the customer."),
        request=shapes.OrganizationInput,
        responses={201: shapes.OrganizationOutput},
    )
    def create(self, request: Request) -> Response:
        row = organizations.create_organization(by=self.actor, **self.read(shapes.OrganizationInput))
        response = tagged(self.shown(row, status=201), row)
        response["Location"] = request.build_absolute_uri(reverse("api:organization", args=[row.public_id]))
        return response

    @extend_schema(
        summary=_("Change an organization"),
        description=_("Only the fields that are sent change."),
        request=shapes.OrganizationUpdateInput,
        responses=shapes.OrganizationOutput,
    )
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        row = self.get_object()
        data = self.read(shapes.OrganizationUpdateInput)
        row = organizations.update_organization(
            organization=row, by=self.actor, version=expected_version(request), **data
        )
        return tagged(self.shown(row), row)


@extend_schema_view(
    list=extend_schema(summary=_("List tags"), description=_("The vocabulary shared by tickets and customers.")),
)
class Tags(Resource[Tag]):
    serializer_class = shapes.TagOutput
    filterset_class = TagFilter
    permission = "tickets.view"
    pagination_class = WholeList
    queryset = Tag.objects.none()

    def get_queryset(self) -> QuerySet[Tag]:
        return Tag.objects.visible_to(self.actor).order_by("key")
