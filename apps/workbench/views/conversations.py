"""Writing to a customer first, with the same composer as an answer."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.middleware import actor_of
from apps.channels.models import Channel
from apps.core.actor import Actor
from apps.core.htmx import redirect
from apps.core.ids import read_public_id
from apps.core.permissions import require
from apps.customers.models import Customer
from apps.customers.selectors import customer_panel
from apps.tickets.enums import Priority
from apps.tickets.errors import ContentUnconfirmed, NoReplyChannel
from apps.tickets.models import Queue, Ticket
from apps.tickets.selectors import choices
from apps.tickets.selectors.choices import ChannelChoice
from apps.tickets.selectors.detail import DraftView, draft_files, new_draft, ways_with_new_draft
from apps.tickets.selectors.minors import lens_over
from apps.tickets.services import first_drafts, messages
from apps.workbench.answers import dialog
from apps.workbench.desk import staff_only, with_query
from apps.workbench.forms import ConversationForm
from apps.workbench.views.customers import visible_customer
from apps.workbench.views.writing import file_ids, insert_snippet, snippet_options, store_upload, unconfirmed

KEPT = ("to", "cc", "bcc", "channel", "subject", "customer", "queue", "priority", "assignee")
"""What a draft remembers beside the text."""


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only
def conversation_new(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    require(actor, "tickets.create")
    require(actor, "tickets.reply")
    if not choices.channels_to_start(actor):
        raise NoReplyChannel(reason=_("There is no channel on which we may write first."))
    if request.method != "POST":
        return dialog(request, "workbench/dialogs/conversation_new.html", _context(request, actor))
    try:
        ticket = _start(request, actor)
    except ContentUnconfirmed as error:
        return unconfirmed(error)
    return redirect(request, reverse("workbench:ticket", args=[ticket.number]))


def _context(request: HttpRequest, actor: Actor) -> dict[str, Any]:
    asked, offered = request.GET.get("customer", ""), choices.channels_to_start(actor)
    chosen = next((each for each in offered if str(each.id) == request.GET.get("channel")), None)
    draft = new_draft(actor, chosen.kind if chosen else "")
    # Words meant for one person never stand ready to be sent to another.
    is_of_another = draft is not None and bool(asked) and draft.data.get("customer", [""])[0] != asked
    kept = None if is_of_another else draft
    customer = visible_customer(actor, asked) if asked else _kept_customer(actor, kept)
    return {
        "title": _("Write to a customer"),
        "channels": offered,
        "written": ways_with_new_draft(actor),
        "queues": choices.queues(actor),
        "priorities": Priority.choices,
        "normal": Priority.NORMAL.value,
        "customer": customer_panel(customer, actor) if customer is not None else None,
        "draft": kept,
        "kept": _kept_fields(kept, chosen),
        "cc": kept.data.get("cc", []) if kept else [],
        "bcc": kept.data.get("bcc", []) if kept else [],
        "files": draft_files(actor, None) if kept and (chosen is None or chosen.attachments) else (),
        "other_draft": is_of_another,
        "snippets_url": with_query(
            reverse("workbench:conversation-snippets"), **({"customer": asked} if asked else {})
        ),
    }


def _kept_fields(kept: DraftView | None, chosen: ChannelChoice | None) -> dict[str, str]:
    fields = {name: (kept.data.get(name) or [""])[0] for name in KEPT} if kept else {}
    return {**fields, "channel": str(chosen.id)} if chosen else fields


def _kept_customer(actor: Actor, draft: DraftView | None) -> Customer | None:
    """The one that the draft is for, as long as the writer still sees them."""
    public_id = (draft.data.get("customer") or [""])[0] if draft else ""
    pk = read_public_id(Customer, public_id) if public_id else None
    return Customer.objects.visible_to(actor).filter(pk=pk or 0).first()


def _start(request: HttpRequest, actor: Actor) -> Ticket:
    form = ConversationForm(request.POST, actor=actor)
    data = form.checked()
    fields: dict[str, Any] = {"priority": data["priority"]} if data["priority"] else {}
    if data["queue"]:
        fields["queue"] = Queue.objects.visible_to(actor).get(pk=int(data["queue"]))
    if data["assignee"] == "nobody":
        fields["assignee"] = None
    customer = visible_customer(actor, data["customer"]) if data["customer"] else None
    return messages.start_outbound(
        by=actor,
        channel=Channel.objects.visible_to(actor).get(pk=int(data["channel"])),
        subject=data["subject"],
        html=request.POST.get("html", ""),
        customer=customer,
        address="" if customer else data["to"],
        cc=request.POST.getlist("cc"),
        bcc=request.POST.getlist("bcc"),
        draft_file_ids=file_ids(request),
        client_id=data["client_id"],
        is_confirmed="confirmed" in request.POST,
        **({"then_status": data["then"]} if data["then"] else {}),
        **fields,
    )


@require_http_methods(["POST", "DELETE"])
@staff_only
def conversation_draft(request: HttpRequest) -> HttpResponse:
    actor, html = actor_of(request), request.POST.get("html", "")
    asked = request.POST.get("channel") or request.GET.get("channel", "")
    way = next((each.kind for each in choices.channels_to_start(actor) if str(each.id) == asked), "")
    if request.method == "DELETE" or not html:
        first_drafts.discard_first_draft(by=actor, way=way)
    else:
        data = {name: request.POST.getlist(name)[:50] for name in KEPT if name in request.POST}
        first_drafts.save_first_draft(by=actor, way=way, html=html, data=data)
    return HttpResponse(status=204)


@require_POST
@staff_only
def conversation_uploads(request: HttpRequest) -> JsonResponse:
    return store_upload(request, None)


@require_safe
@staff_only
def conversation_snippets(request: HttpRequest) -> HttpResponse:
    asked = {"customer": request.GET["customer"]} if request.GET.get("customer") else {}

    def address(pk: int) -> str:
        return with_query(reverse("workbench:conversation-snippet", args=[pk]), **asked)

    return snippet_options(request, address)


@require_POST
@staff_only
def conversation_snippet(request: HttpRequest, pk: int) -> HttpResponse:
    """Nothing is known yet but the writer, and the customer where one was chosen."""
    actor, asked = actor_of(request), request.GET.get("customer", "")
    customer = visible_customer(actor, asked) if asked else None
    values = {"agent.name": str(actor.user or "")}
    if customer is not None and customer.name and lens_over(actor, customer).is_raw:
        values["customer.name"] = customer.name
    language = (customer.language if customer is not None else "") or get_language() or ""
    return insert_snippet(actor, pk, values, language)
