"""Decides which names process data may bear: the one rule that forms, messages, scripts and results share."""

from collections.abc import Iterable

RESERVED_NAMES = frozenset({"case", "typename", "datetime", "data_objects", "dmninputexpr", "clock"})
"""Names that the engine or the library gives a meaning of its own; as process data they would shadow it."""


def is_reserved(name: str) -> bool:
    """Tell whether process data must not be called ``name``."""
    return name.startswith("_") or name in RESERVED_NAMES


def reserved_among(names: Iterable[str]) -> list[str]:
    """List the reserved names among ``names``, in their order."""
    return [name for name in names if is_reserved(name)]
