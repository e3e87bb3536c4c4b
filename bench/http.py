"""Completions over HTTP by 1, 2 and 8 clients, in turns with the floor on the same PostgreSQL."""

from __future__ import annotations

import json
import statistics
from collections.abc import Callable, Iterator
from functools import partial
from http.client import HTTPConnection

from bench import serving
from bench.eight import TASKS, deploy_eight, diagram, open_tasks, start_cases
from bench.figures import Figure, at_least, at_most, beside, quantile
from bench.place import Place, learn, token_for
from bench.serving import Load
from tuntas.office import Tuntas

CLIENTS = (1, 2, 8)
CASES = {1: 60, 2: 90, 8: 150}
"""Cases of eight tasks for one turn of so many clients."""
LATENCY = {("p50", 1): (6.0, 1.15), ("p99", 8): (60.0, 1.0)}
"""Milliseconds on two free cores, and what is judged: the ratio to the floor, whose p50 was 5.2 ms there."""
TURNS, PROCESSES, WARM_UP = 5, 2, 6

Begin = Callable[[int], list[str]]
"""Begins so many cases and answers the id of the first task of each."""


class Side:
    """One of the two systems under load: where it answers, and how its cases begin."""

    def __init__(self, kind: str, url: str, servers: list[tuple[int, int]], token: str, begin: Begin) -> None:
        self.kind, self.url, self.servers, self.token, self.begin = kind, url, servers, token, begin
        self.loads: dict[int, list[Load]] = {clients: [] for clients in CLIENTS}
        self.cpu: dict[int, list[float]] = {clients: [] for clients in CLIENTS}

    def turn(self, clients: int, cases: int) -> None:
        """Begin cases, then let the clients complete all their tasks."""
        chains = self.begin(cases)
        learn(self.url)
        before = self._cpu()
        load = serving.drive(self.kind, [port for port, _ in self.servers], chains, clients, self.token)
        self.cpu[clients].append((self._cpu() - before) * 1000 / len(load.taken))
        self.loads[clients].append(load)

    def forget(self) -> None:
        """Throw away what was seen while warming up."""
        for found in (*self.loads.values(), *self.cpu.values()):
            found.clear()

    def rate(self, clients: int) -> float:
        """The middle one of the turns."""
        return statistics.median(load.rate for load in self.loads[clients])

    def at(self, clients: int, share: float) -> float:
        """The quantile of all requests."""
        return quantile([took for load in self.loads[clients] for took in load.taken], share)

    def _cpu(self) -> float:
        return sum(serving.cpu_seconds(pid) for _, pid in self.servers)


def measure(place: Place) -> Iterator[Figure]:
    """Measure ours and the floor, one after the other, each turn again."""
    path = place.folder / "eight.bpmn"
    path.write_bytes(diagram())
    with place.office() as office, place.database() as floor_url:
        deploy_eight(office)
        url = office.config.database_url
        with (
            serving.web(place, url, PROCESSES) as servers,
            serving.floor(place, floor_url, path, PROCESSES) as floors,
        ):
            ours = Side("tuntas", url, servers, token_for(office), partial(_begin, office))
            theirs = Side("floor", floor_url, floors, "", partial(_begin_on_floor, floors[0][0]))
            for side in (ours, theirs):
                side.turn(PROCESSES, WARM_UP)
                side.forget()
            for _ in range(TURNS):
                for clients in CLIENTS:
                    for side in (ours, theirs):
                        side.turn(clients, place.some(CASES[clients], clients))
    for clients in CLIENTS:
        yield from _figures(clients, ours, theirs)


def _begin(office: Tuntas, cases: int) -> list[str]:
    return open_tasks(office, start_cases(office, cases), TASKS[0])


def _begin_on_floor(port: int, cases: int) -> list[str]:
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    chains = []
    for _ in range(cases):
        connection.request("POST", "/cases")
        chains += json.loads(connection.getresponse().read())["tasks"]
    connection.close()
    return chains


def _figures(clients: int, ours: Side, theirs: Side) -> Iterator[Figure]:
    floor, rate = theirs.rate(clients), ours.rate(clients)
    yield beside(f"floor_rate_{clients}", floor, "/s")
    if clients == max(CLIENTS):
        yield at_least(f"http_rate_{clients}", rate, "/s", 300, floor=floor, times=1.0)
    else:
        yield beside(f"http_rate_{clients}", rate, "/s", floor=floor)
    for name, share in (("p50", 0.5), ("p99", 0.99)):
        value, beneath = ours.at(clients, share), theirs.at(clients, share)
        told, goal = f"http_{name}_{clients}", LATENCY.get((name, clients))
        if goal is None:
            yield beside(told, value, "ms", floor=beneath)
        else:
            yield at_most(told, value, "ms", goal[0], floor=beneath, times=goal[1])
    cpu, beneath = (statistics.median(side.cpu[clients]) for side in (ours, theirs))
    yield beside(f"http_server_cpu_{clients}", cpu, "ms", floor=beneath)
