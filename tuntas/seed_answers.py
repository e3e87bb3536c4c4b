"""What the people of the living office decide: each complaint has a fate, and every form is answered by it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any

FATES = {
    "resolved": 34,
    "silent": 16,
    "dissatisfied": 8,
    "never_happy": 2,
    "replied": 4,
    "completed": 6,
    "incomplete": 4,
    "archived": 6,
    "referred": 5,
    "referral_rejected": 2,
    "referral_unanswered": 2,
    "returned": 5,
    "withdrawn": 3,
    "merged": 3,
    "interim": 2,
    "supported": 5,
    "extended": 3,
    "emergency": 3,
    "taken_over": 2,
    "examined": 2,
    "asked_for_data": 2,
    "answered": 6,
    "decided": 4,
}
"""How often a fate occurs among so many complaints; together they take every path of the lifecycle."""

CLASSES = {"answered": "information", "decided": "oversight"}
"""Fates of one class only; every other one comes to complaints of all classes."""

BESIDE = {"taken_over": "ombudsman", "examined": "ombudsman", "asked_for_data": "data_access"}
"""What is asked for beside the complaint in some fates, as a kind of request."""

INSTRUCTIONS = (
    "Mohon ditindaklanjuti sesuai kewenangan dan laporkan hasilnya.",
    "Periksa ke lapangan, dokumentasikan, dan sampaikan tanggapan kepada pelapor.",
    "Koordinasikan dengan kelurahan setempat dan selesaikan sesuai jadwal.",
)
NOTES = (
    "Petugas sudah meninjau lokasi; laporan pelapor sesuai dengan keadaan di lapangan.",
    "Sudah dihubungi pihak terkait, pengerjaan dijadwalkan minggu ini.",
    "Berkas dan data pendukung sudah diperiksa.",
)
RESPONSES = (
    "Terima kasih atas laporan Anda. Petugas kami sudah meninjau lokasi dan pekerjaan telah diselesaikan. Mohon "
    "Anda periksa, dan kabari kami bila masih ada yang kurang.",
    "Terima kasih. Hal yang Anda sampaikan sudah kami periksa dan kami perbaiki sesuai ketentuan. Mohon maaf atas "
    "ketidaknyamanannya.",
)
EXPLANATION = (
    "Terima kasih atas pertanyaan Anda. Penjelasan lengkap sudah kami cantumkan di sini; silakan hubungi loket "
    "layanan bila memerlukan salinan dokumen."
)
DECISION = (
    "Pemeriksaan telah selesai. Laporan Anda terbukti sebagian dan petugas yang bersangkutan sudah dibina; "
    "pelayanan diperbaiki sejak hari ini."
)
REPLIES = (
    "Keluhan saya belum selesai, keadaannya masih sama seperti sebelumnya.",
    "Sudah diperbaiki sebagian, tetapi belum tuntas. Mohon ditindaklanjuti lagi.",
)


@dataclass(slots=True)
class Story:
    """One complaint on its way: its fate, how slow the office is with it, and what happened so far."""

    fate: str
    slowness: float
    unit: str
    category: str
    case_class: str
    returned: bool = False
    asked: bool = False
    rejected: bool = False
    rounds: int = 0
    interim: bool = False
    parent: str | None = None
    did: dict[str, str] = field(default_factory=dict)
    """Who did a task last, by its element: whoever drafts does not approve, whoever examines does not decide."""
    support: str | None = None
    """Another unit that helps the lead unit."""
    team: tuple[str, ...] = ()
    """Ids of the inspectors who may examine an oversight case."""


def deal_fates(rng: Random) -> Iterator[str]:
    """Fates by their weights, without end: each of them once first, so that even a small office has seen them all."""
    once, more = list(FATES), [fate for fate, weight in FATES.items() for _ in range(weight - 1)]
    while True:
        yield from rng.sample(once, len(once))
        yield from rng.sample(more, len(more))


def answer(story: Story, form_key: str, rng: Random) -> dict[str, Any]:
    """The form of a task, filled in as the story wants it."""
    return _ANSWERS[form_key.rsplit("/", maxsplit=1)[-1]](story, rng)


def _verification(story: Story, rng: Random) -> dict[str, Any]:
    if story.fate in ("completed", "incomplete") and not story.asked:
        story.asked = True
        question = "Mohon lengkapi lokasi yang tepat dan, bila ada, foto keadaan terakhir."
        return {"decision": "ask_completion", "completion_request": question}
    if story.fate == "archived":
        return {"decision": "archive", "archive_reason": rng.choice(("too_general", "not_about_government"))}
    if story.fate == "merged" and story.parent:
        return {"decision": "merge", "parent_reference": story.parent}
    if story.fate.startswith("refer") and not story.rejected:
        story.rejected = True
        return {"decision": "not_our_authority"}
    return {
        "decision": "accept",
        "case_class": story.case_class,
        "formal": story.case_class == "information" and rng.random() < 0.3,
        "category": story.category,
        "sensitivity": "oversight" if story.case_class == "oversight" else "normal",
    }


def _acceptance(story: Story, rng: Random) -> dict[str, Any]:
    if story.fate == "returned" and not story.returned:
        story.returned = True
        return {"decision": "return", "reason": "Lokasi ini berada di luar wilayah kerja unit kami."}
    return {"decision": "accept"}


def _work(story: Story, rng: Random) -> dict[str, Any]:
    note = {"note": rng.choice(NOTES)}
    if story.fate == "extended" and not story.asked:
        story.asked = True
        return {**note, "decision": "extension", "extension_days": 5, "reason": "Menunggu pengiriman bahan."}
    if story.fate == "interim" and not story.asked:
        story.asked = True
        return {**note, "decision": "progress", "progress": "Petugas dijadwalkan ke lokasi minggu ini."}
    return note


def _response(story: Story, rng: Random) -> dict[str, Any]:
    if story.fate == "interim" and not story.interim:
        story.interim = True
        text = "Laporan Anda sudah kami terima dan sedang kami kerjakan."
        return {"response_kind": "progress", "response": text}
    if story.case_class == "information":
        return {"response_kind": "explanation", "response": EXPLANATION}
    return {"response_kind": "action_taken", "response": rng.choice(RESPONSES)}


def reaction(story: Story, rng: Random) -> tuple[str, dict[str, Any]] | None:
    """What the complainant does about a published answer; None is silence."""
    if story.fate == "silent" or story.fate in BESIDE:
        return None
    if story.fate == "never_happy" or (story.fate == "dissatisfied" and story.rounds == 0):
        story.rounds += 1
        return "not_satisfied", {"message": rng.choice(REPLIES)}
    if story.fate == "replied" and story.rounds == 0:
        story.rounds += 1
        return "reply", {"message": rng.choice(REPLIES)}
    return "confirm", {"rating": rng.choice((3, 4, 4, 5, 5)), "message": "Terima kasih, sudah selesai."}


def _disposition(story: Story, rng: Random) -> dict[str, Any]:
    given: dict[str, Any] = {
        "lead_unit": story.unit,
        "priority": "normal",
        "instruction": rng.choice(INSTRUCTIONS),
    }
    if story.fate == "supported" and story.support not in (None, story.unit):
        given["supporting_units"] = [story.support]
    return given


def _at_once(story: Story, rng: Random) -> dict[str, Any]:
    return {"lead_unit": story.unit, "instruction": "Amankan lokasi sekarang, lalu laporkan keadaannya."}


def _real(story: Story, rng: Random) -> dict[str, Any]:
    return {"decision": "accept", "case_class": "ordinary", "category": story.category}


def _heard(story: Story, rng: Random) -> dict[str, Any]:
    return {
        "heard": "heard",
        "statement": "Keterangan dicatat dan dibacakan kembali kepada yang bersangkutan.",
    }


def _information(story: Story, rng: Random) -> dict[str, Any]:
    return {"response": EXPLANATION}


_ANSWERS: dict[str, Callable[[Story, Random], dict[str, Any]]] = {
    "check_registration": lambda story, rng: {"kind": "complaint"},
    "verify_complaint": _verification,
    "dispose_complaint": _disposition,
    "assign_by_secretary": _disposition,
    "accept_disposition": _acceptance,
    "work_on_complaint": _work,
    "contribute": lambda story, rng: {"note": "Data dan foto dari unit kami sudah dilampirkan."},
    "decide_extension": lambda story, rng: {"decision": "approve"},
    "approve_archiving": lambda story, rng: {"decision": "approve"},
    "dispose_emergency": _at_once,
    "verify_emergency": _real,
    "choose_team": lambda story, rng: {"members": list(story.team)},
    "hear_complainant": _heard,
    "hear_accused": _heard,
    "examine": lambda story, rng: {"finding": "Bukti dan keterangan sudah dicocokkan."},
    "decide": lambda story, rng: {"decision": "decide", "verdict_text": DECISION},
    "deliver_decision": lambda story, rng: {"way": "status_page"},
    "answer_request": _information,
    "answer_formal_request": lambda story, rng: {"decision": "answer", **_information(story, rng)},
    "answer_extended_request": _information,
    "answer_ombudsman": lambda story, rng: {
        "decision": "extend",
        "reason": "Menunggu data dari unit yang menangani.",
    },
    "answer_after_extension": lambda story, rng: {"answer": "Pengaduan kami tangani; berkasnya terlampir."},
    "answer_data_request": lambda story, rng: {
        "decision": "give_access",
        "message": "Salinan data Anda dapat dibaca pada halaman ini.",
    },
    "decide_referral": lambda story, rng: {
        "decision": "keep_waiting",
        "reason": "Instansi itu menyatakan masih mempelajari pengaduannya.",
    },
    "draft_response": _response,
    "approve_response": lambda story, rng: {"decision": "approve"},
    "review_reply": lambda story, rng: {
        "decision": "reopen",
        "reason": "Tanggapan pelapor menunjukkan pekerjaan belum tuntas.",
    },
    "decide_next_step": lambda story, rng: {
        "decision": "uphold_response",
        "reason": "Tanggapan unit sudah sesuai kewenangan.",
    },
}
