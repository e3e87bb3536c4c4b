"""What people call the drawn elements, in both languages."""

from engine.drawing import Node
from engine.model import Text

KINDS: dict[str, Text] = {
    "startEvent": Text("peristiwa mulai", "start event"),
    "endEvent": Text("peristiwa akhir", "end event"),
    "intermediateCatchEvent": Text("peristiwa tunggu", "catch event"),
    "intermediateThrowEvent": Text("peristiwa kirim", "throw event"),
    "boundaryEvent": Text("peristiwa tepi", "boundary event"),
    "task": Text("tugas tanpa jenis", "task without a type"),
    "manualTask": Text("tugas manual", "manual task"),
    "userTask": Text("tugas pengguna", "user task"),
    "serviceTask": Text("tugas layanan", "service task"),
    "scriptTask": Text("tugas skrip", "script task"),
    "businessRuleTask": Text("tugas aturan", "business rule task"),
    "sendTask": Text("tugas kirim", "send task"),
    "receiveTask": Text("tugas terima", "receive task"),
    "callActivity": Text("pemanggilan proses", "call activity"),
    "subProcess": Text("subproses", "sub-process"),
    "adHocSubProcess": Text("subproses ad-hoc", "ad-hoc sub-process"),
    "transaction": Text("transaksi", "transaction"),
    "exclusiveGateway": Text("gerbang eksklusif", "exclusive gateway"),
    "inclusiveGateway": Text("gerbang inklusif", "inclusive gateway"),
    "parallelGateway": Text("gerbang paralel", "parallel gateway"),
    "eventBasedGateway": Text("gerbang peristiwa", "event-based gateway"),
    "complexGateway": Text("gerbang kompleks", "complex gateway"),
}

DEFINITIONS: dict[str, Text] = {
    "message": Text("pesan", "message"),
    "timer": Text("pewaktu", "timer"),
    "signal": Text("sinyal", "signal"),
    "error": Text("kesalahan", "error"),
    "escalation": Text("eskalasi", "escalation"),
    "terminate": Text("henti total", "terminate"),
    "link": Text("tautan", "link"),
    "compensate": Text("kompensasi", "compensation"),
    "cancel": Text("pembatalan", "cancel"),
    "conditional": Text("syarat", "condition"),
}


def kind_of(node: Node) -> Text:
    """Answer what people call this kind of element."""
    return KINDS.get(node.kind, Text(node.kind, node.kind))


def definition_named(kind: str) -> Text:
    """Answer what people call this kind of event."""
    return DEFINITIONS.get(kind, Text(kind, kind))
