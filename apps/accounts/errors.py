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
