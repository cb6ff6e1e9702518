"""What a page of the administration can decide with one press: its words, its address, and how it is carried out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final, NamedTuple

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from apps.core.actor import Actor
from apps.core.admin.base import actor_of
from apps.core.errors import AppError, NotVisible
from apps.outsourcing.querysets import sees_contracts

MAX_REASON: Final = 500


class Move(NamedTuple):
    key: str
    label: Promise
    run: Callable[..., object]
    help: Promise | str = ""
    of: Iterable[str] = ()
    """The states in which it is offered."""
    needs_reason: bool = True
    is_final: bool = False
    """Nothing takes it back."""


def reader_of(request: HttpRequest) -> Actor:
    actor = actor_of(request)
    if not sees_contracts(actor):
        raise PermissionDenied
    return actor


def chosen(moves: Iterable[Move], key: str) -> Move:
    found = next((move for move in moves if move.key == key), None)
    if found is None:
        raise Http404
    return found


def carry_out(request: HttpRequest, move: Move, **subject: Any) -> None:
    """A refusal is told in words on the page that one comes back to."""
    said = {"reason": request.POST.get("reason", "")[:MAX_REASON]} if move.needs_reason else {}
    try:
        move.run(by=actor_of(request), **subject, **said)
    except NotVisible:
        raise Http404 from None
    except AppError as refusal:
        messages.error(request, refusal.told())
    else:
        messages.success(request, _("Done. It holds from now on, for open pages as well."))
