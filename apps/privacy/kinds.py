"""Which class of personal data a kind of identity belongs to. Higher apps register the kinds they know."""

from __future__ import annotations

from apps.privacy.enums import FieldClass

_classes: dict[str, FieldClass] = {}


def register_kind(kind: str, field_class: FieldClass) -> None:
    _classes[kind] = field_class


def field_class_of(kind: str) -> FieldClass:
    """A kind that nobody knows (any more) is treated as a platform's handle."""
    return _classes.get(kind, FieldClass.HANDLE)
