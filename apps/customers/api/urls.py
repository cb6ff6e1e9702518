from django.urls import path, re_path

from apps.core.api.views import PUBLIC_ID
from apps.customers.api.views import (
    CustomerConsents,
    CustomerIdentities,
    CustomerMerge,
    CustomerNotes,
    Customers,
    Identities,
    MergeSuggestions,
    Organizations,
    Tags,
)

CUSTOMER = rf"^customers/(?P<customer_id>{PUBLIC_ID})"

urlpatterns = [
    path("customers/", Customers.as_view({"get": "list", "post": "create"}), name="customers"),
    re_path(
        rf"^customers/(?P<public_id>{PUBLIC_ID})/$",
        Customers.as_view({"get": "retrieve", "patch": "partial_update"}),
        name="customer",
    ),
    re_path(
        rf"{CUSTOMER}/merge/$",
        CustomerMerge.as_view({"post": "create", "delete": "destroy"}),
        name="customer-merge",
    ),
    re_path(
        rf"{CUSTOMER}/identities/$",
        CustomerIdentities.as_view({"get": "list", "post": "create"}),
        name="customer-identities",
    ),
    re_path(
        rf"{CUSTOMER}/identities/(?P<identity_id>{PUBLIC_ID})/$",
        CustomerIdentities.as_view({"delete": "destroy"}),
        name="customer-identity",
    ),
    re_path(rf"{CUSTOMER}/notes/$", CustomerNotes.as_view({"get": "list", "post": "create"}), name="customer-notes"),
    re_path(
        rf"{CUSTOMER}/notes/(?P<note_id>{PUBLIC_ID})/$",
        CustomerNotes.as_view({"delete": "destroy"}),
        name="customer-note",
    ),
    re_path(
        rf"{CUSTOMER}/consents/$", CustomerConsents.as_view({"get": "list", "put": "note"}), name="customer-consents"
    ),
    path("identities/", Identities.as_view({"get": "list"}), name="identities"),
    path("organizations/", Organizations.as_view({"get": "list", "post": "create"}), name="organizations"),
    re_path(
        rf"^organizations/(?P<public_id>{PUBLIC_ID})/$",
        Organizations.as_view({"get": "retrieve", "patch": "partial_update"}),
        name="organization",
    ),
    path("merge-suggestions/", MergeSuggestions.as_view({"get": "list"}), name="merge-suggestions"),
    re_path(
        rf"^merge-suggestions/(?P<public_id>{PUBLIC_ID})/decision/$",
        MergeSuggestions.as_view({"put": "decide"}),
        name="merge-suggestion-decision",
    ),
    path("tags/", Tags.as_view({"get": "list"}), name="tags"),
]
