"""The few hundred configured rows that every list names: queues, categories, tags, channels.

They are read together and kept for seconds in the process, so that a list of tickets joins none of them. Scope is not
applied here:
whoever offers them as choices asks `visible_to` ids first (see `choices`).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeVar

from django.conf import settings
from django.db import models

from apps.channels import registry
from apps.channels.models import Channel
from apps.customers.models import Tag
from apps.tickets.models import Category, IntakeRule, Queue

M = TypeVar("M", bound=models.Model)

FALLBACK_ICON = "message-circle"
NO_CHANNEL_ICON = "square-pen"


@dataclass(frozen=True, slots=True)
class Vocabulary:
    queues: Mapping[int, Queue]
    categories: Mapping[int, Category]
    tags: Mapping[int, Tag]
    channels: Mapping[int, Channel]
    icons: Mapping[int, str]
    """Of channels, by channel."""
    commented: frozenset[int]
    """Channels on which customers comment in public."""
    rules: Mapping[int, IntakeRule]
    """What channels lead to, by channel."""

    def queue_label(self, pk: int | None) -> str:
        return str(self.queues[pk].name) if pk is not None and pk in self.queues else ""

    def category_label(self, pk: int | None) -> str:
        """The path from the root, as people say it: Repair › Screen."""
        if pk is None or pk not in self.categories:
            return ""
        path = self.categories[pk].path or [pk]
        return " › ".join(str(self.categories[step].name) for step in path if step in self.categories)

    def tag_label(self, pk: int) -> str:
        return str(self.tags[pk].name) if pk in self.tags else ""

    def channel_label(self, pk: int | None) -> str:
        return str(self.channels[pk].name) if pk is not None and pk in self.channels else ""

    def channel_icon(self, pk: int | None) -> str:
        return self.icons.get(pk or 0, NO_CHANNEL_ICON)

    def required_by_category(self, pk: int | None) -> set[str]:
        """What a wrap-up must hold for tickets of a category: its own rules and those of all above it."""
        if pk is None or pk not in self.categories:
            return set()
        path = self.categories[pk].path or [pk]
        return {name for step in path if step in self.categories for name in self.categories[step].required_on_resolve}

    def descendants(self, pk: int) -> list[int]:
        """A category and everything below it."""
        return [category.pk for category in self.categories.values() if category.pk == pk or pk in category.path]


_lock = threading.Lock()
_kept: tuple[float, Vocabulary] | None = None


def vocabulary() -> Vocabulary:
    global _kept  # noqa: PLW0603 (the process's copy)
    kept = _kept
    if kept is not None and kept[0] > time.monotonic():
        return kept[1]
    fresh = _read()
    with _lock:
        _kept = (time.monotonic() + settings.TICKETS_VOCABULARY_SECONDS, fresh)
    return fresh


def _read() -> Vocabulary:
    channels = _by_id(Channel.objects.select_related("brand"))
    of_kinds = {connector.kind: connector.icon for connector in registry.all()}
    with_comments = {connector.kind for connector in registry.all() if connector.capabilities.public is not None}
    return Vocabulary(
        queues=_by_id(Queue.objects.all()),
        categories=_by_id(Category.objects.all()),
        tags=_by_id(Tag.objects.all()),
        channels=channels,
        icons=MappingProxyType({pk: of_kinds.get(row.kind, FALLBACK_ICON) for pk, row in channels.items()}),
        commented=frozenset(pk for pk, row in channels.items() if row.kind in with_comments),
        rules=MappingProxyType({rule.channel_id: rule for rule in IntakeRule.objects.whole()}),
    )


def _by_id(rows: models.QuerySet[M]) -> Mapping[int, M]:
    return MappingProxyType({row.pk: row for row in rows})
