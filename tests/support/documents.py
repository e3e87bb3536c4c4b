"""The tables of docs/permissions.md, written from the rules themselves; run it to write them anew."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = ROOT / "reference"
PERMISSIONS_PAGE = ROOT / "docs" / "permissions.md"
MATRIX = re.compile(r"(?s)(<!-- written from reference/permissions.json -->\n).*?(<!-- end -->)")

# What a role may not know although its column says more.
RESERVATIONS = {
    "hides_anonymous": "not if anonymous",
    "hides_confidential_oversight": "not if confidential and oversight",
}


def reference(name: str) -> dict[str, Any]:
    """Return one file of the reference data."""
    return dict(json.loads((REFERENCE / f"{name}.json").read_text(encoding="utf-8")))


def permission_matrix() -> str:
    """Return roles and acts as the two tables of the page."""
    rules, roles = reference("permissions"), reference("roles")["roles"]
    lines = [
        "| role | | ordinary cases | oversight cases | identity | acts |",
        "|---|---|---|---|---|---|",
    ]
    for code, rule in rules["roles"].items():
        name = f"{roles[code]['en']} (*{roles[code]['id']}*)"
        hidden = [words for key, words in RESERVATIONS.items() if rule.get(key)]
        identity = ", ".join([f"`{rule['identity']}`", *hidden])
        acts = ", ".join(f"`{act}`" for act in rule["acts"])
        lines.append(
            f"| `{code}` | {name} | `{rule['cases']}` | `{rule['oversight']}` | {identity} | {acts} |"
        )
    lines += ["", "| act | Indonesian | English |", "|---|---|---|"]
    lines += [f"| `{act}` | {words['id']} | {words['en']} |" for act, words in rules["acts"].items()]
    return "\n".join(lines) + "\n"


def with_matrix(page: str) -> str:
    """Return the page with the tables as they should be."""
    return MATRIX.sub(lambda found: found[1] + permission_matrix() + found[2], page)


if __name__ == "__main__":
    PERMISSIONS_PAGE.write_text(
        with_matrix(PERMISSIONS_PAGE.read_text(encoding="utf-8")), encoding="utf-8", newline="\n"
    )
