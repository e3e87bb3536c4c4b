"""Every setting, read once from the environment; a bad value stops the start with a sentence that says what to do."""

import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from storage.organisation import in_organisation

ROOT = Path(__file__).parent.parent


class ConfigurationError(Exception):
    """A setting is missing or wrong; the message names it and the remedy."""


@dataclass(frozen=True, slots=True)
class Config:
    """Settings of one process. Every one is described in docs/settings.md, held to this class by a test."""

    database_url: str = field(repr=False)
    object_store: str = field(repr=False)
    secret_key: bytes = field(repr=False)
    var: Path = ROOT / "var"
    organisation: str = ""
    host: str = "127.0.0.1"
    port: int = 8000
    secure_cookies: bool = False
    trusted_proxies: int = 0
    max_upload_mb: int = 20
    log_level: str = "INFO"
    log_format: str = "text"
    slow_ms: int = 1000
    metrics_token: str = field(default="", repr=False)
    replica_url: str = field(default="", repr=False)
    receiver_url: str = field(default="", repr=False)
    lease_seconds: int = 120
    testing: bool = False

    @property
    def max_upload_bytes(self) -> int:
        """The largest file taken, in bytes."""
        return self.max_upload_mb * 1024 * 1024


SETTINGS = (
    "TUNTAS_VAR",
    "TUNTAS_DATABASE_URL",
    "TUNTAS_OBJECT_STORE",
    "TUNTAS_SECRET_KEY",
    "TUNTAS_HOST",
    "TUNTAS_PORT",
    "TUNTAS_SECURE_COOKIES",
    "TUNTAS_TRUSTED_PROXIES",
    "TUNTAS_MAX_UPLOAD_MB",
    "TUNTAS_LOG_LEVEL",
    "TUNTAS_LOG_FORMAT",
    "TUNTAS_SLOW_MS",
    "TUNTAS_METRICS_TOKEN",
    "TUNTAS_REPLICA_URL",
    "TUNTAS_RECEIVER_URL",
    "TUNTAS_LEASE_SECONDS",
    "TUNTAS_ORGANISATION",
)


def read_config(environ: Mapping[str, str]) -> Config:
    """The configuration of this process; raises ConfigurationError."""
    unknown = [name for name in environ if name.startswith("TUNTAS_") and not _known(name)]
    if unknown:
        raise ConfigurationError(
            f"Unknown setting {', '.join(sorted(unknown))}. See docs/settings.md for the names."
        )
    shared = Path(environ.get("TUNTAS_VAR") or ROOT / "var").resolve()
    organisation = environ.get("TUNTAS_ORGANISATION") or ""
    database_url = environ.get("TUNTAS_DATABASE_URL") or f"sqlite:///{shared / 'tuntas.db'}"
    # Keys, counts and reports of organisations that share a machine stay apart as their rows do.
    var = shared / "organisations" / organisation if organisation else shared
    return Config(
        organisation=organisation,
        database_url=_address_of(database_url, organisation),
        var=var,
        object_store=environ.get("TUNTAS_OBJECT_STORE") or f"file://{shared / 'objects'}",
        secret_key=_secret_key(environ.get("TUNTAS_SECRET_KEY"), var),
        host=environ.get("TUNTAS_HOST") or "127.0.0.1",
        port=_number(environ, "TUNTAS_PORT", 8000, 1, 65535),
        secure_cookies=_flag(environ, "TUNTAS_SECURE_COOKIES"),
        trusted_proxies=_number(environ, "TUNTAS_TRUSTED_PROXIES", 0, 0, 5),
        max_upload_mb=_number(environ, "TUNTAS_MAX_UPLOAD_MB", 20, 1, 1000),
        log_level=_choice(environ, "TUNTAS_LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR")),
        log_format=_choice(environ, "TUNTAS_LOG_FORMAT", "text", ("text", "json")),
        slow_ms=_number(environ, "TUNTAS_SLOW_MS", 1000, 0, 600_000),
        metrics_token=_metrics_token(environ),
        replica_url=_address_of(_replica_url(environ), organisation),
        receiver_url=_web_address(environ, "TUNTAS_RECEIVER_URL"),
        lease_seconds=_number(environ, "TUNTAS_LEASE_SECONDS", 120, 1, 3600),
    )


def _known(name: str) -> bool:
    return (
        name in SETTINGS
        or name.startswith("TUNTAS_TEST_")
        or name in ("TUNTAS_DATA", "TUNTAS_ADMIN_PASSWORD")
    )


def _number(environ: Mapping[str, str], name: str, default: int, low: int, high: int) -> int:
    text = environ.get(name) or str(default)
    if not text.isdecimal() or not low <= int(text) <= high:
        raise ConfigurationError(f"{name} is {text!r}; give a whole number from {low} to {high}.")
    return int(text)


def _flag(environ: Mapping[str, str], name: str) -> bool:
    return _choice(environ, name, "no", ("yes", "no")) == "yes"


def _choice(environ: Mapping[str, str], name: str, default: str, allowed: tuple[str, ...]) -> str:
    text = environ.get(name) or default
    if text not in allowed:
        raise ConfigurationError(f"{name} is {text!r}; give one of {', '.join(allowed)}.")
    return text


def _web_address(environ: Mapping[str, str], name: str) -> str:
    """An http or https address, or nothing; the message does not repeat it, because it may hold a secret."""
    text = environ.get(name) or ""
    if text and not text.startswith(("http://", "https://")):
        raise ConfigurationError(f"{name} is no web address; give one that begins with https:// or http://.")
    return text


def _metrics_token(environ: Mapping[str, str]) -> str:
    token = environ.get("TUNTAS_METRICS_TOKEN") or ""
    if token and len(token) < 16:
        raise ConfigurationError("TUNTAS_METRICS_TOKEN is too short; give at least 16 random characters.")
    return token


def _address_of(url: str, organisation: str) -> str:
    """The address of the organisation's own part of the database."""
    try:
        return in_organisation(url, organisation) if url else url
    except ValueError as error:
        raise ConfigurationError(f"TUNTAS_ORGANISATION is {organisation!r}. {error}") from None


def _replica_url(environ: Mapping[str, str]) -> str:
    url = environ.get("TUNTAS_REPLICA_URL") or ""
    if url and not url.startswith(("postgresql://", "postgres://")):
        raise ConfigurationError("TUNTAS_REPLICA_URL is no PostgreSQL address; leave it empty on SQLite.")
    return url


def _secret_key(given: str | None, var: Path) -> bytes:
    """The key that signs cookies: the setting, or one made at the first start and kept under ``var`` (mode 600)."""
    if given:
        if len(given) < 32:
            raise ConfigurationError("TUNTAS_SECRET_KEY is too short; give at least 32 random characters.")
        return given.encode()
    path = var / "secret-key"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_suffix(f".{secrets.token_hex(4)}")
        temporary.touch(mode=0o600)
        temporary.write_text(secrets.token_urlsafe(48))
        with suppress(FileExistsError):  # Another process was first: its key counts.
            path.hardlink_to(temporary)
        temporary.unlink()
    return path.read_text().encode()
