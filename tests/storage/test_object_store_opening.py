"""The setting that names the object store: what it can mean, and that a refusal repeats no secret."""

from __future__ import annotations

from pathlib import Path

import pytest

from storage.objects import FileObjectStore, MemoryObjectStore, StoreAddressError, open_store
from storage.objects.s3 import S3ObjectStore


def test_an_empty_setting_means_a_folder_below_var(tmp_path: Path) -> None:
    for url in ("", "file"):
        assert repr(open_store(url, tmp_path)) == f"FileObjectStore('{tmp_path / 'objects'}')"


def test_a_file_address_means_that_folder(tmp_path: Path) -> None:
    store = open_store(f"file://{tmp_path}/two%20words", Path("unused"))
    assert isinstance(store, FileObjectStore)
    assert repr(store) == f"FileObjectStore('{tmp_path}/two words')"


def test_opening_contacts_and_writes_nothing(tmp_path: Path) -> None:
    open_store("file", tmp_path)
    open_store("s3+https://key:secret@nowhere.invalid/bucket", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_memory_means_memory(tmp_path: Path) -> None:
    assert isinstance(open_store("memory", tmp_path), MemoryObjectStore)


@pytest.mark.parametrize(
    ("url", "endpoint", "secure", "region"),
    [
        ("s3+http://k:s@localhost:9000/files", "localhost:9000", False, "us-east-1"),
        ("s3+https://k:s@s3.example.go.id/files", "s3.example.go.id", True, "us-east-1"),
        (
            "s3+https://k:s@s3.example.go.id/files?region=ap-southeast-3",
            "s3.example.go.id",
            True,
            "ap-southeast-3",
        ),
        ("s3+http://k:s%2F%40%3A@[::1]:9000/files/", "[::1]:9000", False, "us-east-1"),
    ],
)
def test_an_s3_address_names_server_bucket_and_region(
    url: str, endpoint: str, secure: bool, region: str
) -> None:
    store = open_store(url, Path("unused"))
    assert isinstance(store, S3ObjectStore)
    expected = f"endpoint='{endpoint}', bucket='files', secure={secure}, region='{region}'"
    assert repr(store) == f"S3ObjectStore(S3Address({expected}))"


@pytest.mark.parametrize(
    "url",
    [
        "s3",
        "ftp://key:SECRET@host/bucket",
        "http://key:SECRET@host/bucket",  # the scheme must say that it is S3
        "s3+http://host/bucket",  # no key
        "s3+http://key@host/bucket",  # no secret
        "s3+http://key:@host/bucket",
        "s3+http://key:SECRET@/bucket",  # no server
        "s3+http://key:SECRET@host",  # no bucket
        "s3+http://key:SECRET@host/Bucket",  # no server takes capitals in new buckets
        "s3+http://key:SECRET@host/bucket/folder",
        "s3+http://key:SECRET@host/bucket?secure=no",
        "s3+http://key:SECRET/x@host/bucket",  # a '/' in the secret that was not encoded
        "s3+http://key:SECRET@host:port/bucket",
        "s3+http://key:SECRET@host:99999/bucket",
        "s3+http://key:SECRET@[host/bucket",
        "file://SECRET/path",  # a host where none belongs
        "file://",
        "file:///",
        "file:relative",
    ],
)
def test_a_setting_that_means_nothing_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(StoreAddressError) as told:
        open_store(url, Path("unused"))
    assert "TUNTAS_OBJECT_STORE" in str(told.value)
    assert "SECRET" not in str(told.value)
    assert told.value.__cause__ is None
    assert isinstance(told.value, ValueError)
