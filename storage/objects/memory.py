"""An object store in memory: what tests and demonstrations use, gone with the process."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from storage.objects.errors import ObjectMissingError
from storage.objects.model import CHUNK, ListedObject, StoredObject, check_key, check_prefix


@dataclass(frozen=True, slots=True)
class _Kept:
    content: bytes
    media_type: str
    modified: datetime


class MemoryObjectStore:
    """Keeps every promise of ObjectStore but the lasting one."""

    def __init__(self) -> None:
        self._kept: dict[str, _Kept] = {}

    def put(self, *, key: str, chunks: Iterable[bytes], media_type: str) -> StoredObject:
        """Keep the bytes under the key."""
        check_key(key)
        content = b"".join(chunks)
        self._kept[key] = _Kept(content, media_type, datetime.now(UTC))
        return StoredObject(len(content), hashlib.sha256(content).hexdigest())

    @contextmanager
    def open(self, key: str) -> Iterator[Iterator[bytes]]:
        """Give the bytes in chunks."""
        kept = self._kept.get(check_key(key))
        if kept is None:
            raise ObjectMissingError
        yield (kept.content[at : at + CHUNK] for at in range(0, len(kept.content), CHUNK))

    def exists(self, key: str) -> bool:
        """Tell whether the key is kept."""
        return check_key(key) in self._kept

    def delete(self, key: str) -> None:
        """Forget the key."""
        self._kept.pop(check_key(key), None)

    def list(self, prefix: str = "") -> Iterator[ListedObject]:
        """Give what is kept, by key."""
        check_prefix(prefix)
        for key, kept in sorted(self._kept.items()):
            if key.startswith(prefix):
                yield ListedObject(key, len(kept.content), kept.modified)

    def ready(self) -> None:
        """Memory is always ready."""
