"""What visitors filled in before a chat, and the page they were on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from apps.livechat.models import ChatSession
from apps.privacy.retention import Clock, DataClass, register_class, with_content


def _sessions() -> QuerySet[Any]:
    return with_content(ChatSession.objects.all(), "details")


def _empty(ids: Sequence[int]) -> None:
    ChatSession.objects.filter(pk__in=ids).update(details={})


def register() -> None:
    register_class(
        DataClass(
            "livechat.details", _("what visitors of chats filled in"), _sessions, _empty,
            (Clock("ended", _("the chat ended"), "ended_at"),),
            paths={"channel": "channel_id", "brand": "channel__brand_id"},
            kept_with=("tickets.ticket", "interaction__ticket_id"),
        )
    )  # fmt: skip
