from django.utils.translation import gettext_lazy as _

from apps.core.errors import AppError


class NotInThisState(AppError):
    """`state`: what the contract is, in words."""

    code = "outsourcing.not_in_this_state"
    message = _("This cannot be done with a contract that is: %(state)s.")


class ContractsOverlap(AppError):
    """`number`: of the other one."""

    code = "outsourcing.contracts_overlap"
    message = _("The contract %(number)s of this vendor is in force during that period.")


class ReasonMissing(AppError):
    code = "outsourcing.reason_missing"
    status = 422
    message = _("Say why: it is kept in the audit trail.")


class NoContractInForce(AppError):
    code = "outsourcing.no_contract_in_force"
    message = _("Your company has no contract in force, so nobody can be added.")


class TooManyPeople(AppError):
    """`most`: how many the contract allows."""

    code = "outsourcing.too_many_people"
    message = _("Your contract is for %(most)s people. Switch somebody off first.")


class NotYoursToCertify(AppError):
    code = "outsourcing.not_yours_to_certify"
    status = 403
    message = _("Under this contract the house certifies.")


class StandsAbove(AppError):
    """Whoever could act as them would be able to do more than they may themselves."""

    code = "outsourcing.stands_above"
    status = 403
    message = _("This person may do more than you. Ask the house.")


class NotEndedYet(AppError):
    code = "outsourcing.not_ended_yet"
    message = _("What becomes of data is confirmed when the contract has ended.")


class NotForSupport(AppError):
    """A vendor under contract is let in by its contract; one without people in a team would see nothing."""

    code = "outsourcing.not_for_support"
    message = _("Only a company that helps the house, without a contract and with people in a team, can be let in so.")


class SupportIsOpen(AppError):
    code = "outsourcing.support_is_open"
    message = _("They are let in already. End that first.")
