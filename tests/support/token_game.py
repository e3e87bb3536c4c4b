"""A small pure model of what a process is: tokens on a graph, without a library, a store or a clock.

``draw_game`` draws a process out of blocks, as a diagram and as the graph on which the model plays.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from hypothesis import strategies as st

from support.diagram_text import bpmn

AGAIN = "pick == 1"


@dataclass
class Token:
    """Where one of the process's threads stands, and what the last person on it picked."""

    node: str
    pick: int
    armed: list[str] = field(default_factory=list)
    """Boundary events that watch the activity at which the token stands."""
    left: int = 1
    """How often a repeated activity is still to be done."""


@dataclass
class Game:
    """A graph, the tokens on it, and the flows on which tokens wait for others at a join."""

    kinds: dict[str, str] = field(default_factory=dict)
    flows: dict[str, list[str]] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    watchers: dict[str, list[str]] = field(default_factory=dict)
    branches: dict[str, tuple[str, int]] = field(default_factory=dict)
    """The sub-process around a node, and its branch: nodes of one branch never have tokens at the same time."""
    tokens: list[Token] = field(default_factory=list)
    joins: dict[str, set[str]] = field(default_factory=dict)
    _here: tuple[str, int] = ("", 0)

    def add(self, kind: str, options: str = "") -> str:
        name = f"{kind}_{len(self.kinds)}"
        self.kinds[name] = f"{kind} {options}".strip()
        self.branches[name] = self._here
        self.lines.append(f"{kind} {name} {options}".strip())
        return name

    def flow(self, source: str, target: str, rest: str = "") -> None:
        """Draw a flow; of two flows out of a choice the first is taken when it is picked."""
        self.flows.setdefault(source, []).append(target)
        self.lines.append(f"{source} -> {target} {rest}".strip())

    @contextmanager
    def branch(self, sub: str | None = None) -> Iterator[None]:
        """Draw a branch of its own, which lies in a sub-process if one is named."""
        before, fresh = self._here, len(self.kinds)
        self._here = (before[0] if sub is None else sub, fresh)
        yield
        self._here = before

    @property
    def diagram(self) -> bytes:
        return bpmn("\n".join(["main", *self.lines]))

    def sources(self, node: str) -> set[str]:
        return {source for source, targets in self.flows.items() if node in targets}

    def targets(self, node: str) -> list[str]:
        """Where an administrator may move a token of this node without leaving a join alone."""
        return [
            name
            for name, place in self.branches.items()
            if place == self.branches[node] and self.sources(name) and not self._joins(name)
        ]

    def start(self, pick: int, sub: str = "") -> None:
        (begin,) = (
            name for name, kind in self.kinds.items() if kind == "start" and self.branches[name][0] == sub
        )
        self.go_on(begin, pick)

    def go_on(self, node: str, pick: int) -> None:
        """Let a token leave a node."""
        targets = self.flows.get(node, [])
        if self.kinds[node] == "xor" and len(targets) > 1:
            targets = targets[:1] if pick == 1 else targets[1:]
        for target in targets:
            self.arrive(target, node, pick)

    def arrive(self, node: str, source: str, pick: int) -> None:
        """Let a token come to a node, and on as far as nobody is needed."""
        kind, *options = self.kinds[node].split()
        if kind in {"user", "catch", "sub"}:
            times = next((int(one[6:]) for one in options if one.startswith("times=")), 1)
            self.tokens.append(Token(node, pick, list(self.watchers.get(node, [])), times))
            if kind == "sub":
                self.start(pick, node)
        elif self._joins(node):
            self.joins.setdefault(node, set()).add(source)
            if self.joins[node] == self.sources(node):
                del self.joins[node]
                self.go_on(node, pick)
        elif kind == "end":
            self._end(self.branches[node][0], pick)
        else:
            self.go_on(node, pick)

    def leave(self, node: str, pick: int | None = None) -> None:
        """End what a token stands at, once: a task is done or skipped, or what was waited for has come."""
        token = self._at(node)
        token.left -= 1
        token.pick = token.pick if pick is None else pick
        if not token.left:
            self._take(token)
            self.go_on(node, token.pick)

    def fire(self, boundary: str) -> None:
        """Let a boundary event happen; it interrupts its activity or happens beside it, once."""
        token = next(token for token in self.tokens if boundary in token.armed)
        token.armed.remove(boundary)
        if "interrupting=false" not in self.kinds[boundary]:
            self._take(token)
        self.go_on(boundary, token.pick)

    def move(self, node: str, target: str) -> None:
        """Let an administrator put a token elsewhere; a repeated activity is left as a whole."""
        token = self._at(node)
        self._take(token)
        self.arrive(target, "", token.pick)

    def say(self, pick: int) -> None:
        """Let an administrator set what was picked, wherever somebody may still ask."""
        for token in self.tokens:
            token.pick = pick

    def open(self, kind: str) -> Counter[str]:
        """Count, for each node whose description contains ``kind``, what is to be done there now."""
        found: Counter[str] = Counter()
        for token in self.tokens:
            if kind in self.kinds[token.node]:
                found[token.node] += 1 if "sequential=true" in self.kinds[token.node] else token.left
        return found

    def waiting(self, kind: str) -> Counter[str]:
        """Count what waits for a ``duration`` or a ``message``: events on the way and those that watch something."""
        armed = (name for token in self.tokens for name in token.armed)
        return self.open(kind) + Counter(name for name in armed if kind in self.kinds[name])

    @property
    def over(self) -> bool:
        return not self.tokens and not self.joins

    def _joins(self, node: str) -> bool:
        return self.kinds[node] == "and" and len(self.sources(node)) > 1

    def _at(self, node: str) -> Token:
        return next(token for token in self.tokens if token.node == node)

    def _within(self, node: str, sub: str) -> bool:
        around = self.branches[node][0]
        return bool(around) and (around == sub or self._within(around, sub))

    def _take(self, token: Token) -> None:
        """Take a token away, with everything that goes on in the sub-process at which it stands."""
        self.tokens = [
            one for one in self.tokens if one is not token and not self._within(one.node, token.node)
        ]
        self.joins = {node: come for node, come in self.joins.items() if not self._within(node, token.node)}

    def _end(self, sub: str, pick: int) -> None:
        """A token is used up; the last one of a sub-process ends it with what it has picked."""
        inside = [*(token.node for token in self.tokens), *self.joins]
        if sub and not any(self._within(node, sub) for node in inside):
            self.leave(sub, pick)


Ends = tuple[str, str]


@st.composite
def draw_game(draw: st.DrawFn) -> Game:
    """Draw a process of two blocks in a row, which may hold others; the first one mostly does."""
    game = Game()
    last = game.add("start")
    for make in (draw(st.sampled_from([_loop, _fork, _guarded, _guarded, _block])), _block):
        first, end = make(draw, game, 2)
        game.flow(last, first)
        last = end
    game.flow(last, game.add("end"))
    return game


def _block(draw: st.DrawFn, game: Game, depth: int) -> Ends:
    simple = [_user, _wait, _message, _guarded, _each]
    nested = [_fork, _choice, _loop, _sub] if depth > 0 else []
    return draw(st.sampled_from(simple + nested * 2))(draw, game, depth - 1)  # type: ignore[no-any-return]


def _user(_draw: st.DrawFn, game: Game, _depth: int) -> Ends:
    name = game.add("user")
    return name, name


def _wait(_draw: st.DrawFn, game: Game, _depth: int) -> Ends:
    name = game.add("catch", "duration=PT1H")
    return name, name


def _message(_draw: st.DrawFn, game: Game, _depth: int) -> Ends:
    name = game.add("catch", "message=news")
    return name, name


def _each(draw: st.DrawFn, game: Game, _depth: int) -> Ends:
    name = game.add("user", draw(st.sampled_from(["times=2", "times=3", "times=2 sequential=true"])))
    return name, name


def _sub(draw: st.DrawFn, game: Game, depth: int) -> Ends:
    sub = game.add("sub")
    game.lines[-1] += " {"
    with game.branch(sub):
        begin = game.add("start")
        first, last = _block(draw, game, depth)
        game.flow(begin, first)
        game.flow(last, game.add("end"))
    game.lines.append("}")
    return sub, sub


def _guarded(draw: st.DrawFn, game: Game, depth: int) -> Ends:
    task, _ = draw(st.sampled_from([_user, _each, *([_sub] * 3 if depth > 0 else [])]))(draw, game, depth - 1)
    merge = game.add("xor")
    remind = game.add("boundary", f"on={task} interrupting=false duration=P1D")
    end = draw(st.sampled_from(["duration=P3D", "message=withdrawn"]))
    late = game.add("boundary", f"on={task} {end}")
    game.watchers[task] = [remind, late]
    game.flow(task, merge)
    with game.branch():
        look = game.add("user")
        game.flow(remind, look)
        game.flow(look, game.add("end"))
    hurry = game.add("user")
    game.flow(late, hurry)
    game.flow(hurry, merge)
    return task, merge


def _fork(draw: st.DrawFn, game: Game, depth: int) -> Ends:
    split, join = game.add("and"), game.add("and")
    for _ in range(draw(st.integers(2, 3))):
        with game.branch():
            first, last = _block(draw, game, depth)
        game.flow(split, first)
        game.flow(last, join)
    return split, join


def _choice(draw: st.DrawFn, game: Game, depth: int) -> Ends:
    split, merge = game.add("xor"), game.add("xor")
    for rest in (f"if {AGAIN}", "default"):
        first, last = _block(draw, game, depth)
        game.flow(split, first, rest)
        game.flow(last, merge)
    return split, merge


def _loop(draw: st.DrawFn, game: Game, depth: int) -> Ends:
    enter, decide, leave = game.add("xor"), game.add("xor"), game.add("xor")
    first, last = draw(st.sampled_from([_fork, _block] if depth else [_block]))(draw, game, depth - 1)
    ask = game.add("user")
    game.flow(enter, first)
    game.flow(last, ask)
    game.flow(ask, decide)
    game.flow(decide, enter, f"if {AGAIN}")
    game.flow(decide, leave, "default")
    return enter, leave
