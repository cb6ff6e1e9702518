"""What people write: answers, notes, drafts, files, snippets. Each message is sent once, whatever the network does."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import trigger_client_event

from apps.accounts.middleware import actor_of
from apps.channels.contract import Card
from apps.channels.models import Channel, Delivery
from apps.core.actor import Actor
from apps.core.errors import InvalidInput, NotVisible
from apps.core.ids import read_public_id
from apps.core.permissions import require
from apps.core.richtext import text_to_html
from apps.knowledge.models import Snippet
from apps.knowledge.selectors import usable_snippets
from apps.knowledge.services.snippets import use_snippet
from apps.tickets.enums import DraftKind
from apps.tickets.errors import ContentUnconfirmed
from apps.tickets.models import DraftFile, Message, Ticket
from apps.tickets.selectors.detail import draft_file_view, ticket_for
from apps.tickets.selectors.minors import lens_over_ticket
from apps.tickets.selectors.rendering import view_of
from apps.tickets.selectors.routes import PUBLIC_MARK, route_key, undo_time
from apps.tickets.services import drafts, messages
from apps.workbench.answers import changed, dialog
from apps.workbench.desk import staff_only
from apps.workbench.forms import ContactForm, ForwardForm, show_errors
from apps.workbench.views.changes import posted_id


def file_ids(request: HttpRequest) -> list[int]:
    found = [read_public_id(DraftFile, value) for value in request.POST.getlist("files")]
    if None in found:
        raise NotVisible
    return [pk for pk in found if pk is not None]


def _channel(actor: Actor, value: str) -> Channel | None:
    if not value:
        return None
    channel = Channel.objects.visible_to(actor).filter(pk=posted_id(value)).first()
    if channel is None:
        raise NotVisible
    return channel


def _way(actor: Actor, value: str) -> dict[str, Any]:
    """Which channel, and whether everybody shall read it (see `ReplyRoute.key`)."""
    channel = value.removesuffix(PUBLIC_MARK)
    return {"channel": _channel(actor, channel), "is_public": channel != value}


@require_POST
@staff_only
def replies(request: HttpRequest, number: int) -> HttpResponse:
    actor = actor_of(request)
    ticket = ticket_for(actor, number)
    try:
        message = _reply(request, actor, ticket)
    except ContentUnconfirmed as error:
        return unconfirmed(error)
    drafts.discard_draft(by=actor, ticket=ticket, kind=DraftKind.REPLY)
    said = _("Sent; the ticket is yours now") if message.envelope.get("took") else _("Sent")
    return changed(request, ticket, said, undo_url=_undo_address(number, message))


def _card(data: QueryDict) -> Card | None:
    return drafts.card_of({name: data.getlist(name) for name in drafts.CARD})


def _undo_address(number: int, message: Message) -> str:
    """Empty where the answer has left already."""
    if message.channel is None or not undo_time(message.channel):
        return ""
    return reverse("workbench:message-undo", args=[number, message.public_id])


def _reply(request: HttpRequest, actor: Actor, ticket: Ticket) -> Message:
    data = request.POST
    return messages.reply(
        ticket=ticket,
        by=actor,
        html=data.get("html", ""),
        to=data.getlist("to"),
        cc=data.getlist("cc"),
        bcc=data.getlist("bcc"),
        **_way(actor, data.get("channel", "")),
        draft_file_ids=file_ids(request),
        then_status=data.get("then") or None,
        client_id=data.get("client_id", "")[:64],
        is_confirmed="confirmed" in data,
        card=_card(data),
    )


def unconfirmed(error: ContentUnconfirmed) -> JsonResponse:
    """The composer tells why, keeps the text, and offers to send it all the same."""
    return JsonResponse({"detail": error.detail(), "confirm": error.told()}, status=error.status)


@require_POST
@staff_only
def previews(request: HttpRequest, number: int) -> HttpResponse:
    """What the answer would become on the chosen channel; asked while one types."""
    actor, data = actor_of(request), request.POST
    shown = messages.preview(
        ticket=ticket_for(actor, number),
        by=actor,
        html=data.get("html", ""),
        **_way(actor, data.get("channel", "")),
        draft_file_ids=file_ids(request),
    )
    return render(request, "workbench/_preview.html", {"preview": shown})


@require_POST
@staff_only
def notes(request: HttpRequest, number: int) -> HttpResponse:
    actor = actor_of(request)
    ticket = ticket_for(actor, number)
    messages.add_note(
        ticket=ticket,
        by=actor,
        html=request.POST.get("html", ""),
        mention_ids=[posted_id(value) for value in request.POST.getlist("mentions")],
        draft_file_ids=file_ids(request),
        client_id=request.POST.get("client_id", "")[:64],
    )
    drafts.discard_draft(by=actor, ticket=ticket, kind=DraftKind.NOTE)
    return changed(request, ticket, _("Note added"))


@require_http_methods(["POST", "DELETE"])
@staff_only
def draft(request: HttpRequest, number: int) -> HttpResponse:
    actor = actor_of(request)
    ticket = ticket_for(actor, number)
    data = request.POST if request.method == "POST" else QueryDict(request.META.get("QUERY_STRING", ""))
    kind = data.get("kind", "")
    if kind not in (DraftKind.REPLY, DraftKind.NOTE):
        raise InvalidInput
    if request.method == "DELETE" or not (data.get("html") or _card(data)):
        drafts.discard_draft(by=actor, ticket=ticket, kind=kind)
    else:
        kept = {name: data.getlist(name) for name in ("to", "cc", "bcc", "channel", *drafts.CARD) if name in data}
        drafts.save_draft(by=actor, ticket=ticket, kind=kind, html=data.get("html", ""), data=kept)
    return HttpResponse(status=204)


@require_POST
@staff_only
def uploads(request: HttpRequest, number: int) -> JsonResponse:
    return store_upload(request, ticket_for(actor_of(request), number))


def store_upload(request: HttpRequest, ticket: Ticket | None) -> JsonResponse:
    file = request.FILES.get("file")
    if file is None or file.file is None:
        raise InvalidInput
    try:
        added = drafts.add_draft_file(by=actor_of(request), ticket=ticket, content=file.file, name=file.name or "")
    except InvalidInput as error:
        return JsonResponse({"detail": error.told()}, status=error.status)
    return JsonResponse({"id": added.public_id, "is_image": draft_file_view(added).is_image}, status=201)


@require_http_methods(["DELETE"])
@staff_only
def upload(request: HttpRequest, public_id: str, number: int = 0) -> HttpResponse:
    """One's own, whatever it was uploaded for."""
    pk = read_public_id(DraftFile, public_id)
    if pk is None:
        raise NotVisible
    drafts.remove_draft_file(by=actor_of(request), draft_file_id=pk)
    return HttpResponse(status=204)


def _message(actor: Actor, ticket: Ticket, public_id: str) -> Message:
    pk = read_public_id(Message, public_id)
    rows = Message.objects.visible_to(actor).filter(pk=pk or 0)
    found = rows.select_related("ticket").first()
    if found is None or found.ticket_id not in _family(actor, ticket):
        raise NotVisible
    return found


def _family(actor: Actor, ticket: Ticket) -> set[int]:
    """The ticket, and those merged into it, whose messages its page shows."""
    merged = Ticket.objects.visible_to(actor).filter(merged_into=ticket).values_list("pk", flat=True)
    return {ticket.pk, *merged}


@require_POST
@staff_only
def message_undo(request: HttpRequest, number: int, public_id: str) -> HttpResponse:
    actor = actor_of(request)
    ticket = ticket_for(actor, number)
    message = _message(actor, ticket, public_id)
    route = route_key(message.channel_id, is_public=message.is_public)
    restored = messages.undo_send(message=message, by=actor)
    response = changed(request, ticket, _("Taken back; nothing was sent"))
    card = {name: restored.data.get(name, []) for name in drafts.CARD}
    told = {"mode": "reply", "html": restored.html, "route": route, "card": card}
    return trigger_client_event(response, "composer-restore", told)


@require_POST
@staff_only
def message_retry(request: HttpRequest, number: int, public_id: str) -> HttpResponse:
    actor = actor_of(request)
    ticket = ticket_for(actor, number)
    message = _message(actor, ticket, public_id)
    stopped = Delivery.objects.filter(message_id=message.pk).order_by("-pk").first()  # one door: of a visible message
    if stopped is None:
        raise NotVisible
    messages.retry_delivery(ticket=ticket, delivery_id=stopped.pk, by=actor)
    return changed(request, ticket, _("Will be sent again"))


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only
def message_forward(request: HttpRequest, number: int, public_id: str) -> HttpResponse:
    actor = actor_of(request)
    ticket = ticket_for(actor, number)
    message = _message(actor, ticket, public_id)
    form = ForwardForm(request.POST or None, initial={"client_id": uuid.uuid4().hex})
    context: dict[str, Any] = {"form": form, "number": number, "action": request.path}
    if request.method != "POST" or not form.is_valid():
        status = 200 if request.method != "POST" else 422
        return dialog(request, "workbench/dialogs/forward.html", context, status=status)
    data = form.cleaned_data
    try:
        messages.forward(
            message=message,
            to=[data["to"]],
            cc=[data["cc"]] if data["cc"] else [],
            html=text_to_html(data["html"]),
            by=actor,
            client_id=data["client_id"],
            is_confirmed=data["confirmed"],
        )
    except ContentUnconfirmed as error:
        form.ask_to_confirm(error.told())
        return dialog(request, "workbench/dialogs/forward.html", context, status=422)
    return changed(request, ticket, _("Forwarded"), closes_dialog=True)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only
def contacts(request: HttpRequest, number: int) -> HttpResponse:
    """A call or a visit that belongs to this ticket, written down afterwards."""
    actor = actor_of(request)
    ticket = ticket_for(actor, number)
    require(actor, "tickets.reply", ticket)
    name = ticket.customer.name if ticket.customer is not None else ""
    initial = {"client_id": uuid.uuid4().hex, "name": lens_over_ticket(actor, ticket).name(name)}
    form = ContactForm(request.POST or None, actor=actor, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            masked_name = initial["name"] if initial["name"] != name else ""  # must not be stored as a name
            messages.record_contact(ticket=ticket, by=actor, **form.as_values(masked_name))
        except InvalidInput as error:
            show_errors(form, error, {"html": "text"})
        else:
            return changed(request, ticket, _("Written down"), closes_dialog=True)
    context = {"form": form, "number": number, "action": request.path, "title": _("Write down a call or a visit")}
    status = 422 if request.method == "POST" else 200
    return dialog(request, "workbench/dialogs/contact.html", context, status=status)


@require_safe
@staff_only
def snippets(request: HttpRequest, number: int) -> HttpResponse:
    ticket_for(actor_of(request), number)
    return snippet_options(request, lambda pk: reverse("workbench:ticket-snippet", args=[number, pk]))


def snippet_options(request: HttpRequest, address: Callable[[int], str]) -> HttpResponse:
    options = [
        {
            "value": row.id,
            "label": row.title,
            "hint": row.team_name or row.scope_label,
            "key": row.shortcut,
            "url": address(row.id),
        }
        for row in usable_snippets(actor_of(request), request.GET.get("q", "")[:40], limit=8)
    ]
    return render(request, "workbench/options.html", {"options": options})


@require_POST
@staff_only
def snippet(request: HttpRequest, number: int, pk: int) -> HttpResponse:
    actor = actor_of(request)
    ticket = ticket_for(actor, number)
    return insert_snippet(actor, pk, _values(actor, ticket), ticket.language)


def insert_snippet(actor: Actor, pk: int, values: dict[str, str], language: str) -> HttpResponse:
    """Uses a snippet: the text with what the viewer may see filled in, and the use counted."""
    found = Snippet.objects.visible_to(actor).filter(pk=pk).first()
    if found is None:
        raise NotVisible
    return HttpResponse(use_snippet(snippet=found, by=actor, values=values, language=language))


def _values(actor: Actor, ticket: Ticket) -> dict[str, str]:
    view = view_of(actor, [ticket])
    values = {
        "ticket.number": str(ticket.number),
        "agent.name": str(actor.user or ""),
        "brand.name": str(ticket.brand.name),
    }
    if view.lens.is_raw:
        values["ticket.subject"] = ticket.subject
        if ticket.customer is not None and ticket.customer.name:
            values["customer.name"] = ticket.customer.name
    return values
