"""Files of a conversation. Each belongs to it alone: whoever is not its client cannot name, fetch or send it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final
from urllib.parse import unquote

from django.db import transaction
from django.http import HttpResponse

from apps.channels import registry
from apps.channels.connectors.protocol.clients import Client
from apps.channels.connectors.protocol.errors import FileNotThere, TooManyFiles
from apps.channels.models import ClientConversation, ClientFile
from apps.core import clock, throttle
from apps.core.actor import SYSTEM
from apps.core.errors import NotVisible
from apps.core.ids import read_public_id
from apps.core.storage import delete_file, serve_file, store_file

MEGABYTE: Final = 1024 * 1024
MAX_WAITING: Final = 20
"""Uploads of one conversation that stand in no message yet."""

KEPT: Final = timedelta(days=1)
BATCH: Final = 100


def max_bytes(client: Client) -> int:
    return int(registry.get(client.channel.kind).setting(client.channel, "max_attachment_mb")) * MEGABYTE


def upload(client: Client, content: bytes, *, name: str) -> ClientFile:
    """Keeps a file until a message names it, or a day is over."""
    limit = int(registry.get(client.channel.kind).setting(client.channel, "messages_per_minute"))
    mark = f"channels.app:{client.channel.pk}:files:{client.conversation.pk}"
    throttle.hit(mark, limit=limit, per=timedelta(minutes=1))
    if client.conversation.files.filter(is_sent=False).count() >= MAX_WAITING:
        raise TooManyFiles
    with transaction.atomic():
        stored = store_file(content, name=unquote(name, errors="replace"), by=SYSTEM, limit=max_bytes(client))
        row = ClientFile(conversation=client.conversation, file=stored)
        row.save(force_insert=True)
    return row


def take_uploads(conversation: ClientConversation, public_ids: Sequence[str]) -> list[ClientFile]:
    """The uploads that a message names, in its order; from now on they are sent. Under the conversation's lock."""
    pks = [pk for text in public_ids if (pk := read_public_id(ClientFile, text)) is not None]
    rows = ClientFile.objects.select_for_update(of=("self",)).select_related("file")
    found = {row.pk: row for row in rows.filter(conversation=conversation, pk__in=pks, is_sent=False)}
    if len(found) != len(public_ids):
        raise FileNotThere
    ClientFile.objects.filter(pk__in=found).update(is_sent=True)
    return [found[pk] for pk in pks]


def hand_out(conversation: ClientConversation, stored_ids: Sequence[int]) -> list[ClientFile]:
    """Lets the client fetch what an answer carries."""
    rows = [ClientFile(conversation=conversation, file_id=pk, is_sent=True) for pk in stored_ids]
    for row in rows:
        row.save(force_insert=True)
    return rows


def served(client: Client, public_id: str) -> HttpResponse:
    return serve_file(file_of(client, public_id).file, disposition="inline")


def file_of(client: Client, public_id: str) -> ClientFile:
    pk = read_public_id(ClientFile, public_id)
    row = client.conversation.files.select_related("file").filter(pk=pk).first() if pk is not None else None
    if row is None:
        raise NotVisible
    return row


def as_told(row: ClientFile) -> dict[str, Any]:
    stored = row.file
    return {"id": row.public_id, "name": stored.name, "content_type": stored.content_type, "size": stored.size}


def throw_away_unsent() -> int:
    """Uploads that no message ever named."""
    before = clock.now() - KEPT
    with transaction.atomic():
        due = ClientFile.objects.filter(is_sent=False, created__lt=before).select_related("file").order_by("pk")
        rows = list(due.select_for_update(of=("self",), skip_locked=True)[:BATCH])
        for row in rows:
            row.delete()
            delete_file(row.file)
    return len(rows)
