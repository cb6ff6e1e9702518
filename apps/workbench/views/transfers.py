"""A ticket goes on to somebody else, or a colleague joins whoever holds it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts.middleware import actor_of
from apps.accounts.models import User
from apps.core.errors import InvalidInput, NotVisible, PermissionRefused
from apps.core.htmx import redirect
from apps.core.permissions import require
from apps.routing.selectors.targets import people_targets
from apps.tickets.enums import HandOver
from apps.tickets.models import HandOverReason, Ticket
from apps.tickets.rules import direction_of, may_transfer
from apps.tickets.selectors.detail import ticket_for
from apps.tickets.selectors.targets import house_works, people_to_call, queues_to_transfer_to
from apps.tickets.services.handing_over import hand_back, hand_to_house
from apps.tickets.services.helping import add_helper, remove_helper
from apps.tickets.services.transferring import transfer_ticket
from apps.workbench.answers import changed, dialog
from apps.workbench.chat_forms import HandOverForm, HelperForm, TransferForm
from apps.workbench.desk import staff_only
from apps.workbench.forms import show_errors


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only
def ticket_transfer(request: HttpRequest, number: int) -> HttpResponse:
    actor = actor_of(request)
    ticket = ticket_for(actor, number)
    if not may_transfer(actor, ticket):
        raise PermissionRefused
    people, queues = people_targets(actor, ticket), queues_to_transfer_to(actor, ticket)
    is_waiting_there = ticket.is_kept_in_house and ticket.assignee_id is None
    to_house = not is_waiting_there and house_works(ticket.queue_id)
    form = TransferForm(request.POST or None, people=people, queues=queues, to_house=to_house)
    context = {"form": form, "people": people, "queues": queues, "to_house": to_house}
    context |= {"number": number, "action": request.path}
    if request.method != "POST":
        return dialog(request, "workbench/dialogs/transfer.html", context)
    if form.is_valid():
        to, words = form.chosen(), form.cleaned_data["whisper"]
        try:
            moved = transfer_ticket(ticket=ticket, to=to, by=actor, whisper=words)
        except InvalidInput as error:
            show_errors(form, error)
        else:
            return _gone_on(request, moved, form.chosen_name)
    return dialog(request, "workbench/dialogs/transfer.html", context, status=422)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only
def ticket_hand_over(request: HttpRequest, number: int) -> HttpResponse:
    """From a vendor to the house, or back: which of them follows from who asks."""
    actor = actor_of(request)
    ticket = ticket_for(actor, number)
    direction = direction_of(actor, ticket)
    if not direction:
        raise PermissionRefused
    is_back = direction == HandOver.TO_VENDOR
    reasons = list(HandOverReason.objects.visible_to(actor).offered(direction))
    form = HandOverForm(request.POST or None, reasons=reasons, is_back=is_back)
    context = {"form": form, "number": number, "action": request.path, "is_back": is_back, "reasons": reasons}
    if request.method == "POST" and form.is_valid():
        try:
            moved = (hand_back if is_back else hand_to_house)(ticket=ticket, by=actor, **form.cleaned_data)
        except InvalidInput as error:
            show_errors(form, error)
        else:
            return _gone_on(request, moved, _("the vendor") if is_back else _("the house"))
    status = 422 if request.method == "POST" else 200
    return dialog(request, "workbench/dialogs/hand_over.html", context, status=status)


def _gone_on(request: HttpRequest, ticket: Ticket, name: str) -> HttpResponse:
    """Whoever does not see it any more is led away from it."""
    words = _("Transferred to %(name)s") % {"name": name}
    if Ticket.objects.visible_to(actor_of(request)).filter(pk=ticket.pk).exists():
        return changed(request, ticket, words, closes_dialog=True)
    messages.success(request, words)
    return redirect(request, reverse("workbench:home"))


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only
def ticket_helpers(request: HttpRequest, number: int) -> HttpResponse:
    actor = actor_of(request)
    ticket = ticket_for(actor, number)
    require(actor, "tickets.edit", ticket)
    people = people_to_call(actor, ticket)
    form = HelperForm(request.POST or None, people=people)
    context = {"form": form, "people": people, "number": number, "action": request.path}
    if request.method != "POST":
        return dialog(request, "workbench/dialogs/helper.html", context)
    if form.is_valid():
        user = User.objects.get(pk=form.cleaned_data["helper"])  # one door: one of the choices
        joined = add_helper(ticket=ticket, user=user, by=actor)
        return changed(request, joined, _("%(name)s joined") % {"name": user}, closes_dialog=True)
    return dialog(request, "workbench/dialogs/helper.html", context, status=422)


@require_POST
@staff_only
def ticket_helper_removal(request: HttpRequest, number: int, user_id: int) -> HttpResponse:
    actor = actor_of(request)
    ticket = ticket_for(actor, number)
    user = User.objects.visible_to(actor).filter(pk=user_id).first()
    if user is None:
        raise NotVisible
    remove_helper(ticket=ticket, user=user, by=actor)
    if Ticket.objects.visible_to(actor_of(request)).filter(pk=ticket.pk).exists():
        return changed(request, ticket, _("%(name)s left") % {"name": user})
    return redirect(request, reverse("workbench:home"))
