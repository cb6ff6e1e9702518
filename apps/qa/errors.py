"""What can go wrong with an answer to a survey, each with a stable code."""

from django.utils.translation import gettext_lazy as _

from apps.core.errors import AppError


class AnswerFinal(AppError):
    """It was given longer ago than it may be changed."""

    code = "qa.answer_final"
    message = _("This answer can no longer be changed.")
