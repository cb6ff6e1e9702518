"""Error codes in words, for people who look after channels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from apps.channels.enums import FailureKind

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

_LABELS: dict[str, StrOrPromise] = {
    "channels.poison": _("Workers died while reading it"),
    "channels.unexpected": _("Unexpected error while taking it in"),
    "channels.database_trouble": _("The database refused it"),
    "channels.storage_full": _("The disk is full"),
    "channels.unreadable": _("It could not be read"),
    "channels.not_yet": _("What it belongs to never arrived"),
    "channels.no_intake": _("Nothing takes messages in"),
    "channels.unknown_connector": _("The connector is not installed"),
    "channels.platform_trouble": _("The platform did not answer as it should"),
    "channels.fetch_failed": _("Fetching failed"),
    "channels.discarded": _("Discarded by hand"),
    "channels.webhook_unwanted": _("The condition of the channel excludes it"),
    "channels.body_unreadable": _("Its body is neither JSON nor a form"),
    "channels.field_unreadable": _("A field of it cannot be used"),
    "channels.expression_refused": _("An expression of the mapping cannot be computed"),
    "channels.expression_too_costly": _("An expression of the mapping cannot be computed"),
    "tickets.intake_missing": _("The channel has no intake rule"),
    "core.invalid_input": _("It holds something invalid"),
    **{f"channels.{kind}": kind.label for kind in FailureKind},
}

_NOTICES: dict[str, StrOrPromise] = {
    "media_gone": _("A file of this message is no longer on the platform."),
    "media_missing": _("A file of this message could not be fetched from the platform."),
    "media_too_large": _("A file of this message is too large to be fetched."),
    "edited": _("Edited by the customer; the earlier words stand above."),
    "unsent": _("Taken back by the customer"),
    "comment_removed": _("This comment was removed; nobody sees it there any more."),
    "reaction": _("A reaction to a message"),
    "unknown_type": _("The platform sent a kind of message that is not known here; the original is kept."),
}


def error_label(code: str) -> StrOrPromise:
    """In words, or the code itself where there are none."""
    return _LABELS.get(code, code)


def notice_label(code: str) -> StrOrPromise:
    """What a connector noted about a message, in words; "" for a code that needs none."""
    return _NOTICES.get(code, "")
