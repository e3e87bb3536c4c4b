"""The problem types of RFC 9457 that the API answers with: one row each, documented in docs/api.md."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import Response, json, request

from engine.model import Text

MEDIA_TYPE = "application/problem+json"
LANGUAGES = ("id", "en")


@dataclass(frozen=True, slots=True)
class ProblemType:
    """A kind of refusal: its address is ``/problems/<slug>`` and never changes."""

    slug: str
    status: int
    title: Text

    @property
    def uri(self) -> str:
        """The stable type of the problem."""
        return f"/problems/{self.slug}"


@dataclass(frozen=True, slots=True)
class Problem:
    """One refusal: its type, what to say, members beside the standard ones, and headers."""

    type: ProblemType
    detail: Text
    members: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


def _row(slug: str, status: int, indonesian: str, english: str) -> tuple[str, ProblemType]:
    return slug, ProblemType(slug, status, Text(id=indonesian, en=english))


TYPES: Mapping[str, ProblemType] = dict(
    (
        _row("bad-request", 400, "Permintaan tidak terbaca", "Unreadable request"),
        _row("bad-cursor", 400, "Penanda halaman tidak dikenal", "Unknown page cursor"),
        _row("not-signed-in", 401, "Perlu masuk", "Credentials needed"),
        _row("sign-in-refused", 401, "Gagal masuk", "Sign-in refused"),
        _row("refused", 403, "Permintaan ditolak", "Request refused"),
        _row("not-found", 404, "Tidak ditemukan", "Not found"),
        _row("method-not-allowed", 405, "Metode tidak tersedia", "Method not allowed"),
        _row("not-acceptable", 406, "Bentuk jawaban tidak tersedia", "Not acceptable"),
        _row("conflict", 409, "Bentrok dengan perubahan lain", "Conflict with another change"),
        _row("task-gone", 409, "Tugas sudah tidak terbuka", "The task is no longer open"),
        _row("not-waiting", 409, "Pesan tidak sedang ditunggu", "The message is not waited for"),
        _row("suspended", 409, "Kasus ditangguhkan", "The case is suspended"),
        _row("refused-by-rule", 409, "Dilarang oleh aturan", "Forbidden by a rule"),
        _row("process-incident", 500, "Proses terganggu", "The process failed"),
        _row("stale", 412, "Versi sudah berubah", "The representation has changed"),
        _row("too-large", 413, "Terlalu besar", "Too large"),
        _row("unsupported-media-type", 415, "Jenis isi tidak diterima", "Content type not taken"),
        _row("file-refused", 422, "Berkas ditolak", "File refused"),
        _row("form-invalid", 422, "Isian belum benar", "Form values are wrong"),
        _row("invalid-input", 422, "Masukan belum benar", "Input is wrong"),
        _row("deployment-refused", 422, "Penerbitan proses ditolak", "Deployment refused"),
        _row("idempotency-key-reused", 422, "Kunci dipakai ulang", "Idempotency key reused"),
        _row("if-match-required", 428, "Perlu If-Match", "If-Match needed"),
        _row("too-many-requests", 429, "Terlalu banyak permintaan", "Too many requests"),
        _row("internal-error", 500, "Kesalahan di server", "Server error"),
        _row("calendar-ends", 503, "Kalender belum lengkap", "The calendar ends too soon"),
        _row("unavailable", 503, "Layanan tidak tersedia", "Service unavailable"),
    )
)


def language() -> str:
    """The language of the answer: what the client asks for, Indonesian otherwise."""
    return request.accept_languages.best_match(LANGUAGES) or "id"


def say(text: Text) -> str:
    """The sentence in the language of the answer."""
    return text.en if language() == "en" else text.id


def render(problem: Problem) -> Response:
    """The problem as a response. Its body differs between two unknown addresses in ``instance`` only."""
    body = {
        "type": problem.type.uri,
        "title": say(problem.type.title),
        "status": problem.type.status,
        "detail": say(problem.detail),
        "detail_id": problem.detail.id,
        "detail_en": problem.detail.en,
        "instance": request.path,
        **problem.members,
    }
    response = Response(json.dumps(body), problem.type.status, dict(problem.headers), content_type=MEDIA_TYPE)
    response.content_language.add(language())
    response.vary.add("Accept-Language")
    return response
