"""Says marshmallow's messages about single fields in both languages."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from engine.model import Text

_SENTENCES: tuple[tuple[str, str], ...] = (
    (r"Missing data for required field\.", "Wajib diisi."),
    (r"Field may not be null\.", "Tidak boleh kosong (null)."),
    (r"Unknown field\.", "Isian ini tidak dikenal."),
    (r"Not a valid string\.", "Harus berupa teks."),
    (r"Not a valid integer\.", "Harus berupa bilangan bulat."),
    (r"Not a valid boolean\.", "Harus true atau false."),
    (r"Not a valid datetime\.", "Harus waktu ISO 8601 dengan zona, misalnya 2026-03-16T08:00:00Z."),
    (r"Not a valid date\.", "Harus tanggal ISO 8601, misalnya 2026-03-16."),
    (r"Not a valid UUID\.", "Harus berupa UUID."),
    (r"Not a valid mapping type\.", "Harus berupa objek."),
    (r"Not a valid list\.", "Harus berupa daftar."),
    (r"Not a valid email address\.", "Alamat surel tidak sah."),
    (r"Invalid input type\.", "Harus berupa objek JSON."),
    (r"Must be one of: (.+)\.", r"Harus salah satu dari: \1."),
    (r"Shorter than minimum length (\d+)\.", r"Paling sedikit \1 karakter atau butir."),
    (r"Longer than maximum length (\d+)\.", r"Paling banyak \1 karakter atau butir."),
    (r"Length must be between (\d+) and (\d+)\.", r"Panjangnya harus \1 sampai \2 karakter atau butir."),
    (
        r"Must be greater than or equal to (\d+) and less than or equal to (\d+)\.",
        r"Harus dari \1 sampai \2.",
    ),
)


def in_both(message: str) -> Text:
    """The message of marshmallow, and its Indonesian sentence."""
    for english, indonesian in _SENTENCES:
        if re.fullmatch(english, message):
            return Text(id=re.sub(english, indonesian, message), en=message)
    return Text(id="Isian ini tidak sah.", en=message)


def flatten(messages: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Text]]:
    """Each message with the path of its field; marshmallow nests them by field and index."""
    if isinstance(messages, Mapping):
        for name, inner in messages.items():
            yield from flatten(inner, path if name == "_schema" else (*path, str(name)))
    elif isinstance(messages, list):
        for inner in messages:
            yield from flatten(inner, path)
    elif isinstance(messages, Text):
        yield path, messages
    else:
        yield path, in_both(str(messages))
