"""The examples of deployments name settings, commands and options that exist, and hold no secret."""

from __future__ import annotations

import configparser
import re
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from tuntas.cli import cli
from tuntas.config import SETTINGS, read_config

DEPLOY = Path(__file__).resolve().parent.parent / "deploy"
UNITS = sorted(path.name for path in DEPLOY.glob("*.service"))
NAME = re.compile(r"\bTUNTAS_[A-Z_]+\b")
SECRETS = {"TUNTAS_SECRET_KEY", "TUNTAS_DATABASE_URL", "TUNTAS_OBJECT_STORE", "TUNTAS_METRICS_TOKEN"}


def composed() -> dict[str, Any]:
    """The services of the example for containers."""
    services: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))[
        "services"
    ]
    return services


def unit(name: str) -> configparser.SectionProxy:
    """What a unit of systemd runs; of keys that come twice the values are joined."""
    lines: dict[str, str] = {}
    for line in (DEPLOY / name).read_text(encoding="utf-8").partition("[Service]")[2].splitlines():
        if line.startswith("["):
            break
        key, equals, value = line.partition("=")
        if equals:
            lines[key] = f"{lines[key]} {value}" if key in lines else value
    parser = configparser.ConfigParser(interpolation=None)
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser["Service"] = lines
    return parser["Service"]


def require_call(words: list[str]) -> None:
    """The command line knows the command with its options."""
    assert words[0] == "tuntas"
    command = cli.commands[words[1]]
    assert isinstance(command, click.Command)
    with command.make_context(words[1], words[2:], resilient_parsing=False):
        pass


def settings_of(texts: dict[str, str], tmp_path: Path) -> None:
    """The product starts with these settings, beside the secrets."""
    given = {
        "TUNTAS_SECRET_KEY": "only for tests, long enough to sign cookies",
        **texts,
        "TUNTAS_VAR": str(tmp_path),
    }
    assert read_config(given).var == tmp_path.resolve()


def test_every_setting_that_an_example_names_exists() -> None:
    named = {path.name: set(NAME.findall(path.read_text(encoding="utf-8"))) for path in DEPLOY.iterdir()}
    assert {
        name: sorted(found - set(SETTINGS)) for name, found in named.items() if found - set(SETTINGS)
    } == {}
    assert set().union(*named.values()) >= SECRETS


def test_the_containers_run_commands_that_exist_with_settings_that_are_taken(tmp_path: Path) -> None:
    services = composed()
    assert set(services) == {"database", "migrate", "web", "worker"}
    for name in ("migrate", "web", "worker"):
        require_call(services[name]["command"])
        settings_of(services[name]["environment"], tmp_path)
    for name in ("web", "worker"):
        assert services[name]["depends_on"] == {"migrate": {"condition": "service_completed_successfully"}}


@pytest.mark.parametrize("name", UNITS)
def test_a_unit_runs_a_command_that_exists_with_settings_that_are_taken(name: str, tmp_path: Path) -> None:
    service = unit(name)
    program, *words = service["ExecStart"].split()
    assert program == f"{service['WorkingDirectory']}/.venv/bin/tuntas"
    require_call(["tuntas", *words])
    settings_of(dict(pair.split("=", 1) for pair in service["Environment"].split()), tmp_path)
    assert service["ReadWritePaths"] in service["Environment"]


def test_no_example_holds_a_secret() -> None:
    for path in DEPLOY.iterdir():
        given = re.findall(r"(TUNTAS_[A-Z_]+|POSTGRES_PASSWORD)[=:] *\S", path.read_text(encoding="utf-8"))
        assert SECRETS.isdisjoint(given), path.name
        assert "POSTGRES_PASSWORD" not in given, path.name
    assert len(UNITS) == 3
