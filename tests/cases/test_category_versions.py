"""Categories are a list with versions: cases keep theirs, retired ones stay readable, many lead to one of LAPOR."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from cases.category_reading import Category, read_categories
from cases.errors import RefusedByRuleError
from cases.listing import get_case, list_cases
from cases.model import SYSTEM, CaseQuery
from cases.office_choices import form_options
from cases.reference import ReferenceDataError, load_reference, shipped_ruleset
from cases.rules.lapor import lapor_category
from engine.model import Text
from support.office import Desk

REFERENCE = Path(__file__).parents[2] / "reference"
ROAD, OTHER = "pekerjaan_umum_jalan_berlubang", "agama"


def in_version(desk: Desk, version: int, *retired: str, **new: str) -> None:
    """The office takes up another version of the list."""
    known = desk.office.env.reference
    changed: dict[str, Category] = {
        key: replace(one, active=False, retired_in=version) if key in retired else one
        for key, one in known.categories.items()
    }
    changed |= {key: Category(key, Text(name, name), since=version) for key, name in new.items()}
    reference = replace(known, categories=MappingProxyType(changed), category_version=version)
    desk.office = replace(desk.office, env=replace(desk.office.env, reference=reference))


def kept(desk: Desk, case_id: str) -> tuple[str | None, int | None]:
    """The category of the case and the version of the list that it came from."""
    case = desk.case(case_id)
    return case.category, case.category_version


def test_a_case_keeps_the_version_of_the_list_its_category_was_chosen_from(desk: Desk) -> None:
    early = desk.register(category=ROAD).id
    in_version(desk, 2)
    late = desk.register(category=ROAD).id
    assert (kept(desk, early), kept(desk, late)) == ((ROAD, 1), (ROAD, 2))


def test_a_case_without_a_category_names_no_version(desk: Desk) -> None:
    assert kept(desk, desk.register().id) == (None, None)


def test_the_version_is_set_with_the_category_in_verification(desk: Desk) -> None:
    case_id = desk.register().id
    in_version(desk, 2)
    desk.accept(case_id)
    assert kept(desk, case_id) == (ROAD, 2)


def test_a_case_that_keeps_its_category_keeps_the_version_too(desk: Desk) -> None:
    case_id = desk.register(category=ROAD).id
    in_version(desk, 2)
    desk.accept(case_id)
    assert kept(desk, case_id) == (ROAD, 1)


def test_a_retired_category_is_no_longer_offered_nor_taken(desk: Desk) -> None:
    in_version(desk, 2, OTHER)
    options = desk.office.work.read(lambda session: form_options(session, desk.office.env)["category"])
    assert OTHER not in {option.value for option in options}
    with pytest.raises(RefusedByRuleError) as refused:
        desk.register(category=OTHER)
    assert "sudah tidak dipakai" in refused.value.text.id


def test_an_unknown_category_is_refused(desk: Desk) -> None:
    with pytest.raises(RefusedByRuleError):
        desk.register(category="unheard_of")


def test_a_retired_category_stays_readable_on_old_cases_and_findable(desk: Desk) -> None:
    case_id = desk.register(category=OTHER).id
    in_version(desk, 2, OTHER)
    env = desk.office.env
    view = desk.office.work.read(lambda session: get_case(session, env, case_id, by=SYSTEM))
    assert env.reference.categories[view.row.category or ""].label.id == "Agama"
    query = CaseQuery(category=OTHER)
    page = desk.office.work.read(lambda session: list_cases(session, env, query, by=SYSTEM))
    assert [row.id for row in page.items] == [case_id]


def test_a_retired_category_still_leads_to_its_topic_of_the_portal(desk: Desk) -> None:
    in_version(desk, 2, OTHER)
    assert lapor_category(shipped_ruleset(REFERENCE), desk.office.env.reference.categories, OTHER) == "Agama"


def test_many_categories_lead_to_one_topic_of_the_portal() -> None:
    categories, rules = load_reference(REFERENCE).categories, shipped_ruleset(REFERENCE)
    topics = Counter(lapor_category(rules, categories, key) for key in categories)
    assert None not in topics
    assert max(topics.values()) > 5
    assert len(topics) < len(categories)
    assert topics["Agama"] == 1 + sum(one.parent == "agama" for one in categories.values())


def test_the_shipped_list_has_a_version() -> None:
    assert load_reference(REFERENCE).category_version == 1


def listed(version: int, *entries: Mapping[str, Any]) -> Mapping[str, Any]:
    """The content of a file of categories."""
    return {"version": version, "categories": [{"code": "a", "name": "A"}, *entries]}


@pytest.mark.parametrize(
    "entry",
    [
        {"code": "a", "name": "A again"},
        {"code": "b", "name": "B", "parent": "nobody"},
        {"code": "b", "name": "B", "since": 3},
        {"code": "b", "name": "B", "retired_in": 3},
        {"code": "b", "name": "B", "since": 2, "retired_in": 1},
        {"code": "b", "name": "B", "since": 2, "retired_in": 2},
    ],
)
def test_a_list_that_contradicts_itself_is_refused(entry: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=entry["code"]):
        read_categories(listed(2, entry))


def test_a_list_tells_since_when_and_until_when_it_offers_something() -> None:
    found = read_categories(listed(3, {"code": "b", "name": "B", "since": 2, "retired_in": 3}))
    assert (found["b"].active, found["b"].since, found["b"].retired_in) == (False, 2, 3)
    assert found["a"].active


def test_a_list_without_a_version_is_refused_with_the_name_of_its_file(tmp_path: Path) -> None:
    folder = tmp_path / "reference"
    shutil.copytree(REFERENCE, folder)
    shutil.copytree(REFERENCE.parent / "processes", tmp_path / "processes")
    raw = json.loads((folder / "categories.json").read_text())
    del raw["version"]
    (folder / "categories.json").write_text(json.dumps(raw))
    with pytest.raises(ReferenceDataError, match="categories"):
        load_reference(folder, REFERENCE.parent / "forms" / "complainant")
