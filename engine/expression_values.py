"""What an allowed expression may do with values: scope, functions, operators, each with its size guard."""

import ast
import math
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from engine.errors import EngineError
from engine.model import Text

MAX_STRING = 10_000
MAX_ITEMS = 1_000
MAX_WEIGHT = 5_000
"""Values inside one list or mapping, however nested; a long text counts as several."""
MAX_DIGITS = 20
"""Digits that a number may be rounded to, before or behind its point."""
MAX_INT = 2**53
"""Whole numbers that JSON carries exactly."""


class ExpressionRefusedError(EngineError):
    """The expression uses something that diagrams may not use. Write it with the allowed parts only."""

    def __init__(self, message: Text, remedy: Text, column: int = 0, line: int = 1) -> None:
        self.message = message
        self.remedy = remedy
        self.column = column
        self.line = line
        super().__init__(f"{message.en}. {remedy.en}.")


class ExpressionFailedError(EngineError):
    """The expression could not be computed with the data at hand. Mend the data or the expression."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What an expression sees while it is computed."""

    data: Mapping[str, Any]
    case: Mapping[str, Any]
    now: datetime | None


def refuse(node: ast.AST | None, message: Text, remedy: Text) -> ExpressionRefusedError:
    """Build the refusal of ``node``, with its place; columns count from 1, 0 means the whole text."""
    column = getattr(node, "col_offset", -1) + 1
    return ExpressionRefusedError(message, remedy, column=column, line=getattr(node, "lineno", 1))


def checked(value: Any) -> Any:
    """Return ``value`` if it is small enough to go on with."""
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        return _require(abs(value) <= MAX_INT, value, "a number became too large")
    if isinstance(value, float):
        return _require(math.isfinite(value), value, "a number became infinite")
    if isinstance(value, str):
        return _require(len(value) <= MAX_STRING, value, f"a text became longer than {MAX_STRING} characters")
    return value


def weighed(value: Any) -> Any:
    """Return the list or mapping ``value`` if it holds few enough values, shared ones counted each time."""
    left = MAX_WEIGHT
    stack = [value]
    while stack:
        item = stack.pop()
        left -= 1
        if isinstance(item, str):
            left -= len(item) // 100
        elif isinstance(item, Mapping):
            stack.extend(item.values())
        elif isinstance(item, list):
            stack.extend(item)
        _require(left - len(stack) >= 0, None, f"a list became larger than {MAX_WEIGHT} values")
    return value


def look_up(base: Any, key: Any, label: str) -> Any:
    """Read ``base[key]``; attributes of Python objects are out of reach, only mappings and lists are read."""
    if isinstance(base, Mapping):
        if key in base if isinstance(key, str | int) else False:
            return base[key]
        raise ExpressionFailedError(f"{label} is missing")
    if isinstance(base, list | str) and isinstance(key, int) and not isinstance(key, bool):
        if -len(base) <= key < len(base):
            return base[key]
        raise ExpressionFailedError(f"{label} is missing")
    raise ExpressionFailedError(f"{label} cannot be read: what stands before it is a {_kind(base)}")


def _require(condition: bool, value: Any, complaint: str) -> Any:
    if not condition:
        raise ExpressionFailedError(complaint)
    return value


def _kind(value: Any) -> str:
    if value is None:
        return "None"
    kinds = {bool: "yes/no value", int: "number", float: "number", str: "text", list: "list", dict: "mapping"}
    return kinds.get(type(value), "value")


def _numbers(*values: Any) -> bool:
    return all(isinstance(value, int | float) for value in values)


def _plus(left: Any, right: Any) -> Any:
    if _numbers(left, right):
        return checked(left + right)
    if isinstance(left, str) and isinstance(right, str):
        return checked(left + right)
    if isinstance(left, list) and isinstance(right, list):
        return weighed(left + right)
    raise ExpressionFailedError(f"a {_kind(left)} and a {_kind(right)} cannot be added")


def _arithmetic(symbol: str, apply: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    def run(left: Any, right: Any) -> Any:
        if not _numbers(left, right):
            raise ExpressionFailedError(f"{symbol} needs two numbers, got {_kind(left)} and {_kind(right)}")
        try:
            return checked(apply(left, right))
        except ZeroDivisionError:
            raise ExpressionFailedError("division by zero") from None
        except OverflowError:
            raise ExpressionFailedError("a number became too large") from None

    return run


def _ordered(symbol: str, apply: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    def run(left: Any, right: Any) -> bool:
        if _numbers(left, right) or (isinstance(left, str) and isinstance(right, str)):
            return apply(left, right)
        raise ExpressionFailedError(f"a {_kind(left)} and a {_kind(right)} cannot be compared with {symbol}")

    return run


def _contains(item: Any, container: Any) -> bool:
    if isinstance(container, str):
        return isinstance(item, str) and item in container
    if isinstance(container, list):
        return item in container
    if isinstance(container, Mapping):
        return isinstance(item, str) and item in container
    raise ExpressionFailedError(f"in needs a list, a mapping or a text, not a {_kind(container)}")


OPERATORS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: _plus,
    ast.Sub: _arithmetic("-", operator.sub),
    ast.Mult: _arithmetic("*", operator.mul),
    ast.Div: _arithmetic("/", operator.truediv),
    ast.FloorDiv: _arithmetic("//", operator.floordiv),
    ast.Mod: _arithmetic("%", operator.mod),
}

COMPARISONS: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: _ordered("<", operator.lt),
    ast.LtE: _ordered("<=", operator.le),
    ast.Gt: _ordered(">", operator.gt),
    ast.GtE: _ordered(">=", operator.ge),
    ast.In: _contains,
    ast.NotIn: lambda item, container: not _contains(item, container),
    ast.Is: operator.is_,
    ast.IsNot: operator.is_not,
}


def _length(value: Any) -> int:
    if isinstance(value, str | list | Mapping):
        return len(value)
    raise ExpressionFailedError(f"len needs a list, a mapping or a text, got a {_kind(value)}")


def _extreme(name: str, choose: Callable[[Any], Any]) -> Callable[..., Any]:
    def run(*values: Any) -> Any:
        items = values[0] if len(values) == 1 and isinstance(values[0], list) else list(values)
        if not items:
            raise ExpressionFailedError(f"{name} of nothing")
        if _numbers(*items) or all(isinstance(item, str) for item in items):
            return choose(items)
        raise ExpressionFailedError(f"{name} needs numbers only or texts only")

    return run


def _number(name: str, make: Callable[..., Any]) -> Callable[..., Any]:
    def run(*values: Any) -> Any:
        if any(not isinstance(value, int | float | str) for value in values):
            raise ExpressionFailedError(f"{name} cannot use a {_kind(values[0])}")
        if any(isinstance(value, str) and len(value) > 40 for value in values):
            raise ExpressionFailedError(f"{name} of a text longer than 40 characters")
        try:
            return checked(make(*values))
        except (ValueError, TypeError, OverflowError):
            raise ExpressionFailedError(f"{name} cannot use {values[0]!r}") from None

    return run


def _rounded(value: Any, digits: Any = None) -> Any:
    if digits is not None and not (type(digits) is int and abs(digits) <= MAX_DIGITS):
        # A negative number of digits makes Python compute a power of ten, of whatever size.
        raise ExpressionFailedError(f"round needs at most {MAX_DIGITS} digits, as a whole number")
    return _ROUND(value) if digits is None else _ROUND(value, digits)


_ROUND = _number("round", round)


def _text(value: Any) -> str:
    if isinstance(value, str | int | float) or value is None:
        return checked(str(value))  # type: ignore[no-any-return]
    raise ExpressionFailedError(f"str cannot use a {_kind(value)}")


def _instant(scope: Scope) -> datetime:
    if scope.now is None:
        raise ExpressionFailedError("no clock is known here")
    return scope.now.astimezone(UTC)


FUNCTIONS: dict[str, tuple[int, int, Callable[..., Any]]] = {
    "len": (1, 1, _length),
    "min": (1, 20, _extreme("min", min)),
    "max": (1, 20, _extreme("max", max)),
    "round": (1, 2, _rounded),
    "abs": (1, 1, _number("abs", abs)),
    "int": (1, 1, _number("int", int)),
    "float": (1, 1, _number("float", float)),
    "str": (1, 1, _text),
    "bool": (1, 1, bool),
}
"""Allowed functions: fewest and most arguments, and what to call."""

CLOCK_FUNCTIONS: dict[str, Callable[[Scope], str]] = {
    "today": lambda scope: _instant(scope).date().isoformat(),
    "now": lambda scope: _instant(scope).isoformat(),
}
"""Functions of the command's instant, in UTC, as ISO 8601 text, which compares like the time itself."""

METHODS: dict[str, tuple[int, Callable[..., Any]]] = {
    "lower": (0, lambda text: checked(text.lower())),
    "upper": (0, lambda text: checked(text.upper())),
    "strip": (0, lambda text: text.strip()),
    "startswith": (1, lambda text, prefix: text.startswith(prefix)),
    "endswith": (1, lambda text, suffix: text.endswith(suffix)),
}
"""Allowed methods of a text: number of arguments, all texts, and what to call."""


def call_method(name: str, target: Any, arguments: list[Any]) -> Any:
    """Call an allowed method of a text."""
    if not isinstance(target, str) or not all(isinstance(argument, str) for argument in arguments):
        raise ExpressionFailedError(f"{name}() works on texts only")
    return METHODS[name][1](target, *arguments)
