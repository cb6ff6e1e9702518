"""Short names that managers enter, one text per language, in one JSON column."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Value
from django.db.models.expressions import BaseExpression
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Coalesce, NullIf
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

    JSONField = models.JSONField["TranslatedText | Mapping[str, str] | str", "TranslatedText"]
else:
    JSONField = models.JSONField


class TranslatedText(dict[str, str]):
    """Texts by language code. ``str()`` is the active language's, or else the default language's, or else any."""

    def __init__(self, texts: Mapping[str, str] | str | None = None, /, **by_language: str) -> None:
        if isinstance(texts, str):
            texts = {settings.LANGUAGE_CODE.lower(): texts}
        cleaned = {str(code).lower(): str(text) for code, text in {**(texts or {}), **by_language}.items() if text}
        super().__init__(cleaned)

    def __str__(self) -> str:
        # Lists show hundreds of these, nearly always in a language that is there.
        if text := self.get((get_language() or settings.LANGUAGE_CODE).lower()):
            return text
        for code in language_order():
            if self.get(code):
                return self[code]
        return next((text for text in self.values() if text), "")

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(frozenset(self.items()))

    def __repr__(self) -> str:
        return f"TranslatedText({dict(self)!r})"


def language_order() -> list[str]:
    """The active language, then the default one, then the others of the installation."""
    codes = [(get_language() or settings.LANGUAGE_CODE).lower(), settings.LANGUAGE_CODE.lower()]
    codes += [code.lower() for code, _label in settings.LANGUAGES]
    return list(dict.fromkeys(codes))


def translated(path: str) -> BaseExpression:
    """The text of a TranslatedTextField as shown in the active language, to order and to search by."""
    texts = [NullIf(KeyTextTransform(code, path), Value("")) for code in language_order()]
    return Coalesce(*texts, Value(""), output_field=models.TextField())


class _TranslatedAttribute:
    def __init__(self, field: TranslatedTextField) -> None:
        self.field = field
        self.deferred = models.query_utils.DeferredAttribute(field)

    def __get__(self, instance: models.Model | None, cls: type[models.Model] | None = None) -> Any:
        if instance is None:
            return self
        if self.field.attname not in instance.__dict__:
            self.deferred.__get__(instance, cls)
        return instance.__dict__[self.field.attname]

    def __set__(self, instance: models.Model, value: Any) -> None:
        instance.__dict__[self.field.attname] = self.field.to_python(value)


class TranslatedTextField(JSONField):
    """JSON by language on disk, ``TranslatedText`` on the instance. Assigning a plain string sets the default
    language.
    """

    if TYPE_CHECKING:
        _pyi_private_set_type: TranslatedText | Mapping[str, str] | str
        _pyi_private_get_type: TranslatedText

    descriptor_class = _TranslatedAttribute

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("default", TranslatedText)
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        if kwargs.get("default") is TranslatedText:
            del kwargs["default"]
        # The package also exports a function named as this module, so migrations name the package.
        return name, path.replace("apps.core.fields.translated.", "apps.core.fields."), args, kwargs

    def to_python(self, value: Any) -> Any:
        if value is None or isinstance(value, TranslatedText) or hasattr(value, "resolve_expression"):
            return value
        if isinstance(value, (str, Mapping)):
            return TranslatedText(value)
        raise ValidationError(_("Enter a text for at least one language."))

    def from_db_value(self, value: Any, expression: Any, connection: BaseDatabaseWrapper) -> Any:
        value = super().from_db_value(value, expression, connection)
        return TranslatedText(value) if isinstance(value, dict) else value

    def get_prep_value(self, value: Any) -> Any:
        return dict(value) if isinstance(value, TranslatedText) else super().get_prep_value(value)

    def get_db_prep_value(self, value: Any, connection: BaseDatabaseWrapper, prepared: bool = False) -> Any:
        return super().get_db_prep_value(
            dict(value) if isinstance(value, TranslatedText) else value, connection, prepared
        )

    def formfield(self, **kwargs: Any) -> Any:
        kwargs.pop("encoder", None)
        kwargs.pop("decoder", None)
        return models.Field.formfield(self, **{"form_class": TranslatedTextFormField, **kwargs})


class TranslatedTextWidget(forms.MultiWidget):
    """One input for each language of the installation."""

    template_name = "django/forms/widgets/multiwidget.html"

    def __init__(self, attrs: dict[str, Any] | None = None, *, base: type[forms.Widget] = forms.TextInput) -> None:
        self.codes = [code.lower() for code, _label in settings.LANGUAGES]
        widgets: dict[str, forms.Widget | type[forms.Widget]] = {
            code.replace("-", "_"): base(attrs={"lang": code, "placeholder": str(label), "aria-label": str(label)})
            for code, label in settings.LANGUAGES
        }
        super().__init__(widgets, attrs)

    def decompress(self, value: Any) -> list[str]:
        texts = TranslatedText(value) if value else TranslatedText()
        return [texts.get(code, "") for code in self.codes]


class TranslatedTextFormField(forms.MultiValueField):
    widget = TranslatedTextWidget

    def __init__(self, *, max_length: int | None = None, **kwargs: Any) -> None:
        fields = [forms.CharField(required=False, max_length=max_length) for _language in settings.LANGUAGES]
        required = kwargs.pop("required", True)
        kwargs.pop("require_all_fields", None)
        super().__init__(fields, required=required, require_all_fields=False, **kwargs)

    def compress(self, data_list: list[Any]) -> TranslatedText:
        codes = [code.lower() for code, _label in settings.LANGUAGES]
        return TranslatedText({code: text for code, text in zip(codes, data_list, strict=False) if text})

    def has_changed(self, initial: Any, data: Any) -> bool:
        texts = TranslatedText(initial) if initial else TranslatedText()
        return super().has_changed([texts.get(code.lower(), "") for code, _label in settings.LANGUAGES], data)
