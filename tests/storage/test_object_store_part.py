"""Parts of one store: each organisation sees its own objects, and whoever has the rest leaves the parts alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from storage.objects import MemoryObjectStore, ObjectStore, PartOfStore
from tuntas.backups.lines import write_lines
from tuntas.backups.model import OBJECT_LIST, BackupError
from tuntas.backups.restoring import _require_own_objects

KEY = "attachments/a"


@pytest.fixture
def bucket() -> MemoryObjectStore:
    """Return one store that three share."""
    return MemoryObjectStore()


def keys(store: ObjectStore, prefix: str = "") -> list[str]:
    """What a store lists."""
    return [one.key for one in store.list(prefix)]


def test_parts_with_the_same_keys_do_not_meet(bucket: MemoryObjectStore) -> None:
    # One name begins with the other.
    one, other = PartOfStore(bucket, "suka"), PartOfStore(bucket, "sukamaju")
    for store, content in ((one, b"one"), (other, b"other"), (bucket, b"whole")):
        store.put(key=KEY, chunks=[content], media_type="text/plain")
    assert keys(one) == keys(other) == keys(one, "att") == keys(bucket, "attachments/") == [KEY]
    one.delete(KEY)
    assert (one.exists(KEY), other.exists(KEY), bucket.exists(KEY)) == (False, True, True)
    with other.open(KEY) as chunks:
        assert b"".join(chunks) == b"other"


def test_a_part_is_empty_beside_full_ones_and_a_whole_store_beside_parts(
    bucket: MemoryObjectStore, tmp_path: Path
) -> None:
    write_lines(tmp_path / OBJECT_LIST, [])
    PartOfStore(bucket, "sukamaju").put(key=KEY, chunks=[b"x"], media_type="text/plain")
    _require_own_objects(tmp_path, PartOfStore(bucket, "sukamiskin"))
    _require_own_objects(tmp_path, bucket)
    with pytest.raises(BackupError, match="not empty"):
        _require_own_objects(tmp_path, PartOfStore(bucket, "sukamaju"))
