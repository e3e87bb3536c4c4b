"""Draws random well-formed diagrams: blocks within blocks, of everything that the product's diagrams use."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from hypothesis import strategies as st

from support.diagram_text import bpmn

START = {"pick": 0, "again": False, "items": ["a", "b"], "shared": {"list": [1], "map": {"x": 1}}}
"""Process data that every condition can rely on."""

CALLED = """called
start called_begin
user called_task
xor called_choice
catch called_wait duration=PT1H
end called_end
called_begin -> called_task -> called_choice
called_choice -> called_wait if pick > 1
called_choice -> called_end default
called_wait -> called_end"""

Ends = tuple[str, str]


@dataclass
class Writer:
    """Collects the lines of one process; every element gets a name of its own."""

    draw: st.DrawFn
    lines: list[str] = field(default_factory=list)
    count: int = 0

    def add(self, kind: str, options: str = "") -> str:
        self.count += 1
        name = f"{kind}_{self.count}"
        self.lines.append(f"{kind} {name} {options}".strip())
        return name

    def flow(self, *stops: str, rest: str = "") -> None:
        self.lines.append(f"{' -> '.join(stops)} {rest}".strip())

    def block(self, depth: int, looped: bool) -> Ends:
        """Draw a block and answer its first and last element."""
        simple: list[Callable[[], Ends]] = [self.user, self.script, self.service, self.job, self.wait]
        guarded = [lambda: self.guarded(True), lambda: self.guarded(False), self.gateway]
        if not looped:
            # A second visit of a multi-instance must find its output empty, which is the diagram's business.
            guarded += [lambda: self.each("false"), lambda: self.each("true")]
        nested = [
            lambda: self.sequence(depth, looped),
            lambda: self.choice(depth, looped),
            lambda: self.parallel(depth, looped),
            self.inclusive,
            lambda: self.loop(depth),
            lambda: self.sub_process(depth, looped),
            self.call,
        ]
        make = self.draw(st.sampled_from(simple + guarded + (nested * 2 if depth else [])))
        return make()

    def user(self) -> Ends:
        name = self.add("user")
        return name, name

    def script(self) -> Ends:
        name = self.add("script", "\"script=pick = pick + 1;trail = [pick, {'again': again}]\"")
        return name, name

    def service(self) -> Ends:
        name = self.add("service", "handler=find_duplicates argument.pick=pick")
        return name, name

    def job(self) -> Ends:
        name = self.add("service", "handler=deliver_notice argument.template=pick")
        return name, name

    def wait(self) -> Ends:
        kind = self.draw(st.sampled_from(["duration=PT2H", "message=reply"]))
        name = self.add("catch", kind)
        return name, name

    def guarded(self, interrupting: bool) -> Ends:
        task = self.add("user")
        event = self.draw(st.sampled_from(["duration=P1D", "message=withdraw"]))
        boundary = self.add("boundary", f"on={task} interrupting={str(interrupting).lower()} {event}")
        other = self.add("user")
        if not interrupting:
            self.flow(boundary, other, self.add("end"))
            return task, task
        merge = self.add("xor")
        self.flow(task, merge)
        self.flow(boundary, other, merge)
        return task, merge

    def gateway(self) -> Ends:
        events, merge = self.add("events"), self.add("xor")
        for option in ("message=confirm", "message=reply", "duration=P2D"):
            self.flow(events, self.add("catch", option), merge)
        return events, merge

    def each(self, sequential: str) -> Ends:
        number = self.count + 1
        names = f"item=item_{number} answer=v_user_{number} collect=all_{number}"
        name = self.add("user", f"sequential={sequential} each=items {names}")
        return name, name

    def call(self) -> Ends:
        name = self.add("call", "process=called")
        return name, name

    def sequence(self, depth: int, looped: bool) -> Ends:
        first, middle = self.block(depth - 1, looped)
        second, last = self.block(depth - 1, looped)
        self.flow(middle, second)
        return first, last

    def choice(self, depth: int, looped: bool) -> Ends:
        split, merge = self.add("xor"), self.add("xor")
        for condition in ("if pick % 2 == 0", "default"):
            first, last = self.block(depth - 1, looped)
            self.flow(split, first, rest=condition)
            self.flow(last, merge)
        return split, merge

    def parallel(self, depth: int, looped: bool) -> Ends:
        split, join = self.add("and"), self.add("and")
        for _ in range(self.draw(st.integers(2, 3))):
            first, last = self.block(depth - 1, looped)
            self.flow(split, first)
            self.flow(last, join)
        return split, join

    def inclusive(self) -> Ends:
        split, join = self.add("or"), self.add("or")
        for condition in ("if pick > 0", "if again", "default"):
            task = self.add("user")
            self.flow(split, task, rest=condition)
            self.flow(task, join)
        return split, join

    def loop(self, depth: int) -> Ends:
        merge, task, again = self.add("xor"), self.add("user"), self.add("xor")
        first, last = self.block(depth - 1, True)
        leave = self.add("script", "script=again=False")
        self.flow(merge, task, first)
        self.flow(last, again)
        self.flow(again, merge, rest="if again")
        self.flow(again, leave, rest="default")
        return merge, leave

    def sub_process(self, depth: int, looped: bool) -> Ends:
        self.count += 1
        name = f"sub_{self.count}"
        outer, self.lines = self.lines, []
        start, end = self.add("start"), self.add("end")
        first, last = self.block(depth - 1, looped)
        self.flow(start, first)
        self.flow(last, end)
        inner, self.lines = self.lines, outer
        self.lines += [f"sub {name} {{", *inner, "}"]
        if not self.draw(st.booleans()):
            return name, name
        boundary, merge = self.add("boundary", f"on={name} duration=P3D"), self.add("xor")
        self.flow(name, merge)
        self.flow(boundary, merge)
        return name, merge


@st.composite
def diagrams(draw: st.DrawFn) -> bytes:
    """Draw a BPMN file whose process is called ``main``."""
    writer = Writer(draw)
    start, end = writer.add("start"), writer.add("end")
    first, last = writer.block(3, False)
    writer.flow(start, first)
    writer.flow(last, end)
    return bpmn("\n".join(["main", *writer.lines]), CALLED)
