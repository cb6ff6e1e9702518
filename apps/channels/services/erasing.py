"""What is kept of a person in the conversations of our own clients, and among blocked senders."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import ProtectedError, Q, QuerySet
from django.db.transaction import atomic
from django.utils.translation import gettext_lazy as _

from apps.channels.connectors.protocol.clients import user_key
from apps.channels.connectors.protocol.tokens import GUEST
from apps.channels.models import BlockedSender, Channel, ClientConversation, ClientFile, ClientMessage
from apps.core.ids import read_public_id
from apps.core.models import StoredFile
from apps.core.storage import delete_file
from apps.privacy.people import Person, Place, delete_rows, register_place


def conversations(person: Person) -> QuerySet[Any, Any]:
    """Those that the person's handles lead to, as users and as the guests they were before."""
    values = [value for _kind, _scope, value in person.handles]
    guests = [read_public_id(ClientConversation, value.removeprefix(GUEST)) for value in values if GUEST in value]
    speaking = ClientConversation.objects.order_by().values("channel").distinct()
    keys = [user_key(channel, value) for channel in Channel.objects.filter(pk__in=speaking) for value in values]
    own = Q(user_key__in=keys) | Q(pk__in=[pk for pk in guests if pk is not None])
    return ClientConversation.objects.filter(own | Q(continued_in__in=ClientConversation.objects.filter(own)))


def _erase_conversations(person: Person, rows: Sequence[Any]) -> None:
    """Whatever their app or page still holds opens nothing; it begins anew."""
    found = ClientConversation.objects.filter(pk__in=[row.pk for row in rows])
    found.update(user_key=None, user_id="", guest_key=None, guest_until=None, notify_at=None)


def _messages(person: Person) -> QuerySet[Any, Any]:
    return ClientMessage.objects.filter(conversation__in=conversations(person))


def _files(person: Person) -> QuerySet[Any, Any]:
    return ClientFile.objects.filter(conversation__in=conversations(person))


def _erase_files(person: Person, rows: Sequence[Any]) -> None:
    ids = [row.file_id for row in rows]
    delete_rows(person, rows)
    for stored in StoredFile.objects.filter(pk__in=ids):
        try:
            with atomic():
                delete_file(stored)
        except ProtectedError:
            continue  # a message has it too, and takes it along


def _blocks(person: Person) -> QuerySet[Any, Any]:
    found = Q(pk__in=())
    for kind, scope, value in person.handles:
        found |= Q(kind=kind, scope=scope, value=value)
    return BlockedSender.objects.filter(found)


def register() -> None:
    for place in (
        Place("channels.blocked", _("blocked senders"), _blocks, delete_rows),
        Place("channels.conversation", _("conversations in apps and on pages"), conversations, _erase_conversations),
        Place("channels.client_message", _("messages in apps and on pages"), _messages, delete_rows),
        Place("channels.client_file", _("files in apps and on pages"), _files, _erase_files),
    ):
        register_place(place)
