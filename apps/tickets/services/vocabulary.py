"""The tree of categories."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from apps.core.errors import InvalidInput
from apps.tickets.models import Category


@transaction.atomic
def save_category(category: Category) -> Category:
    """Saves the row and keeps `path` right, for it and for everything below it. A category cannot come to lie under itself."""
    locked = {row.pk: row for row in Category.objects.select_for_update(of=("self",)).order_by("pk")}
    parent = locked.get(category.parent_id or 0)
    if parent is not None and category.pk in [*parent.path, parent.pk]:
        raise InvalidInput(fields={"parent": [_("A category cannot lie under itself.")]})
    category.save()
    locked[category.pk] = category
    _write_paths(category, list(parent.path) if parent else [], locked)
    return category


def _write_paths(category: Category, above: list[int], rows: dict[int, Category]) -> None:
    category.path = [*above, category.pk]
    category.save(update_fields=["path"])
    for child in rows.values():
        if child.parent_id == category.pk and child.pk != category.pk:
            _write_paths(child, category.path, rows)
