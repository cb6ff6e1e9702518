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
