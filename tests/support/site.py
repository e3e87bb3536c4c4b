"""Serves the office to a browser on the loopback for as long as a test runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest
from werkzeug.serving import make_server

if TYPE_CHECKING:
    from flask import Flask


def whole(app: Any) -> Any:
    """Answer every request in one piece, closed before it is sent.

    A browser that leaves a page drops what it still loads, and the small test server then forgets to close the file.
    """

    def answer(environ: Any, start_response: Any) -> list[bytes]:
        chunks: Iterable[bytes] = app(environ, start_response)
        try:
            return [b"".join(chunks)]
        finally:
            if hasattr(chunks, "close"):
                chunks.close()

    return answer


@pytest.fixture
def site(app: Flask) -> Iterator[str]:
    """Yield the address of the office, served to the browser."""
    server = make_server("127.0.0.1", 0, whole(app), threaded=True)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()
