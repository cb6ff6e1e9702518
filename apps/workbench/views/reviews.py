"""What was decided without a person and somebody objects to: asking, and the desk of those who look at it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import trigger_client_event

from apps.accounts.middleware import actor_of
from apps.core.errors import AppError, InvalidInput, NotVisible
from apps.core.htmx import is_htmx, toast
from apps.core.ids import read_public_id
from apps.core.permissions import require
from apps.tickets.models import DecisionReview
from apps.tickets.selectors.detail import ticket_for
from apps.tickets.selectors.reviews import settled_reviews, waiting_reviews
from apps.tickets.services.reviews import REVIEW, ask_for_review, settle_review
from apps.workbench.answers import changed, dialog
from apps.workbench.desk import staff_only
from apps.workbench.forms import ReviewForm, show_errors

CHANGED = "reviews:changed"


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only
def ticket_reviews(request: HttpRequest, number: int) -> HttpResponse:
    """On behalf of the customer, by whoever may answer them."""
    actor = actor_of(request)
    ticket = ticket_for(actor, number)
    require(actor, "tickets.reply", ticket)
    form = ReviewForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            review = ask_for_review(ticket=ticket, by=actor, **form.cleaned_data)
        except InvalidInput as error:
            show_errors(form, error)
        except AppError as error:
            form.add_error(None, error.detail())
        else:
            return changed(request, review.ticket, _("A person will look at it."), closes_dialog=True)
    context = {"form": form, "number": number, "action": request.path}
    status = 422 if request.method == "POST" else 200
    return dialog(request, "workbench/dialogs/review.html", context, status=status)


@require_safe
@staff_only
def reviews(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    require(actor, REVIEW)
    context = {"section": "reviews", "waiting": waiting_reviews(actor), "settled": settled_reviews(actor)}
    template = "workbench/reviews.html#lists" if is_htmx(request) else "workbench/reviews.html"
    return render(request, template, context)


@require_POST
@staff_only
def settlement(request: HttpRequest, public_id: str) -> HttpResponse:
    actor = actor_of(request)
    require(actor, REVIEW)
    row = DecisionReview.objects.visible_to(actor).filter(pk=read_public_id(DecisionReview, public_id) or 0).first()
    if row is None:
        raise NotVisible
    settle_review(
        review=row, outcome=request.POST.get("outcome", ""), reason=request.POST.get("reason", "")[:2000], by=actor
    )
    if not is_htmx(request):
        return redirect("workbench:reviews")
    response = trigger_client_event(HttpResponse(status=204), CHANGED, {})
    return toast(response, "success", _("Done."))
