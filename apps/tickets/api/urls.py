from typing import Any

from django.urls import path, re_path

from apps.core.api.views import PUBLIC_ID
from apps.tickets.api import views
from apps.tickets.api.views.actions import Link
from apps.tickets.api.views.base import NUMBER

TICKET = rf"^tickets/{NUMBER}"
LIST: dict[str, Any] = {"get": "list"}
LIST_AND_CREATE: dict[str, Any] = {"get": "list", "post": "create"}
RETRIEVE: dict[str, Any] = {"get": "retrieve"}

urlpatterns = [
    path("tickets/", views.Tickets.as_view(LIST_AND_CREATE), name="tickets"),
    re_path(rf"{TICKET}/$", views.Tickets.as_view({**RETRIEVE, "patch": "partial_update"}), name="ticket"),
    re_path(rf"{TICKET}/status/$", views.State.as_view(), name="ticket-status"),
    re_path(rf"{TICKET}/assignment/$", views.Assignment.as_view(), name="ticket-assignment"),
    re_path(rf"{TICKET}/transfer/$", views.Transfer.as_view(), name="ticket-transfer"),
    re_path(rf"{TICKET}/watch/$", views.Watch.as_view(), name="ticket-watch"),
    re_path(rf"{TICKET}/helpers/$", views.Helpers.as_view(), name="ticket-helpers"),
    re_path(rf"{TICKET}/helpers/(?P<username>[^/]+)/$", views.Helper.as_view(), name="ticket-helper"),
    re_path(rf"{TICKET}/links/$", views.Links.as_view(), name="ticket-links"),
    re_path(rf"{TICKET}/links/(?P<kind>[a-z_]+)/(?P<other>[1-9]\d{{0,14}})/$", Link.as_view(), name="ticket-link"),
    re_path(rf"{TICKET}/merge/$", views.Merge.as_view(), name="ticket-merge"),
    re_path(rf"{TICKET}/spam/$", views.Spam.as_view(), name="ticket-spam"),
    re_path(rf"{TICKET}/reply-routes/$", views.ReplyRoutes.as_view(), name="ticket-reply-routes"),
    re_path(rf"{TICKET}/reply-preview/$", views.ReplyPreview.as_view(), name="ticket-reply-preview"),
    re_path(rf"{TICKET}/proofs/$", views.TicketProofs.as_view({"post": "create"}), name="ticket-proofs"),
    re_path(rf"{TICKET}/history/$", views.History.as_view(), name="ticket-history"),
    re_path(rf"{TICKET}/messages/$", views.TicketMessages.as_view(LIST_AND_CREATE), name="ticket-messages"),
    re_path(rf"{TICKET}/interactions/$", views.TicketInteractions.as_view(LIST), name="ticket-interactions"),
    re_path(
        rf"^messages/(?P<public_id>{PUBLIC_ID})/$",
        views.Messages.as_view({**RETRIEVE, "delete": "destroy"}),
        name="message",
    ),
    re_path(
        rf"^messages/(?P<public_id>{PUBLIC_ID})/forward/$",
        views.Messages.as_view({"post": "forward"}),
        name="message-forward",
    ),
    path("interactions/", views.Interactions.as_view(LIST), name="interactions"),
    re_path(rf"^interactions/(?P<public_id>{PUBLIC_ID})/$", views.Interactions.as_view(RETRIEVE), name="interaction"),
    path("attachments/", views.Attachments.as_view({"post": "create"}), name="attachments"),
    re_path(rf"^attachments/(?P<public_id>{PUBLIC_ID})/$", views.Attachments.as_view(RETRIEVE), name="attachment"),
    re_path(
        rf"^attachments/(?P<public_id>{PUBLIC_ID})/content/$",
        views.AttachmentContent.as_view(RETRIEVE),
        name="attachment-content",
    ),
    path("events/", views.Events.as_view(), name="events"),
    path("queues/", views.Queues.as_view(LIST), name="queues"),
    path("categories/", views.Categories.as_view(LIST), name="categories"),
]
