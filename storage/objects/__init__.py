"""Where attachments live: one promise, kept by a folder, an S3 server or memory."""

from storage.objects.errors import (
    InvalidKeyError,
    ObjectMissingError,
    ObjectStoreRefusedError,
    ObjectStoreUnavailableError,
    StoreAddressError,
)
from storage.objects.files import FileObjectStore
from storage.objects.memory import MemoryObjectStore
from storage.objects.model import ListedObject, ObjectStore, StoredObject
from storage.objects.opening import open_store

__all__ = [
    "FileObjectStore",
    "InvalidKeyError",
    "ListedObject",
    "MemoryObjectStore",
    "ObjectMissingError",
    "ObjectStore",
    "ObjectStoreRefusedError",
    "ObjectStoreUnavailableError",
    "StoreAddressError",
    "StoredObject",
    "open_store",
]
