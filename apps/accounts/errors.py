"""Refusals of accounts."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from apps.core.errors import AppError


class SecondFactorNeeded(AppError):
    code = "accounts.second_factor_needed"
    status = 409
    message = _("Your role needs a second factor: set up another one before you remove this one.")


class ShutOutByHouse(AppError):
    """Their own company's manager cannot undo what the house decided."""

    code = "accounts.shut_out_by_house"
    status = 403
    message = _("The house shut this person out, and only the house lets them in again.")


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


class ProviderTrouble(AppError):
    code = "accounts.provider_trouble"
    status = 502
    message = _("%(name)s does not answer as it should. Try again in a moment, or sign in another way.")


class SignOnRefused(AppError):
    """One text for every reason: whether there is such an account is told to nobody outside."""

    code = "accounts.sign_on_refused"
    status = 403
    message = _("Signing in with %(name)s did not work. Try again, or ask your manager.")


class NotConnected(AppError):
    """One text for every reason: whose account somewhere else is, is told to nobody."""

    code = "accounts.not_connected"
    status = 409
    message = _("This account at %(name)s cannot be connected with yours. Nothing was changed.")


class StillNeeded(AppError):
    code = "accounts.still_needed"
    status = 409
    message = _("%(name)s is how you sign in: without it you would be shut out.")


class OnlyLooking(AppError):
    """Whoever sees the desk as somebody else changes nothing, in neither name; nor does who was let in to help by
    reading.
    """

    code = "accounts.only_looking"
    status = 403
    message = _("You are only looking: nothing was changed.")


class LookOver(AppError):
    """What was sent belonged to a page that was seen as somebody else; it is done in nobody's name."""

    code = "accounts.look_over"
    message = _("You see the desk as yourself again. Nothing was changed.")


class NotWhileLooking(AppError):
    code = "accounts.not_while_looking"
    status = 403
    message = _("This page is closed while you see the desk as somebody else. End that first.")


class LookRefused(AppError):
    """Never as oneself, as who may more, or as somebody who cannot sign in."""

    code = "accounts.look_refused"
    status = 403
    message = _("You cannot see the desk as this person: they may do what you may not, cannot sign in, or are you.")
