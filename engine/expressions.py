"""The one language of conditions, decision cells, timers and scripts: a small part of Python's expressions.

Nothing here calls ``eval``: the syntax tree is translated once into closures that know only what is allowed.
"""

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

from engine.expression_nodes import Collected, Evaluator, translate
from engine.expression_values import ExpressionFailedError, ExpressionRefusedError, Scope, refuse
from engine.model import Text
from engine.names import is_reserved

__all__ = [
    "Compiled",
    "CompiledScript",
    "ExpressionFailedError",
    "ExpressionRefusedError",
    "compile_expression",
    "compile_script",
]

MAX_TEXT = 2_000
"""Characters of one expression or script."""

CACHE_SIZE = 4_096
"""Compiled texts kept per process; the oldest unused ones leave."""

_NO_FACTS: Mapping[str, Any] = {}


@dataclass(frozen=True, slots=True)
class Compiled:
    """An expression that was found harmless."""

    text: str
    names: frozenset[str]
    """Process data that it reads."""
    facts: frozenset[str]
    """Facts of the case that it reads as ``case.<fact>``."""
    run: Evaluator = field(repr=False, compare=False)

    def evaluate(
        self, data: Mapping[str, Any], *, case: Mapping[str, Any] = _NO_FACTS, now: datetime | None = None
    ) -> Any:
        """Compute the value; raises ``ExpressionFailedError`` naming what is missing or does not fit."""
        return self.run(Scope(data, case, now))


@dataclass(frozen=True, slots=True)
class CompiledScript:
    """A script that was found harmless: assignments, one after the other."""

    text: str
    names: frozenset[str]
    """Process data that it reads without having assigned it before."""
    facts: frozenset[str]
    targets: tuple[str, ...]
    """Process data that it sets, in order."""
    steps: tuple[tuple[str, Evaluator], ...] = field(repr=False, compare=False)

    def execute(
        self, data: dict[str, Any], *, case: Mapping[str, Any] = _NO_FACTS, now: datetime | None = None
    ) -> None:
        """Set the targets in ``data``; a failing line leaves the lines before it done."""
        scope = Scope(data, case, now)
        for target, run in self.steps:
            data[target] = run(scope)


@lru_cache(maxsize=CACHE_SIZE)
def compile_expression(text: str) -> Compiled:
    """Translate ``text``, or raise ``ExpressionRefusedError``: what is not allowed, what to write instead."""
    tree = _parse(text.strip(), "eval")
    collected = Collected()
    run = translate(tree.body, collected)  # type: ignore[attr-defined]
    return Compiled(text, frozenset(collected.names), frozenset(collected.facts), run)


@lru_cache(maxsize=CACHE_SIZE)
def compile_script(text: str) -> CompiledScript:
    """Translate lines of ``name = expression``, or raise ``ExpressionRefusedError``."""
    tree = _parse(text.strip(), "exec")
    steps: list[tuple[str, Evaluator]] = []
    read: set[str] = set()
    facts: set[str] = set()
    for statement in tree.body:  # type: ignore[attr-defined]
        target, value = _assignment(statement)
        collected = Collected()
        run = translate(value, collected)
        read |= collected.names - {name for name, _ in steps}
        facts |= collected.facts
        steps.append((target, run))
    if not steps:
        raise refuse(None, Text("Skrip kosong", "The script is empty"), _WRITE_ASSIGNMENTS)
    return CompiledScript(
        text, frozenset(read), frozenset(facts), tuple(name for name, _ in steps), tuple(steps)
    )


_WRITE_ASSIGNMENTS = Text(
    "Tulis hanya baris berbentuk nama = ungkapan, misalnya ulang = ulang + 1",
    "Write only lines of the form name = expression, for example rounds = rounds + 1",
)


def _assignment(statement: ast.stmt) -> tuple[str, ast.expr]:
    if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
        raise refuse(
            statement,
            Text("Hanya penugasan yang boleh", "Only assignments work"),
            _WRITE_ASSIGNMENTS,
        )
    target = statement.targets[0]
    if not isinstance(target, ast.Name):
        raise refuse(
            target,
            Text("Hanya satu nama yang boleh di kiri tanda =", "Only one name may stand left of ="),
            _WRITE_ASSIGNMENTS,
        )
    if is_reserved(target.id):
        raise refuse(
            target,
            Text(f"Nama {target.id} dipakai oleh sistem", f"The name {target.id} is reserved"),
            Text(
                "Pakai nama lain, tanpa garis bawah di depan",
                "Use another name, without a leading underscore",
            ),
        )
    return target.id, statement.value


def _parse(text: str, mode: str) -> ast.AST:
    if len(text) > MAX_TEXT:
        raise refuse(
            None,
            Text(f"Lebih dari {MAX_TEXT} karakter", f"Longer than {MAX_TEXT} characters"),
            Text("Bagi menjadi beberapa langkah", "Split it into several steps"),
        )
    try:
        return ast.parse(text, mode=mode)
    except SyntaxError as error:
        raise ExpressionRefusedError(
            Text(f"Tidak dapat dibaca: {text[:80]}", f"Cannot be read: {text[:80]}"),
            Text("Periksa tanda kurung, tanda kutip, dan operator", "Check brackets, quotes and operators"),
            column=error.offset or 0,
            line=error.lineno or 1,
        ) from None
    except (ValueError, MemoryError, RecursionError):
        raise refuse(
            None,
            Text(
                "Terlalu rumit atau berisi karakter terlarang",
                "Too deeply nested, or holds a forbidden character",
            ),
            Text("Bagi menjadi beberapa langkah", "Split it into several steps"),
        ) from None
