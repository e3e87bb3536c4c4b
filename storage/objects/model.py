"""What every object store promises, and the records that it answers with."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from storage.objects.errors import InvalidKeyError

CHUNK = 64 * 1024
LONGEST_KEY = 512
LONGEST_WORD = 180
_WORD = re.compile(r"[A-Za-z0-9._-]+\Z")


@dataclass(frozen=True, slots=True)
class StoredObject:
    """What a store took: the number of bytes and their SHA-256 in hexadecimal."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class ListedObject:
    """One entry of a listing; `modified` is an aware UTC instant."""

    key: str
    size: int
    modified: datetime


class ObjectStore(Protocol):
    """Keeps bytes under keys; whoever keeps this promise can hold the attachments.

    Every method raises InvalidKeyError for a malformed key, and ObjectStoreUnavailableError within seconds
    when the store is down. What the caller's own chunks raise is passed on as it is.
    """

    def put(self, *, key: str, chunks: Iterable[bytes], media_type: str) -> StoredObject:
        """Store the bytes under the key, whole and lasting, or not at all; an earlier object is replaced.

        The chunks are consumed once and never gathered in memory as a whole, so that a caller may refuse
        an oversized upload by raising while they stream.
        """
        ...

    def open(self, key: str) -> AbstractContextManager[Iterator[bytes]]:
        """Give the bytes in chunks; raises ObjectMissingError on entering."""
        ...

    def exists(self, key: str) -> bool:
        """Tell whether `open` would find the object."""
        ...

    def delete(self, key: str) -> None:
        """Remove the object; an unknown key is no error, so that a deletion can be repeated."""
        ...

    def list(self, prefix: str = "") -> Iterator[ListedObject]:
        """Give the objects whose keys start with the prefix, by key."""
        ...

    def ready(self) -> None:
        """Return when the store can be used; raises ObjectStoreUnavailableError when it cannot."""
        ...


def check_key(key: str) -> str:
    """Return the key if every store can hold it; no key can leave the folder or bucket it is kept in."""
    words = key.split("/")
    if len(key) > LONGEST_KEY or not all(_WORD.match(word) and len(word) <= LONGEST_WORD for word in words):
        raise InvalidKeyError
    if any(set(word) == {"."} for word in words):
        raise InvalidKeyError
    return key


def check_prefix(prefix: str) -> str:
    """Return the prefix if keys can start with it; it may end within a word or after a '/'."""
    if prefix:
        check_key(prefix + "x" if prefix.endswith(("/", ".")) else prefix)
    return prefix
