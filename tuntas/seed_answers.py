"""What the people of the living office decide: each complaint has a fate, and every form is answered by it."""

from collections.abc import Callable
from dataclasses import dataclass
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
    "returned": 5,
    "withdrawn": 3,
    "merged": 3,
    "interim": 2,
}
"""How often a fate occurs among a hundred complaints; together they take every path of the lifecycle."""

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
    author: str | None = None


def choose_fate(rng: Random) -> str:
    """A fate by its weight."""
    return rng.choices(list(FATES), weights=list(FATES.values()))[0]


def answer(story: Story, form_key: str, rng: Random) -> dict[str, Any]:
    """The form of a task, filled in as the story wants it."""
    return _ANSWERS[form_key.rsplit("/", maxsplit=1)[-1]](story, rng)


def _verification(story: Story, rng: Random) -> dict[str, Any]:
    if story.fate in ("completed", "incomplete") and not story.asked:
        story.asked = True
        question = "Mohon lengkapi lokasi yang tepat dan, bila ada, foto keadaan terakhir."
        return {"decision": "ask_completion", "completion_request": question}
    if story.fate == "archived":
        return {"decision": "archive", "archive_reason": "too_general"}
    if story.fate == "merged" and story.parent:
        return {"decision": "merge", "parent_reference": story.parent}
    if story.fate in ("referred", "referral_rejected") and not story.rejected:
        story.rejected = True
        return {"decision": "not_our_authority"}
    return {
        "decision": "accept",
        "case_class": story.case_class,
        "category": story.category,
        "sensitivity": "oversight" if story.case_class == "oversight" else "normal",
    }


def _acceptance(story: Story, rng: Random) -> dict[str, Any]:
    if story.fate == "returned" and not story.returned:
        story.returned = True
        return {"decision": "return", "reason": "Lokasi ini berada di luar wilayah kerja unit kami."}
    return {"decision": "accept"}


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
    if story.fate == "silent":
        return None
    if story.fate == "never_happy" or (story.fate == "dissatisfied" and story.rounds == 0):
        story.rounds += 1
        return "not_satisfied", {"message": rng.choice(REPLIES)}
    if story.fate == "replied" and story.rounds == 0:
        story.rounds += 1
        return "reply", {"message": rng.choice(REPLIES)}
    return "confirm", {"rating": rng.choice((3, 4, 4, 5, 5)), "message": "Terima kasih, sudah selesai."}


def _disposition(story: Story, rng: Random) -> dict[str, Any]:
    return {"lead_unit": story.unit, "priority": "normal", "instruction": rng.choice(INSTRUCTIONS)}


_ANSWERS: dict[str, Callable[[Story, Random], dict[str, Any]]] = {
    "check_registration": lambda story, rng: {"kind": "complaint"},
    "verify_complaint": _verification,
    "dispose_complaint": _disposition,
    "assign_by_secretary": _disposition,
    "accept_disposition": _acceptance,
    "work_on_complaint": lambda story, rng: {"note": rng.choice(NOTES)},
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
