"""Middlewares without a word of the domain."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import structlog
from django.core.exceptions import DisallowedHost
from django.db import DataError
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.utils.cache import add_never_cache_headers
from django.utils.deprecation import MiddlewareMixin
from django_htmx.http import reswap, trigger_client_event

from apps.core import audit
from apps.core.api.errors import ApiError
from apps.core.api.problems import answer_refusal
from apps.core.errors import AppError, BadRequest, NotVisible, StaleVersion, TooMany
from apps.core.htmx import is_htmx, toast

GetResponse = Callable[[HttpRequest], HttpResponseBase]
API_PREFIX = "/api/"

logger = structlog.get_logger(__name__)


class RequestIdMiddleware(MiddlewareMixin):
    """Tells the client the id under which its request stands in the logs."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        request_id = structlog.contextvars.get_contextvars().get("request_id")
        if request_id and not response.has_header("X-Request-ID"):
            response["X-Request-ID"] = request_id
        return response


class CallMiddleware:
    """Logs a machine's call in one line, under the id that it is told. What fails is logged where it is caught."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request_id = request.headers.get("X-Request-ID") or str(uuid.uuid4())
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            response = self._answer(request)
            log = logger.info if response.status_code < 400 else logger.warning
            log("call_finished", request=f"{request.method} {request.path}", code=response.status_code)
        response["X-Request-ID"] = request_id
        return response

    def _answer(self, request: HttpRequest) -> HttpResponseBase:
        """Under a name that is not ours, Django would answer with a page."""
        try:
            request.get_host()
        except DisallowedHost:
            return answer_refusal(ApiError())
        return self.get_response(request)


class AppErrorMiddleware(MiddlewareMixin):
    """Turns a refusal that a page's view let through into a page or a toast. The API has its own handler."""

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        _note_refusal(request, exception)
        error = BadRequest() if _is_of_nul(exception) else exception
        if not isinstance(error, AppError) or request.path_info.startswith(API_PREFIX):
            return None
        return answer_error(request, error)


def answer_error(request: HttpRequest, error: AppError) -> HttpResponse:
    """For middlewares that refuse before a view is asked: as the face of the request says it."""
    if request.path_info.startswith(API_PREFIX):
        return answer_refusal(error)
    response = _toast(error) if is_htmx(request) else _page(request, error)
    if isinstance(error, TooMany):
        response["Retry-After"] = str(error.retry_after)
    return response


class AddressMiddleware(MiddlewareMixin):
    """Nothing has an address with NUL in it, and PostgreSQL would refuse to look."""

    def process_request(self, request: HttpRequest) -> HttpResponse | None:
        if "\0" not in request.path_info:
            return None
        if request.path_info.startswith(API_PREFIX):
            return answer_refusal(NotVisible())
        raise Http404


class NoStoreMiddleware(MiddlewareMixin):
    """Pages of somebody who is signed in are kept by no cache and not by the browser's history."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        user = getattr(request, "user", None)
        if user is not None and user.is_authenticated and not response.has_header("Cache-Control"):
            add_never_cache_headers(response)
        return response


def _note_refusal(request: HttpRequest, exception: Exception) -> None:
    where = request.resolver_match.view_name if request.resolver_match else ""
    audit.record_refusal(exception, by=getattr(request, "actor", None), where=where)


def _is_of_nul(exception: Exception) -> bool:
    """PostgreSQL refuses to look for text with NUL in it, wherever a view was given it; no form of ours sends any."""
    return isinstance(exception, DataError) and "NUL (0x00)" in str(exception)


def _toast(error: AppError) -> HttpResponse:
    """An error for htmx: nothing is swapped, so nothing that was typed is lost."""
    response = reswap(HttpResponse(status=error.status), "none")
    if isinstance(error, StaleVersion):
        trigger_client_event(response, "stale", {"changes": error.changes})
    return toast(response, "error", error.told())


def _page(request: HttpRequest, error: AppError) -> HttpResponse:
    context = {"error": error, "code": error.code, "message": error.told(), "status": error.status}
    return HttpResponse(render_to_string("core/app_error.html", context, request), status=error.status)
