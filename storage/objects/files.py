"""An object store in a folder: the embedded default, safe against crashes, full disks and crafted keys.

Content lies at content/<aa>/<sha256>/<hash of the key>, and names/<key>=ref names the SHA-256. Two keys with
the same bytes share them as hard links, so that the file system counts the references and a deletion
really frees the bytes with the last of them. No key can hold '=', so a name never meets a folder.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from storage.objects.errors import ObjectMissingError, ObjectStoreUnavailableError
from storage.objects.model import CHUNK, ListedObject, StoredObject, check_key, check_prefix

_REF = "=ref"
_ATTEMPTS = 20


@dataclass(frozen=True, slots=True)
class _Reference:
    """What a name says of its content."""

    sha256: str
    size: int
    media_type: str


@contextmanager
def _system_errors() -> Iterator[None]:
    """Translate what the file system refuses; the path in its message stays in the cause."""
    try:
        yield
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else "unknown"
        raise ObjectStoreUnavailableError(f"The folder of the object store failed: {reason}") from error


def _sync_folder(folder: Path) -> None:
    """Make a folder's new, renamed and removed entries survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _make_folder(folder: Path) -> None:
    """Create a folder and its parents, lastingly."""
    if folder.is_dir():
        return
    _make_folder(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
    _sync_folder(folder.parent)


class FileObjectStore:
    """Keeps objects below one folder, which it creates with rights for its own account only."""

    def __init__(self, root: Path) -> None:
        self._names = root / "names"
        self._content = root / "content"
        self._incoming = root / "incoming"

    def __repr__(self) -> str:
        return f"FileObjectStore({str(self._names.parent)!r})"

    def put(self, *, key: str, chunks: Iterable[bytes], media_type: str) -> StoredObject:
        """Write to a temporary file, then give it its place; content first, name last, each synced."""
        name = self._name(key)
        with _system_errors():
            _make_folder(self._incoming)
            path = self._incoming / secrets.token_hex(16)
            file = path.open("xb")
        try:
            try:
                stored = self._receive(file, chunks)
            finally:
                # Closing writes what could not be written before once more, and fails once more.
                with _system_errors():
                    file.close()
            with _system_errors():
                earlier = self._read(name)
                self._place(path, self._content_path(key, stored.sha256))
                self._write_name(name, _Reference(stored.sha256, stored.size, media_type))
                if earlier is not None and earlier.sha256 != stored.sha256:
                    self._remove(self._content_path(key, earlier.sha256))
        finally:
            with suppress(OSError):
                path.unlink(missing_ok=True)
        return stored

    @contextmanager
    def open(self, key: str) -> Iterator[Iterator[bytes]]:
        """Give the bytes in chunks."""
        with _system_errors():
            file = self._open_content(key)
        if file is None:
            raise ObjectMissingError
        with file:
            yield self._chunks(file)

    def exists(self, key: str) -> bool:
        """Tell whether name and content are there."""
        with _system_errors():
            reference = self._read(self._name(key))
            return reference is not None and self._content_path(key, reference.sha256).is_file()

    def delete(self, key: str) -> None:
        """Remove the content first and the name last: a deletion cut short can be repeated."""
        name = self._name(key)
        with _system_errors():
            reference = self._read(name)
            if reference is None:
                return
            self._remove(self._content_path(key, reference.sha256))
            name.unlink(missing_ok=True)
            _sync_folder(name.parent)

    def list(self, prefix: str = "") -> Iterator[ListedObject]:
        """Give what is stored, by key."""
        check_prefix(prefix)
        folder = self._names / prefix.rpartition("/")[0]
        with _system_errors():
            found = sorted(self._key(path) for path in folder.rglob(f"*{_REF}"))
        for key in found:
            listed = self._listed(key) if key.startswith(prefix) else None
            if listed is not None:
                yield listed

    def ready(self) -> None:
        """Write and remove one small file."""
        with _system_errors():
            _make_folder(self._incoming)
            probe = self._incoming / secrets.token_hex(16)
            probe.write_bytes(b"ready")
            probe.unlink()

    def sweep(self, *, before: datetime) -> int:
        """Remove what uploads that were killed before an instant left behind; returns how many files.

        No object that a name leads to is touched. `before` must lie well before any upload still running.
        """
        with _system_errors():
            known = set()
            for name in self._names.rglob(f"*{_REF}"):
                reference = self._read(name)
                if reference is not None:
                    known.add(self._content_path(self._key(name), reference.sha256))
            left = [*self._incoming.glob("*"), *(set(self._content.glob("*/*/*")) - known)]
            # A hard link does not touch the time of modification, but it does the one of change.
            old = [path for path in left if path.stat().st_ctime < before.timestamp()]
            for path in old:
                self._remove(path)
        return len(old)

    def _receive(self, file: BinaryIO, chunks: Iterable[bytes]) -> StoredObject:
        """Write the chunks and sync; what the chunks raise themselves is not ours to translate."""
        digest, size = hashlib.sha256(), 0
        for chunk in chunks:
            digest.update(chunk)
            size += len(chunk)
            with _system_errors():
                file.write(chunk)
        with _system_errors():
            file.flush()
            os.fsync(file.fileno())
        return StoredObject(size, digest.hexdigest())

    def _place(self, path: Path, target: Path) -> None:
        """Give received content its place, sharing bytes that another key brought before."""
        for _ in range(_ATTEMPTS):
            _make_folder(target.parent)
            # Another key's deletion may remove the folder at any moment; then it is made again.
            with suppress(FileNotFoundError):
                self._share(path, target)
                path.replace(target)
                _sync_folder(target.parent)
                return
        raise ObjectStoreUnavailableError

    def _share(self, path: Path, target: Path) -> None:
        """Exchange a received file for a link to the same bytes, if the file system can and has them."""
        shared = next((other for other in target.parent.iterdir() if other != target), None)
        if shared is None:
            return
        twin = self._incoming / secrets.token_hex(16)
        with suppress(OSError):
            os.link(shared, twin)
            twin.replace(path)

    def _remove(self, path: Path) -> None:
        """Remove a file, and its folder when it was the last in it."""
        path.unlink(missing_ok=True)
        if path.parent == self._incoming:
            return
        with suppress(FileNotFoundError):
            _sync_folder(path.parent)
        with suppress(OSError):
            path.parent.rmdir()

    def _write_name(self, name: Path, reference: _Reference) -> None:
        """Put a name in place atomically."""
        _make_folder(name.parent)
        draft = self._incoming / secrets.token_hex(16)
        with draft.open("x", encoding="utf-8") as file:
            json.dump(asdict(reference), file)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(name)
        _sync_folder(name.parent)

    def _open_content(self, key: str) -> BinaryIO | None:
        reference = self._read(self._name(key))
        if reference is None:
            return None
        try:
            return self._content_path(key, reference.sha256).open("rb")
        except FileNotFoundError:
            return None

    def _listed(self, key: str) -> ListedObject | None:
        """Describe one object, unless it was removed since the folder was read."""
        name = self._name(key)
        with _system_errors(), suppress(FileNotFoundError):
            reference = self._read(name)
            if reference is not None:
                return ListedObject(key, reference.size, datetime.fromtimestamp(name.stat().st_mtime, UTC))
        return None

    @staticmethod
    def _read(name: Path) -> _Reference | None:
        """Read a name, or return None when there is none."""
        try:
            return _Reference(**json.loads(name.read_text(encoding="utf-8")))
        except (FileNotFoundError, NotADirectoryError):
            return None

    @staticmethod
    def _chunks(file: BinaryIO) -> Iterator[bytes]:
        while True:
            with _system_errors():
                chunk = file.read(CHUNK)
            if not chunk:
                return
            yield chunk

    def _name(self, key: str) -> Path:
        return self._names / f"{check_key(key)}{_REF}"

    def _key(self, name: Path) -> str:
        return name.relative_to(self._names).as_posix().removesuffix(_REF)

    def _content_path(self, key: str, sha256: str) -> Path:
        return self._content / sha256[:2] / sha256 / hashlib.sha256(key.encode()).hexdigest()
