"""The pages of the administration that build a webhook channel: who calls, what a call says, how answers go out, live.

Each step saves itself, so a channel can be left and taken up again at any of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings as project
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.admin_site import StaffSite
from apps.accounts.models import Brand
from apps.channels import intake
from apps.channels.admin.channels import dressed
from apps.channels.connectors.webhook import curl, services
from apps.channels.connectors.webhook.access import live_secrets
from apps.channels.connectors.webhook.connector import KIND, last_refusal, stored_item
from apps.channels.connectors.webhook.definitions import Definition, export, from_gallery, gallery, read
from apps.channels.connectors.webhook.expressions import Budget
from apps.channels.connectors.webhook.forms import AccessForm, MessageForm, OutgoingForm, StepForm, default_settings
from apps.channels.connectors.webhook.mapping import FIELDS
from apps.channels.connectors.webhook.outgoing import PLACEHOLDERS
from apps.channels.connectors.webhook.preview import (
    Preview,
    preview_of,
    preview_of_document,
    sample_type,
    suggested,
)
from apps.channels.connectors.webhook.signing import Verdict
from apps.channels.enums import DeliveryState, InboundState
from apps.channels.errors import ChannelError
from apps.channels.labels import error_label
from apps.channels.models import Channel, InboundEvent
from apps.core.admin.base import actor_of
from apps.core.errors import AppError, InvalidInput
from apps.core.permissions import may

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

VERDICTS: Mapping[str, StrOrPromise] = {
    Verdict.GENUINE: gettext_lazy("The call is genuine."),
    Verdict.NO_SECRET: gettext_lazy("Refused: the channel has no secret yet."),
    Verdict.MISSING: gettext_lazy("Refused: a header, a parameter or the time is missing."),
    Verdict.WRONG: gettext_lazy("Refused: the signature, token or password is wrong."),
    Verdict.STALE: gettext_lazy("Refused: the call is too old, or a clock is wrong."),
    Verdict.NETWORK: gettext_lazy("Refused: the call comes from another network."),
    Verdict.METHOD: gettext_lazy("Refused: only POST is taken."),
    Verdict.TOO_LARGE: gettext_lazy("Refused: the call is too large."),
}
STEPS = (
    ("webhook-access", gettext_lazy("Who calls")),
    ("webhook-message", gettext_lazy("What a call says")),
    ("webhook-answers", gettext_lazy("How answers go out")),
    ("webhook-live", gettext_lazy("Try it and go live")),
)
SHOWN_FOR = {
    "signature_header": "hmac timestamped",
    "signature_algorithm": "hmac timestamped",
    "signature_encoding": "hmac timestamped",
    "signature_prefix": "hmac timestamped",
    "timestamp_header": "timestamped",
    "signed_text": "timestamped",
    "tolerance": "timestamped standard",
    "token_place": "token",
    "token_name": "token",
    "basic_user": "basic",
    "secret": "hmac timestamped standard token basic",
    "keeps_former": "hmac timestamped standard token basic",
    "send_signature_header": "hmac timestamped",
    "send_signature_algorithm": "hmac timestamped",
    "send_signature_encoding": "hmac timestamped",
    "send_signature_prefix": "hmac timestamped",
    "send_timestamp_header": "timestamped",
    "send_signed_text": "timestamped",
    "send_secret": "hmac timestamped standard bearer basic",
}
"""For which choice a field has a meaning; the style sheet hides it for the others."""


class NewForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Name of the channel"), max_length=100)
    key = forms.SlugField(
        label=gettext_lazy("Key"), max_length=50, help_text=gettext_lazy("Stands in the channel's public addresses.")
    )
    brand = forms.ModelChoiceField(label=gettext_lazy("Brand"), queryset=Brand.objects.none(), empty_label=None)
    definition = forms.CharField(required=False)
    file = forms.FileField(label=gettext_lazy("Or a file that was exported before"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        brands: Any = self.fields["brand"]
        brands.queryset = Brand.objects.order_by("key")
        for field in (self.fields["name"], self.fields["key"], brands):
            dressed(field)

    def clean_key(self) -> str:
        key = str(self.cleaned_data["key"])
        if Channel.objects.filter(key=key).exists():
            raise forms.ValidationError(_("There is a channel with this key already."))
        return key

    def chosen(self) -> Definition | None:
        """Raises InvalidInput for a file that cannot be used."""
        if file := self.cleaned_data.get("file"):
            return read(file.read(300 * 1024))
        return from_gallery(self.cleaned_data.get("definition") or "")


class TestForm(forms.Form):
    test_recipient = forms.CharField(label=gettext_lazy("To (their sender id)"), max_length=200, initial="test")
    test_text = forms.CharField(
        label=gettext_lazy("Text"), max_length=500, initial=gettext_lazy("A test from the contact center.")
    )


class LiveForm(forms.Form):
    queue = forms.TypedChoiceField(label=gettext_lazy("New tickets go to"), coerce=int)

    def __init__(self, *args: Any, choices: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        queue: Any = self.fields["queue"]
        queue.choices = choices
        dressed(queue)


def add_to(site: object) -> None:
    if not isinstance(site, StaffSite):
        return
    site.add_page("webhooks/new/", new_view, name="webhook-new")
    for part, view in (
        ("access", access_view),
        ("former", former_view),
        ("message", message_view),
        ("preview", preview_view),
        ("answers", answers_view),
        ("send", send_view),
        ("live", live_view),
        ("try", try_view),
        ("last", last_view),
        ("calls", calls_view),
        ("definition", definition_view),
    ):
        site.add_page(f"webhooks/<int:pk>/{part}/", view, name=f"webhook-{part}")


# --- A new one ----------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def new_view(request: HttpRequest) -> HttpResponse:
    _require_manager(request)
    form = NewForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            channel = _create(request, form)
        except InvalidInput as refusal:
            for name, texts in refusal.fields.items():
                form.add_error(name if name in form.fields else None, [*texts])
        else:
            return redirect("admin:webhook-access", channel.pk)
    status = 422 if form.is_bound else 200
    chosen = request.POST.get("definition", "")
    context = {"title": _("Build a channel"), "form": form, "gallery": gallery(), "chosen": chosen}
    return _page(request, "new", context, status=status)


def _create(request: HttpRequest, form: NewForm) -> Channel:
    language = get_language() or project.LANGUAGE_CODE
    return services.create_channel(
        key=form.cleaned_data["key"],
        name={language: form.cleaned_data["name"]},
        brand=form.cleaned_data["brand"],
        definition=form.chosen(),
        language=language,
        by=actor_of(request),
    )


# --- Who calls ----------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def access_view(request: HttpRequest, pk: int) -> HttpResponse:
    channel = _channel(request, pk)
    form = _step_form(AccessForm, request, channel, has_secret=bool(live_secrets(channel)))
    if request.method == "POST" and "make" in request.POST:
        made = request.POST.copy()
        made["secret"] = services.new_secret(request.POST.get("access", ""))
        form = _dress(AccessForm(made, has_secret=True))
    elif request.method == "POST" and form.is_valid():
        secret, keeps = form.cleaned_data["secret"], form.cleaned_data["keeps_former"]
        changed = services.changed_secrets(channel, secret, keeps_former=keeps)
        services.save_step(channel=channel, settings=form.settings, secrets=changed, by=actor_of(request))
        return redirect("admin:webhook-message", pk)
    context = {
        "form": form,
        "has_secret": bool(live_secrets(channel)),
        "has_former": bool(str(channel.secrets.get("former_secret") or "").strip()),
    }
    is_refused = form.is_bound and "make" not in request.POST
    return _step(request, channel, "webhook-access", context, status=422 if is_refused else 200)


@require_POST
def former_view(request: HttpRequest, pk: int) -> HttpResponse:
    """Ends the time in which both secrets count."""
    services.end_former_secret(channel=_channel(request, pk), by=actor_of(request))
    messages.success(request, _("Only the newer secret counts from now on."))
    return redirect("admin:webhook-access", pk)


# --- What a call says ---------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def message_view(request: HttpRequest, pk: int) -> HttpResponse:
    channel = _channel(request, pk)
    form = _step_form(MessageForm, request, channel)
    if request.method == "POST" and form.is_valid():
        kept = {"sample": form.cleaned_data["sample"]}
        services.save_step(channel=channel, settings=form.settings, secrets=kept, by=actor_of(request))
        return redirect("admin:webhook-answers", pk)
    sample = form["sample"].value() or ""
    context = {"form": form, **_mapping(form), **_parsed(channel.settings | _typed(request), sample)}
    return _step(request, channel, "webhook-message", context, status=422 if form.is_bound else 200)


@require_POST
def preview_view(request: HttpRequest, pk: int) -> HttpResponse:
    """Fragments while somebody types: the message as it is read, after a new sample with suggestions."""
    _channel(request, pk)
    sample: str = request.POST.get("sample", "")[:100_000]
    typed = _typed(request)
    if "suggest" not in request.GET:
        return render(request, "admin/webhook/_parsed.html", _parsed(typed, sample))
    typed |= suggested(typed, sample)
    form: Any = _dress(MessageForm(initial=typed))
    return render(request, "admin/webhook/_mapping.html", {**_mapping(form), **_parsed(typed, sample), "pk": pk})


def _typed(request: HttpRequest) -> dict[str, Any]:
    """Expressions as they stand in the form, which may be half written."""
    return {name: request.POST[name].strip() for name in MessageForm.setting_names() if name in request.POST}


def _mapping(form: StepForm) -> dict[str, Any]:
    return {
        "fields": [form[f"map_{name}"] for name in FIELDS],
        "call_fields": [form[name] for name in ("items", "only")],
    }


def _parsed(settings: Mapping[str, Any], sample: str) -> dict[str, Any]:
    preview = preview_of(settings, sample.encode(), sample_type(sample)) if sample.strip() else None
    return {"preview": preview}


# --- How answers go out -------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def answers_view(request: HttpRequest, pk: int) -> HttpResponse:
    channel = _channel(request, pk)
    form = _outgoing_form(request, channel)
    if request.method == "POST" and form.is_valid():
        _save_outgoing(request, channel, form)
        return redirect("admin:webhook-live", pk)
    context = {
        "form": form,
        "test": _dress(TestForm()),
        "has_secret": bool(channel.secrets.get("send_secret")),
        "placeholders": ["{{ %s }}" % name for name in PLACEHOLDERS],  # noqa: UP031 (braces stand in the text)
    }
    return _step(request, channel, "webhook-answers", context, status=422 if form.is_bound else 200)


@require_POST
def send_view(request: HttpRequest, pk: int) -> HttpResponse:
    """Saves what is in the form and makes the call once."""
    channel = _channel(request, pk)
    form, test = _outgoing_form(request, channel), TestForm(request.POST)
    if not (form.is_valid() and test.is_valid()):
        return render(request, "admin/webhook/_sent.html", {"problems": _errors(form) + _errors(test)})
    channel = _save_outgoing(request, channel, form)
    values = test.cleaned_data
    try:
        result = services.send_test(
            channel=channel, recipient=values["test_recipient"], text=values["test_text"], by=actor_of(request)
        )
    except AppError as refusal:
        return render(request, "admin/webhook/_sent.html", {"problems": [refusal.detail()]})
    is_sent = result.state == DeliveryState.SENT
    return render(request, "admin/webhook/_sent.html", {"result": result, "is_sent": is_sent})


def _outgoing_form(request: HttpRequest, channel: Channel) -> OutgoingForm:
    has_secret = bool(str(channel.secrets.get("send_secret") or "").strip())
    form: OutgoingForm = _step_form(OutgoingForm, request, channel, has_secret=has_secret)
    return form


def _save_outgoing(request: HttpRequest, channel: Channel, form: OutgoingForm) -> Channel:
    secret = form.cleaned_data["send_secret"].strip()
    secrets = {"send_secret": secret} if secret else {}
    return services.save_step(channel=channel, settings=form.settings, secrets=secrets, by=actor_of(request))


def _errors(form: forms.Form) -> list[str]:
    return [f"{form.fields[name].label}: {text}" for name, texts in form.errors.items() for text in texts]


# --- Live ---------------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def live_view(request: HttpRequest, pk: int) -> HttpResponse:
    channel = _channel(request, pk)
    chosen = intake.chosen_destination(channel)
    choices = intake.destination_choices(actor_of(request))
    unseen = intake.unseen_destinations(channel, actor_of(request))
    usual = next((pk for pk, _name in choices if pk not in unseen), None)
    form = LiveForm(request.POST or None, choices=choices, initial={"queue": chosen or usual})
    if request.method == "POST" and form.is_valid():
        count = services.go_live(channel=channel, queue=form.cleaned_data["queue"], by=actor_of(request))
        text = _("The channel is live.")
        if count:
            waiting = ngettext(
                "%(count)d call that waited is taken in.", "%(count)d calls that waited are taken in.", count
            )
            text = f"{text} {waiting % {'count': count}}"
        messages.success(request, text)
        return redirect("admin:webhook-live", pk)
    sample = str(channel.secrets.get("sample") or "")
    url = f"{project.SITE_URL}{reverse('channels:hook', args=[channel.key])}"
    context = {
        "form": form,
        "url": url,
        "sample": sample,
        "curl": curl.command(channel.settings, url, sample or "{}", sample_type(sample)),
        "is_live": channel.is_active and chosen is not None,
        "is_unseen": chosen in unseen,
        "unseen": [name for pk, name in choices if pk in unseen],
        "last": _last(channel, request),
    }
    return _step(request, channel, "webhook-live", context, status=422 if form.is_bound else 200)


@require_POST
def try_view(request: HttpRequest, pk: int) -> HttpResponse:
    """Makes the call of the other system from here, with the sample."""
    channel = _channel(request, pk)
    body = request.POST.get("body", "").strip().encode()
    context: dict[str, Any] = {"channel": channel}
    try:
        tried = services.call_from_here(channel=channel, body=body, by=actor_of(request))
    except AppError as refusal:
        context["problem"] = refusal.detail()
    else:
        context |= {"tried": tried, "verdict": VERDICTS[tried.verdict], "is_in": tried.verdict is Verdict.GENUINE}
    return render(request, "admin/webhook/_tried.html", context | {"last": _last(channel, request)})


@require_GET
def last_view(request: HttpRequest, pk: int) -> HttpResponse:
    channel = _channel(request, pk)
    return render(request, "admin/webhook/_last.html", {"channel": channel, "last": _last(channel, request)})


@dataclass(frozen=True, slots=True)
class LastCall:
    at: datetime
    text: StrOrPromise
    tone: str
    ip: str = ""
    public_id: str = ""


def _last(channel: Channel, request: HttpRequest) -> LastCall | None:
    """The latest call, let in or refused."""
    row = next(iter(services.stored_calls(channel, actor_of(request), limit=1)), None)
    refusal = last_refusal(channel)
    refused_at = parse_datetime(refusal["at"]) if refusal else None
    if refusal and refused_at and (row is None or row.received < refused_at):
        return LastCall(refused_at, VERDICTS.get(refusal["verdict"], refusal["verdict"]), "danger", refusal["ip"])
    return None if row is None else LastCall(row.received, _state_of(row), _tone_of(row), "", row.public_id)


def _state_of(row: InboundEvent) -> StrOrPromise:
    if row.error_code == intake.NO_RULE:
        return _("Genuine and read. It waits for the channel to go live.")
    if row.state == InboundState.DONE:
        return _("Genuine, and on a ticket.")
    label = InboundState(row.state).label
    return f"{label}: {error_label(row.error_code)}" if row.error_code else label


def _tone_of(row: InboundEvent) -> str:
    if row.state == InboundState.PARKED and row.error_code != intake.NO_RULE:
        return "danger"
    return "success" if row.state == InboundState.DONE else "info"


# --- Stored calls, and the channel as a file ----------------------------------------------------------------------


@require_GET
def calls_view(request: HttpRequest, pk: int) -> HttpResponse:
    """Stored calls, and one of them against the mapping of today. Looking changes nothing."""
    channel, actor = _channel(request, pk), actor_of(request)
    rows = [
        {"row": row, "state": _state_of(row), "tone": _tone_of(row)} for row in services.stored_calls(channel, actor)
    ]
    chosen = None
    if public_id := request.GET.get("call"):
        chosen = services.open_stored_call(channel=channel, public_id=public_id, by=actor)
    context: dict[str, Any] = {"rows": rows, "chosen": chosen, "may_open": may(actor, "channels.repair")}
    if chosen is not None:
        context |= {"preview": _replayed(chosen), "raw": bytes(chosen.payload)[:20_000].decode("utf-8", "replace")}
    return _step(request, channel, "webhook-calls", context)


def _replayed(event: InboundEvent) -> Preview:
    budget = Budget()
    unsplit = {**event.channel.settings, "items": ""}
    try:
        return preview_of_document(unsplit, stored_item(event, budget), budget)
    except ChannelError as error:
        return Preview(problem=error.detail())


@require_GET
def definition_view(request: HttpRequest, pk: int) -> HttpResponse:
    channel = _channel(request, pk)
    content = export(name=channel.name, settings=channel.settings)
    headers = {"Content-Disposition": f'attachment; filename="{channel.key}.json"'}
    return HttpResponse(content, content_type="application/json", headers=headers)


# --- What the pages share -----------------------------------------------------------------------------------------


def _require_manager(request: HttpRequest) -> None:
    if not may(actor_of(request), "channels.configure"):
        raise PermissionDenied


def _channel(request: HttpRequest, pk: int) -> Channel:
    _require_manager(request)
    channels = Channel.objects.visible_to(actor_of(request)).select_related("brand")
    return get_object_or_404(channels, pk=pk, kind=KIND)


def _step_form(form: type[StepForm], request: HttpRequest, channel: Channel, **options: Any) -> Any:
    initial = default_settings() | channel.settings
    if "sample" in form.base_fields:
        initial["sample"] = channel.secrets.get("sample") or ""
    return _dress(form(request.POST if request.method == "POST" else None, initial=initial, **options))


def _dress(form: forms.Form) -> forms.Form:
    for name, field in form.fields.items():
        dressed(field)
        setattr(field, "shown_for", SHOWN_FOR.get(name, ""))  # noqa: B010 (of the template, not of the field)
    return form


def _step(
    request: HttpRequest, channel: Channel, step: str, context: Mapping[str, Any], status: int = 200
) -> HttpResponse:
    context = {
        "title": str(channel),
        "channel": channel,
        "pk": channel.pk,
        "step": step,
        "steps": [(name, label, reverse(f"admin:{name}", args=[channel.pk])) for name, label in STEPS],
        **context,
    }
    return _page(request, step.removeprefix("webhook-"), context, status=status)


def _page(request: HttpRequest, name: str, context: Mapping[str, Any], status: int = 200) -> HttpResponse:
    context = {**admin.site.each_context(request), **context}
    return TemplateResponse(request, f"admin/webhook/{name}.html", context, status=status)


__all__ = ["add_to"]
