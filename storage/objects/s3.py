"""An object store on any S3 server, through the minio client.

The client is called with keyword arguments only: their order changed between its releases.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import NoReturn

import urllib3
from minio import Minio
from minio.error import MinioException, S3Error

from storage.objects.errors import (
    ObjectMissingError,
    ObjectStoreRefusedError,
    ObjectStoreUnavailableError,
)
from storage.objects.model import CHUNK, ListedObject, StoredObject, check_key, check_prefix

PART = 8 * 1024 * 1024
CONNECT_SECONDS = 1.0
READ_SECONDS = 10.0
PROBE_SECONDS = 2.0

_MISSING = {"NoSuchKey", "NoSuchObject"}
_REFUSED = {
    "AccessDenied",
    "InvalidAccessKeyId",
    "SignatureDoesNotMatch",
    "RequestTimeTooSkewed",
    "AccountProblem",
}
_TAKEN = {"BucketAlreadyOwnedByYou", "BucketAlreadyExists"}


@dataclass(frozen=True, slots=True)
class S3Address:
    """Where a bucket is and how to get in; the secret is never shown."""

    endpoint: str
    bucket: str
    secure: bool
    access_key: str = field(repr=False)
    secret_key: str = field(repr=False)
    region: str = "us-east-1"


def _refuse(error: Exception) -> NoReturn:
    """Raise what the client's error means here; server texts stay in the cause, for the log."""
    if isinstance(error, S3Error):
        if error.code in _MISSING:
            raise ObjectMissingError from error
        if error.code in _REFUSED:
            raise ObjectStoreRefusedError from error
        raise ObjectStoreUnavailableError(f"The object store answered {error.code}.") from error
    raise ObjectStoreUnavailableError from error


@contextmanager
def _server_errors() -> Iterator[None]:
    """Translate what the client and the network raise."""
    try:
        yield
    except (MinioException, urllib3.exceptions.HTTPError) as error:
        _refuse(error)


class _Reader:
    """Lets the client read an iterable of chunks as a file, counting and hashing what passes."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        self._rest = b""
        self._digest = hashlib.sha256()
        self._size = 0

    def read(self, size: int) -> bytes:
        """Return at most so many bytes, and none only at the end."""
        while not self._rest:
            try:
                self._rest = next(self._chunks)
            except StopIteration:
                return b""
        taken, self._rest = self._rest[:size], self._rest[size:]
        self._digest.update(taken)
        self._size += len(taken)
        return taken

    def stored(self) -> StoredObject:
        """Describe what was read so far."""
        return StoredObject(self._size, self._digest.hexdigest())


def _client(address: S3Address, *, read_seconds: float, attempts: int) -> tuple[Minio, urllib3.PoolManager]:
    """Build a client that gives up in seconds. Certificates are checked against the system's authorities."""
    retries = urllib3.Retry(
        total=attempts,
        read=0,
        redirect=0,
        backoff_factor=0.1,
        status_forcelist=(500, 502, 503, 504),
        raise_on_status=False,
    )
    pool = urllib3.PoolManager(
        timeout=urllib3.Timeout(connect=CONNECT_SECONDS, read=read_seconds),
        retries=retries,
        maxsize=8,
        cert_reqs="CERT_REQUIRED",
    )
    client = Minio(
        endpoint=address.endpoint,
        access_key=address.access_key or None,
        secret_key=address.secret_key or None,
        secure=address.secure,
        region=address.region,
        http_client=pool,
    )
    return client, pool


class S3ObjectStore:
    """Keeps objects in one bucket, which it creates when it is not there.

    Uploads go in parts of 8 MiB, so that memory stays bounded whatever the size. A process killed in the
    middle leaves parts that no key leads to: give the bucket a lifecycle rule that ends unfinished uploads.
    """

    def __init__(self, address: S3Address) -> None:
        self._address = address
        self._bucket = address.bucket
        self._client, self._pool = _client(address, read_seconds=READ_SECONDS, attempts=1)
        self._probe, self._probe_pool = _client(address, read_seconds=PROBE_SECONDS, attempts=0)
        self._bucket_seen = False

    def __repr__(self) -> str:
        return f"S3ObjectStore({self._address!r})"

    def put(self, *, key: str, chunks: Iterable[bytes], media_type: str) -> StoredObject:
        """Send the bytes in parts; the server shows the object only once it is whole."""
        check_key(key)
        self._ensure_bucket()
        reader = _Reader(chunks)
        with _server_errors():
            self._client.put_object(
                bucket_name=self._bucket,
                object_name=key,
                data=reader,  # type: ignore[arg-type]  # the client only ever reads from it
                length=-1,
                part_size=PART,
                content_type=media_type,
                num_parallel_uploads=1,
            )
        return reader.stored()

    @contextmanager
    def open(self, key: str) -> Iterator[Iterator[bytes]]:
        """Give the bytes in chunks as they arrive."""
        check_key(key)
        with _server_errors():
            response = self._client.get_object(bucket_name=self._bucket, object_name=key)
        try:
            yield self._chunks(lambda: response.read(CHUNK))
        finally:
            response.close()
            response.release_conn()

    def exists(self, key: str) -> bool:
        """Ask for the object's description."""
        check_key(key)
        try:
            with _server_errors():
                self._client.stat_object(bucket_name=self._bucket, object_name=key)
        except ObjectMissingError:
            return False
        return True

    def delete(self, key: str) -> None:
        """Remove the object; the server says yes to an unknown key too."""
        check_key(key)
        with _server_errors():
            self._client.remove_object(bucket_name=self._bucket, object_name=key)

    def list(self, prefix: str = "") -> Iterator[ListedObject]:
        """Give the bucket's entries, page by page."""
        check_prefix(prefix)
        self._ensure_bucket()
        with _server_errors():
            entries = self._client.list_objects(
                bucket_name=self._bucket, prefix=prefix or None, recursive=True
            )
            for entry in entries:
                if entry.object_name and entry.last_modified:
                    yield ListedObject(entry.object_name, entry.size or 0, entry.last_modified)

    def ready(self) -> None:
        """Find or create the bucket; that a store is down is told within three seconds."""
        with _server_errors():
            if not self._probe.bucket_exists(bucket_name=self._bucket):
                self._create_bucket()
        self._bucket_seen = True

    def close(self) -> None:
        """Close the connections kept open for the next call."""
        self._pool.clear()
        self._probe_pool.clear()

    def _ensure_bucket(self) -> None:
        if not self._bucket_seen:
            self.ready()

    def _create_bucket(self) -> None:
        try:
            self._client.make_bucket(bucket_name=self._bucket, location=self._address.region)
        except S3Error as error:
            if error.code not in _TAKEN:
                raise

    @staticmethod
    def _chunks(read: Callable[[], bytes]) -> Iterator[bytes]:
        while True:
            with _server_errors():
                chunk = read()
            if not chunk:
                return
            yield chunk
