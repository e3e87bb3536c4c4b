"""One organisation's part of a store: its keys begin with a word of their own, which nobody outside sees."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace

from storage.objects.model import ListedObject, ObjectStore, StoredObject, check_key, check_prefix

ORGANISATIONS = "organisations"
"""Under this word lie the parts; whoever has the store for itself leaves it alone."""


class PartOfStore:
    """Keeps the promise of a store for keys below one folder, and reaches no other."""

    def __init__(self, store: ObjectStore, organisation: str) -> None:
        self._store = store
        self._folder = f"{ORGANISATIONS}/{organisation}/"

    def __repr__(self) -> str:
        return f"PartOfStore({self._store!r}, {self._folder!r})"

    def put(self, *, key: str, chunks: Iterable[bytes], media_type: str) -> StoredObject:
        """Store the bytes in this part."""
        return self._store.put(key=self._folder + check_key(key), chunks=chunks, media_type=media_type)

    def open(self, key: str) -> AbstractContextManager[Iterator[bytes]]:
        """Give the bytes in chunks."""
        return self._store.open(self._folder + check_key(key))

    def exists(self, key: str) -> bool:
        """Tell whether this part has the object."""
        return self._store.exists(self._folder + check_key(key))

    def delete(self, key: str) -> None:
        """Remove the object from this part."""
        self._store.delete(self._folder + check_key(key))

    def list(self, prefix: str = "") -> Iterator[ListedObject]:
        """Give the objects of this part, by key."""
        for found in self._store.list(self._folder + check_prefix(prefix)):
            yield replace(found, key=found.key.removeprefix(self._folder))

    def ready(self) -> None:
        """The part is ready when the store is."""
        self._store.ready()
