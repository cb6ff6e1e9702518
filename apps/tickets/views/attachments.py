"""Files of tickets. Whoever sees the message may open its files, if their lens lets files through."""

from __future__ import annotations

from typing import Literal

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from apps.accounts.middleware import actor_of
from apps.core.audit import record_view
from apps.core.errors import NotVisible
from apps.core.ids import read_public_id
from apps.core.models import StoredFile
from apps.core.storage import playable, serve_file
from apps.tickets.models import Attachment, DraftFile
from apps.tickets.selectors.detail import INLINE_TYPES
from apps.tickets.selectors.minors import lens_over_file


@require_GET
@login_required
def attachment(request: HttpRequest, public_id: str) -> HttpResponse:
    actor = actor_of(request)
    pk = read_public_id(Attachment, public_id)
    found = (
        None
        if pk is None
        else Attachment.objects.visible_to(actor).select_related("file", "ticket__customer").filter(pk=pk).first()
    )
    if found is None or not lens_over_file(actor, found).opens_files:
        raise NotVisible
    record_view("attachment.open", by=actor, subject=found)
    if "sound" in request.GET and (sound := playable(found.file)):
        return serve_file(sound, disposition="inline")
    return serve_file(found.file, disposition=_disposition(request, found.file))


@require_GET
@login_required
def upload(request: HttpRequest, public_id: str) -> HttpResponse:
    """A file in somebody's composer, not sent yet: only for that person."""
    pk = read_public_id(DraftFile, public_id)
    rows = DraftFile.objects.select_related("file")  # one door: nothing but the uploader's own files
    rows = rows.filter(user_id=request.user.pk or 0)
    found = None if pk is None else rows.filter(pk=pk).first()
    if found is None:
        raise NotVisible
    return serve_file(found.file, disposition=_disposition(request, found.file))


def _disposition(request: HttpRequest, file: StoredFile) -> Literal["attachment", "inline"]:
    """Pictures may be shown in the page; everything else is only ever saved."""
    wanted = "download" not in request.GET and file.content_type in INLINE_TYPES
    return "inline" if wanted else "attachment"
