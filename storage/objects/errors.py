"""What the object stores refuse; the docstring is the default message and says the remedy."""

from __future__ import annotations

from storage.errors import StorageError


class ObjectStoreError(StorageError):
    """The object store could not do what was asked."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or (self.__doc__ or "").strip())


class InvalidKeyError(ObjectStoreError, ValueError):
    """An object key is words of letters, digits, '.', '_' and '-', joined by '/'. Choose such a key."""


class ObjectMissingError(ObjectStoreError):
    """The object is not in the store. Restore it from a backup, or remove what refers to it."""


class ObjectStoreUnavailableError(ObjectStoreError):
    """The object store does not answer or cannot write. Try again; if it lasts, tell an administrator."""


class ObjectStoreRefusedError(ObjectStoreUnavailableError):
    """The object store refused our credentials or rights. An administrator must check TUNTAS_OBJECT_STORE."""


class StoreAddressError(ObjectStoreError, ValueError):
    """TUNTAS_OBJECT_STORE is 'file', 'file:///path' or 's3+https://key:secret@host:port/bucket'. Mend it."""
