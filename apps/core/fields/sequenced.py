from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models.expressions import Combinable

from apps.core.sequences import next_id

if TYPE_CHECKING:
    BigAutoField = models.BigAutoField[int | Combinable | str, int]
else:
    BigAutoField = models.BigAutoField


class SequencedAutoField(BigAutoField):
    """A 64-bit key from the table's sequence, taken before the insert, also in ``bulk_create`` and in migrations.

    ``block`` lets a process fetch several ids in one go, for tables whose ids need not tell the order of writing.
    """

    def __init__(self, *args: Any, block: int = 1, **kwargs: Any) -> None:
        self.block = block
        super().__init__(*args, **kwargs)

    def get_pk_value_on_save(self, instance: models.Model) -> int:
        return next_id(type(instance), using=instance._state.db, block=self.block)
