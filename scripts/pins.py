"""Resolve the pinned sets again: requirements.txt, requirements-dev.txt and requirements-node.txt."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OPTIONS = [
    "--universal",
    "--python-version=3.11",
    "--generate-hashes",
    "--no-header",
    "--no-emit-index-url",
    "--no-emit-find-links",
    "--quiet",
]
# The order matters: the development set is held to the versions of the set that is deployed.
SETS = {
    "requirements.txt": ["pyproject.toml", "--group=build"],
    "requirements-dev.txt": [
        "pyproject.toml",
        "--group=build",
        "--group=dev",
        "--constraint=requirements.txt",
    ],
    "requirements-node.txt": ["--group=node"],
}


def main() -> int:
    """Compile each set, passing further arguments (such as --upgrade) on to uv."""
    uv = Path(sys.executable).with_name("uv")
    for output, sources in SETS.items():
        command = [str(uv), "pip", "compile", *sources, *OPTIONS, *sys.argv[1:], "--output-file", output]
        subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - fixed words
    return 0


if __name__ == "__main__":
    sys.exit(main())
