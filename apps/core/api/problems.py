"""The one place where a refusal becomes an answer of the API: RFC 9457 problem details with a stable code."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import structlog
from django.conf import settings
from django.core.exceptions import BadRequest as DjangoBadRequest
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.core.signals import got_request_exception
from django.http import Http404, HttpResponse, JsonResponse
from django.urls import reverse
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import set_rollback

from apps.core import audit
from apps.core.api import errors
from apps.core.api.renderers import PROBLEM
from apps.core.errors import AppError, NotVisible, PermissionRefused, TooMany

logger = structlog.get_logger(__name__)

# What Django and the framework raise → the refusal of ours that says the same.
FROM_FRAMEWORK: tuple[tuple[type[Exception], type[AppError]], ...] = (
    (Http404, NotVisible),
    (exceptions.NotFound, NotVisible),
    (exceptions.NotAuthenticated, errors.NotAuthenticated),
    (exceptions.AuthenticationFailed, errors.NotAuthenticated),
    (exceptions.PermissionDenied, PermissionRefused),
    (PermissionDenied, PermissionRefused),
    (exceptions.MethodNotAllowed, errors.MethodNotAllowed),
    (exceptions.NotAcceptable, errors.NotAcceptable),
    (exceptions.UnsupportedMediaType, errors.UnsupportedMediaType),
    (exceptions.ParseError, errors.ApiError),
    (SuspiciousOperation, errors.ApiError),
    (DjangoBadRequest, errors.ApiError),
)


def answer_exception(exc: Exception, context: Mapping[str, Any]) -> Response:
    """The API's exception handler. Rolls the transaction back, answers with a problem, and logs what was our own fault."""
    set_rollback()
    request: Request = context["request"]
    refusal = _refusal(exc)
    where = request.resolver_match.view_name if request.resolver_match else ""
    # Who asks was found out already, or is nobody: asking `request.auth` now could refuse once more.
    audit.record_refusal(exc, by=vars(request).get("_auth"), where=where)
    if refusal is None:
        logger.error("api.failed", path=request.path, method=request.method, exc_info=exc)
        # Tells error reporters, and lets a test client see the exception itself.
        got_request_exception.send(sender=None, request=request._request)
        refusal = errors.InternalError()
    response = Response(
        problem(refusal, request=request, fields=_field_errors(exc)), status=refusal.status, content_type=PROBLEM
    )
    for name, value in _headers(exc, refusal).items():
        response[name] = value
    return response


def answer_refusal(refusal: AppError) -> HttpResponse:
    """The same outside of the API, for addresses that only machines call."""
    headers = _headers(refusal, refusal)
    return JsonResponse(problem(refusal), status=refusal.status, content_type=PROBLEM, headers=headers)


def problem(
    refusal: AppError, *, request: Request | None = None, fields: Sequence[Mapping[str, str]] = ()
) -> dict[str, Any]:
    members = refusal.extensions()
    named = members.pop("fields", {})
    listed = [*fields, *({"field": name, "code": "invalid", "detail": text} for name in named for text in named[name])]
    body: dict[str, Any] = {
        "type": reverse("api:error", args=[refusal.code]),
        "title": str(refusal.message) if not refusal.params else refusal.detail(),
        "status": refusal.status,
        "code": refusal.code,
        "detail": refusal.detail(),
    }
    if request is not None:
        body["instance"] = request.path
        if request_id := structlog.contextvars.get_contextvars().get("request_id"):
            body["request_id"] = request_id
    if listed:
        body["errors"] = listed
    return {**body, **members}


def problem_of(exc: Exception) -> dict[str, Any]:
    """What is told of a refusal where there is no request, as on a socket. What is no refusal is raised again."""
    refusal = _refusal(exc)
    if refusal is None:
        raise exc
    return problem(refusal, fields=_field_errors(exc))


def _refusal(exc: Exception) -> AppError | None:
    if isinstance(exc, AppError):
        return exc
    if isinstance(exc, exceptions.ValidationError):
        return errors.InvalidRequest()
    if isinstance(exc, exceptions.Throttled):
        return TooMany(retry_after=getattr(exc, "wait", None) or 60)
    if isinstance(exc, RequestDataTooBig):
        return errors.BodyTooLarge(limit=settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
    return next((ours() for theirs, ours in FROM_FRAMEWORK if isinstance(exc, theirs)), None)


def _headers(exc: Exception, refusal: AppError) -> dict[str, str]:
    headers = {"Cache-Control": "no-store"}
    if challenge := getattr(exc, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    if isinstance(refusal, TooMany):
        headers["Retry-After"] = str(refusal.retry_after)
    elif isinstance(refusal, errors.IdempotencyConflict):
        headers["Retry-After"] = "1"
    elif refusal.status == 503:
        headers["Retry-After"] = "10"
    return headers


def _field_errors(exc: Exception) -> list[dict[str, str]]:
    if isinstance(exc, exceptions.ValidationError):
        return list(_flatten(exc.detail))
    return []


def _flatten(detail: Any, path: str = "") -> Iterator[dict[str, str]]:
    """`{"messages": [{"text": [error]}]}` becomes one row with field `messages.0.text`."""
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            own = path if name == "non_field_errors" else f"{path}.{name}" if path else str(name)
            yield from _flatten(inner, own)
    elif isinstance(detail, (list, tuple)):
        for index, inner in enumerate(detail):
            nested = isinstance(inner, (Mapping, list, tuple))
            if not (nested and not inner):
                yield from _flatten(inner, f"{path}.{index}" if nested and path else path)
    else:
        yield {"field": path, "code": str(getattr(detail, "code", "invalid")), "detail": str(detail)}
