from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from apps.core import audit
from apps.core.admin.base import Column, ReadOnlyAdmin, actor_of, column
from apps.core.permissions import may
from apps.customers.models import Customer, Identity, Organization
from apps.customers.selectors import company_name, search_customers
from apps.privacy.lens import Lens, lens_for


def _new_request(row: Customer) -> str:
    address = f"{reverse('admin:privacy-request-new')}?customer={row.pk}"
    return format_html('<a class="underline" href="{}">{}</a>', address, _("New request about personal data"))


def _company(row: Customer, lens: Lens) -> str:
    return company_name(row, lens.of(row.is_minor), {})


@admin.register(Customer)
class CustomerAdmin(ReadOnlyAdmin[Customer]):
    """Served and edited on the desk; here to look something up. Found by a whole handle or name, as there."""

    view_code = "customers.view"
    list_filter = ("level", "language", "tags")
    list_select_related = ("organization",)
    ordering = ("-id",)
    # Not columns: what is typed goes through the same door as the desk's search.
    search_fields = ("pk",)
    search_help_text = _("A whole phone number, e-mail address or customer number; a whole name; last four digits.")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Customer], search_term: str
    ) -> tuple[QuerySet[Customer], bool]:
        if not search_term.strip():
            return queryset, False
        found = search_customers(search_term, actor_of(request), limit=50)
        return queryset.filter(pk__in=[row.id for row in found]), False

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        lens = lens_for(actor_of(request))
        return [
            column("reference", _("reference"), lambda row: row.public_id),
            column("shown_name", _("name"), lambda row: lens.of(row.is_minor).name(row.name) or "—"),
            "level",
            column(
                "organization_name",
                _("organization"),
                lambda row: _company(row, lens) if row.organization else "—",
            ),
            "language",
            "is_minor",
            "created",
        ]

    def get_fields(self, request: HttpRequest, obj: Customer | None = None) -> list[Any]:
        return [
            *self.shown_columns(request),
            "is_minor",
            "level",
            "language",
            "time_zone",
            "merged_into",
            "created",
            "updated",
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Customer | None = None) -> list[Any]:
        return self.get_fields(request, obj)

    def shown_columns(self, request: HttpRequest) -> list[Column]:
        lens = lens_for(actor_of(request))

        def identities(row: Customer) -> str:
            known = Identity.objects.visible_to(actor_of(request)).filter(customer=row).order_by("id")
            own = lens.of(row.is_minor)
            return ", ".join(f"{identity.kind}: {own.value(identity.kind, identity.value)}" for identity in known)

        return [
            column("shown_name", _("name"), lambda row: lens.of(row.is_minor).name(row.name) or "—"),
            column("identities", _("identities"), identities),
            *(
                [column("rights", _("rights"), _new_request)]
                if may(actor_of(request), "privacy.manage_requests")
                else []
            ),
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        customer = self.get_object(request, object_id)
        if customer is not None:
            audit.record_view("customer.viewed", by=actor_of(request), subject=customer)
        return super().change_view(request, object_id, form_url, extra_context)


@admin.register(Organization)
class OrganizationAdmin(ReadOnlyAdmin[Organization]):
    view_code = "customers.view"
    list_filter = ("level",)
    ordering = ("-id",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Organization]:
        return super().get_queryset(request).annotate(customer_count=Count("customers"))

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        return [self.shown_name(request), "level", self.size(), "created"]

    def get_fields(self, request: HttpRequest, obj: Organization | None = None) -> list[Any]:
        return [self.shown_name(request), "level", self.size(), "created", "updated"]

    def get_readonly_fields(self, request: HttpRequest, obj: Organization | None = None) -> list[Any]:
        return self.get_fields(request, obj)

    def shown_name(self, request: HttpRequest) -> Column:
        lens = lens_for(actor_of(request))
        return column("shown_name", _("name"), lambda row: lens.text(row.name))

    def size(self) -> Column:
        return column("size", _("customers"), lambda row: row.customer_count, order="customer_count")
