"""Forms for managers and for those who look after channels."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.core.validators import URLValidator
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from apps.channels.contract import Connector, Setting, SettingType
from apps.channels.models import Channel
from apps.privacy.detection import visible

HOST = r"^(?=.{1,253}$)([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.?)+$|^\[?[0-9A-Fa-f:.]{2,45}\]?$"


class LinesField(forms.CharField):
    """Several short texts, one a line, as a list."""

    widget = forms.Textarea(attrs={"rows": 3})

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list | tuple) else value

    def clean(self, value: Any) -> list[str]:
        return [line for line in (line.strip() for line in super().clean(value).splitlines()) if line]


class SettingsForm(forms.Form):
    """What a connector declares, as fields. Secrets can be written and are never shown: empty keeps what is stored."""

    connector: ClassVar[Connector]

    def __init__(self, *args: Any, channel: Channel | None = None, **kwargs: Any) -> None:
        self.channel = channel
        kwargs["initial"] = {**self._stored(), **(kwargs.get("initial") or {})}
        super().__init__(*args, **kwargs)
        for setting in self.connector.settings:
            if setting.secret:
                self._shape_secret(setting)

    def _stored(self) -> dict[str, Any]:
        initial: dict[str, Any] = {}
        for setting in self.connector.settings:
            value = setting.default
            if self.channel is not None and not setting.secret:
                value = self.channel.settings.get(setting.key, setting.default)
            if setting.type == SettingType.TRANSLATED:
                texts = value if isinstance(value, dict) else {}
                initial.update({part: texts.get(code, "") for part, code in translated_parts(setting)})
            elif not setting.secret:
                initial[setting.key] = value
        return initial

    def _shape_secret(self, setting: Setting) -> None:
        if self.channel is not None and self.channel.secrets.get(setting.key):
            field = self.fields[setting.key]
            field.required = False
            field.help_text = format_lazy("{} {}", setting.help, _("Stored. Leave empty to keep it."))

    @property
    def settings(self) -> dict[str, Any]:
        """What goes into `Channel.settings`, after validation."""
        values: dict[str, Any] = {}
        for setting in self.connector.settings:
            if setting.type == SettingType.TRANSLATED:
                values[setting.key] = {code: self.cleaned_data[part] for part, code in translated_parts(setting)}
            elif not setting.secret:
                values[setting.key] = self.cleaned_data[setting.key]
        return values

    @property
    def secrets(self) -> dict[str, Any]:
        """What goes into `Channel.secrets`: only those that were entered."""
        keys = [setting.key for setting in self.connector.settings if setting.secret]
        return {key: self.cleaned_data[key] for key in keys if self.cleaned_data.get(key)}


def settings_form_for(connector: Connector) -> type[SettingsForm]:
    """A form class made of the connector's declared settings."""
    fields: dict[str, Any] = {"connector": connector}
    for setting in connector.settings:
        if setting.type == SettingType.TRANSLATED:
            for part, code in translated_parts(setting):
                label = format_lazy("{} ({})", setting.label, dict(settings.LANGUAGES)[code])
                fields[part] = forms.CharField(
                    label=label, required=False, help_text=setting.help, widget=forms.Textarea(attrs={"rows": 3})
                )
        else:
            fields[setting.key] = _field_of(setting)
    metaclass: Any = type(SettingsForm)
    form: type[SettingsForm] = metaclass(f"{connector.kind.title()}SettingsForm", (SettingsForm,), fields)
    return form


def translated_parts(setting: Setting) -> list[tuple[str, str]]:
    """(name of the form's field, language) of a translated setting."""
    return [(f"{setting.key}__{code.replace('-', '_')}", code) for code, _name in settings.LANGUAGES]


_is_web_address = URLValidator(schemes=["http", "https"])


def _field_of(setting: Setting) -> forms.Field:
    common: dict[str, Any] = {"label": setting.label, "help_text": setting.help, "required": setting.required}
    if setting.secret:
        widget = forms.PasswordInput(render_value=False, attrs={"autocomplete": "new-password"})
        return forms.CharField(**common, strip=False, widget=widget)
    match setting.type:
        case SettingType.INTEGER:
            return forms.IntegerField(**common, min_value=setting.minimum, max_value=setting.maximum)
        case SettingType.FLAG:
            return forms.BooleanField(**common | {"required": False})
        case SettingType.CHOICE:
            choices = setting.choices if setting.required else (("", "—"), *setting.choices)
            return forms.ChoiceField(**common, choices=choices)
        case SettingType.EMAIL:
            return forms.EmailField(**common)
        case SettingType.HOST:
            return forms.RegexField(HOST, **common, error_messages={"invalid": _("Enter a host name or address.")})
        case SettingType.URL:
            return forms.URLField(**common, assume_scheme="https", max_length=500, validators=[_is_web_address])
        case SettingType.LIST:
            return LinesField(**common)
        case SettingType.LONG_TEXT:
            return forms.CharField(**common, widget=forms.Textarea(attrs={"rows": 4}))
        case _:
            return forms.CharField(**common, max_length=500)


class RepairForm(forms.Form):
    text = forms.CharField(
        label=_("Content"), strip=False, widget=forms.Textarea(attrs={"rows": 18, "spellcheck": "false"})
    )


class DiscardForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=300)

    def clean_reason(self) -> str:
        reason: str = self.cleaned_data["reason"]
        if not visible(reason).strip():
            raise forms.ValidationError(self.fields["reason"].error_messages["required"], code="required")
        return reason
