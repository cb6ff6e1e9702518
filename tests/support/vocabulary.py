"""Queues, categories, tags and channels are read once and then kept until a statement changes one of their tables.

An installation keeps them for seconds, which tests cannot wait for; reading them for each call took a fifth of the
suite's time. The processes of browser tests read them each time.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from django.conf import settings
from django.db import connection
from django.test import override_settings

from apps.accounts.models import Brand
from apps.channels.models import Channel
from apps.customers.models import Tag
from apps.tickets.models import Category, IntakeRule, Queue
from apps.tickets.selectors import vocabulary

UNTIL_CHANGED: Final = 3600.0
"""A test that sets another number of seconds means what it says, and gets words as old as that."""

_TABLES: Final = "|".join(model._meta.db_table for model in (Brand, Category, Channel, IntakeRule, Queue, Tag))
_CHANGE: Final = re.compile(rf"(?:INSERT|UPDATE|DELETE|TRUNCATE|WITH)\b.*\b(?:{_TABLES})|ROLLBACK", re.DOTALL)


@contextmanager
def kept_until_changed() -> Iterator[None]:
    with override_settings(TICKETS_VOCABULARY_SECONDS=UNTIL_CHANGED), connection.execute_wrapper(_watch):
        vocabulary._kept = None
        yield
    vocabulary._kept = None


def _watch(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:
    result = execute(sql, params, many, context)
    if settings.TICKETS_VOCABULARY_SECONDS == UNTIL_CHANGED and _CHANGE.match(str(sql)):
        vocabulary._kept = None
    return result
