"""A server that is told to stop answers whoever it heard, and nobody else."""

from __future__ import annotations

import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import requests

from support.processes import accepts, free_port, wait_until

SLOW = """
import sys
from flask import Flask
from tuntas.serving import serve
app = Flask("slow")
@app.get("/")
def answer():
    print("asked", flush=True)
    return sys.stdin.readline()
serve(app, host="127.0.0.1", port=int(sys.argv[1]), threads=2)
"""


def test_a_server_that_is_told_to_stop_lets_nobody_in_and_answers_whom_it_heard() -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}/"
    command = [sys.executable, "-c", SLOW, str(port)]
    with (
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server,
        requests.Session() as idle,
        ThreadPoolExecutor(1) as pool,
    ):
        assert server.stdin is not None
        assert server.stdout is not None
        wait_until(lambda: accepts(port), "the server", seconds=60)
        assert idle.get(url + "nowhere", timeout=60).status_code == 404  # Its connection stays open.
        asked = pool.submit(requests.get, url, timeout=60)
        assert server.stdout.readline() == "asked\n"
        server.send_signal(signal.SIGTERM)
        wait_until(lambda: not accepts(port), "its end", seconds=60)
        server.stdin.write("an answer\n")
        server.stdin.flush()
        assert asked.result().text == "an answer\n"
        assert server.wait(60) == 0
