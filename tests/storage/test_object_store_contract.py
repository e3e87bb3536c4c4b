"""The promise of ObjectStore, kept by every store: memory, part, folder, ministack, Ceph, and a server given."""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from storage.objects import InvalidKeyError, ObjectMissingError, ObjectStore, open_store
from storage.objects.s3 import S3ObjectStore
from support.radosgw import Gateway

KINDS = [
    "memory",
    "part",
    "file",
    pytest.param("ministack", marks=pytest.mark.xdist_group("ministack")),
    pytest.param("radosgw", marks=pytest.mark.xdist_group("radosgw")),
]
if os.environ.get("TUNTAS_TEST_S3"):
    KINDS.append(pytest.param("given", marks=pytest.mark.xdist_group("given")))

MEBIBYTE = b"0123456789abcdef" * 65536

BAD_KEYS = [
    "",
    "/",
    "/a",  # an absolute path
    "a/",
    "a//b",
    ".",
    "..",
    "a/../b",  # a way out of the folder
    "a/./b",
    "...",
    "a\\b",
    "a b",
    "a\n",
    "a\0b",
    "é",
    "a=ref",  # what the folder store marks its names with
    "~root",
    "a%2fb",
    "x" * 181,
    "/".join(["x" * 100] * 6),
]


@pytest.fixture(params=KINDS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ObjectStore]:
    """Yield each kind of store in turn."""
    if request.param in {"memory", "file"}:
        yield open_store(request.param, tmp_path)
        return
    if request.param == "part":
        yield open_store("memory", tmp_path, "sukamaju")
        return
    if request.param == "given":
        url = os.environ["TUNTAS_TEST_S3"]
    else:
        gate: Gateway = request.getfixturevalue(request.param)
        url = f"s3+http://{gate.access_key}:{gate.secret_key}@127.0.0.1:{gate.port}/contract"
    opened = open_store(url, tmp_path)
    yield opened
    assert isinstance(opened, S3ObjectStore)
    opened.close()


@pytest.fixture
def place() -> str:
    """Return a prefix that no other test uses."""
    return f"t{secrets.token_hex(6)}"


def put(store: ObjectStore, key: str, *chunks: bytes) -> None:
    store.put(key=key, chunks=chunks, media_type="application/octet-stream")


def read(store: ObjectStore, key: str) -> bytes:
    with store.open(key) as chunks:
        return b"".join(chunks)


class UploadRefusedError(Exception):
    """What a caller raises from its own chunks, as for a file that turns out to be too large."""


def refused_after(mebibytes: int) -> Iterator[bytes]:
    for _ in range(mebibytes):
        yield MEBIBYTE
    raise UploadRefusedError


def test_a_store_is_ready_whenever_it_is_asked(store: ObjectStore) -> None:
    store.ready()
    store.ready()


def test_a_store_gives_back_what_was_put_and_says_its_size_and_hash(store: ObjectStore, place: str) -> None:
    stored = store.put(key=f"{place}/a", chunks=[b"sampah ", b"", b"menumpuk"], media_type="text/plain")
    assert (stored.size, stored.sha256) == (15, hashlib.sha256(b"sampah menumpuk").hexdigest())
    assert read(store, f"{place}/a") == b"sampah menumpuk"


def test_a_store_keeps_an_object_of_no_bytes(store: ObjectStore, place: str) -> None:
    stored = store.put(key=f"{place}/nothing", chunks=[], media_type="text/plain")
    assert stored.size == 0
    assert store.exists(f"{place}/nothing")
    assert read(store, f"{place}/nothing") == b""


def test_a_store_keeps_an_object_larger_than_one_part(store: ObjectStore, place: str) -> None:
    stored = store.put(
        key=f"{place}/large", chunks=(MEBIBYTE for _ in range(17)), media_type="application/octet-stream"
    )
    digest, size = hashlib.sha256(), 0
    with store.open(f"{place}/large") as chunks:
        for chunk in chunks:
            digest.update(chunk)
            size += len(chunk)
    assert (
        (size, digest.hexdigest())
        == (stored.size, stored.sha256)
        == (17 << 20, hashlib.sha256(MEBIBYTE * 17).hexdigest())
    )


def test_a_store_gives_large_objects_in_chunks_of_bounded_size(store: ObjectStore, place: str) -> None:
    put(store, f"{place}/large", MEBIBYTE, MEBIBYTE)
    with store.open(f"{place}/large") as chunks:
        assert max(len(chunk) for chunk in chunks) <= 65536


def test_a_store_replaces_an_object_as_a_whole(store: ObjectStore, place: str) -> None:
    put(store, f"{place}/a", b"a long first version")
    put(store, f"{place}/a", b"second")
    assert read(store, f"{place}/a") == b"second"


def test_a_store_keeps_an_object_that_is_put_again_unchanged(store: ObjectStore, place: str) -> None:
    put(store, f"{place}/a", b"same")
    put(store, f"{place}/a", b"same")
    assert read(store, f"{place}/a") == b"same"


def test_a_store_says_that_an_unknown_object_is_missing(store: ObjectStore, place: str) -> None:
    put(store, f"{place}/known/deep", b"x")
    for key in (f"{place}/unknown", f"{place}/known", f"{place}/known/deep/deeper"):
        assert not store.exists(key)
        with pytest.raises(ObjectMissingError), store.open(key):
            pass


def test_a_store_deletes_an_object_once_or_twice(store: ObjectStore, place: str) -> None:
    put(store, f"{place}/a", b"x")
    store.delete(f"{place}/a")
    store.delete(f"{place}/a")
    assert not store.exists(f"{place}/a")
    with pytest.raises(ObjectMissingError), store.open(f"{place}/a"):
        pass


def test_a_store_keeps_one_of_two_equal_objects_when_the_other_is_deleted(
    store: ObjectStore, place: str
) -> None:
    put(store, f"{place}/a", b"same")
    put(store, f"{place}/b", b"same")
    store.delete(f"{place}/a")
    assert read(store, f"{place}/b") == b"same"


def test_a_store_tells_an_object_from_the_folder_of_the_same_name(store: ObjectStore, place: str) -> None:
    put(store, f"{place}/a", b"object")
    put(store, f"{place}/a/b", b"below")
    assert (read(store, f"{place}/a"), read(store, f"{place}/a/b")) == (b"object", b"below")


@pytest.mark.parametrize("mebibytes", [0, 1, 17])
def test_a_store_keeps_nothing_of_an_upload_that_is_refused_midway(
    store: ObjectStore, place: str, mebibytes: int
) -> None:
    with pytest.raises(UploadRefusedError):
        store.put(key=f"{place}/a", chunks=refused_after(mebibytes), media_type="text/plain")
    assert not store.exists(f"{place}/a")
    assert list(store.list(place)) == []


def test_a_store_keeps_the_earlier_object_when_its_replacement_is_refused(
    store: ObjectStore, place: str
) -> None:
    put(store, f"{place}/a", b"earlier")
    with pytest.raises(UploadRefusedError):
        store.put(key=f"{place}/a", chunks=refused_after(17), media_type="text/plain")
    assert read(store, f"{place}/a") == b"earlier"


def test_a_store_lists_by_key_what_starts_with_a_prefix(store: ObjectStore, place: str) -> None:
    # '-' sorts before '/', and '/' before letters: the order is that of the keys, not of the folders.
    keys = [f"{place}/{name}" for name in ("a-b", "a/b", "a/c.pdf", "aa", "b")]
    for key in reversed(keys):
        put(store, key, key.encode())
    assert [entry.key for entry in store.list(f"{place}/")] == keys
    assert [entry.key for entry in store.list(f"{place}/a/")] == keys[1:3]
    assert [entry.key for entry in store.list(f"{place}/a")] == keys[:4]
    assert list(store.list(f"{place}/c")) == []
    assert list(store.list(f"{place}x")) == []


def test_a_store_lists_sizes_and_times(store: ObjectStore, place: str) -> None:
    put(store, f"{place}/a", b"12345")
    (entry,) = store.list(place)
    assert entry.size == 5
    assert abs((datetime.now(UTC) - entry.modified).total_seconds()) < 60


@pytest.mark.parametrize("key", BAD_KEYS)
def test_a_store_refuses_a_key_that_not_every_store_could_hold(store: ObjectStore, key: str) -> None:
    with pytest.raises(InvalidKeyError):
        put(store, key, b"x")
    with pytest.raises(InvalidKeyError), store.open(key):
        pass
    with pytest.raises(InvalidKeyError):
        store.exists(key)
    with pytest.raises(InvalidKeyError):
        store.delete(key)


@pytest.mark.parametrize("prefix", ["/", "../", "a//", "a/../b", "é", "a*"])
def test_a_store_refuses_a_prefix_that_no_key_starts_with(store: ObjectStore, prefix: str) -> None:
    with pytest.raises(InvalidKeyError):
        list(store.list(prefix))


def test_a_store_stays_usable_after_a_reader_left_early(store: ObjectStore, place: str) -> None:
    put(store, f"{place}/a", MEBIBYTE, MEBIBYTE)
    for _ in range(10):
        with store.open(f"{place}/a") as chunks:
            assert next(chunks)
    assert len(read(store, f"{place}/a")) == 2 << 20


def test_a_store_serves_many_at_once(store: ObjectStore, place: str) -> None:
    def work(number: int) -> bytes:
        # Equal contents come and go beside each other, the hardest case for a store that shares them.
        content = b"even" if number % 2 else b"odd"
        for _ in range(3):
            put(store, f"{place}/{number}", content)
            store.delete(f"{place}/{number}")
        put(store, f"{place}/{number}", content)
        return read(store, f"{place}/{number}")

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(work, range(8))) == [b"odd", b"even"] * 4
