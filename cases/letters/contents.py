"""What each letter says: one function for each, from the matter to the plain data that its template sets."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from cases.dates import day_of
from cases.letters.chronicle import chronology, clocks, files, letters, reads, stored, texts
from cases.letters.matter import Matter
from cases.letters.words import clean, length_of, long_day, moment, short_day
from storage.tables import CaseRequest, CaseText, Deadline

_NOBODY = "Pelapor"
_FINAL = ("explanation", "action_taken")


def letter_data(matter: Matter) -> dict[str, Any]:
    """The data of a letter, fit for paper: what every letter has, and what is its own."""
    own = _OWN.get(matter.kind.key, _nothing)(matter)
    cleaned: dict[str, Any] = clean({**_shared(matter), **own})
    return cleaned


def _shared(matter: Matter) -> dict[str, Any]:
    case = matter.case
    return {
        "number": matter.letter.number,
        "subject": matter.kind.subject,
        "date": short_day(matter.at.astimezone(matter.zone).date()),
        "printed": moment(matter.at, matter.zone),
        "reference": case.reference,
        "secret": matter.oversight or bool(case.confidential),
        "copy": not matter.named and matter.kind.to_complainant,
        "office": {
            "name": matter.office.name,
            "body": matter.body,
            "unit": None if matter.oversight else matter.unit,
            "demonstration": matter.office.demonstration,
        },
        "recipient": _recipient(matter),
        "title": matter.free(case.title),
        "received": moment(case.received_at, matter.zone),
        "received_on": long_day(case.received_at.astimezone(matter.zone).date()),
        "oversight": matter.oversight,
        "has_identity": bool(case.has_identity),
    }


def _recipient(matter: Matter) -> dict[str, Any]:
    if not matter.kind.to_complainant:
        return {"name": "Ombudsman Republik Indonesia", "address": None, "person": False}
    name = matter.person["name"]
    return {"name": name or _NOBODY, "address": matter.person["address"], "person": bool(name)}


def _receipt(matter: Matter) -> dict[str, Any]:
    case, labels = matter.case, matter.env.reference.labels
    happened_on = long_day(case.event_on) if case.event_on else None
    return {
        "identity": _identity(matter),
        "complaint": [
            ["Jenis", labels["kinds"][case.kind].id],
            ["Disampaikan melalui", matter.env.reference.channels[case.channel].id],
            ["Pokok", matter.free(case.title)],
            ["Tempat kejadian", matter.free(case.place) or None],
            ["Waktu kejadian", happened_on],
            ["Pihak yang diadukan", matter.free(case.target) or None],
        ],
        "description": matter.free(case.text),
        "reception": [
            ["Diterima", moment(case.received_at, matter.zone)],
            ["Dicatat", moment(case.entered_at, matter.zone)],
            ["Petugas penerima", matter.officer or "Diterima secara elektronik, tanpa petugas"],
        ],
        "deadlines": _deadlines(matter),
        "signer": {"position": "Petugas penerima", "name": matter.officer},
    }


def _identity(matter: Matter) -> list[list[str | None]]:
    if not matter.named:
        return []
    person = matter.person
    return [
        ["Nama", person["name"]],
        ["Alamat", person["address"]],
        ["Telepon", person["phone"]],
        ["Surel", person["email"]],
        ["Kuasa pelapor", person["proxy_name"]],
    ]


def _deadlines(matter: Matter) -> list[dict[str, Any]]:
    """The clocks that ran when the letter was asked for, the soonest first."""
    query = select(Deadline.clock, Deadline.due_at, Deadline.law, Deadline.extended).where(
        Deadline.case_id == matter.case.id,
        Deadline.instance_id.is_(None),
        Deadline.due_at.is_not(None),
        Deadline.started_at <= matter.at,
        Deadline.stopped_at.is_(None) | (Deadline.stopped_at > matter.at),
    )
    rules = matter.rules.clocks
    return [
        {
            "label": rules[row.clock].label.id,
            "length": length_of(rules[row.clock], extended=row.extended),
            "due_on": long_day(day_of(row.due_at, matter.zone)),
            "law": row.law,
        }
        for row in matter.session.execute(query.order_by(Deadline.due_at, Deadline.id))
        if row.clock in rules
    ]


def _due(matter: Matter, clock: str) -> str | None:
    query = select(Deadline.due_at).where(Deadline.case_id == matter.case.id, Deadline.clock == clock)
    due: datetime | None = matter.session.scalar(query.order_by(Deadline.started_at.desc()).limit(1))
    return long_day(day_of(due, matter.zone)) if due else None


def _completion_request(matter: Matter) -> dict[str, Any]:
    rule = matter.rules.clocks["completion"]
    return {"text": matter.text(), "due_on": _due(matter, "completion"), "length": length_of(rule)}


def _response(matter: Matter) -> dict[str, Any]:
    query = select(CaseText.response_kind).where(CaseText.id == matter.letter.values.get("text"))
    kind = matter.session.scalar(query)
    label = matter.env.reference.labels["response_kinds"].get(kind or "")
    final = kind in _FINAL
    return {
        "text": matter.text(),
        "response_kind": label.id if label else None,
        "final": final,
        "reply_by": _due(matter, "auto_close") if final else None,
        "reply_length": length_of(matter.rules.clocks["auto_close"]),
    }


def _ombudsman_notice(matter: Matter) -> dict[str, Any]:
    published = select(CaseText.published_at).where(
        CaseText.case_id == matter.case.id,
        CaseText.kind == "response",
        CaseText.published_at.is_not(None),
        CaseText.published_at <= matter.at,
    )
    rows = matter.session.scalars(published.order_by(CaseText.published_at))
    days = [long_day(at.astimezone(matter.zone).date()) for at in rows if at is not None]
    return {"responses": days, "rounds": matter.case.round}


def _ombudsman_answer(matter: Matter) -> dict[str, Any]:
    query = select(CaseRequest.number, CaseRequest.received_at).where(CaseRequest.case_id == matter.case.id)
    instance = matter.letter.values.get("instance")
    if instance:
        query = query.order_by((CaseRequest.instance_id == instance).desc(), CaseRequest.received_at.desc())
    request = matter.session.execute(query.limit(1)).first()
    return {
        "text": matter.text(),
        "their_number": request.number if request else None,
        "their_day": long_day(request.received_at.astimezone(matter.zone).date()) if request else None,
    }


def _decision(matter: Matter) -> dict[str, Any]:
    return {"text": matter.text(), "length": length_of(matter.rules.clocks["decision_delivery_law"])}


def _ombudsman_file(matter: Matter) -> dict[str, Any]:
    case, reference = matter.case, matter.env.reference
    return {
        "summary": [
            ["Jenis", reference.labels["kinds"][case.kind].id],
            ["Klasifikasi", reference.labels["case_classes"][case.case_class].id],
            ["Disampaikan melalui", reference.channels[case.channel].id],
            ["Diterima", moment(case.received_at, matter.zone)],
            ["Dicatat", moment(case.entered_at, matter.zone)],
            ["Unit penanggung jawab", matter.unit],
            ["Tahap sekarang", reference.stages[case.stage].id],
            ["Hasil akhir", reference.outcomes[case.outcome].id if case.outcome else None],
            ["Kumpulan aturan", f"{matter.rules.name.id} (versi {matter.rules.version})"],
        ],
        "description": matter.free(case.text),
        "chronology": chronology(matter),
        "clocks": clocks(matter),
        "texts": texts(matter),
        "letters": letters(matter),
        "files": files(matter),
    }


def _processing_log(matter: Matter) -> dict[str, Any]:
    return {
        "stored": stored(matter),
        "reads": reads(matter),
        "chronology": chronology(matter),
        "files": files(matter),
    }


def _nothing(matter: Matter) -> dict[str, Any]:
    return {}


_OWN: Mapping[str, Callable[[Matter], dict[str, Any]]] = {
    "receipt": _receipt,
    "completion_request": _completion_request,
    "response": _response,
    "ombudsman_notice": _ombudsman_notice,
    "ombudsman_answer": _ombudsman_answer,
    "decision": _decision,
    "ombudsman_file": _ombudsman_file,
    "processing_log": _processing_log,
}
