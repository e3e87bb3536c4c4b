"""Settings: read once, refused with a sentence that names the setting and the remedy."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from tuntas.config import SETTINGS, ConfigurationError, read_config

# (setting, value, what the sentence must say)
REFUSED = [
    ("TUNTAS_PORT", "0", "whole number from 1 to 65535"),
    ("TUNTAS_PORT", "65536", "whole number from 1 to 65535"),
    ("TUNTAS_PORT", "http", "whole number from 1 to 65535"),
    ("TUNTAS_SECURE_COOKIES", "true", "one of yes, no"),
    ("TUNTAS_TRUSTED_PROXIES", "-1", "whole number from 0 to 5"),
    ("TUNTAS_MAX_UPLOAD_MB", "0", "whole number from 1 to 1000"),
    ("TUNTAS_LOG_LEVEL", "verbose", "one of DEBUG, INFO, WARNING, ERROR"),
    ("TUNTAS_RECEIVER_URL", "file:///etc", "one that begins with https://"),
    ("TUNTAS_LEASE_SECONDS", "0", "whole number from 1 to 3600"),
    ("TUNTAS_SECRET_KEY", "short", "at least 32 random characters"),
    ("TUNTAS_DATABASE", "sqlite:///x.db", "Unknown setting TUNTAS_DATABASE"),
]


@pytest.mark.parametrize(("name", "value", "told"), REFUSED)
def test_a_bad_setting_is_refused_by_name(tmp_path: Path, name: str, value: str, told: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        read_config({"TUNTAS_VAR": str(tmp_path), name: value})
    assert name in str(refused.value)
    assert told in str(refused.value)


def test_without_settings_everything_lies_under_var(tmp_path: Path) -> None:
    config = read_config({"TUNTAS_VAR": str(tmp_path)})
    assert config.database_url == f"sqlite:///{tmp_path / 'tuntas.db'}"
    assert config.object_store == f"file://{tmp_path / 'objects'}"
    assert (config.host, config.port, config.secure_cookies) == ("127.0.0.1", 8000, False)


def test_every_setting_reaches_the_configuration(tmp_path: Path) -> None:
    values = ("postgresql://db/tuntas", "file:///b", "k" * 32, "0.0.0.0", "81", "yes", "2", "7", "ERROR")
    values += ("json", "250", "t" * 32, "postgresql://replica/tuntas", "https://hub.example/in", "9")
    values += ("sukamaju",)
    environ = dict(zip(SETTINGS, (str(tmp_path), *values), strict=True))
    config = read_config(environ)
    assert (config.database_url, config.object_store, config.secret_key) == (
        "postgresql://db/tuntas?options=-csearch_path%3Dsukamaju",
        "file:///b",
        b"k" * 32,
    )
    assert (config.host, config.port, config.secure_cookies, config.trusted_proxies) == (
        "0.0.0.0",
        81,
        True,
        2,
    )
    assert (config.max_upload_bytes, config.log_level) == (7 * 1024 * 1024, "ERROR")
    assert (config.log_format, config.slow_ms, config.metrics_token) == ("json", 250, "t" * 32)
    assert config.replica_url == "postgresql://replica/tuntas?options=-csearch_path%3Dsukamaju"
    assert (config.organisation, config.var) == ("sukamaju", tmp_path / "organisations" / "sukamaju")
    assert (config.receiver_url, config.lease_seconds) == ("https://hub.example/in", 9)


def test_an_empty_setting_is_as_good_as_none(tmp_path: Path) -> None:
    given = dict.fromkeys(SETTINGS, "")
    assert read_config({**given, "TUNTAS_VAR": str(tmp_path)}) == read_config({"TUNTAS_VAR": str(tmp_path)})


def test_the_key_made_at_the_first_start_is_kept_and_private(tmp_path: Path) -> None:
    first = read_config({"TUNTAS_VAR": str(tmp_path)}).secret_key
    assert read_config({"TUNTAS_VAR": str(tmp_path)}).secret_key == first
    assert len(first) >= 32
    assert stat.S_IMODE((tmp_path / "secret-key").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["secret-key"]


def test_secrets_do_not_show_in_the_printed_configuration(tmp_path: Path) -> None:
    url = "postgresql://tuntas:hidden-word@db/tuntas"
    printed = repr(read_config({"TUNTAS_VAR": str(tmp_path), "TUNTAS_DATABASE_URL": url}))
    assert "hidden-word" not in printed
    assert "secret_key" not in printed


def test_settings_for_the_tests_are_known(tmp_path: Path) -> None:
    assert read_config({"TUNTAS_VAR": str(tmp_path), "TUNTAS_DATA": "x", "TUNTAS_TEST_S3": "y", "HOME": "/"})
