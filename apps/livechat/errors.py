"""What can go wrong between a visitor and the chat, each with a stable code."""

from django.utils.translation import gettext_lazy as _

from apps.core.errors import InvalidInput


class FormIncomplete(InvalidInput):
    """The first line of a visit came without what has to be filled in before; `fields` says what."""

    code = "livechat.form_incomplete"
    message = _("Please fill in the form first.")
