"""Answers to htmx."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeVar

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django_htmx.http import HttpResponseClientRedirect, trigger_client_event

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

R = TypeVar("R", bound=HttpResponseBase)


def is_htmx(request: HttpRequest) -> bool:
    return bool(getattr(request, "htmx", False))


def toast(response: R, level: Literal["success", "error", "info"], message: StrOrPromise, undo_url: str = "") -> R:
    """Have the page show a message; ``undo_url`` is posted to when its undo button is pressed."""
    detail = {"level": level, "message": str(message), **({"undo": undo_url} if undo_url else {})}
    return trigger_client_event(response, "toast", detail)


def toast_there(request: HttpRequest, message: StrOrPromise, undo_url: str = "") -> None:
    """As `toast`, on the page that the answer leads to."""
    messages.success(request, str(message), extra_tags=undo_url)


def redirect(request: HttpRequest, url: str) -> HttpResponse:
    """A redirect that takes the whole page along, also when htmx asked for a fragment."""
    return HttpResponseClientRedirect(url) if is_htmx(request) else HttpResponseRedirect(url)
