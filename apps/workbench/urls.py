from django.urls import path

from apps.workbench.views import changes, customers, lists, opening, search, styleguide, tickets, writing

app_name = "workbench"

TICKET = "tickets/<int:number>/"

urlpatterns = [
    path("", lists.home, name="home"),
    path("views/", lists.views, name="views"),
    path("views/<str:view>/", lists.ticket_list_page, name="list"),
    path("views/<str:view>/rows/", lists.rows, name="list-rows"),
    path("counts/", lists.counts, name="counts"),
    path("live/", lists.live, name="live"),
    path("search/", search.search_page, name="search"),
    path("tickets/new/", opening.ticket_new, name="ticket-new"),
    path(TICKET, tickets.ticket, name="ticket"),
    path(f"{TICKET}history/", tickets.history, name="ticket-history"),
    path(f"{TICKET}presence/", tickets.present, name="ticket-presence"),
    path(f"{TICKET}mentions/", tickets.mentions, name="ticket-mentions"),
    path(f"{TICKET}choices/queue/", tickets.choices_menu, {"kind": "queue"}, name="ticket-choices-queue"),
    path(f"{TICKET}choices/category/", tickets.choices_menu, {"kind": "category"}, name="ticket-choices-category"),
    path(f"{TICKET}choices/tags/", tickets.choices_menu, {"kind": "tags"}, name="ticket-choices-tags"),
    path(f"{TICKET}assignment/", changes.ticket_assignment, name="ticket-assignment"),
    path(f"{TICKET}assignment/<int:user_id>/", changes.ticket_assignment_undo, name="ticket-assignment-undo"),
    path(f"{TICKET}status/", changes.ticket_status, name="ticket-status"),
    path(f"{TICKET}fields/", changes.ticket_fields, name="ticket-fields"),
    path(f"{TICKET}tags/", changes.ticket_tags, name="ticket-tags"),
    path(f"{TICKET}resolution/", changes.ticket_resolution, name="ticket-resolution"),
    path(f"{TICKET}watch/", changes.ticket_watch, name="ticket-watch"),
    path(f"{TICKET}spam/", changes.ticket_spam, name="ticket-spam"),
    path(f"{TICKET}merge/", changes.ticket_merge, name="ticket-merge"),
    path(f"{TICKET}merge/undo/", changes.ticket_unmerge, name="ticket-unmerge"),
    path(f"{TICKET}replies/", writing.replies, name="ticket-replies"),
    path(f"{TICKET}notes/", writing.notes, name="ticket-notes"),
    path(f"{TICKET}draft/", writing.draft, name="ticket-draft"),
    path(f"{TICKET}uploads/", writing.uploads, name="ticket-uploads"),
    path(f"{TICKET}uploads/<str:public_id>/", writing.upload, name="ticket-upload"),
    path(f"{TICKET}snippets/", writing.snippets, name="ticket-snippets"),
    path(f"{TICKET}snippets/<int:pk>/", writing.snippet, name="ticket-snippet"),
    path(f"{TICKET}messages/<str:public_id>/undo/", writing.message_undo, name="message-undo"),
    path(f"{TICKET}messages/<str:public_id>/retry/", writing.message_retry, name="message-retry"),
    path(f"{TICKET}messages/<str:public_id>/forward/", writing.message_forward, name="message-forward"),
    path("customers/", customers.customers, name="customers"),
    path("customers/<str:public_id>/", customers.customer, name="customer"),
    path("customers/<str:public_id>/notes/", customers.customer_notes, name="customer-notes"),
    path("styleguide/", styleguide.styleguide, name="styleguide"),
]
