"""The reference data as it ships, and what a broken folder is told."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from cases.model import CaseClass, Channel, Kind, Outcome, Priority, Sensitivity, Stage
from cases.reference import ReferenceDataError, load_reference
from support.policy_world import REFERENCE, reference


def test_every_word_of_the_code_has_a_label() -> None:
    found = reference()
    assert set(found.stages) == set(found.holders) == set(found.next_steps) == set(Stage)
    assert set(found.outcomes) == set(Outcome)
    assert set(found.channels) == set(Channel)
    assert set(found.labels["kinds"]) == set(Kind)
    assert set(found.labels["case_classes"]) == set(CaseClass)
    assert set(found.labels["priorities"]) == set(Priority)
    assert set(found.labels["sensitivities"]) == set(Sensitivity)


def test_every_message_of_the_complainant_has_a_form() -> None:
    found = reference()
    sent = {name for name, sender in found.messages.items() if sender == "complainant"}
    assert sent <= set(found.message_forms)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a copy of the reference folder that a test may break."""
    return Path(shutil.copytree(REFERENCE, tmp_path / "reference"))


def change(path: Path, **changes: Any) -> None:
    """Change top-level keys of a file."""
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def test_a_missing_file_is_named(folder: Path) -> None:
    (folder / "stages.json").unlink()
    with pytest.raises(ReferenceDataError, match=r"stages\.json"):
        load_reference(folder)


def test_a_file_that_is_no_json_is_named(folder: Path) -> None:
    (folder / "notices.json").write_text("{")
    with pytest.raises(ReferenceDataError, match=r"notices\.json"):
        load_reference(folder)


def test_a_label_in_one_language_only_is_refused(folder: Path) -> None:
    change(folder / "areas.json", areas={"kota": {"id": "Kota"}})
    with pytest.raises(ReferenceDataError, match=r"areas\.json"):
        load_reference(folder)


def test_a_role_without_a_rule_is_refused(folder: Path) -> None:
    change(folder / "permissions.json", roles={})
    with pytest.raises(ReferenceDataError, match="roles without a rule"):
        load_reference(folder)


def test_an_act_or_scope_that_does_not_exist_is_refused(folder: Path) -> None:
    path = folder / "permissions.json"
    roles = json.loads(path.read_text())["roles"]
    change(path, roles={**roles, "auditor": {**roles["auditor"], "acts": ["fly"]}})
    with pytest.raises(ReferenceDataError, match="acts without a label: fly"):
        load_reference(folder)
    change(path, roles={**roles, "auditor": {**roles["auditor"], "cases": "everything"}})
    with pytest.raises(ReferenceDataError, match="everything"):
        load_reference(folder)


def test_a_category_below_an_unknown_one_is_refused(folder: Path) -> None:
    change(folder / "categories.json", categories=[{"code": "a", "name": "A", "parent": "b"}])
    with pytest.raises(ReferenceDataError, match="without their parent"):
        load_reference(folder)
