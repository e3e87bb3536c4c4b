"""Rules about gateways: every way out is decided before the first case needs it."""

from collections.abc import Iterator
from typing import Any

from engine.drawing import Drawing, Node
from engine.lint.kinds import kind_of
from engine.lint.rule import Chapter, Subject, error, warning
from engine.model import Finding

DEFAULT_MISSING = error(
    "gateway-default-missing",
    ("{kind} {name} tidak punya alur bawaan.", "The {kind} {name} has no default flow."),
    (
        "Tandai satu alur keluar sebagai bawaan; kasus berhenti bila tidak ada syarat yang benar.",
        "Mark one outgoing flow as default; a case stops when no condition is true.",
    ),
)
DEFAULT_WRONG = error(
    "gateway-default-wrong",
    (
        "Alur bawaan {flow} tidak keluar dari {kind} {name}.",
        "The default flow {flow} does not leave the {kind} {name}.",
    ),
    ("Pilih salah satu alur keluarnya sebagai bawaan.", "Choose one of its outgoing flows as default."),
)
DEFAULT_CONDITION = warning(
    "gateway-default-condition",
    (
        "Syarat pada alur bawaan {flow} tidak pernah dibaca.",
        "The condition on the default flow {flow} is never read.",
    ),
    (
        "Hapus syarat itu; alur bawaan dipakai bila tidak ada syarat lain yang benar.",
        "Delete the condition; the default is taken when no other condition is true.",
    ),
)
CONDITION_MISSING = error(
    "gateway-condition-missing",
    (
        "Alur {flow} dari {kind} {name} tidak punya syarat.",
        "The flow {flow} from the {kind} {name} has no condition.",
    ),
    (
        "Tulis syarat, misalnya verdict == 'accept', atau jadikan alur bawaan.",
        "Write a condition, for example verdict == 'accept', or make the flow the default.",
    ),
)
EVENT_GATEWAY_TARGET = error(
    "event-gateway-target",
    (
        "Gerbang peristiwa {name} menuju {target}, yang bukan peristiwa tunggu.",
        "The event-based gateway {name} leads to {target}, which is no catch event.",
    ),
    (
        "Sesudah gerbang peristiwa gambar hanya peristiwa tunggu pesan atau pewaktu.",
        "Behind an event-based gateway draw message or timer catch events only.",
    ),
)
EVENT_GATEWAY_TIMERS = error(
    "event-gateway-timers",
    (
        "Gerbang peristiwa {name} punya {count} pewaktu; hanya tenggat yang pertama dipakai.",
        "The event-based gateway {name} has {count} timers; only the due date of the first is used.",
    ),
    (
        "Sisakan satu pewaktu dan gambar yang lain sebagai pewaktu tepi.",
        "Keep one timer and draw the others as boundary timers.",
    ),
)
EVENT_GATEWAY_SHARED = error(
    "event-gateway-shared",
    (
        "Peristiwa {target} sesudah gerbang peristiwa {name} juga dimasuki alur lain.",
        "The event {target} behind the event-based gateway {name} is entered by another flow too.",
    ),
    ("Gambar peristiwa tersendiri untuk setiap gerbang.", "Draw an event of its own for each gateway."),
)
EVENT_GATEWAY_SINGLE = error(
    "event-gateway-single",
    (
        "Gerbang peristiwa {name} hanya punya satu jalan keluar.",
        "The event-based gateway {name} has only one way out.",
    ),
    (
        "Tambahkan peristiwa kedua, atau pakai peristiwa tunggu saja.",
        "Add a second event, or use a catch event alone.",
    ),
)
SPLIT_AND_JOIN = warning(
    "gateway-split-and-join",
    ("{kind} {name} menggabung dan mencabang sekaligus.", "The {kind} {name} joins and splits at once."),
    ("Pakai dua gerbang: satu menggabung, satu mencabang.", "Use two gateways: one joins, the other splits."),
)

WAITING_TARGETS = frozenset({"intermediateCatchEvent", "receiveTask"})


def check_choices(subject: Subject) -> Iterator[Finding]:
    """Report exclusive and inclusive gateways with a way out that nothing decides."""
    for drawing, node in subject.each_node("exclusiveGateway", "inclusiveGateway"):
        flows = drawing.leaving(node.id)
        default = node.attribute("default")
        about: dict[str, Any] = {"kind": kind_of(node), "name": node.label}
        if default and default not in {flow.id for flow in flows}:
            yield DEFAULT_WRONG.at(drawing.file, node, flow=default, **about)
        elif not default and len(flows) > 1:
            yield DEFAULT_MISSING.at(drawing.file, node, **about)
        for flow in flows:
            if flow.id == default and flow.condition:
                yield DEFAULT_CONDITION.at(drawing.file, flow, flow=flow.name or flow.id)
            if flow.id != default and not flow.condition and len(flows) > 1:
                yield CONDITION_MISSING.at(drawing.file, flow, flow=flow.name or flow.id, **about)


def check_event_gateways(subject: Subject) -> Iterator[Finding]:
    """Report event-based gateways that the library reads differently from how they are drawn."""
    for drawing, node in subject.each_node("eventBasedGateway"):
        targets = [
            drawing.by_id[flow.target] for flow in drawing.leaving(node.id) if flow.target in drawing.by_id
        ]
        if len(targets) == 1:
            yield EVENT_GATEWAY_SINGLE.at(drawing.file, node, name=node.label)
        timers = sum("timer" in target.definition_kinds() for target in targets)
        if timers > 1:
            yield EVENT_GATEWAY_TIMERS.at(drawing.file, node, name=node.label, count=timers)
        for target in targets:
            yield from _check_event_gateway_target(drawing, node, target)


def _check_event_gateway_target(drawing: Drawing, node: Node, target: Node) -> Iterator[Finding]:
    if target.kind not in WAITING_TARGETS:
        yield EVENT_GATEWAY_TARGET.at(drawing.file, node, name=node.label, target=target.label)
    elif len(drawing.incoming.get(target.id, ())) > 1:
        yield EVENT_GATEWAY_SHARED.at(drawing.file, target, name=node.label, target=target.label)


def check_mixed(subject: Subject) -> Iterator[Finding]:
    """Advise against parallel and inclusive gateways that join and split in one."""
    for drawing, node in subject.each_node("parallelGateway", "inclusiveGateway"):
        if len(drawing.incoming.get(node.id, ())) > 1 and len(drawing.leaving(node.id)) > 1:
            yield SPLIT_AND_JOIN.at(drawing.file, node, kind=kind_of(node), name=node.label)


CHAPTER = Chapter(
    title="Gateways",
    rules=(
        DEFAULT_MISSING,
        DEFAULT_WRONG,
        DEFAULT_CONDITION,
        CONDITION_MISSING,
        EVENT_GATEWAY_TARGET,
        EVENT_GATEWAY_TIMERS,
        EVENT_GATEWAY_SHARED,
        EVENT_GATEWAY_SINGLE,
        SPLIT_AND_JOIN,
    ),
    checks=(check_choices, check_event_gateways, check_mixed),
)
