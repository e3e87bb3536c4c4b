"""The press: hands letters to the typesetter beside this process, and stops it when one takes too long."""

import atexit
import json
import subprocess
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from threading import Lock, Timer
from typing import Any

from cases.letters.typesetter import read_frame, write_frame

SECONDS = 20.0
"""The longest that one letter may take; an ordinary one takes some hundredths of a second."""
LARGEST = 4 * 1024 * 1024
"""Bytes of data that one letter may hold."""


class LetterFailedError(Exception):
    """A letter could not be set; the message says why, without anything of its content."""


class Press:
    """Sets letters from the templates of one folder, one at a time. Safe for threads.

    The typesetter runs in a process of its own, with a clean environment, that lives until this one ends: it is started
    with the first letter, and anew after one that failed to end in time.
    """

    def __init__(self, folder: Path, *, seconds: float = SECONDS) -> None:
        self._folder = folder.resolve()
        self._seconds = seconds
        self._lock = Lock()
        self._typesetter: subprocess.Popen[bytes] | None = None
        atexit.register(self.close)

    def templates(self) -> frozenset[str]:
        """The letters that the folder holds."""
        return frozenset(path.stem for path in self._folder.glob("*.typ")) - {"shared"}

    def print(self, template: str, data: Mapping[str, Any], *, at: datetime) -> bytes:
        """The letter as PDF/A-2a. The same data at the same time gives the same bytes.

        ``data`` reaches the template as JSON and is never part of its program. Raises LetterFailedError.
        """
        if template not in self.templates():
            raise LetterFailedError(f"there is no letter template {template!r}")
        order = {
            "root": str(self._folder),
            "template": str(self._folder / f"{template}.typ"),
            "at": at.isoformat(),
            "data": data,
        }
        body = json.dumps(order).encode()
        if len(body) > LARGEST:
            raise LetterFailedError(f"the letter would hold {len(body)} bytes of data, over {LARGEST}")
        with self._lock:
            answer = self._ask(body)
        if not answer.startswith(b"+"):
            raise LetterFailedError(answer[1:].decode("utf-8", "replace") or "the typesetter ended")
        return answer[1:]

    def close(self) -> None:
        """Let the typesetter go; the next letter starts another."""
        with self._lock:
            self._stop()

    def _ask(self, body: bytes) -> bytes:
        typesetter = self._running()
        assert typesetter.stdin is not None  # noqa: S101
        assert typesetter.stdout is not None  # noqa: S101
        late = Timer(self._seconds, typesetter.kill)
        late.start()
        try:
            write_frame(typesetter.stdin, body)  # type: ignore[arg-type]
            answer = read_frame(typesetter.stdout)  # type: ignore[arg-type]
        except OSError:
            answer = b""
        finally:
            late.cancel()
        if not answer:
            self._stop()
            return f"-the typesetter ended, or took longer than {self._seconds:g} seconds".encode()
        return answer

    def _running(self) -> subprocess.Popen[bytes]:
        if self._typesetter is None or self._typesetter.poll() is not None:
            self._stop()
            program = str(Path(__file__).with_name("typesetter.py"))
            self._typesetter = subprocess.Popen(  # noqa: S603
                [sys.executable, "-I", program],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd=self._folder,
                env={},
            )
        return self._typesetter

    def _stop(self) -> None:
        typesetter, self._typesetter = self._typesetter, None
        if typesetter is not None:
            typesetter.kill()
            typesetter.communicate()
