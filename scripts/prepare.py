"""Prepare this checkout: virtual environment, pinned packages, browser assets, system packages.

Runs on the bare interpreter, so it imports the standard library only. Every step is stamped with a hash of
what it was made from and skipped while that hash holds.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMPS = VENV / "stamps"
PIP_AT_WORK = threading.Lock()
DIST = ROOT / "web" / "static" / "dist"
OLDEST_NODE = 20

# What the tests need from the system: a program (or file) that proves it, and Debian's package for it.
SYSTEM_NEEDS = {
    "chromium": "chromium",
    "radosgw": "radosgw",
    "ceph-mon": "ceph-mon",
    "ceph-osd": "ceph-osd",
    "ceph": "ceph-common",
    "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf": "fonts-dejavu-core",
}


def say(text: str) -> None:
    """Tell the person waiting what is being done."""
    print(f"· {text}", flush=True)  # noqa: T201 - this script talks to a terminal


def run(command: list[str], **environment: str) -> None:
    """Run one command of ours from the root of the checkout, and stop with its output if it fails."""
    done = subprocess.run(  # noqa: S603 - only commands of this script
        command,
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(f"{done.stdout[-6000:]}\nThis command failed: {' '.join(command)}")


def fingerprint(paths: Iterable[Path], *extra: str) -> str:
    """Hash the names and contents of files, and any further text that the result depends on."""
    digest = hashlib.sha256("\0".join(extra).encode())
    for path in sorted(paths):
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def is_stamped(name: str, value: str) -> bool:
    """Tell whether the named step was last done from exactly these inputs."""
    stamp = STAMPS / name
    return stamp.is_file() and stamp.read_text() == value


def write_stamp(name: str, value: str) -> None:
    """Remember that the named step is done."""
    STAMPS.mkdir(parents=True, exist_ok=True)
    (STAMPS / name).write_text(value)


def make_venv() -> None:
    """Create .venv, or create it anew when it was made by another interpreter or no longer starts."""
    made_by = f"{sys.version} {os.path.realpath(sys.executable)}"
    if is_stamped("python", made_by) and (VENV / "bin" / "python").exists():
        return
    say(f"making .venv with Python {sys.version.split()[0]}")
    run([sys.executable, "-m", "venv", "--clear", str(VENV)])
    write_stamp("python", made_by)


def install(name: str, requirements: str, *, project: bool) -> None:
    """Install one pinned set with hashes checked, and the project itself in place."""
    inputs = [ROOT / requirements, *([ROOT / "pyproject.toml"] if project else [])]
    value = fingerprint(inputs)
    if is_stamped(name, value):
        return
    say(f"installing {requirements}")
    pip = [str(VENV / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    with PIP_AT_WORK:
        # Compiling every module that nothing imports would take longer than all else here.
        # The pinned set is complete, so there is nothing for pip to resolve either.
        run([*pip, "--no-compile", "--no-deps", "--require-hashes", "-r", requirements])
        if project:
            run([*pip, "--no-deps", "--no-build-isolation", "-e", "."])
    write_stamp(name, value)


def install_product() -> None:
    """Install what the product needs; a development set already holds all of it."""
    if not is_stamped("dev", fingerprint([ROOT / "requirements-dev.txt", ROOT / "pyproject.toml"])):
        install("run", "requirements.txt", project=True)


def install_tools() -> None:
    """Install what checks the product, and the product's own set with it."""
    install("dev", "requirements-dev.txt", project=True)


def find_node() -> Path:
    """Return the folder of a Node.js that is new enough: the machine's, else one installed into .venv."""
    node = shutil.which("node")
    if node and shutil.which("npm"):
        answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)  # noqa: S603
        major = re.match(r"v(\d+)\.", answer.stdout)
        if major and int(major[1]) >= OLDEST_NODE:
            return Path(node).parent
    install("node", "requirements-node.txt", project=False)
    return VENV / "bin"


def build_assets() -> None:
    """Install the npm packages and bundle web/assets/ into web/static/dist/, each only when it changed."""
    packages = [ROOT / name for name in ("package.json", "package-lock.json", ".npmrc")]
    sources = [path for path in (ROOT / "web" / "assets").rglob("*") if path.is_file()]
    installed = fingerprint(packages)
    built = fingerprint([*packages, *sources])
    if is_stamped("assets", built) and DIST.is_dir():
        return
    node = find_node()
    path = f"{node}{os.pathsep}{os.environ.get('PATH', '')}"
    if not (is_stamped("npm", installed) and (ROOT / "node_modules").is_dir()):
        say("installing the npm packages")
        run([str(node / "npm"), "ci"], PATH=path)
        write_stamp("npm", installed)
    say("building the browser assets")
    run([str(node / "node"), "web/assets/build.mjs"], PATH=path)
    write_stamp("assets", built)


def is_present(need: str) -> bool:
    """Tell whether a program, or a file named by its path, is on this machine."""
    return Path(need).exists() if need.startswith("/") else shutil.which(need) is not None


def install_system_packages() -> None:
    """Install Debian's packages that the tests need, as root; otherwise say which are missing."""
    missing = [package for need, package in SYSTEM_NEEDS.items() if not is_present(need)]
    if not missing:
        return
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        say(f"missing for some tests: {' '.join(missing)}. As root: apt-get install {' '.join(missing)}")
        return
    say(f"installing {' '.join(missing)}")
    run(["apt-get", "update", "-qq"])
    install_command = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing]
    run(install_command, DEBIAN_FRONTEND="noninteractive")


# What is made for each purpose; the steps of one purpose do not wait for each other.
PURPOSES: dict[str, list[Callable[[], None]]] = {
    "run": [install_product, build_assets],
    "check": [install_tools],
    "test": [install_tools, build_assets, install_system_packages],
}


def main(arguments: list[str]) -> int:
    """Prepare the checkout for one purpose."""
    if len(arguments) != 1 or arguments[0] not in PURPOSES:
        sys.exit(f"usage: prepare.py {' | '.join(PURPOSES)}")
    make_venv()
    with ThreadPoolExecutor() as pool:
        for step in [pool.submit(step) for step in PURPOSES[arguments[0]]]:
            step.result()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
