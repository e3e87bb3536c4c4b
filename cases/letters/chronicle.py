"""The tables of a long letter: what happened when, how each deadline was counted, what is kept, and who read it."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from sqlalchemy import select

from cases.dates import day_of
from cases.deadlines.calendar import CalendarGapError
from cases.deadlines.counting import CountStep, Pause, StepKind, count
from cases.deadlines.pauses import list_pauses, pauses_of
from cases.letters.kinds import LETTERS
from cases.letters.matter import Matter
from cases.letters.words import brief_moment, length_of, long_day, moment, short_day
from cases.model import ActorKind
from cases.processing_log import OFFICER, roles_in_words
from storage.tables import Attachment, CaseText, Deadline, HistoryEntry, Letter, ReadLogEntry

MOST = 500
"""Lines of one table; a letter says when there were more."""
_ACTORS = {
    ActorKind.USER.value: "Petugas",
    ActorKind.COMPLAINANT.value: "Pelapor",
    ActorKind.SYSTEM.value: "Sistem",
    ActorKind.ANONYMOUS.value: "Pelapor",
}
_TEXTS = {
    "response": "Tanggapan instansi",
    "message": "Pesan",
    "reply": "Balasan pelapor",
    "decision": "Keputusan",
    "answer": "Jawaban instansi",
}
_WHAT = {
    "case": "Isi pengaduan",
    "identity": "Identitas pelapor",
    "attachment": "Berkas",
    "history": "Riwayat pengaduan",
}
_UNTOLD = ("case:letter:written",)


def chronology(matter: Matter) -> dict[str, Any]:
    """What happened to the case, without the small steps of the process and without names."""
    query = (
        select(HistoryEntry.at, HistoryEntry.tag, HistoryEntry.actor_kind, HistoryEntry.element_name)
        .where(
            HistoryEntry.case_id == matter.case.id,
            HistoryEntry.tag.startswith("case:"),
            HistoryEntry.tag.not_in(_UNTOLD),
            HistoryEntry.at <= matter.at,
        )
        .order_by(HistoryEntry.seq)
        .limit(MOST + 1)
    )
    rows = matter.session.execute(query).all()
    labels = matter.env.reference.labels["history_tags"]
    lines = [
        [
            brief_moment(row.at, matter.zone),
            labels[row.tag].id if row.tag in labels else row.tag,
            row.element_name or "",
            _ACTORS.get(row.actor_kind, ""),
        ]
        for row in rows[:MOST]
    ]
    return {"lines": lines, "more": len(rows) > MOST}


def clocks(matter: Matter) -> list[dict[str, Any]]:
    """Every clock of the case: start, due date and how it was counted, end, and whether the time was kept."""
    rows = matter.session.execute(
        select(*Deadline.__table__.columns)
        .where(Deadline.case_id == matter.case.id)
        .order_by(Deadline.started_at, Deadline.id)
    ).all()
    pauses = list_pauses(matter.session, matter.case.id)
    return [_clock(matter, row, pauses) for row in rows if row.clock in matter.rules.clocks]


def _clock(matter: Matter, row: Any, pauses: Sequence[Pause]) -> dict[str, Any]:
    rule = matter.rules.clocks[row.clock]
    late = row.due_at is not None and row.due_at <= (row.stopped_at or matter.at)
    return {
        "label": rule.label.id,
        "length": length_of(rule, extended=row.extended),
        "law": row.law,
        "started": moment(row.started_at, matter.zone),
        "due_on": long_day(day_of(row.due_at, matter.zone)) if row.due_at else None,
        "stopped": moment(row.stopped_at, matter.zone) if row.stopped_at else None,
        "late": late,
        "breached": moment(row.breached_at, matter.zone) if row.breached_at else None,
        "promised": long_day(row.promised_on) if row.promised_on else None,
        "counted": _counted(matter, row, pauses_of(rule, pauses)),
    }


def _counted(matter: Matter, row: Any, pauses: Sequence[Pause]) -> str:
    """In one sentence how the due date came about: which days were left out, and why."""
    calendar = matter.calendar(row.calendar_version)
    rule = matter.rules.clocks[row.clock]
    try:
        steps = count(rule, row.started_at, calendar, pauses, extended=row.extended).steps
    except CalendarGapError:
        return "Kalender kerja belum memuat hari terakhirnya."
    start = f"Hitungan dimulai sesudah {long_day(calendar.local_day(row.started_at))}"
    weekends = sum(step.kind is StepKind.WEEKEND for step in steps)
    left_out = [f"{weekends} hari akhir pekan"] if weekends else []
    left_out += [f"{short_day(step.on)} ({step.name.id})" for step in _holidays(steps) if step.name]
    left_out += _paused(steps)
    return (
        f"{start}; tidak dihitung: {', '.join(left_out)}." if left_out else f"{start}; semua hari dihitung."
    )


def _holidays(steps: Iterable[CountStep]) -> list[CountStep]:
    return [step for step in steps if step.kind is StepKind.HOLIDAY]


def _paused(steps: Iterable[CountStep]) -> list[str]:
    days: list[date] = [step.on for step in steps if step.kind is StepKind.PAUSED]
    if not days:
        return []
    return [f"{len(days)} hari jeda antara {short_day(days[0])} dan {short_day(days[-1])}"]


def texts(matter: Matter) -> list[dict[str, Any]]:
    """What the office and the complainant wrote to each other."""
    query = (
        select(CaseText.kind, CaseText.text, CaseText.at, CaseText.published_at, CaseText.author_kind)
        .where(CaseText.case_id == matter.case.id, CaseText.visibility == "public", CaseText.at <= matter.at)
        .order_by(CaseText.at, CaseText.id)
        .limit(MOST)
    )
    return [
        {
            "label": _TEXTS.get(row.kind, "Tulisan"),
            "author": _ACTORS.get(row.author_kind, ""),
            "at": moment(row.published_at or row.at, matter.zone),
            "text": matter.free(row.text),
        }
        for row in matter.session.execute(query)
    ]


def letters(matter: Matter) -> list[list[str]]:
    """The letters that the office wrote about the case, this one left out."""
    query = (
        select(Letter.number, Letter.template, Letter.created_at)
        .where(
            Letter.case_id == matter.case.id, Letter.created_at <= matter.at, Letter.id != matter.letter.id
        )
        .order_by(Letter.created_at, Letter.id)
    )
    return [
        [row.number, LETTERS[row.template].subject, brief_moment(row.created_at, matter.zone)]
        for row in matter.session.execute(query)
        if row.template in LETTERS
    ]


def files(matter: Matter) -> list[dict[str, Any]]:
    """The files of the case with the hash that proves each; the complainant is told of those that are theirs to see."""
    query = select(
        Attachment.filename, Attachment.size, Attachment.sha256, Attachment.created_at, Attachment.visibility
    ).where(Attachment.case_id == matter.case.id, Attachment.created_at <= matter.at)
    if matter.named:
        query = query.where(Attachment.visibility != "internal")
    rows = matter.session.execute(query.order_by(Attachment.created_at, Attachment.id).limit(MOST))
    return [
        {
            "name": row.filename,
            "at": brief_moment(row.created_at, matter.zone),
            "size": f"{max(1, row.size // 1024)} KB",
            "sha256": row.sha256,
        }
        for row in rows
    ]


def stored(matter: Matter) -> list[list[str | None]]:
    """What is kept about the complainant, item by item."""
    case, person = matter.case, matter.person
    event = short_day(case.event_on) if case.event_on else None
    return [
        ["Nama", person["name"]],
        ["Alamat", person["address"]],
        ["Telepon", person["phone"]],
        ["Surel", person["email"]],
        ["Nomor identitas", _ending(person["identity_number"])],
        ["Kuasa pelapor", person["proxy_name"]],
        ["Nama disembunyikan dari unit (anonim)", "ya" if case.anonymous else "tidak"],
        ["Pengaduan tidak dibuka untuk umum (rahasia)", "ya" if case.confidential else "tidak"],
        ["Pokok pengaduan", matter.free(case.title)],
        ["Isi pengaduan", matter.free(case.text)],
        ["Tempat kejadian", matter.free(case.place)],
        ["Waktu kejadian", event],
        ["Diterima", moment(case.received_at, matter.zone)],
        ["Disimpan sekurang-kurangnya sampai", short_day(case.retain_until) if case.retain_until else None],
        ["Kode lacak", "hanya sidik (hash), kodenya sendiri tidak disimpan" if case.tracking_hash else None],
    ]


def _ending(number: str | None) -> str | None:
    """A letter may fall into other hands: the end of an identity number is enough to know it by."""
    return f"tersimpan, berakhir {number[-4:]}" if number else None


def reads(matter: Matter) -> dict[str, Any]:
    """Who read protected content of the case, by role, when, and why."""
    query = (
        select(ReadLogEntry.at, ReadLogEntry.actor_id, ReadLogEntry.what, ReadLogEntry.reason)
        .where(ReadLogEntry.case_id == matter.case.id, ReadLogEntry.at <= matter.at)
        .order_by(ReadLogEntry.at, ReadLogEntry.id)
        .limit(MOST + 1)
    )
    rows = matter.session.execute(query).all()
    roles = roles_in_words(matter.session, matter.env, {row.actor_id for row in rows if row.actor_id})
    lines = [
        [
            brief_moment(row.at, matter.zone),
            roles.get(row.actor_id or "", OFFICER).id,
            _WHAT.get(row.what, row.what),
            row.reason or "",
        ]
        for row in rows[:MOST]
    ]
    return {"lines": lines, "more": len(rows) > MOST}
