"""The setting that names an organisation: what it may be, and what of this machine is the organisation's own."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import make_url

from storage.objects import FileObjectStore, PartOfStore, open_store
from storage.organisation import in_organisation, organisation_of
from tuntas.config import Config, ConfigurationError, read_config

DATABASE = "postgresql://tuntas:se%2Fcret@db.example:5433/tuntas"


def configured(tmp_path: Path, name: str, url: str = DATABASE, **more: str) -> Config:
    """The configuration of an organisation."""
    given = {"TUNTAS_VAR": str(tmp_path), "TUNTAS_DATABASE_URL": url, "TUNTAS_ORGANISATION": name, **more}
    return read_config(given)


@pytest.mark.parametrize("name", ["sukamaju", "kab_coba_2", "x" * 40])
def test_every_connection_of_an_organisation_works_in_its_schema_only(tmp_path: Path, name: str) -> None:
    config = configured(tmp_path, name, TUNTAS_REPLICA_URL="postgresql://reader@replica.example/tuntas")
    for url in (config.database_url, config.replica_url):
        address = make_url(url)
        assert address.query == {"options": f"-csearch_path={name}"}
        assert organisation_of(address) == name
    assert make_url(config.database_url).password == "se/cret"


def test_without_the_setting_the_address_stays_as_it_was_given(tmp_path: Path) -> None:
    config = configured(tmp_path, "")
    assert (config.database_url, config.organisation, config.var) == (DATABASE, "", tmp_path.resolve())
    assert organisation_of(make_url(DATABASE)) == ""


def test_options_that_the_address_has_already_are_kept(tmp_path: Path) -> None:
    url = in_organisation(f"{DATABASE}?options=-cstatement_timeout%3D9000", "sukamaju")
    assert make_url(url).query == {"options": "-cstatement_timeout=9000 -csearch_path=sukamaju"}


@pytest.mark.parametrize(
    "name",
    # `tuntas` is the account: whoever has the database for itself looks there before it looks into `public`.
    ["Sukamaju", "2suka", "suka-maju", "suka maju", 'a"b', "a,b", "pg_temp", "public", "tuntas", "x" * 41],
)
def test_a_name_that_would_mean_something_else_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigurationError, match=r"TUNTAS_ORGANISATION is .* 1 to 40 of a-z, 0-9 and _"):
        configured(tmp_path, name)


@pytest.mark.parametrize("url", ["", "sqlite:////srv/tuntas.db"])
def test_a_file_is_refused_because_it_is_an_organisation_already(tmp_path: Path, url: str) -> None:
    with pytest.raises(ConfigurationError, match="each SQLite file is an organisation"):
        configured(tmp_path, "sukamaju", url)


def test_keys_and_files_of_organisations_on_one_machine_lie_apart(tmp_path: Path) -> None:
    one, other = (configured(tmp_path, name) for name in ("sukamaju", "sukamiskin"))
    assert one.var == tmp_path / "organisations" / "sukamaju"
    assert one.secret_key != other.secret_key
    assert one.object_store == other.object_store == f"file://{tmp_path / 'objects'}"
    store = open_store(one.object_store, one.var, one.organisation)
    assert isinstance(store, FileObjectStore)
    assert repr(store) == f"FileObjectStore('{tmp_path / 'objects' / 'organisations' / 'sukamaju'}')"


def test_keys_in_a_bucket_begin_with_the_name_of_the_organisation(tmp_path: Path) -> None:
    store = open_store("s3+https://key:secret@s3.example/files", tmp_path, "sukamaju")
    assert isinstance(store, PartOfStore)
    assert repr(store).endswith("'organisations/sukamaju/')")
