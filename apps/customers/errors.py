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
