"""The public pages of a form. They use no cookie and no session, so they also work inside another site.

What protects them is in the form itself: a signed token instead of a CSRF cookie (there is no authority to borrow),
a honeypot, a least time of filling in, and limits by network address and by sender kept in the database.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views import View
from django.views.decorators.cache import cache_control
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from apps.accounts.middleware import client_ip
from apps.channels import intake, registry
from apps.channels.connectors.form import tokens
from apps.channels.connectors.form.forms import MEGABYTE, ContactForm
from apps.channels.connectors.form.services import accept_submission
from apps.channels.embedding import allow_embedding
from apps.channels.errors import ChannelInactive
from apps.channels.models import Channel
from apps.channels.selectors.public import input_by_reference, open_channel
from apps.core.errors import TooMany
from apps.core.languages import public_language


class FormView(View):
    """Common to the form and its thank-you page: the channel, the language, who may embed."""

    channel: Channel
    language: str

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self.channel = open_channel(key=kwargs.pop("key"), kind="form")
        self.language = chosen_language(request, self.channel)
        with translation.override(self.language):
            return allow_embedding(super().dispatch(request, *args, **kwargs), self.channel)

    def page(self, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
        connector = registry.get(self.channel.kind)
        context |= {
            "channel": self.channel,
            "brand": self.channel.brand,
            "is_embedded": "embed" in self.request.GET,
            "query": kept_query(self.request, self.language),
            "languages": [
                (code, name, kept_query(self.request, code))
                for code, name in settings.LANGUAGES
                if code != self.language
            ],
            "intro": connector.translated_setting(self.channel, "intro", self.language),
            "thanks": connector.translated_setting(self.channel, "thanks", self.language),
        }
        return render(self.request, template, context, status=status)


@method_decorator(csrf_exempt, name="dispatch")
class FormPage(FormView):
    def get(self, request: HttpRequest) -> HttpResponse:
        return self.form_page(ContactForm(channel=self.channel), tokens.issue(self.channel.key))

    def post(self, request: HttpRequest) -> HttpResponse:
        if self.is_too_large(request):
            form = ContactForm(channel=self.channel)
            return self.form_page(form, tokens.issue(self.channel.key), _("The files are too large."), status=413)
        form = ContactForm(request.POST, files_by_name(request), channel=self.channel)
        token = tokens.read(self.channel.key, request.POST.get("token", ""))
        if token is None or token.is_expired:
            return self.again(form, _("The form was open for too long. Please send it once more."))
        if not form.is_valid():
            return self.form_page(form, request.POST["token"], status=422)
        if token.age < int(registry.get("form").setting(self.channel, "min_seconds")):
            return self.form_page(form, request.POST["token"], _("That was very quick. Please send it once more."), 422)
        return self.accept(form, token)

    def accept(self, form: ContactForm, token: tokens.FormToken) -> HttpResponse:
        try:
            event = accept_submission(
                channel=self.channel,
                submission=form.submission(language=self.language),
                token=token,
                ip=client_ip(self.request),
            )
        except TooMany as error:
            answer = self.form_page(form, form.data["token"], error.detail(), status=429)
            answer["Retry-After"] = str(error.retry_after)
            return answer
        target = reverse("channels:form-received", args=[self.channel.key, event.public_id])
        return redirect(f"{target}{kept_query(self.request, self.language)}")

    def again(self, form: ContactForm, message: str) -> HttpResponse:
        """Everything typed stays; only the token is new."""
        form.is_valid()
        return self.form_page(form, tokens.issue(self.channel.key), message, status=422)

    def form_page(self, form: ContactForm, token: str, message: str = "", status: int = 200) -> HttpResponse:
        had_files = bool(form.is_bound and form.files)
        return self.page(
            "channels/form.html",
            {"form": form, "token": token, "message": message, "had_files": had_files},
            status=status,
        )

    def is_too_large(self, request: HttpRequest) -> bool:
        """Asked before the body is read."""
        limit = int(registry.get("form").setting(self.channel, "max_attachment_mb")) * MEGABYTE
        try:
            length = int(request.META.get("CONTENT_LENGTH") or 0)
        except ValueError:
            return True
        return length > 2 * limit + MEGABYTE


LOOKS = ("1", "2", "3", "4", "5")


class FormReceived(FormView):
    def get(self, request: HttpRequest, reference: str) -> HttpResponse:
        """Reading takes a moment, so the page looks for the ticket's number a few times by itself."""
        event = input_by_reference(channel=self.channel, text=reference)
        if event is None:
            raise ChannelInactive
        look = request.GET.get("look", "1")
        next_look = int(look) + 1 if look in LOOKS else None
        context = {"reference": reference, "number": intake.number_of(event), "next_look": next_look}
        return self.page("channels/form_received.html", context)


@require_safe
@cache_control(public=True, max_age=300)
def embed_script(request: HttpRequest, key: str) -> HttpResponse:
    """A script that puts the form, in a frame, where its tag stands. It holds nothing of the request."""
    open_channel(key=key, kind="form")
    script = render_to_string("channels/embed.js")
    answer = HttpResponse(script, content_type="text/javascript; charset=utf-8")
    answer["Cross-Origin-Resource-Policy"] = "cross-origin"
    return answer


def chosen_language(request: HttpRequest, channel: Channel) -> str:
    return public_language(request, channel.default_language)


def kept_query(request: HttpRequest, language: str) -> str:
    query = {"lang": language}
    if "embed" in request.GET:
        query["embed"] = "1"
    return "?" + urlencode(query)


def files_by_name(request: HttpRequest) -> dict[str, list[Any]]:
    return {name: request.FILES.getlist(name) for name in request.FILES}
