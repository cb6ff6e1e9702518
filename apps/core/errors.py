"""Refusals with stable codes.

A service raises one of these; each face (page, htmx toast, API, socket) turns it into an answer in exactly one place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from math import ceil
from typing import TYPE_CHECKING, Any, ClassVar

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class AppError(Exception):
    """A refused move. Subclasses name the situation by ``code``; keyword arguments fill the message's placeholders."""

    code: ClassVar[str] = "core.refused"
    status: ClassVar[int] = 409
    message: ClassVar[StrOrPromise] = _("This is not possible at the moment.")

    def __init__(self, **params: Any) -> None:
        self.params = params
        super().__init__(self.code)

    def detail(self) -> str:
        """The message for people, in the active language."""
        text = str(self.message)
        return text % self.params if self.params else text

    def told(self) -> str:
        """What a toast or a page says, where nothing stands beside the fields themselves."""
        return self.detail()

    def extensions(self) -> dict[str, Any]:
        """Further machine-readable members of an API answer (RFC 9457)."""
        return {}

    def __str__(self) -> str:
        """Only the code: what ends up in logs must not carry what a customer wrote."""
        return self.code


class NotVisible(AppError):
    """Absent, or outside of what the actor may see: the answer does not tell which."""

    code = "core.not_found"
    status = 404
    message = _("Not found.")


class PermissionRefused(AppError):
    code = "core.permission_refused"
    status = 403
    message = _("You do not have permission to do this.")
    asked: str = ""
    """The permission that was missing, where one was asked for."""
    subject: Any = None
    """The record that it was asked for."""


class StaleVersion(AppError):
    """Somebody else saved in between. ``changes`` says what, so that nothing of the second editor's input is lost."""

    code = "core.stale_version"
    status = 412
    message = _("Somebody else has changed this in the meantime.")

    def __init__(self, *, changes: Sequence[Mapping[str, Any]] = (), **params: Any) -> None:
        super().__init__(**params)
        self.changes = [dict(change) for change in changes]

    def extensions(self) -> dict[str, Any]:
        return {"changes": self.changes}


class InvalidInput(AppError):
    """Input that is well-formed but wrong; ``fields`` maps a field's name to its messages."""

    code = "core.invalid_input"
    status = 422
    message = _("Please check what you entered.")

    def __init__(self, *, fields: Mapping[str, Sequence[StrOrPromise]] | None = None, **params: Any) -> None:
        super().__init__(**params)
        self.fields = {name: [str(message) for message in messages] for name, messages in (fields or {}).items()}

    def extensions(self) -> dict[str, Any]:
        return {"fields": self.fields} if self.fields else {}

    def told(self) -> str:
        return " ".join(message for messages in self.fields.values() for message in messages) or self.detail()


class BadRequest(AppError):
    """A parameter that no link or form of ours produces: a forged cursor, an unknown sort key."""

    code = "core.bad_request"
    status = 400
    message = _("The request could not be understood.")


class TooMany(AppError):
    code = "core.too_many"
    status = 429
    message = _("Too many attempts. Please wait a moment.")

    def __init__(self, *, retry_after: float | timedelta = 60, **params: Any) -> None:
        super().__init__(**params)
        seconds = retry_after.total_seconds() if isinstance(retry_after, timedelta) else retry_after
        self.retry_after = max(1, round(seconds + 0.499))

    def detail(self) -> str:
        if self.retry_after <= 90:
            return super().detail()
        text = gettext("Too many attempts. Please try again in %(minutes)s minutes.")
        return text % {"minutes": ceil(self.retry_after / 60)}

    def extensions(self) -> dict[str, Any]:
        return {"retry_after": self.retry_after}


class Unavailable(AppError):
    code = "core.unavailable"
    status = 503
    message = _("This service is not available at the moment. Please try again soon.")
