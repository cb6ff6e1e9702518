"""How long what is kept: classes of data that the apps register, and what a rule can ask of them.

The rules themselves are rows (`models.RetentionRule`), carried out by `services.retention`.
"""

from apps.privacy.retention.registry import (
    Clock,
    DataClass,
    all_classes,
    class_of,
    register_class,
    with_content,
)
from apps.privacy.retention.scopes import Scope, all_scopes, register_scope

__all__ = [
    "Clock",
    "DataClass",
    "Scope",
    "all_classes",
    "all_scopes",
    "class_of",
    "register_class",
    "register_scope",
    "with_content",
]
