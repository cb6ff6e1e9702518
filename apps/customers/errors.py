"""Refusals of this app. None of them tells whose a handle is."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from apps.core.errors import AppError


class CustomerError(AppError):
    code = "customers.refused"


class IdentityTaken(CustomerError):
    """The handle belongs to another customer, seen or unseen by the actor: the answer is the same."""

    code = "customers.identity_taken"
    message = _("This handle cannot be added. If it belongs to the same person, ask for the two records to be merged.")


class MergeRefused(CustomerError):
    code = "customers.merge_refused"
    message = _("These two customers cannot be merged.")


class NotMerged(CustomerError):
    code = "customers.not_merged"
    message = _("There is no merge to undo.")


class VerificationRefused(CustomerError):
    """Nothing to confirm here: never asked, used up, expired or altered. The answer does not tell which."""

    code = "customers.verification_refused"
    status = 410
    message = _("This confirmation is no longer valid. Ask us for a new one.")


class NothingToProve(CustomerError):
    code = "customers.nothing_to_prove"
    message = _("The customer has been proved to have this already.")


class SuggestionDecided(CustomerError):
    code = "customers.suggestion_decided"
    message = _("Somebody has decided about this already.")
