"""Where the brand's privacy notice asks for consent, an app's user agrees with the first message that they send under it."""

from __future__ import annotations

from dataclasses import replace

from apps.channels.connectors.protocol.errors import AgreementNeeded
from apps.channels.connectors.submission import Submission
from apps.channels.contract import Agreement
from apps.channels.models import ClientConversation
from apps.customers.lookup import customer_of_handles
from apps.privacy import people
from apps.privacy.enums import Purpose, Shown
from apps.privacy.selectors.notices import notice_in_force, notice_shown
from apps.privacy.services.consenting import denied_uses


def agreed(submission: Submission, conversation: ClientConversation) -> Submission:
    """With what was agreed to by this message, if anything. Raises AgreementNeeded. Under the conversation's lock."""
    notice = notice_in_force(conversation.channel.brand_id)
    if notice is None or not notice.needs_consent:
        return submission
    if submission.fields.get("consent") is True:
        shown = notice_shown(conversation.channel.brand_id, str(submission.fields.get("notice", ""))) or notice
        conversation.agreed_notice = shown.version
        conversation.save(update_fields=["agreed_notice", "updated"])
        return replace(submission, agreement=Agreement(shown.version, Shown.APP.value))
    if conversation.agreed_notice != notice.version or _took_back(submission):
        raise AgreementNeeded(notice=notice.version)
    return submission


def _took_back(submission: Submission) -> bool:
    sender = submission.sender
    pk = customer_of_handles(sender.kind, sender.scope, [sender.value])
    person = people.directory().person(pk) if pk is not None else None
    return person is not None and Purpose.SERVICE in denied_uses(person.ids)
