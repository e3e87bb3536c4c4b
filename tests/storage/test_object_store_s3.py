"""The S3 store: whom the server lets in, and what a caller learns when the server is down, hangs or stops."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import urllib3

from storage.objects import (
    ObjectMissingError,
    ObjectStoreRefusedError,
    ObjectStoreUnavailableError,
    open_store,
)
from storage.objects.s3 import S3ObjectStore
from support.processes import free_port
from support.radosgw import Gateway

ceph = pytest.mark.xdist_group("radosgw")
SECRET = "s3cr3t-w0rd"  # a marker to look for


def s3_store(port: int, key: str = "tests", secret: str = SECRET) -> S3ObjectStore:
    store = open_store(f"s3+http://{key}:{secret}@127.0.0.1:{port}/refusals", Path("unused"))
    assert isinstance(store, S3ObjectStore)
    return store


def put(store: S3ObjectStore, content: bytes = b"x") -> None:
    store.put(key="a", chunks=[content], media_type="text/plain")


@contextmanager
def listening(answer: bytes | None) -> Iterator[int]:
    """Listen on a port; to each connection give the bytes and close it, or, with None, never say anything."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    connection.recv(65536)
                    connection.sendall(answer or b"")

        if answer is not None:
            thread = threading.Thread(target=serve, daemon=True)
            thread.start()
        yield int(server.getsockname()[1])
        server.shutdown(socket.SHUT_RDWR)


@ceph
def test_a_wrong_secret_is_refused(radosgw: Gateway) -> None:
    store = s3_store(radosgw.port, radosgw.access_key, "wrong")
    for act in (store.ready, lambda: put(store), lambda: store.delete("a"), lambda: store.exists("a")):
        with pytest.raises(ObjectStoreRefusedError):
            act()
    with pytest.raises(ObjectStoreRefusedError), store.open("a"):
        pass
    with pytest.raises(ObjectStoreRefusedError):
        list(store.list())
    store.close()


@ceph
def test_an_unknown_key_is_refused(radosgw: Gateway) -> None:
    store = s3_store(radosgw.port, "nobody", radosgw.secret_key)
    with pytest.raises(ObjectStoreRefusedError):
        put(store)
    store.close()


@ceph
def test_an_anonymous_reader_is_refused(radosgw: Gateway) -> None:
    store = s3_store(radosgw.port, radosgw.access_key, radosgw.secret_key)
    put(store, b"private")
    address = f"http://127.0.0.1:{radosgw.port}/refusals"
    with urllib3.PoolManager() as anonymous:
        assert anonymous.request("GET", f"{address}/a").status == 403
        assert anonymous.request("GET", address).status == 403
        assert anonymous.request("PUT", f"{address}/b", body=b"x").status == 403
        assert anonymous.request("DELETE", f"{address}/a").status == 403
    assert store.exists("a")
    store.close()


@ceph
def test_a_bucket_that_is_already_ours_is_used_as_it_is(radosgw: Gateway) -> None:
    first = s3_store(radosgw.port, radosgw.access_key, radosgw.secret_key)
    put(first, b"kept")
    second = s3_store(radosgw.port, radosgw.access_key, radosgw.secret_key)
    second.ready()
    with second.open("a") as chunks:
        assert b"".join(chunks) == b"kept"
    first.close()
    second.close()


def test_a_server_that_is_down_is_told_within_three_seconds() -> None:
    store = s3_store(free_port())
    for act in (store.ready, lambda: put(store), lambda: store.delete("a"), lambda: store.exists("a")):
        began = time.monotonic()
        with pytest.raises(ObjectStoreUnavailableError):
            act()
        assert time.monotonic() - began < 3
    with pytest.raises(ObjectStoreUnavailableError), store.open("a"):
        pass
    with pytest.raises(ObjectStoreUnavailableError):
        list(store.list())


def test_a_server_that_never_answers_is_told_as_not_ready_within_three_seconds() -> None:
    with listening(None) as port:
        store = s3_store(port)
        began = time.monotonic()
        with pytest.raises(ObjectStoreUnavailableError):
            put(store)
        assert time.monotonic() - began < 3
        store.close()


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"not http at all\r\n\r\n",
        b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 99\r\n\r\n<html>",
    ],
    ids=["closed", "nonsense", "busy", "cut short"],
)
def test_a_server_that_answers_nonsense_is_told_as_unavailable(answer: bytes) -> None:
    with listening(answer) as port:
        store = s3_store(port)
        with pytest.raises(ObjectStoreUnavailableError), store.open("a") as chunks:
            b"".join(chunks)
        with pytest.raises(ObjectStoreUnavailableError):
            list(store.list())
        store.close()


@pytest.mark.xdist_group("ministack")
def test_a_missing_bucket_is_not_mistaken_for_a_missing_object(ministack: Gateway) -> None:
    store = open_store(f"s3+http://tests:{SECRET}@127.0.0.1:{ministack.port}/never-made", Path("unused"))
    assert isinstance(store, S3ObjectStore)
    with pytest.raises(ObjectStoreUnavailableError) as told, store.open("a"):
        pass
    assert not isinstance(told.value, ObjectMissingError)
    store.close()


def test_the_secret_is_in_no_text_that_a_store_gives_of_itself() -> None:
    store = s3_store(free_port())
    with pytest.raises(ObjectStoreUnavailableError) as told:
        store.ready()
    texts = [repr(store), str(store), str(told.value), repr(told.value), repr(told.value.__cause__)]
    assert not [text for text in texts if SECRET in text]


@ceph
def test_a_store_that_nobody_used_yet_lists_nothing(radosgw: Gateway) -> None:
    address = f"s3+http://{radosgw.access_key}:{radosgw.secret_key}@127.0.0.1:{radosgw.port}/never-used"
    assert list(open_store(address, Path("unused")).list()) == []
