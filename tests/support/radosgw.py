"""A real Ceph object gateway for the tests: monitor, a storage daemon in memory, radosgw, on the loopback."""

from __future__ import annotations

import base64
import os
import secrets
import shutil
import struct
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from support.processes import answers, free_port, running

PROGRAMS = ("ceph-mon", "ceph-osd", "radosgw", "radosgw-admin", "ceph", "monmaptool")

# One daemon, one copy and few placement groups: all that a gateway needs to answer, and nothing that takes
# time. The daemons know each other by keys of a keyring that is made anew each time.
CONFIGURATION = """
[global]
fsid = {fsid}
mon host = v2:127.0.0.1:{port}
ms bind ipv6 = false
public addr = 127.0.0.1
cluster addr = 127.0.0.1
run dir = {folder}
admin socket =
pid file =
log file = {folder}/$name.log
keyring = {folder}/keyring
osd objectstore = memstore
memstore device bytes = 1073741824
osd data = {folder}/osd
mon data = {folder}/mon
rgw data = {folder}/rgw
osd crush chooseleaf type = 0
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 1
osd pool default pgp num = 1
osd pool default pg autoscale mode = off
mon allow pool size one = true
mon max pg per osd = 1000
mon osd min down reporters = 1
mon data avail crit = 1
mon data avail warn = 1
rgw rados pool pg num min = 1
rgw enable usage log = false
rgw enable gc threads = false
rgw enable lc threads = false
rgw run sync thread = false
rgw enable quota threads = false
rgw dns name =
debug rgw = 0
"""


@dataclass(frozen=True)
class Gateway:
    """Where the gateway listens, and the key and secret that it accepts."""

    port: int
    access_key: str
    secret_key: str


def missing_programs() -> list[str]:
    """Name the programs that this machine lacks for a gateway."""
    return [name for name in PROGRAMS if shutil.which(name) is None]


@contextmanager
def gateway() -> Iterator[Gateway]:
    """Run a cluster of one for as long as the block lasts; no manager daemon is needed for what is tested."""
    base = "/tmp" if os.access("/tmp", os.W_OK) else None
    folder = Path(tempfile.mkdtemp(prefix="tuntas-rgw-", dir=base))
    try:
        with ExitStack() as stack:
            yield _start(folder, stack)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _start(folder: Path, stack: ExitStack) -> Gateway:
    configuration = _prepare_monitor(folder)
    for name in ("osd", "rgw"):
        (folder / name).mkdir()

    def ceph(*words: str) -> bool:
        command = ["ceph", "-c", str(configuration), "--connect-timeout", "5", *words]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0

    def daemon(program: str, *words: str) -> list[str]:
        return [program, "-f", "-c", str(configuration), *words]

    log = folder / "output.log"
    stack.enter_context(running(daemon("ceph-mon", "-i", "a"), log=log, ready=lambda: ceph("osd", "dump")))
    identity = str(uuid.uuid4())
    ceph("osd", "new", identity)
    made = ["ceph-osd", "-c", str(configuration), "-i", "0", "--mkfs", "--osd-uuid", identity]
    subprocess.run(made, check=True, capture_output=True)
    up = running(daemon("ceph-osd", "-i", "0"), log=log, ready=lambda: _osd_is_up(configuration))
    stack.enter_context(up)
    gate = Gateway(free_port(), secrets.token_hex(10), secrets.token_hex(20))
    _make_user(configuration, gate)
    frontend = f"--rgw-frontends=beast endpoint=127.0.0.1:{gate.port}"
    command = daemon("radosgw", "-n", "client.rgw", frontend)
    stack.enter_context(running(command, log=log, ready=lambda: answers(gate.port), seconds=60))
    return gate


def _prepare_monitor(folder: Path) -> Path:
    """Write the configuration and lay out the monitor's store; returns the configuration's path."""
    configuration, fsid, port = folder / "ceph.conf", str(uuid.uuid4()), free_port()
    configuration.write_text(CONFIGURATION.format(fsid=fsid, port=port, folder=folder))
    _write_keyring(folder / "keyring")
    monmap = str(folder / "monmap")
    address = f"[v2:127.0.0.1:{port}]"
    subprocess.run(
        ["monmaptool", "--create", "--fsid", fsid, "--addv", "a", address, monmap],
        check=True,
        capture_output=True,
    )
    laid_out = ["ceph-mon", "-c", str(configuration), "-i", "a", "--mkfs", "--monmap", monmap]
    subprocess.run([*laid_out, "--keyring", str(folder / "keyring")], check=True, capture_output=True)
    return configuration


def _write_keyring(path: Path) -> None:
    """Write one key for each daemon, in Ceph's form: kind, time of making, length, random bytes."""
    may = {"mon": "allow *", "osd": "allow *", "mgr": "allow *"}
    with path.open("w") as file:
        for name in ("mon.", "client.admin", "client.rgw", "osd.0"):
            key = struct.pack("<hiih", 1, int(time.time()), 0, 16) + secrets.token_bytes(16)
            file.write(f"[{name}]\nkey = {base64.b64encode(key).decode()}\n")
            file.writelines(f'caps {daemon} = "{right}"\n' for daemon, right in may.items())


def _osd_is_up(configuration: Path) -> bool:
    command = ["ceph", "-c", str(configuration), "--connect-timeout", "5", "osd", "stat"]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    return "1 up" in answer.stdout


def _make_user(configuration: Path, gate: Gateway) -> None:
    command = ["radosgw-admin", "-c", str(configuration), "-n", "client.rgw", "user", "create"]
    command += ["--uid=tuntas", "--display-name=Tuntas", f"--access-key={gate.access_key}"]
    subprocess.run([*command, f"--secret={gate.secret_key}"], check=True, capture_output=True, timeout=60)
