"""Why somebody who is signed in may not be in any more. Higher apps know; they register here what the person is told."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from django.contrib.auth import get_user_model
from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from apps.accounts.models import User

Words = Callable[["User"], str]

_sources: list[Words] = []


def register_why_out(words: Words) -> None:
    """`words` answers in the active language, with nothing that is the house's own affair; empty where it does not know."""
    if words not in _sources:
        _sources.append(words)


def words_of_ending(user_id: str) -> str:
    """`user_id` is whom the browser's own session names; nothing but the ending is told of them."""
    user: User | None = get_user_model()._default_manager.select_related("vendor").filter(pk=user_id).first()
    known = next(filter(None, (words(user) for words in _sources)), "") if user is not None else ""
    said = known or _("Your access was ended. If that is a mistake, ask whoever gave you your account.")
    return _("%(why)s What you wrote is kept.") % {"why": said}
