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
from storage.objects.part import ORGANISATIONS, PartOfStore

__all__ = [
    "ORGANISATIONS",
    "FileObjectStore",
    "InvalidKeyError",
    "ListedObject",
    "MemoryObjectStore",
    "ObjectMissingError",
    "ObjectStore",
    "ObjectStoreRefusedError",
    "ObjectStoreUnavailableError",
    "PartOfStore",
    "StoreAddressError",
    "StoredObject",
    "open_store",
]
