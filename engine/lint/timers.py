"""Rules about timers: a deadline that cannot be read must never reach a running case."""

from collections.abc import Iterator
from datetime import UTC, datetime

from engine.drawing import Drawing, Node, timers_of
from engine.expressions import ExpressionFailedError, ExpressionRefusedError, compile_script
from engine.lint.kinds import kind_of
from engine.lint.rule import Chapter, Subject, error
from engine.markup import local_name
from engine.model import Finding
from engine.timers import TimerText, due_instant, read_cycle, read_timer

UNREADABLE = error(
    "timer-unreadable",
    ("Waktu {text} pada {name} tidak dapat dibaca.", "The time {text} of {name} cannot be read."),
    (
        "Tulis clock:nama, lama waktu ISO 8601 seperti P3D atau PT24H, tanggal dengan zona, atau "
        "pengulangan seperti R3/PT24H (bukan cron).",
        "Write clock:name, an ISO 8601 duration such as P3D or PT24H, a date with its zone, or a "
        "repetition such as R3/PT24H (not cron).",
    ),
)
MISSING = error(
    "timer-missing",
    ("Pewaktu {name} tidak berisi waktu.", "The timer {name} holds no time."),
    (
        "Isi tenggat, misalnya clock:verification atau P3D.",
        "Fill in the deadline, for example clock:verification or P3D.",
    ),
)
UNKNOWN_CLOCK = error(
    "timer-clock-unknown",
    ("Tenggat {clock} pada {name} tidak dikenal.", "The clock {clock} of {name} is unknown."),
    ("Pakai salah satu: {allowed}.", "Use one of: {allowed}."),
)
START_BY_CALENDAR = error(
    "timer-start-schedule",
    (
        "Proses tidak dapat dimulai oleh {text} pada {name}.",
        "A process cannot be started by {text} at {name}.",
    ),
    (
        "Pakai kalender kantor, salah satu: {allowed}; atau mulai dengan pesan.",
        "Use the office's calendar, one of: {allowed}; or start with a message.",
    ),
)
NAIVE_DATE = error(
    "timer-date-without-zone",
    (
        "Tanggal {text} pada {name} tidak menyebut zona waktu.",
        "The date {text} of {name} names no time zone.",
    ),
    (
        "Tambahkan zona, misalnya 2026-01-31T08:00:00+07:00.",
        "Add the zone, for example 2026-01-31T08:00:00+07:00.",
    ),
)
CYCLE_INTERRUPTS = error(
    "timer-cycle-interrupting",
    (
        "Pewaktu berulang {name} tidak akan menyela {host}.",
        "The repeating timer {name} will not interrupt {host}.",
    ),
    (
        "Pakai lama waktu untuk menyela, atau jadikan peristiwa tepi ini tidak menyela.",
        "Use a duration to interrupt, or make this boundary event non-interrupting.",
    ),
)
CYCLE_PLACE = error(
    "timer-cycle-place",
    (
        "Pewaktu berulang tidak berlaku pada {kind} {name}.",
        "A repeating timer does not work on the {kind} {name}.",
    ),
    (
        "Pengulangan hanya untuk peristiwa tepi yang tidak menyela; di sini pakai lama waktu.",
        "Repeat only on a non-interrupting boundary event; use a duration here.",
    ),
)
CYCLE_CLOCK = error(
    "timer-cycle-text",
    (
        "Pewaktu {name} digambar berulang tetapi berisi {text}.",
        "The timer {name} is drawn as repeating but holds {text}.",
    ),
    (
        "Tulis pengulangan seperti R3/PT24H, atau ubah jenisnya menjadi lama waktu.",
        "Write a repetition such as R3/PT24H, or change its type to duration.",
    ),
)
PRESCRIPT = error(
    "timer-reads-prescript",
    (
        "Pewaktu tepi {name} membaca {variable}, yang baru diisi skrip awal {host}.",
        "The boundary timer {name} reads {variable}, which only the preScript of {host} sets.",
    ),
    (
        "Isi {variable} di langkah sebelum {host}; pewaktu dihitung lebih dulu daripada skrip awal.",
        "Set {variable} in a step before {host}; the timer is computed before the preScript runs.",
    ),
)

PROBE = datetime(2026, 1, 1, tzinfo=UTC)
"""Any instant: literals are tried against it."""


def check_timers(subject: Subject) -> Iterator[Finding]:
    """Report timers whose text or place would fail at run time."""
    for drawing, node in subject.each_node():
        for holder, text in timers_of(node):
            if not text:
                yield MISSING.at(drawing.file, node, name=node.label)
                continue
            try:
                timer = read_timer(text)
            except ExpressionRefusedError:
                yield UNREADABLE.at(drawing.file, node, text=text, name=node.label)
                continue
            if _starts_a_process(drawing, node):
                yield from _check_start(subject, drawing, node, timer, text)
                continue
            yield from _check_place(drawing, node, local_name(holder) == "timeCycle", timer, text)
            yield from _check_timer(subject, drawing, node, timer, text)


def _starts_a_process(drawing: Drawing, node: Node) -> bool:
    return node.kind == "startEvent" and drawing.by_id.get(node.scope_id) is None


def _check_start(
    subject: Subject, drawing: Drawing, node: Node, timer: TimerText, text: str
) -> Iterator[Finding]:
    """Nobody keeps a clock for a process that does not run yet, except the office's calendar."""
    if timer.clock not in subject.words.schedules:
        allowed = ", ".join(f"clock:{name}" for name in subject.words.schedules)
        yield START_BY_CALENDAR.at(drawing.file, node, text=text, name=node.label, allowed=allowed)


def _check_place(
    drawing: Drawing, node: Node, repeats: bool, timer: TimerText, text: str
) -> Iterator[Finding]:
    is_cycle = timer.literal is not None and timer.literal.startswith("R")
    if repeats and timer.expression is None and not is_cycle:
        yield CYCLE_CLOCK.at(drawing.file, node, name=node.label, text=text)
    elif is_cycle and not repeats:
        yield UNREADABLE.at(drawing.file, node, text=text, name=node.label)
    elif repeats and node.kind != "boundaryEvent":
        yield CYCLE_PLACE.at(drawing.file, node, kind=kind_of(node), name=node.label)
    elif repeats and node.attribute("cancelActivity", "true") == "true":
        host = drawing.by_id.get(node.attribute("attachedToRef"))
        yield CYCLE_INTERRUPTS.at(drawing.file, node, name=node.label, host=host.label if host else "?")


def _check_timer(
    subject: Subject, drawing: Drawing, node: Node, timer: TimerText, text: str
) -> Iterator[Finding]:
    if timer.clock is not None and timer.clock not in subject.words.clocks:
        yield UNKNOWN_CLOCK.at(
            drawing.file, node, clock=timer.clock, name=node.label, allowed=", ".join(subject.words.clocks)
        )
    if timer.literal is not None:
        yield from _check_literal(drawing, node, timer.literal)
    if timer.expression is not None:
        if _looks_like_a_time(timer.expression.text):
            yield UNREADABLE.at(drawing.file, node, text=text, name=node.label)
        yield from _check_prescript(drawing, node, timer.expression.names)


def _looks_like_a_time(text: str) -> bool:
    """Tell whether a text reads like a mistyped duration: ``P1``, a number, or a quoted text."""
    if text.isidentifier():
        return text[:1] in {"P", "R"} and any(character.isdigit() for character in text)
    return text[:1].isdigit() or (text[:1] in "\"'" and text[-1:] == text[:1] and text[:1] not in text[1:-1])


def _check_literal(drawing: Drawing, node: Node, literal: str) -> Iterator[Finding]:
    try:
        if literal.startswith("R"):
            read_cycle(literal, PROBE)
        else:
            due_instant(literal, PROBE)
    except ExpressionFailedError:
        rule = NAIVE_DATE if _is_naive(literal) else UNREADABLE
        yield rule.at(drawing.file, node, text=literal, name=node.label)
    except (ValueError, OverflowError):
        yield UNREADABLE.at(drawing.file, node, text=literal, name=node.label)


def _is_naive(literal: str) -> bool:
    try:
        return datetime.fromisoformat(literal).tzinfo is None
    except ValueError:
        return False


def _check_prescript(drawing: Drawing, node: Node, names: frozenset[str]) -> Iterator[Finding]:
    host = drawing.by_id.get(node.attribute("attachedToRef"))
    script = host.extension("preScript") if host is not None else None
    if host is None or not script:
        return
    try:
        targets = compile_script(script).targets
    except ExpressionRefusedError:
        return
    for variable in sorted(names.intersection(targets)):
        yield PRESCRIPT.at(drawing.file, node, name=node.label, variable=variable, host=host.label)


CHAPTER = Chapter(
    title="Timers",
    rules=(
        UNREADABLE,
        MISSING,
        UNKNOWN_CLOCK,
        START_BY_CALENDAR,
        NAIVE_DATE,
        CYCLE_INTERRUPTS,
        CYCLE_PLACE,
        CYCLE_CLOCK,
        PRESCRIPT,
    ),
    checks=(check_timers,),
)
