"""Build the object store that one setting names, refusing what it cannot mean without repeating a secret."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from storage.objects.errors import StoreAddressError
from storage.objects.files import FileObjectStore
from storage.objects.memory import MemoryObjectStore
from storage.objects.model import ObjectStore
from storage.objects.part import ORGANISATIONS, PartOfStore

_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]\Z")


def open_store(url: str, var: Path, organisation: str = "") -> ObjectStore:
    """Return the store for a value of TUNTAS_OBJECT_STORE; nothing is contacted or written yet.

    With an organisation, the part of it that is hers: a folder of her own, or keys that begin with her name.

    `file` keeps objects in `objects` below `var`, `file:///path` in that folder, `memory` nowhere, and
    `s3+http://key:secret@host:port/bucket` (or `s3+https`, optionally `?region=name`) on an S3 server. Key
    and secret are percent-encoded where they hold '/', '@', ':' or '%'. Anything else: StoreAddressError.
    """
    store = _store(url, var, organisation)
    if organisation and not isinstance(store, FileObjectStore):
        return PartOfStore(store, organisation)
    return store


def _store(url: str, var: Path, organisation: str) -> ObjectStore:
    part = Path(ORGANISATIONS, organisation) if organisation else Path()
    if url in {"", "file"}:
        return FileObjectStore(var / "objects" / part)
    if url == "memory":
        return MemoryObjectStore()
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        # The parser's message repeats pieces of the address, which may be pieces of the secret.
        raise StoreAddressError from None
    if parts.scheme == "file":
        return FileObjectStore(_folder(parts) / part)
    if parts.scheme in {"s3+http", "s3+https"}:
        return _s3_store(parts, port)
    raise StoreAddressError


def _folder(parts: SplitResult) -> Path:
    path = Path(unquote(parts.path))
    if parts.netloc or parts.query or not path.is_absolute() or path == Path("/"):
        raise StoreAddressError
    return path


def _s3_store(parts: SplitResult, port: int | None) -> ObjectStore:
    # Imported here, because every command would otherwise wait for a client that few installations use.
    from storage.objects.s3 import S3Address, S3ObjectStore  # noqa: PLC0415

    bucket = parts.path.strip("/")
    query = parse_qs(parts.query)
    if not (parts.hostname and parts.username and parts.password and _BUCKET.match(bucket)):
        raise StoreAddressError
    if set(query) - {"region"} or parts.fragment:
        raise StoreAddressError
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    address = S3Address(
        endpoint=host if port is None else f"{host}:{port}",
        bucket=bucket,
        secure=parts.scheme == "s3+https",
        access_key=unquote(parts.username),
        secret_key=unquote(parts.password),
        region=query.get("region", ["us-east-1"])[0],
    )
    return S3ObjectStore(address)
