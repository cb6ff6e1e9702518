"""`Idempotency-Key` on every POST: the first answer is kept, encrypted, and given again to each repetition."""

import hashlib
import json
from collections.abc import Callable
from typing import Any

from django.apps import apps
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Model
from rest_framework import exceptions
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core import idempotency
from apps.core.actor import Actor
from apps.core.api.errors import ApiError, IdempotencyConflict, IdempotencyMismatch, InvalidIdempotencyKey
from apps.core.api.fields import auth_of
from apps.core.api.renderers import PROBLEM
from apps.core.errors import AppError, NotVisible
from apps.core.models import IdempotentAnswer

HEADER = "Idempotency-Key"
KEPT_HEADERS = ("Location", "ETag", "Content-Type")


def concerning(response: Response, record: Model) -> Response:
    """Says what an answer describes, so that it is not given again to who has lost sight of that."""
    response.subject = record  # type: ignore[attr-defined]  # a note beside the answer, read by `answer_once`
    return response


def answer_once(
    request: Request,
    handle: Callable[[], Response],
    refuse: Callable[[Exception], Response],
    may_repeat: Callable[[], object],
) -> Response:
    """Calls `handle` unless this key was answered before.

    Refusals by a service are kept like successes. Malformed requests, lack of a credential, throttling and faults of
    ours are not: nothing had begun, and the client may try again with the same key. `may_repeat` raises when the
    client has meanwhile lost sight of what the address names; what the stored answer describes is looked up here.
    """
    key = _digest(auth_of(request).key, _key(request))
    fingerprint = _fingerprint(request)
    with transaction.atomic():
        if not idempotency.lock_key(key):
            raise IdempotencyConflict
        kept = idempotency.kept_answer(key)
        if kept is not None:
            if bytes(kept.fingerprint) != fingerprint:
                raise IdempotencyMismatch
            may_repeat()
            _require_still_visible(kept, auth_of(request))
            return _replay(kept)
        try:
            with transaction.atomic():
                response = handle()
        except (AppError, exceptions.APIException) as refusal:
            if not _is_final(refusal):
                raise
            response = refuse(refusal)
        idempotency.keep_answer(key, fingerprint, _as_answer(response, auth_of(request)))
        return response


def _key(request: Request) -> str:
    text = request.headers.get(HEADER, "")
    if not 1 <= len(text) <= 255 or not text.isascii() or not text.isprintable():
        raise InvalidIdempotencyKey
    return text


def _is_final(refusal: Exception) -> bool:
    return (
        isinstance(refusal, AppError)
        and not isinstance(refusal, ApiError)
        and refusal.status in {403, 404, 409, 412, 422}
    )


def _digest(*parts: str) -> bytes:
    hasher = hashlib.sha256()
    for part in parts:
        data = part.encode()
        hasher.update(len(data).to_bytes(8, "big") + data)
    return hasher.digest()


def _fingerprint(request: Request) -> bytes:
    """Of what the request says, not of its bytes: a repeated upload has another boundary, JSON another spacing."""
    data = request.data
    if hasattr(data, "lists"):
        content = json.dumps([(name, [_describe(value) for value in values]) for name, values in sorted(data.lists())])
    else:
        content = json.dumps(data, sort_keys=True)
    version = request.headers.get("If-Match", "")
    return _digest(request.method or "", request.path, request.META.get("QUERY_STRING", ""), version, content)


def _describe(value: Any) -> str:
    if not isinstance(value, UploadedFile):
        return str(value)
    hasher = hashlib.sha256()
    for chunk in value.chunks():
        hasher.update(chunk)
    value.seek(0)
    return f"{value.name}:{value.size}:{hasher.hexdigest()}"


def _as_answer(response: Response, actor: Actor) -> idempotency.Answer:
    body = None if response.data is None else json.loads(JSONRenderer().render(response.data))
    headers = {name: response[name] for name in KEPT_HEADERS if response.has_header(name)}
    return idempotency.Answer(
        status=response.status_code, body=body, headers=headers, subject=_subject(response, actor)
    )


def _subject(response: Response, actor: Actor) -> tuple[str, int] | None:
    """Only what can be seen can be lost sight of: whoever makes something out of their own sight is told of it once,
    and again when that answer went astray.
    """
    record: Model | None = getattr(response, "subject", None)
    if record is None or not _is_visible(record._meta.label, record.pk, actor):
        return None
    return record._meta.label, record.pk


def _require_still_visible(kept: IdempotentAnswer, actor: Actor) -> None:
    subject = kept.answer.get("subject")
    if subject is None:
        return
    label, pk = subject
    if not _is_visible(label, pk, actor):
        raise NotVisible


def _is_visible(label: str, pk: int, actor: Actor) -> bool:
    rows: Any = apps.get_model(label)._default_manager.all()  # one door: scoped in the next line
    return hasattr(rows, "visible_to") and bool(rows.visible_to(actor).filter(pk=pk).exists())


def _replay(kept: IdempotentAnswer) -> Response:
    response = Response(kept.answer["body"], status=kept.status)
    if kept.status >= 400:
        response.content_type = PROBLEM
    for name, value in kept.answer["headers"].items():
        response[name] = value
    response["Idempotent-Replayed"] = "true"
    return response
