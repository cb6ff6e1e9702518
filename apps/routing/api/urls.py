from django.urls import path, re_path

from apps.core.api.views import PUBLIC_ID
from apps.routing.api import views

OFFER = rf"offers/(?P<public_id>{PUBLIC_ID})"

urlpatterns = [
    path("break-reasons/", views.BreakReasons.as_view({"get": "list"}), name="break-reasons"),
    path("agent-states/", views.AgentStates.as_view(), name="agent-states"),
    path("agent-states/<str:username>/", views.OneAgentState.as_view(), name="agent-state"),
    path("agent-state-changes/", views.AgentStateChanges.as_view({"get": "list"}), name="agent-state-changes"),
    path("offers/", views.Offers.as_view(), name="offers"),
    re_path(rf"^{OFFER}/acceptance/$", views.OfferAcceptance.as_view(), name="offer-acceptance"),
    re_path(rf"^{OFFER}/refusal/$", views.OfferRefusal.as_view(), name="offer-refusal"),
    re_path(r"^tickets/(?P<number>[1-9]\d{0,14})/offers/$", views.TicketOffers.as_view(), name="ticket-offers"),
]
