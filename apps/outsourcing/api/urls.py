from django.urls import path, re_path

from apps.core.api.views import PUBLIC_ID
from apps.outsourcing.api.people import VendorPeople
from apps.outsourcing.api.statements import ContractDuties, Statements
from apps.outsourcing.api.views import Contracts, ContractScorecard

PERSON = r"(?P<person>[\w.@+-]{1,150})"

urlpatterns = [
    path("contracts/", Contracts.as_view({"get": "list"}), name="contracts"),
    re_path(r"^contracts/(?P<number>[A-Za-z0-9._-]{1,40})/$", Contracts.as_view({"get": "retrieve"}), name="contract"),
    re_path(
        r"^contracts/(?P<number>[A-Za-z0-9._-]{1,40})/scorecard/$",
        ContractScorecard.as_view(),
        name="contract-scorecard",
    ),
    re_path(r"^contracts/(?P<number>[A-Za-z0-9._-]{1,40})/duties/$", ContractDuties.as_view(), name="contract-duties"),
    path("statements/", Statements.as_view({"get": "list"}), name="statements"),
    re_path(rf"^statements/(?P<public_id>{PUBLIC_ID})/$", Statements.as_view({"get": "retrieve"}), name="statement"),
    re_path(
        rf"^statements/(?P<public_id>{PUBLIC_ID})/moves/$", Statements.as_view({"post": "move"}), name="statement-moves"
    ),
    path("vendor-people/", VendorPeople.as_view({"get": "list"}), name="vendor-people"),
    re_path(rf"^vendor-people/{PERSON}/$", VendorPeople.as_view({"get": "retrieve"}), name="vendor-person"),
    re_path(
        rf"^vendor-people/{PERSON}/certificates/(?P<skill>[-\w]{{1,50}})/$",
        VendorPeople.as_view({"put": "put_certificate"}),
        name="vendor-person-certificate",
    ),
    re_path(
        rf"^vendor-people/{PERSON}/steps/(?P<step>{PUBLIC_ID})/$",
        VendorPeople.as_view({"put": "put_step", "delete": "delete_step"}),
        name="vendor-person-step",
    ),
    re_path(
        rf"^vendor-people/{PERSON}/suspension/$",
        VendorPeople.as_view({"put": "put_suspension", "delete": "delete_suspension"}),
        name="vendor-person-suspension",
    ),
]
