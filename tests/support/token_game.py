"""A small pure model of what a process is: tokens on a graph, without a library, a store or a clock.

``draw_game`` draws a process out of blocks, as a diagram and as the graph on which the model plays.
"""

from __future__ import annotations

from collections import Counter
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
    """Boundary events that watch the task at which the token stands."""


@dataclass
class Game:
    """A graph, the tokens on it, and the flows on which tokens wait for others at a join."""

    kinds: dict[str, str] = field(default_factory=dict)
    flows: dict[str, list[str]] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    watchers: dict[str, list[str]] = field(default_factory=dict)
    tokens: list[Token] = field(default_factory=list)
    joins: dict[str, set[str]] = field(default_factory=dict)

    def add(self, kind: str, options: str = "") -> str:
        name = f"{kind}_{len(self.kinds)}"
        self.kinds[name] = f"{kind} {options}".strip()
        self.lines.append(f"{kind} {name} {options}".strip())
        return name

    def flow(self, source: str, target: str, rest: str = "") -> None:
        """Draw a flow; of two flows out of a choice the first is taken when it is picked."""
        self.flows.setdefault(source, []).append(target)
        self.lines.append(f"{source} -> {target} {rest}".strip())

    @property
    def diagram(self) -> bytes:
        return bpmn("\n".join(["main", *self.lines]))

    def sources(self, node: str) -> set[str]:
        return {source for source, targets in self.flows.items() if node in targets}

    def start(self, pick: int) -> None:
        (begin,) = (name for name, kind in self.kinds.items() if kind == "start")
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
        kind = self.kinds[node].split(maxsplit=1)[0]
        if kind in {"user", "catch"}:
            self.tokens.append(Token(node, pick, list(self.watchers.get(node, []))))
        elif kind == "and" and len(self.sources(node)) > 1:
            self.joins.setdefault(node, set()).add(source)
            if self.joins[node] == self.sources(node):
                del self.joins[node]
                self.go_on(node, pick)
        else:
            self.go_on(node, pick)

    def leave(self, node: str, pick: int | None = None) -> None:
        """End what a token stands at: a task is done, or what was waited for has come."""
        token = next(token for token in self.tokens if token.node == node)
        self.tokens.remove(token)
        self.go_on(node, token.pick if pick is None else pick)

    def fire(self, boundary: str) -> None:
        """Let a boundary event happen; it interrupts its task or happens beside it, once."""
        token = next(token for token in self.tokens if boundary in token.armed)
        token.armed.remove(boundary)
        if "interrupting=false" not in self.kinds[boundary]:
            self.tokens.remove(token)
        self.go_on(boundary, token.pick)

    def open(self, kind: str) -> Counter[str]:
        """Count the nodes at which tokens stand whose description contains ``kind``."""
        return Counter(token.node for token in self.tokens if kind in self.kinds[token.node])

    def waiting(self, kind: str) -> Counter[str]:
        """Count what waits for a ``duration`` or a ``message``: events on the way and those that watch a task."""
        armed = (name for token in self.tokens for name in token.armed)
        return self.open(kind) + Counter(name for name in armed if kind in self.kinds[name])

    @property
    def over(self) -> bool:
        return not self.tokens and not self.joins


Ends = tuple[str, str]


@st.composite
def draw_game(draw: st.DrawFn) -> Game:
    """Draw a process of two blocks in a row, which may hold others; the first one mostly loops or forks."""
    game = Game()
    last = game.add("start")
    for make in (draw(st.sampled_from([_loop, _loop, _fork, _block])), _block):
        first, end = make(draw, game, 2)
        game.flow(last, first)
        last = end
    game.flow(last, game.add("end"))
    return game


def _block(draw: st.DrawFn, game: Game, depth: int) -> Ends:
    simple = [_user, _wait, _message, _guarded]
    nested = [_fork, _choice, _loop] if depth > 0 else []
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


def _guarded(draw: st.DrawFn, game: Game, _depth: int) -> Ends:
    task, merge = game.add("user"), game.add("xor")
    remind = game.add("boundary", f"on={task} interrupting=false duration=P1D")
    end = draw(st.sampled_from(["duration=P3D", "message=withdrawn"]))
    late = game.add("boundary", f"on={task} {end}")
    look, hurry = game.add("user"), game.add("user")
    game.watchers[task] = [remind, late]
    game.flow(task, merge)
    game.flow(remind, look)
    game.flow(look, game.add("end"))
    game.flow(late, hurry)
    game.flow(hurry, merge)
    return task, merge


def _fork(draw: st.DrawFn, game: Game, depth: int) -> Ends:
    split, join = game.add("and"), game.add("and")
    for _ in range(draw(st.integers(2, 3))):
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
