"""Refusals about people's rights, and about what a lens hides."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from apps.core.errors import AppError, TooMany


class PrivacyError(AppError):
    code = "privacy.refused"


class OnHold(PrivacyError):
    code = "privacy.on_hold"
    message = _("A legal hold keeps these data. They can be erased when it is released.")


class SecondPersonNeeded(PrivacyError):
    code = "privacy.second_person_needed"
    status = 403
    message = _("Somebody else must approve this: whoever asked for it cannot be the second person.")


class WrongStep(PrivacyError):
    code = "privacy.wrong_step"
    message = _("This step is not next. Reload the page to see how far the request has come.")


class UseNotAllowed(PrivacyError):
    """`purpose` is the use, in the reader's words."""

    code = "privacy.use_not_allowed"
    message = _("The customer has not allowed this: %(purpose)s. Ask them, and note it beside the ticket.")


class NobodyKnown(PrivacyError):
    code = "privacy.nobody_known"
    message = _("Nothing is kept of you here yet. Write to us first.")


class ProofRefused(PrivacyError):
    """Wrong, used, over or never made: the answer is the same."""

    code = "privacy.proof_refused"
    message = _("This does not count, or not any more. Have a new code sent.")


class ErasureUnderWay(PrivacyError):
    code = "privacy.erasure_under_way"
    message = _("This person is being erased already.")


class GuardianNeeded(PrivacyError):
    code = "privacy.guardian_needed"
    message = _("This customer is a minor. Their guardian's consent must be noted first.")


class PackageGone(PrivacyError):
    code = "privacy.package_gone"
    status = 410
    message = _("This copy is no longer there. Have a new one made.")


class NotMasked(AppError):
    code = "privacy.not_masked"
    message = _("This is not masked for you, or not there any more.")


class ProofNeeded(AppError):
    code = "privacy.proof_needed"
    status = 403
    message = _("Prove who you are first: the last proof is too old.")


class RevealLimit(TooMany):
    code = "privacy.reveal_limit"
    message = _("You have seen as many masked values as your role may for now. Try again later, or ask a colleague.")

    def detail(self) -> str:
        return str(self.message)


class RevealDecided(AppError):
    code = "privacy.reveal_decided"
    message = _("Somebody has decided about this already, or it was withdrawn.")


class OwnReveal(AppError):
    code = "privacy.own_reveal"
    status = 403
    message = _("Nobody approves what they asked for themselves.")
