"""What ``cases`` calls upward: handed in by whoever builds the product, faked by the tests."""

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """The only source of the present."""

    def now(self) -> datetime:
        """The present as an aware UTC instant."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The present as an aware UTC instant."""
        return datetime.now(UTC)


class FixedClock:
    """A clock that stands still until told to move: tests and the seeding of the living office use it."""

    def __init__(self, start: datetime) -> None:
        self._now = start.astimezone(UTC)

    def now(self) -> datetime:
        """Where the clock stands."""
        return self._now

    def advance(self, by: timedelta) -> None:
        """Move forward."""
        self._now += by

    def set(self, at: datetime) -> None:
        """Move to an instant, never backwards."""
        self._now = max(self._now, at.astimezone(UTC))


class StoredSize(Protocol):
    """What a store says of an object it took."""

    @property
    def size(self) -> int:
        """Number of bytes."""
        ...

    @property
    def sha256(self) -> str:
        """Their SHA-256 in hexadecimal."""
        ...


class Listed(Protocol):
    """One entry of a store's listing."""

    @property
    def key(self) -> str:
        """Under which it lies."""
        ...

    @property
    def modified(self) -> datetime:
        """When it was stored, an aware UTC instant."""
        ...


class Objects(Protocol):
    """The part of the object store that cases need; ``storage.objects`` has the real ones."""

    def put(self, *, key: str, chunks: Iterable[bytes], media_type: str) -> StoredSize:
        """Store the bytes under the key, whole or not at all."""
        ...

    def open(self, key: str) -> AbstractContextManager[Iterator[bytes]]:
        """The bytes in chunks."""
        ...

    def delete(self, key: str) -> None:
        """Remove the object; an unknown key is no error."""
        ...

    def exists(self, key: str) -> bool:
        """Whether ``open`` would find the object."""
        ...

    def list(self, prefix: str = "") -> Iterator[Listed]:
        """The objects whose keys start with the prefix."""
        ...
