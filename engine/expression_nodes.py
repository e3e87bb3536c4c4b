"""Translates an allow-listed syntax tree into closures; whatever is not named here is refused."""

import ast
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from engine.expression_values import (
    CLOCK_FUNCTIONS,
    COMPARISONS,
    FUNCTIONS,
    MAX_INT,
    MAX_ITEMS,
    METHODS,
    OPERATORS,
    ExpressionFailedError,
    Scope,
    call_method,
    look_up,
    refuse,
    weighed,
)
from engine.model import Text

Evaluator = Callable[[Scope], Any]

MAX_DEPTH = 30
"""Nesting of one expression."""

_USE_ALLOWED = Text(
    "Pakai nilai, nama data, perbandingan, and/or/not, hitungan, dan fungsi yang diizinkan",
    "Use values, names of data, comparisons, and/or/not, arithmetic and the allowed functions",
)
_JSON_WORDS = {"true": "True", "false": "False", "null": "None"}


@dataclass(slots=True)
class Collected:
    """What a translation came across."""

    names: set[str] = field(default_factory=set)
    facts: set[str] = field(default_factory=set)
    depth: int = 0


def translate(node: ast.expr, seen: Collected) -> Evaluator:
    """Turn ``node`` into a closure over a scope."""
    make = _TRANSLATORS.get(type(node))
    if make is None:
        what = type(node).__name__
        raise refuse(node, Text(f"{what} tidak diizinkan", f"{what} is not allowed"), _USE_ALLOWED)
    seen.depth += 1
    if seen.depth > MAX_DEPTH:
        raise refuse(
            node,
            Text("Ungkapan bersarang terlalu dalam", "The expression is nested too deeply"),
            Text("Bagi menjadi beberapa langkah", "Split it into several steps"),
        )
    run = make(node, seen)
    seen.depth -= 1
    return run


def _constant(node: ast.Constant, seen: Collected) -> Evaluator:
    value = node.value
    allowed = value is None or isinstance(value, bool | str)
    if isinstance(value, int | float) and not isinstance(value, bool):
        allowed = (
            math.isfinite(value) and abs(value) <= MAX_INT if isinstance(value, int) else math.isfinite(value)
        )
    if not allowed:
        raise refuse(node, Text("Nilai ini tidak diizinkan", "This value is not allowed"), _USE_ALLOWED)
    return lambda scope: value


def _name(node: ast.Name, seen: Collected) -> Evaluator:
    name = node.id
    _refuse_hidden(node, name)
    if name == "case":
        raise refuse(
            node,
            Text("Fakta kasus dibaca satu per satu", "Facts of the case are read one at a time"),
            Text("Tulis case.nama, misalnya case.case_class", "Write case.name, for example case.case_class"),
        )
    if name in _JSON_WORDS:
        right = _JSON_WORDS[name]
        raise refuse(
            node,
            Text(f"{name} bukan nilai di sini", f"{name} is not a value here"),
            Text(f"Tulis {right}", f"Write {right}"),
        )
    seen.names.add(name)

    def run(scope: Scope) -> Any:
        try:
            return scope.data[name]
        except KeyError:
            raise ExpressionFailedError(f"the variable {name} is missing") from None

    return run


def _attribute(node: ast.Attribute, seen: Collected) -> Evaluator:
    key = node.attr
    _refuse_hidden(node, key)
    if isinstance(node.value, ast.Name) and node.value.id == "case":
        seen.facts.add(key)
        return lambda scope: look_up(scope.case, key, f"case.{key}")
    base = translate(node.value, seen)
    label = ast.unparse(node)
    return lambda scope: look_up(base(scope), key, label)


def _subscript(node: ast.Subscript, seen: Collected) -> Evaluator:
    if isinstance(node.slice, ast.Slice | ast.Tuple):
        raise refuse(node, Text("Potongan daftar tidak diizinkan", "Slices are not allowed"), _USE_ALLOWED)
    if isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str):
        _refuse_hidden(node, node.slice.value)
        if isinstance(node.value, ast.Name) and node.value.id == "case":
            fact = node.slice.value
            seen.facts.add(fact)
            return lambda scope: look_up(scope.case, fact, f"case.{fact}")
    base, key = translate(node.value, seen), translate(node.slice, seen)
    label = ast.unparse(node)
    return lambda scope: look_up(base(scope), key(scope), label)


def _bool_op(node: ast.BoolOp, seen: Collected) -> Evaluator:
    parts = tuple(translate(value, seen) for value in node.values)
    stop_at = isinstance(node.op, ast.Or)

    def run(scope: Scope) -> Any:
        value: Any = None
        for part in parts:
            value = part(scope)
            if bool(value) is stop_at:
                return value
        return value

    return run


def _unary_op(node: ast.UnaryOp, seen: Collected) -> Evaluator:
    operand = translate(node.operand, seen)
    if isinstance(node.op, ast.Not):
        return lambda scope: not operand(scope)
    if isinstance(node.op, ast.USub):
        minus = OPERATORS[ast.Sub]
        return lambda scope: minus(0, operand(scope))
    raise refuse(node, Text("Operator ini tidak diizinkan", "This operator is not allowed"), _USE_ALLOWED)


def _bin_op(node: ast.BinOp, seen: Collected) -> Evaluator:
    apply = OPERATORS.get(type(node.op))
    if apply is None:
        raise refuse(node, Text("Operator ini tidak diizinkan", "This operator is not allowed"), _USE_ALLOWED)
    left, right = translate(node.left, seen), translate(node.right, seen)
    return lambda scope: apply(left(scope), right(scope))


def _compare(node: ast.Compare, seen: Collected) -> Evaluator:
    first = translate(node.left, seen)
    links = []
    for operation, right in zip(node.ops, node.comparators, strict=True):
        if isinstance(operation, ast.Is | ast.IsNot) and not _is_singleton(right):
            raise refuse(
                right,
                Text("is hanya untuk None, True, dan False", "is works with None, True and False only"),
                Text("Tulis ==", "Write =="),
            )
        links.append((COMPARISONS[type(operation)], translate(right, seen)))

    def run(scope: Scope) -> bool:
        left = first(scope)
        for apply, part in links:
            right = part(scope)
            if not apply(left, right):
                return False
            left = right
        return True

    return run


def _is_singleton(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and (node.value is None or isinstance(node.value, bool))


def _if_exp(node: ast.IfExp, seen: Collected) -> Evaluator:
    test, yes, no = translate(node.test, seen), translate(node.body, seen), translate(node.orelse, seen)
    return lambda scope: yes(scope) if test(scope) else no(scope)


def _sequence(node: ast.List | ast.Tuple, seen: Collected) -> Evaluator:
    _refuse_many(node, len(node.elts))
    parts = tuple(translate(item, seen) for item in node.elts)
    return lambda scope: weighed([part(scope) for part in parts])


def _dict(node: ast.Dict, seen: Collected) -> Evaluator:
    _refuse_many(node, len(node.keys))
    keys = []
    for key in node.keys:
        if not (isinstance(key, ast.Constant) and isinstance(key.value, str)):
            raise refuse(
                node,
                Text("Kunci harus berupa teks dalam tanda kutip", "Keys must be texts in quotes"),
                Text('Tulis {"kunci": nilai}', 'Write {"key": value}'),
            )
        _refuse_hidden(key, key.value)
        keys.append(key.value)
    values = tuple(translate(value, seen) for value in node.values)
    return lambda scope: weighed({key: value(scope) for key, value in zip(keys, values, strict=True)})


def _call(node: ast.Call, seen: Collected) -> Evaluator:
    if node.keywords:
        raise refuse(
            node, Text("Argumen bernama tidak diizinkan", "Named arguments are not allowed"), _USE_ALLOWED
        )
    if isinstance(node.func, ast.Attribute):
        return _method_call(node, node.func, seen)
    name = node.func.id if isinstance(node.func, ast.Name) else ""
    if name in CLOCK_FUNCTIONS and not node.args:
        return CLOCK_FUNCTIONS[name]
    fewest, most, function = FUNCTIONS.get(name, (0, -1, None))
    if function is None or not fewest <= len(node.args) <= most:
        raise _bad_call(node, name)
    arguments = tuple(translate(argument, seen) for argument in node.args)
    return lambda scope: function(*[argument(scope) for argument in arguments])


def _method_call(node: ast.Call, func: ast.Attribute, seen: Collected) -> Evaluator:
    name = func.attr
    if name not in METHODS or len(node.args) != METHODS[name][0]:
        raise _bad_call(node, name)
    target = translate(func.value, seen)
    arguments = tuple(translate(argument, seen) for argument in node.args)
    return lambda scope: call_method(name, target(scope), [argument(scope) for argument in arguments])


def _bad_call(node: ast.Call, name: str) -> Exception:
    allowed = ", ".join([*FUNCTIONS, *CLOCK_FUNCTIONS, *METHODS])
    return refuse(
        node,
        Text(f"Fungsi {name} tidak diizinkan di sini", f"The function {name} is not allowed like this"),
        Text(f"Pakai salah satu: {allowed}", f"Use one of: {allowed}"),
    )


def _refuse_hidden(node: ast.AST, name: str) -> None:
    if name.startswith("_"):
        raise refuse(
            node,
            Text(f"Nama {name} tidak diizinkan", f"The name {name} is not allowed"),
            Text("Pakai nama tanpa garis bawah di depan", "Use a name without a leading underscore"),
        )


def _refuse_many(node: ast.AST, count: int) -> None:
    if count > MAX_ITEMS:
        raise refuse(node, Text("Daftar terlalu panjang", "The list is too long"), _USE_ALLOWED)


_TRANSLATORS: dict[type[ast.expr], Callable[[Any, Collected], Evaluator]] = {
    ast.Constant: _constant,
    ast.Name: _name,
    ast.Attribute: _attribute,
    ast.Subscript: _subscript,
    ast.BoolOp: _bool_op,
    ast.UnaryOp: _unary_op,
    ast.BinOp: _bin_op,
    ast.Compare: _compare,
    ast.IfExp: _if_exp,
    ast.List: _sequence,
    ast.Tuple: _sequence,
    ast.Dict: _dict,
    ast.Call: _call,
}
