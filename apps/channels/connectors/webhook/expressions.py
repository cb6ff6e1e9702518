"""JMESPath with a budget: what a manager writes or imports is computed for every call, so it may not be costly.

Each intermediate value is charged by its unfolded size, so neither projections of projections nor lists of lists of
the same thing get further than the budget, whatever the expression says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.utils.translation import gettext_lazy as _
from jmespath import exceptions
from jmespath.functions import Functions
from jmespath.parser import Parser
from jmespath.visitor import TreeInterpreter

from apps.channels.errors import ChannelError

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

MAX_LENGTH: Final = 300
BUDGET: Final = 200_000
"""Values; a hundred characters count as one. A usual call costs a few hundred."""

_FAILURES: Final = (
    exceptions.JMESPathError,
    ArithmeticError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
    RecursionError,
)


class ExpressionRefused(ChannelError):
    code = "channels.expression_refused"
    status = 422
    message = _("The expression “%(expression)s” cannot be computed: %(reason)s")


class ExpressionTooCostly(ChannelError):
    code = "channels.expression_too_costly"
    status = 422
    message = _("The expression costs more than one call may.")


class Budget:
    """What all expressions of one call may cost together."""

    def __init__(self, units: int = BUDGET) -> None:
        self._left = units

    def charge(self, value: object) -> None:
        """Walks the value as far as the budget reaches. What is spent stays spent, also for the expressions after it."""
        waiting = [value]
        while waiting:
            item = waiting.pop()
            self._left -= 1
            if isinstance(item, str):
                self._left -= len(item) // 100
            elif isinstance(item, dict | list) and len(item) <= self._left:
                waiting.extend(item.values() if isinstance(item, dict) else item)
            elif isinstance(item, dict | list):
                self._left = -1
            if self._left < 0:
                raise ExpressionTooCostly

    def require(self, units: int) -> None:
        if self._left < units:
            raise ExpressionTooCostly


class _Interpreter(TreeInterpreter):
    def __init__(self, budget: Budget) -> None:
        super().__init__()
        self._budget = budget
        self._known = Functions()

    def visit(self, node: Any, *args: Any, **kwargs: Any) -> Any:
        result = super().visit(node, *args, **kwargs)
        self._budget.charge(result)
        return result

    def visit_function_expression(self, node: Any, value: Any) -> Any:
        arguments = [self.visit(child, value) for child in node["children"]]
        if node["value"] == "join" and len(arguments) == 2 and all(isinstance(part, str | list) for part in arguments):
            # The only function whose answer can be larger than what it is given.
            self._budget.require(len(arguments[0]) * len(arguments[1]) // 100)
        return self._known.call_function(node["value"], arguments)


def check(expression: str) -> None:
    """Raises ExpressionRefused with the place of the mistake."""
    _parsed(expression)


def search(expression: str, document: object, budget: Budget) -> Any:
    """What the expression finds. An empty expression finds nothing."""
    if not expression:
        return None
    parsed = _parsed(expression)
    try:
        return _Interpreter(budget).visit(parsed, document)
    except _FAILURES as error:
        raise ExpressionRefused(expression=expression, reason=_reason(error)) from error


def _parsed(expression: str) -> Any:
    if len(expression) > MAX_LENGTH:
        raise ExpressionRefused(expression=f"{expression[:40]}…", reason=_("it is too long"))
    try:
        return Parser().parse(expression).parsed
    except _FAILURES as error:
        raise ExpressionRefused(expression=expression, reason=_reason(error)) from error


def _reason(error: BaseException) -> StrOrPromise:
    """In words for people; the library speaks English to programmers."""
    match error:
        case exceptions.IncompleteExpressionError():
            return _("it ends too early")
        case exceptions.UnknownFunctionError():
            return _("it names a function that does not exist")
        case (
            exceptions.JMESPathTypeError() | exceptions.ArityError()
        ):  # before the mistakes of reading: it counts as one
            return _("a function is given what it cannot take")
        case exceptions.ParseError():
            return _("it cannot be read from character %(place)d on") % {"place": error.lex_position + 1}
        case RecursionError():
            return _("it is nested too deeply")
        case _:
            return _("it does not fit the call")
