"""Refusals of accounts."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from apps.core.errors import AppError


class SecondFactorNeeded(AppError):
    code = "accounts.second_factor_needed"
    status = 409
    message = _("Your role needs a second factor: set up another one before you remove this one.")


class EntryLinkGone(AppError):
    code = "accounts.entry_link_gone"
    status = 404
    message = _("This link does not open anything any more. Ask for another one.")


class KeysNotHere(AppError):
    """Browsers tie keys to the host that they were made for, and make none for plain addresses."""

    code = "accounts.keys_not_here"
    status = 409
    message = _("Security keys do not work at this address. Open %(address)s instead.")


class KeyRefused(AppError):
    """One text for every reason but the ones that people can do something about."""

    code = "accounts.key_refused"
    status = 422
    message = _("This key was not accepted. Try again, or use another one.")


class KeyTaken(AppError):
    code = "accounts.key_taken"
    status = 409
    message = _("This key is registered already.")
