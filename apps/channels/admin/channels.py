"""Channels. The form is made of what the connector declares; secrets can be written and are never shown."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold import widgets as unfold

from apps.accounts.proof import ProvenAdmin
from apps.channels import intake, registry
from apps.channels.borders import lacks_basis, region_of
from apps.channels.errors import BasisMissing, UnknownConnector
from apps.channels.forms import SettingsForm, settings_form_for
from apps.channels.models import Channel
from apps.channels.services.configuration import check_channel, configure_channel
from apps.core.admin.base import ModelForm, StaffAdmin, actor_of
from apps.core.errors import AppError

COMMON = ("kind", "key", "name", "brand", "default_language", "sends_per_minute", "is_active")
ABROAD = ("server_region", "transfer_basis", "transfer_note")
PREFIX = "connector"

LOOKS: tuple[tuple[type[forms.Widget], type[forms.Widget]], ...] = (
    (forms.PasswordInput, unfold.UnfoldAdminPasswordWidget),
    (forms.CheckboxInput, unfold.UnfoldBooleanSwitchWidget),
    (forms.Textarea, unfold.UnfoldAdminTextareaWidget),
    (forms.Select, unfold.UnfoldAdminSelectWidget),
    (forms.NumberInput, unfold.UnfoldAdminIntegerFieldWidget),
    (forms.EmailInput, unfold.UnfoldAdminEmailInputWidget),
    (forms.URLInput, unfold.UnfoldAdminURLInputWidget),
    (forms.TextInput, unfold.UnfoldAdminTextInputWidget),
)


def connector_choices() -> list[tuple[str, Any]]:
    return [("", _("Choose the kind of channel")), *((known.kind, known.label) for known in registry.all())]


def settings_form_of(channel: Channel | None) -> type[SettingsForm] | None:
    if channel is None or not channel.pk:
        return None
    try:
        return settings_form_for(registry.get(channel.kind))
    except UnknownConnector:
        return None


def address_note(channel: Channel | None) -> str:
    """Where the platform calls, or how customers come, for who sets the other side up."""
    if channel is None:
        return ""
    if page := registry.get(channel.kind).face_page:
        return format_html('<a href="{}">{}</a>', reverse(page, args=[channel.pk]), _("See it as customers do"))
    if not registry.get(channel.kind).takes_calls:
        return ""
    address = f"{settings.SITE_URL}{reverse('channels:hook', args=[channel.key])}"
    return format_html("{} <code>{}</code>", _("The platform has to call this address; enter it there:"), address)


def region_note(channel: Channel | None) -> str:
    """Where the servers of its platform stand, when the channel does not say otherwise."""
    if channel is None:
        return ""
    return f"{_('Its servers stand here:')} {region_of(channel).label}"


def dressed(field: forms.Field) -> forms.Field:
    """The connector's field in the clothes of the administration."""
    if isinstance(field, forms.ChoiceField):
        field.widget = unfold.UnfoldAdminSelectWidget(choices=field.choices)
        return field
    for plain, look in LOOKS:
        if isinstance(field.widget, plain):
            attrs = dict(field.widget.attrs)
            field.widget = look(attrs=attrs)
            field.widget.is_required = field.required
            break
    return field


class ChannelForm(ModelForm[Channel]):
    """The channel's own columns, and with them the connector's settings under a prefix."""

    kind = forms.ChoiceField(
        label=capfirst(_("kind")), choices=connector_choices, widget=unfold.UnfoldAdminSelectWidget
    )

    default_language = forms.ChoiceField(
        label=capfirst(_("language")), choices=settings.LANGUAGES, widget=unfold.UnfoldAdminSelectWidget
    )

    class Meta:
        model = Channel
        fields = (*COMMON, *ABROAD)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.connector_form: SettingsForm | None = None
        form = settings_form_of(self.instance)
        if form is not None:
            self.connector_form = form(self.data if self.is_bound else None, channel=self.instance, prefix=PREFIX)
            for name, field in self.connector_form.fields.items():
                self.fields[f"{PREFIX}-{name}"] = dressed(field)
                if name in self.connector_form.initial:
                    self.initial[f"{PREFIX}-{name}"] = self.connector_form.initial[name]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if self.connector_form is not None and not self.connector_form.is_valid():
            for name, errors in self.connector_form.errors.items():
                field = f"{PREFIX}-{name}"
                if field not in self.errors:
                    self.add_error(field if field in self.fields else None, list(errors))
        self._ask_for_basis(cleaned)
        return cleaned

    def _ask_for_basis(self, cleaned: dict[str, Any]) -> None:
        """Before it is switched on. One that is on already is told of on the health page, and goes on."""
        was_active = bool(self.instance.pk) and self.initial.get("is_active")
        names = ("kind", *ABROAD)
        asked = Channel(**{name: cleaned.get(name, getattr(self.instance, name)) or "" for name in names})
        if cleaned.get("is_active") and not was_active and lacks_basis(asked):
            self.add_error("transfer_basis", BasisMissing.message)


@admin.register(Channel)
class ChannelAdmin(ProvenAdmin, StaffAdmin[Channel]):
    """Which servers mail goes through is decided here: whoever changes it could read along."""

    view_code = change_code = "channels.configure"
    form = ChannelForm
    list_display = ("key", "name", "kind_label", "brand", "is_active", "last_success_at", "last_error_at")
    list_filter = ("kind", "brand", "is_active")
    list_select_related = ("brand",)
    autocomplete_fields = ("brand",)
    search_fields = ("key", "name__zh-hans", "name__en")
    actions = ("check_connection",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Channel]:
        return super().get_queryset(request).defer("last_error")

    @admin.display(description=_("kind"), ordering="kind")
    def kind_label(self, channel: Channel) -> str:
        try:
            return str(registry.get(channel.kind).label)
        except UnknownConnector:
            return channel.kind

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        if request.method == "GET":
            self.warn_of_missing_rules(request, list(Channel.objects.active().order_by("key")))
        return super().changelist_view(request, extra_context)

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> Any:
        if request.method == "GET":
            channel = self.get_object(request, object_id)
            self.warn_of_missing_rules(request, [channel] if channel is not None else [])
        return super().change_view(request, object_id, *args, **kwargs)

    def warn_of_missing_rules(self, request: HttpRequest, channels: list[Channel]) -> None:
        if not self.has_view_permission(request):
            return
        missing = intake.missing_rules(channels)
        for channel in channels:
            if channel.pk in missing:
                text = _("%(channel)s has no intake rule: what arrives is kept, and opens no ticket.")
                link = format_html('<a href="{}">{}</a>', missing[channel.pk], _("Add an intake rule"))
                warning = format_html("{} {}", text % {"channel": channel.name}, link)
                self.message_user(request, warning, messages.WARNING)

    def get_form(self, request: HttpRequest, obj: Channel | None = None, change: bool = False, **kwargs: Any) -> Any:
        # The connector's fields are added by the form itself; the model knows nothing of them.
        return super().get_form(request, obj, change, **{**kwargs, "fields": self.own_fields(obj)})

    def own_fields(self, obj: Channel | None) -> list[str]:
        names = [*COMMON, *ABROAD]
        return names if obj is None else [name for name in names if name not in {"kind", "key"}]

    def get_readonly_fields_of(self, obj: Channel | None) -> tuple[str, ...]:
        # What arrived through a channel is tied to its kind, and public addresses to its key. `kind` is named although
        # its label is shown: that takes its field out of the form.
        return ("kind", "kind_label", "key") if obj is not None else ()

    def get_readonly_fields(self, request: HttpRequest, obj: Channel | None = None) -> tuple[str, ...]:
        return self.get_readonly_fields_of(obj)

    def get_fieldsets(self, request: HttpRequest, obj: Channel | None = None) -> Any:
        common = (None, {"fields": ("kind_label", *COMMON[1:])})
        abroad = (_("Transfer abroad"), {"fields": ABROAD, "description": region_note(obj)})
        form = settings_form_of(obj)
        if form is None:
            note = _("Save first: the settings of this kind of channel then appear here.")
            return [(None, {"fields": COMMON, "description": note}), abroad] if obj is None else [common, abroad]
        names = tuple(f"{PREFIX}-{name}" for name in form.base_fields)
        if obj is not None and (page := registry.get(obj.kind).setup_page):
            link = format_html('<a href="{}">{}</a>', reverse(page, args=[obj.pk]), _("Set it up step by step"))
            return [(None, {"fields": common[1]["fields"], "description": link}), abroad]
        connection = (_("Connection"), {"fields": names, "description": address_note(obj)})
        return [common, connection, abroad] if names else [common, abroad]

    def save_model(self, request: HttpRequest, obj: Channel, form: ModelForm[Channel], change: bool) -> None:
        """The channel's own columns are written by name: settings, secrets and health have other writers."""
        if change:
            names = [name for name in form.changed_data if name in (*COMMON, *ABROAD)]
            if names:
                obj.save(update_fields=[*names, "updated"])
                self.record(request, obj, "changed", fields=names)
        else:
            obj.save()
            self.record(request, obj, "created", kind=obj.kind)
        connector = getattr(form, "connector_form", None)
        if connector is not None and any(name.startswith(f"{PREFIX}-") for name in form.changed_data):
            configure_channel(channel=obj, settings=connector.settings, secrets=connector.secrets, by=actor_of(request))

    def response_add(self, request: HttpRequest, obj: Channel, post_url_continue: str | None = None) -> Any:
        """On to the connector's settings."""
        from django.shortcuts import redirect

        page = registry.get(obj.kind).setup_page or "admin:contact_channels_channel_change"
        return redirect(page, obj.pk)

    @admin.action(description=_("Check the connection"))
    def check_connection(self, request: HttpRequest, queryset: QuerySet[Channel]) -> None:
        for channel in queryset.select_related(None):
            try:
                result = check_channel(channel=channel, by=actor_of(request))
            except AppError as refusal:
                self.message_user(request, f"{channel}: {refusal.detail()}", messages.ERROR)
                continue
            level = messages.SUCCESS if result.is_ok else messages.ERROR
            self.message_user(request, f"{channel}: {result.message}", level)
