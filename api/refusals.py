"""What the API itself refuses before any function of ``cases`` is asked."""

from collections.abc import Mapping
from typing import Any

from cases.errors import CaseError
from engine.model import Text


class InvalidInputError(CaseError):
    """The input does not have the documented shape; ``messages`` are marshmallow's, by field."""

    slug = "invalid-input"
    text = Text(
        id="Ada isian yang belum benar. Periksa setiap isian yang disebut.",
        en="Some of the input is wrong. Check each field that is named.",
    )

    def __init__(self, messages: Any) -> None:
        self.messages: Mapping[str, Any] = messages if isinstance(messages, Mapping) else {"": messages}
        super().__init__()


class BadRequestError(CaseError):
    """The body is not JSON, or holds what no field may hold."""

    slug = "bad-request"
    text = Text(
        id="Isi permintaan bukan JSON yang sah. Kirim objek JSON dalam UTF-8.",
        en="The body is not valid JSON. Send a JSON object in UTF-8.",
    )


class UnsupportedMediaTypeError(CaseError):
    """Another content type than the route takes."""

    slug = "unsupported-media-type"
    text = Text(
        id="Kirim isi sebagai application/json.",
        en="Send the body as application/json.",
    )


class MatchRequiredError(CaseError):
    """A task is changed without saying which version of it was seen."""

    slug = "if-match-required"
    text = Text(
        id='Kirim If-Match dengan ETag tugas yang Anda lihat, misalnya If-Match: "1".',
        en='Send If-Match with the ETag of the task that you saw, for example If-Match: "1".',
    )


class BadKeyError(CaseError):
    """The Idempotency-Key is too short to be one caller's own, or too long."""

    slug = "bad-request"
    text = Text(
        id="Idempotency-Key harus 16 sampai 200 karakter ASCII tanpa spasi; UUID cocok.",
        en="Idempotency-Key must be 16 to 200 ASCII characters without spaces; a UUID is fine.",
    )
