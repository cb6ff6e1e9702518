"""What is kept of a visitor's chats."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from apps.channels.services.erasing import conversations
from apps.livechat.models import ChatSession
from apps.privacy.people import Person, Place, Telling, register_place, register_telling


def _chats(person: Person) -> QuerySet[Any, Any]:
    through = Q(interaction__customer__in=person.ids) | Q(conversation__in=conversations(person))
    return ChatSession.objects.filter(through)


def _erase(person: Person, rows: Sequence[Any]) -> None:
    ChatSession.objects.filter(pk__in=[row.pk for row in rows]).update(details={})


def _tell(person: Person) -> Iterator[Mapping[str, Any]]:
    for row in _chats(person).order_by("pk"):
        yield {"began": row.created, "ended": row.ended_at, "filled_in": row.details}


def register() -> None:
    register_place(Place("livechat.session", _("what visitors filled in"), _chats, _erase))
    register_telling(Telling("chats", _("Your chats"), _tell))
