"""The folder store: what it leaves on the disk, and what a crash, a crafted key or a broken disk can do."""

from __future__ import annotations

import hashlib
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from storage.objects import FileObjectStore, InvalidKeyError, ObjectMissingError, ObjectStoreUnavailableError

# Puts objects of half a mebibyte for ever and names each key once the store has taken it.
WRITER = """
import sys
from pathlib import Path
from storage.objects import FileObjectStore
store, number = FileObjectStore(Path(sys.argv[1])), 0
while True:
    content = [b"%06d" % number] * 80000
    store.put(key=f"k/{number}", chunks=content, media_type="text/plain")
    print(number, flush=True)
    number += 1
"""


def put(store: FileObjectStore, key: str, content: bytes) -> None:
    store.put(key=key, chunks=[content], media_type="text/plain")


def files(root: Path) -> list[Path]:
    return [path for path in root.rglob("*") if path.is_file()]


def in_an_hour() -> datetime:
    return datetime.now(UTC) + timedelta(hours=1)


def test_equal_objects_take_the_room_of_one(tmp_path: Path) -> None:
    store = FileObjectStore(tmp_path)
    for key in ("a", "b", "c"):
        put(store, key, b"same bytes")
    contents = files(tmp_path / "content")
    assert len(contents) == 3
    assert len({path.stat().st_ino for path in contents}) == 1
    assert hashlib.sha256(b"same bytes").hexdigest() in str(contents[0])


def test_deleting_the_last_of_equal_objects_leaves_no_byte_behind(tmp_path: Path) -> None:
    store = FileObjectStore(tmp_path)
    for key in ("a", "b"):
        put(store, key, b"same bytes")
    for key in ("a", "b"):
        store.delete(key)
    assert files(tmp_path) == []


def test_replacing_an_object_leaves_nothing_of_the_earlier_one(tmp_path: Path) -> None:
    store = FileObjectStore(tmp_path)
    put(store, "a", b"earlier")
    put(store, "a", b"later")
    assert [path.read_bytes() for path in files(tmp_path / "content")] == [b"later"]


def test_a_refused_upload_leaves_no_file(tmp_path: Path) -> None:
    def chunks() -> Iterator[bytes]:
        yield b"half"
        raise PermissionError("the caller's own")

    with pytest.raises(PermissionError, match="the caller's own"):
        FileObjectStore(tmp_path).put(key="a", chunks=chunks(), media_type="text/plain")
    assert files(tmp_path) == []


def test_nobody_else_may_read_what_is_stored(tmp_path: Path) -> None:
    put(FileObjectStore(tmp_path / "objects"), "a", b"private")
    assert stat.S_IMODE((tmp_path / "objects").stat().st_mode) == 0o700


def test_a_deletion_cut_short_can_be_repeated(tmp_path: Path) -> None:
    store = FileObjectStore(tmp_path)
    put(store, "a", b"x")
    # The crash came after the content was removed and before the name was.
    files(tmp_path / "content")[0].unlink()
    assert not store.exists("a")
    with pytest.raises(ObjectMissingError), store.open("a"):
        pass
    store.delete("a")
    assert files(tmp_path) == []


def test_sweeping_removes_only_what_killed_uploads_left(tmp_path: Path) -> None:
    store = FileObjectStore(tmp_path)
    put(store, "a", b"kept")
    (tmp_path / "incoming" / "half").write_bytes(b"half")
    orphan = tmp_path / "content" / "00" / ("0" * 64) / ("1" * 64)
    orphan.parent.mkdir(parents=True)
    orphan.write_bytes(b"no name leads here")
    assert store.sweep(before=datetime.now(UTC) - timedelta(hours=1)) == 0
    assert store.sweep(before=in_an_hour()) == 2
    assert len(files(tmp_path)) == 2
    with store.open("a") as chunks:
        assert b"".join(chunks) == b"kept"


def test_a_writer_killed_at_any_moment_loses_no_acknowledged_object(tmp_path: Path) -> None:
    for _ in range(3):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE, text=True
        ) as writer:
            assert writer.stdout is not None
            acknowledged = [int(writer.stdout.readline()) for _ in range(7)]
            os.kill(writer.pid, signal.SIGKILL)
            acknowledged += [int(line) for line in writer.stdout.read().split()]
        store = FileObjectStore(tmp_path)
        for entry in store.list():
            number = int(entry.key.rpartition("/")[2])
            with store.open(entry.key) as chunks:
                assert b"".join(chunks) == b"%06d" % number * 80000
        assert {f"k/{number}" for number in acknowledged} <= {entry.key for entry in store.list()}
    store.sweep(before=in_an_hour())
    assert len(files(tmp_path)) == 2 * len(list(store.list()))


def test_a_crafted_key_writes_nothing_anywhere(tmp_path: Path) -> None:
    store = FileObjectStore(tmp_path / "objects")
    for key in ("../outside", "/outside", "a/../../outside"):
        with pytest.raises(InvalidKeyError):
            put(store, key, b"x")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_told_as_unavailable(tmp_path: Path) -> None:
    (tmp_path / "objects").write_text("a file where the folder should be")
    store = FileObjectStore(tmp_path / "objects")
    with pytest.raises(ObjectStoreUnavailableError) as told:
        store.ready()
    assert str(tmp_path) not in str(told.value)
    with pytest.raises(ObjectStoreUnavailableError):
        put(store, "a", b"x")


@pytest.mark.parametrize(("room", "size", "chunks"), [(100_000, 65_536, 9), (50, 100, 1)])
def test_a_full_disk_is_told_as_unavailable_and_leaves_nothing(
    room: int, size: int, chunks: int, tmp_path: Path
) -> None:
    # A limit on the size of files stands in for the full disk: the write fails midway in the same manner.
    program = """
import resource, signal, sys
from pathlib import Path
from storage.objects import FileObjectStore, ObjectStoreUnavailableError
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
room, size, chunks = map(int, sys.argv[2:])
resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
try:
    FileObjectStore(Path(sys.argv[1])).put(key="a", chunks=[b"x" * size] * chunks, media_type="text/plain")
except ObjectStoreUnavailableError as error:
    print(error)
"""
    arguments = [str(tmp_path), *map(str, (room, size, chunks))]
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=True
    )
    assert done.stdout == "The folder of the object store failed: File too large\n"
    assert files(tmp_path) == []
