from django.urls import path, re_path

from apps.outsourcing.api.views import Contracts, ContractScorecard

urlpatterns = [
    path("contracts/", Contracts.as_view({"get": "list"}), name="contracts"),
    re_path(r"^contracts/(?P<number>[A-Za-z0-9._-]{1,40})/$", Contracts.as_view({"get": "retrieve"}), name="contract"),
    re_path(
        r"^contracts/(?P<number>[A-Za-z0-9._-]{1,40})/scorecard/$",
        ContractScorecard.as_view(),
        name="contract-scorecard",
    ),
]
