"""The customer's side of the demo: write a mail over real SMTP, read the answer over real IMAP."""

from __future__ import annotations

import imaplib
import smtplib

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from apps.channels.demo_mail.client import Letter, read_mailbox, send_as_customer
from apps.channels.demo_mail.servers import mailbox_of
from apps.demo.forms import LetterForm

# Two people whom the company does not know yet; any other example address can be typed.
CAST = (
    ("lin.new@mail.example", "林初见"),
    ("nora.hale@example.com", "Nora Hale"),
)
UNREACHABLE = (OSError, smtplib.SMTPException, imaplib.IMAP4.error)


@require_http_methods(["GET", "HEAD", "POST"])
def customer(request: HttpRequest) -> HttpResponse:
    """One customer's mailbox and a form to write with. `?as=` chooses whose, `?answer=` the mail to answer."""
    address = request.POST.get("sender") or request.GET.get("as") or CAST[0][0]
    letters, trouble = _letters(address)
    if request.method == "POST":
        form = LetterForm(request.POST, request.FILES)
        if form.is_valid() and _sent(form, letters):
            return redirect(f"{reverse('demo:customer')}?{urlencode({'as': form.cleaned_data['sender']})}")
    else:
        form = LetterForm(initial=_initial(address, letters, request.GET.get("answer", "")))
    context = {"form": form, "letters": letters, "trouble": trouble, "address": address, "cast": CAST}
    return render(request, "demo/customer.html", context, status=422 if form.errors else 200)


@require_safe
def mailbox(request: HttpRequest) -> HttpResponse:
    """The list of letters alone, for the page to look again."""
    address = request.GET.get("as") or CAST[0][0]
    letters, trouble = _letters(address)
    return render(request, "demo/customer.html#mailbox", {"letters": letters, "trouble": trouble, "address": address})


def _letters(address: str) -> tuple[list[Letter], str]:
    try:
        return read_mailbox(address), ""
    except UNREACHABLE:
        return [], _("The demo's mail server does not answer yet. It starts with the demo; try again in a moment.")


def _initial(address: str, letters: list[Letter], answered: str) -> dict[str, str]:
    initial = {"sender": address, "name": dict(CAST).get(address, "")}
    letter = next((one for one in letters if one.message_id == answered), None)
    if letter is None:
        return initial
    subject = letter.subject if letter.subject.lower().startswith("re:") else f"Re: {letter.subject}"
    return {
        **initial,
        "subject": subject,
        "in_reply_to": letter.message_id,
        "references": " ".join(letter.references),
    }


def _sent(form: LetterForm, letters: list[Letter]) -> bool:
    data = form.cleaned_data
    answered = next((one for one in letters if one.message_id == data["in_reply_to"]), None)
    if mailbox_of(data["sender"]) is None:
        form.add_error("sender", _("People of the demo write from example domains, like name@mail.example."))
        return False
    file = data["file"]
    files = [(file.name, file.content_type or "application/octet-stream", file.read())] if file else []
    try:
        send_as_customer(
            sender=data["sender"],
            name=data["name"],
            subject=data["subject"],
            text=data["text"],
            to=answered.reply_to or answered.sender if answered else "",
            in_reply_to=data["in_reply_to"],
            references=data["references"].split(),
            files=files,
        )
    except UNREACHABLE:
        form.add_error(None, _("The mail server did not take the mail. Your text is still here; send it again."))
        return False
    return True
