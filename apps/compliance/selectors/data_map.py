"""Where personal data are: the fields of our models with what each holds, how long, and who gets it.

Made of the models as they are, of what was decided about them (`declared`), and of lens, rules and recipients in force.
Left out are fields that can hold no words, unless they lead to a person: numbers, times, other links.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.compliance.declared import CLASSES, NOT_PERSONAL, Class
from apps.compliance.enums import Nature
from apps.compliance.selectors.keeping import Keeping
from apps.compliance.selectors.recipients import Recipients
from apps.core.fields import BlindIndexField, EncryptedField
from apps.privacy.enums import FieldClass

HEAD: Final = (
    gettext_lazy("record"),
    gettext_lazy("field"),
    gettext_lazy("name in the database"),
    gettext_lazy("class of data"),
    gettext_lazy("kept as"),
    gettext_lazy("how long"),
    gettext_lazy("who gets it"),
)
_WORDS: Final = (
    models.CharField,
    models.TextField,
    models.JSONField,
    models.BinaryField,
    models.FileField,
    models.GenericIPAddressField,
    EncryptedField,
)
_PERSONS: Final = {"customers.Customer": Nature.CUSTOMER, "accounts.User": Nature.COLLEAGUE}


@dataclass(frozen=True, slots=True)
class Entry:
    model: str
    record: str
    field: str
    column: str
    classes: tuple[Class, ...]
    is_encrypted: bool
    keeping: str
    recipients: str

    @property
    def said(self) -> str:
        return ", ".join(str(each.label) for each in self.classes) or _("not personal")

    @property
    def kept_as(self) -> str:
        return _("encrypted") if self.is_encrypted else _("in clear")

    def cells(self) -> tuple[str, ...]:
        return self.record, self.field, self.column, self.said, self.kept_as, self.keeping, self.recipients


def data_map(*, words: str = "", with_rest: bool = True) -> list[Entry]:
    """`words` have to occur in the row, all of them; without the rest only what is personal."""
    asked = words.casefold().split()
    return [
        entry
        for entry in _entries()
        if (with_rest or entry.classes) and all(word in " ".join(entry.cells()).casefold() for word in asked)
    ]


def _entries() -> Iterator[Entry]:
    keeping, recipients = Keeping(), Recipients()
    for model in our_models():
        label = model._meta.label
        for field in model._meta.concrete_fields:
            if not (holds_words(field) or classes_of(field)):
                continue
            classes = classes_of(field) or ()
            yield Entry(
                model=label,
                record=capfirst(str(model._meta.verbose_name)),
                field=str(field.verbose_name),
                column=f"{model._meta.db_table}.{field.column}",
                classes=classes,
                is_encrypted=isinstance(field, EncryptedField),
                keeping=keeping.of(label) if classes else "",
                recipients=recipients.of(label, classes),
            )


def our_models() -> list[type[models.Model]]:
    return [model for model in apps.get_models() if model.__module__.startswith("apps.")]


def holds_words(field: Any) -> bool:
    """Whether something that somebody typed could stand in it; of lists, in one of their members."""
    return isinstance(field.base_field if isinstance(field, ArrayField) else field, _WORDS)


def classes_of(field: Any) -> tuple[Class, ...] | None:
    """None: nobody decided about it. Nothing in it: not personal."""
    label, name = field.model._meta.label, field.name
    decided = CLASSES.get(label, {}).get(name)
    if decided is not None:
        return decided
    if field.is_relation:
        nature = _PERSONS.get(field.related_model._meta.label)
        return (nature,) if nature else ()
    if isinstance(field, BlindIndexField):
        return (Nature.INDEX,)
    if isinstance(field, EncryptedField):
        return (FieldClass.FREE_TEXT,)
    is_known = _is_closed(field) or not holds_words(field) or name in NOT_PERSONAL.get(label, "").split()
    return () if is_known else None


def _is_closed(field: Any) -> bool:
    """One of a list of ours."""
    return bool(getattr(field, "base_field", field).choices)


def undecided() -> list[str]:
    return [
        f"{model._meta.label}.{field.name}"
        for model in our_models()
        for field in model._meta.concrete_fields
        if classes_of(field) is None
    ]
