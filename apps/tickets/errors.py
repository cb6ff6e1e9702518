"""Refused moves of tickets, each with a stable code."""

from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from apps.core.errors import AppError, InvalidInput


class TicketError(AppError):
    code = "tickets.refused"


class TicketClosed(TicketError):
    code = "tickets.closed"
    message = _("Ticket #%(number)s is closed. Reopen it first.")


class TicketMerged(TicketError):
    code = "tickets.merged"
    message = _("Ticket #%(number)s was merged into #%(into)s. Work on that one.")


class TransitionRefused(TicketError):
    code = "tickets.transition_refused"
    message = _("A ticket cannot go from “%(old)s” to “%(new)s”.")


class AlreadyClaimed(TicketError):
    code = "tickets.already_claimed"
    message = _("%(name)s has taken this ticket.")


class AlreadyOffered(TicketError):
    code = "tickets.already_offered"
    message = _("This ticket is being offered to somebody right now.")


class OfferGone(TicketError):
    code = "tickets.offer_gone"
    status: ClassVar[int] = 410
    message = _("This offer is over. The ticket went on to somebody else.")


class NotAssignable(InvalidInput):
    code = "tickets.not_assignable"
    message = _("This person cannot work on this ticket.")


class NothingToTransfer(InvalidInput):
    """It lies there already, or nobody could take it there."""

    code = "tickets.nothing_to_transfer"
    message = _("Choose somebody else, or another queue.")


class HeldBack(NotAssignable):
    """`name`: of whom; `why`: a sentence. Somebody of a vendor who is not given new work for now."""

    code = "tickets.held_back"
    message = _("%(name)s is not given new work: %(why)s")


class TeamNotAllowed(NotAssignable):
    """The channel's rule names the teams that may work on what comes in by it."""

    code = "tickets.team_not_allowed"
    message = _("Tickets of this channel are worked on by: %(teams)s.")


class ContentRefused(InvalidInput):
    code = "tickets.content_refused"
    message = _("The channel's rules do not let this out.")

    def told(self) -> str:
        """That nothing was sent, and why: the reason alone could pass for a hint."""
        return f"{self.detail()} {super().told()}"


class ContentUnconfirmed(InvalidInput):
    """May go out when the writer says that it is meant."""

    code = "tickets.content_unconfirmed"
    message = _("Please confirm that this is to go out.")


class EmptyMessage(InvalidInput):
    code = "tickets.empty_message"
    message = _("Write something first.")


class NoReplyChannel(TicketError):
    code = "tickets.no_reply_channel"
    message = _("This ticket has no channel that an answer could go out on.")

    def detail(self) -> str:
        """The channel's own reason, where there is one."""
        return str(self.params.get("reason") or self.message)


class CustomerRestricted(TicketError):
    """Until the restriction is lifted; the ticket on which their request is answered is the exception."""

    code = "tickets.customer_restricted"
    message = _("Restricted at the customer's request: nothing is sent.")


class ConversationRunning(TicketError):
    """Two tickets cannot share one conversation: what the customer answers would go to the older one."""

    code = "tickets.conversation_running"
    message = _("A conversation with this customer is going on here already. Answer in it.")

    def detail(self) -> str:
        """Where, for whoever may see it."""
        if number := self.params.get("number"):
            return _(
                "A conversation with this customer is going on here already, in ticket #%(number)s. Answer there."
            ) % {"number": number}
        return str(self.message)


class NotCarried(TicketError):
    """What was written is not what the channel can bring to the customer."""

    code = "tickets.not_carried"
    status = 422
    message = _("The channel cannot carry this answer.")

    def detail(self) -> str:
        return str(self.params.get("reason") or self.message)


class NoRecipient(InvalidInput):
    code = "tickets.no_recipient"
    message = _("The answer needs a recipient.")


class RecipientRefused(InvalidInput):
    code = "tickets.recipient_refused"
    message = _("“%(value)s” cannot be used as a recipient.")


class TooManyRecipients(InvalidInput):
    code = "tickets.too_many_recipients"
    message = _("At most %(limit)s recipients.")


class ForwardRefused(TicketError):
    code = "tickets.forward_refused"
    status: ClassVar[int] = 403
    message = _("This message cannot be forwarded.")


class UndoTooLate(TicketError):
    code = "tickets.undo_too_late"
    message = _("It has been sent already.")


class WrapUpIncomplete(InvalidInput):
    code = "tickets.wrap_up_incomplete"
    message = _("The wrap-up is not complete.")


class DutyLeft(InvalidInput):
    """`fields` say what a contract asks for first."""

    code = "tickets.duty_left"
    message = _("Your contract asks for more before this.")


class TooManyFiles(InvalidInput):
    code = "tickets.too_many_files"
    message = _("At most %(limit)s files.")


class MergeRefused(TicketError):
    code = "tickets.merge_refused"
    message = _("These two tickets cannot be merged.")

    def detail(self) -> str:
        """Why, where that helps."""
        return str(self.params.get("reason") or self.message)


class NothingToBlock(TicketError):
    code = "tickets.nothing_to_block"
    message = _("This ticket has no sender that could be blocked.")


class HandOverReasonMissing(InvalidInput):
    code = "tickets.hand_over_reason_missing"
    message = _("Choose why it goes there.")


class InstructionMissing(InvalidInput):
    code = "tickets.instruction_missing"
    message = _("Say what is to be done.")


class NoConversation(TicketError):
    code = "tickets.no_conversation"
    message = _("The customer has not written on a channel yet where they could answer with a code.")


class PageGone(TicketError):
    """A link to a conversation that is over, was never ours, or belongs to somebody who is not the customer any more."""

    code = "tickets.page_gone"
    status = 410
    message = _("This link is no longer valid. Write to us where you usually do, and we will send a new one.")


class ProofWrong(TicketError):
    code = "tickets.proof_wrong"
    status = 422
    message = _("These are not the last four digits of the phone that got the link.")


class IntakeMissing(TicketError):
    """Input arrived on a channel of which nobody said where its tickets go. It is parked until somebody does."""

    code = "tickets.intake_missing"
    message = _("Channel “%(channel)s” has no intake rule yet.")


class ReviewUnderWay(TicketError):
    code = "tickets.review_under_way"
    message = _("A person is looking at this already.")


class ReviewSettled(TicketError):
    code = "tickets.review_settled"
    message = _("This review is settled already.")


class ReviewReasonMissing(InvalidInput):
    code = "tickets.review_reason_missing"
    message = _("Say why. It is kept with the review.")
