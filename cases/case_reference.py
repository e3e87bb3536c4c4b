"""The public reference of a case, ``TTS-2026-000123-K``: sayable, checkable, and proof of nothing.

The last character is computed from the others (weighted sum modulo 31). Office codes hold letters only and
the rest digits only, so every single wrong character and every exchange of two characters is noticed, the
check character included. It never is 0, O, 1, I or L.
"""

import re

CHECK_CHARACTERS = "VW23456789ABCDEFGHJKMNPQRSTUXYZ"
"""By value: a digit stands for itself, so that exchanging the last digit with the check character is noticed.
"""

_PRIME = 31
_ROOT = 3  # A primitive root of 31: its first 30 powers all differ, so no two positions weigh the same.
_OFFICE_CODE = re.compile(r"[A-Z]{2,8}")
_SPOKEN = re.compile(r"([A-Z]{2,8})(\d{4})(\d{6,8})([A-Z2-9])")
_SEPARATORS = re.compile(r"[\s./_\-\u2010-\u2015\u2212]+")


def check_character(office_code: str, year: int, number: int) -> str:
    """The character that belongs at the end of the reference."""
    payload = f"{office_code}{year:04d}{number:06d}"
    total, weight = 0, 1
    for character in reversed(payload):
        weight = weight * _ROOT % _PRIME
        total += weight * _value(character)
    return CHECK_CHARACTERS[total % _PRIME]


def format_reference(office_code: str, year: int, number: int) -> str:
    """The reference of the ``number``-th case of a year; refuses office codes that are not 2 to 8 capital
    letters.
    """
    if not _OFFICE_CODE.fullmatch(office_code):
        raise ValueError(f"The office code {office_code!r} must be 2 to 8 capital letters.")
    if not (0 <= year <= 9999 and 0 < number <= 99_999_999):
        raise ValueError("A reference holds a year of four digits and a number of at most eight.")
    return f"{office_code}-{year:04d}-{number:06d}-{check_character(office_code, year, number)}"


def find_reference(typed: str) -> str | None:
    """The reference that somebody typed, as it is stored, or None when it cannot be one.

    Case, spaces, dots, slashes and any kind of dash do not matter.
    """
    match = _SPOKEN.fullmatch(_SEPARATORS.sub("", typed[:60]).upper())
    if match is None or not match[0].isascii():
        return None
    reference = format_reference(match[1], int(match[2]), max(int(match[3]), 1))
    return reference if reference.replace("-", "") == match[0] else None


def _value(character: str) -> int:
    return int(character) if character.isdigit() else ord(character) - ord("A")
