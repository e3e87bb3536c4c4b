"""Round trips to PostgreSQL for one completion over HTTP, and how long it takes when each takes 24 ms longer."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Iterator, Mapping
from http.client import HTTPConnection
from typing import Any

from bench import serving
from bench.complaint import DISPOSE, ROUND, Rounds, accepted, without_round_limit
from bench.eight import NOTE, TASKS, deploy_eight, open_tasks, start_cases
from bench.figures import Figure, at_most, beside, quantile
from bench.place import ADMIN, Place, token_for
from bench.proxy import Proxy, proxied
from cases.ports import FixedClock
from support.office import START, Desk
from tuntas.office import Tuntas

DELAY = 0.024
ROUNDS, CASES, OLD, WARM_UP = 100, 10, 3, 2
MOST_TRIPS, MOST_MILLISECONDS = 6, 300


class Caller:
    """Completes tasks over one kept connection and notes what each cost."""

    def __init__(self, port: int, proxy: Proxy) -> None:
        self.connection = HTTPConnection("127.0.0.1", port, timeout=60)
        self.proxy = proxy
        self.trips: list[int] = []
        self.taken: list[float] = []

    def complete(self, task: str, token: str, values: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        """Complete a task and answer the next ones; raises when it was refused."""
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}", "If-Match": "*"}
        before, began = self.proxy.trips, time.perf_counter()
        address, body = f"/api/v1/tasks/{task}/complete", json.dumps({"values": values}).encode()
        self.connection.request("POST", address, body, headers)
        answer = self.connection.getresponse()
        said = json.loads(answer.read())
        if answer.status != 200:
            raise RuntimeError(f"{answer.status}: {said}")
        self.taken.append((time.perf_counter() - began) * 1000)
        self.trips.append(self.proxy.trips - before)
        found: list[Mapping[str, Any]] = said["next_tasks"]
        return found

    def play(self, task: str, tokens: Mapping[str, str]) -> tuple[int, ...]:
        """One round of the complaint process from its first task on; the round trips of each completion."""
        start = len(self.trips)
        for position, (_, name, values) in enumerate(ROUND):
            following = self.complete(task, tokens[name], values)
            if position + 1 < len(ROUND):
                wanted = ROUND[position + 1][0]
                task = next(found["id"] for found in following if found["element_id"] == wanted)
        return tuple(self.trips[start:])


def measure(place: Place) -> Iterator[Figure]:
    """Measure the plain process, then the shipped one on new cases and on one with many rounds."""
    with place.office() as office:
        without_round_limit(office)
        new, old, taken = _shipped(place, office)
        dispose, more = _disposed(place, office)
        taken += more
    with place.office() as office:
        deploy_eight(office)
        plain, more = _plain(place, office)
        taken += more
    yield at_most("trips_eight_tasks", statistics.median(plain), "trips", MOST_TRIPS)
    yield at_most(f"trips_{DISPOSE[0]}", dispose, "trips", MOST_TRIPS)
    for (element, _, _), trips in zip(ROUND, new, strict=True):
        yield at_most(f"trips_{element}", trips, "trips", MOST_TRIPS)
    # What differs most between a case in its first round and one with many.
    worst = max(range(len(ROUND)), key=lambda position: old[position] / new[position])
    yield at_most(f"trips_{ROUNDS}_rounds", old[worst], "trips", new[worst], floor=new[worst], times=1.0)
    yield beside("far_database_p50", quantile(taken, 0.5), "ms")
    yield at_most("far_database_p95", quantile(taken, 0.95), "ms", MOST_MILLISECONDS)


def _plain(place: Place, office: Tuntas) -> tuple[list[int], list[float]]:
    firsts = open_tasks(office, start_cases(office, place.some(CASES) + 1), TASKS[0])
    token = token_for(office, ADMIN)
    with proxied(office.config.database_url, DELAY) as (url, proxy), serving.web(place, url, 1) as servers:
        caller = Caller(servers[0][0], proxy)
        for task in firsts:
            for _ in TASKS:
                task = next((found["id"] for found in caller.complete(task, token, NOTE)), "")  # noqa: PLW2901
    warm = len(TASKS)
    return caller.trips[warm:], caller.taken[warm:]


def _shipped(place: Place, office: Tuntas) -> tuple[list[int], list[int], list[float]]:
    """Round trips of each completion of a round, the fewest of several: in new cases, in an old one; and times.

    Chance only adds to them: a client that got no processor for as long as an answer takes is counted once more.
    """
    desk = Desk(office, FixedClock(START))
    cases = [Rounds(desk) for _ in range(place.some(CASES) + WARM_UP)]
    many = Rounds(desk)
    many.answer(lambda work: work())
    for _ in range(place.some(ROUNDS) - 1):
        many.once_more(lambda work: work())
    tokens, first = {name: token_for(office, name) for _, name, _ in ROUND}, ROUND[0][0]
    with proxied(office.config.database_url, DELAY) as (url, proxy), serving.web(place, url, 1) as servers:
        caller = Caller(servers[0][0], proxy)
        new = [caller.play(case.task(first), tokens) for case in cases][WARM_UP:]
        old = []
        for _ in range(OLD):
            many.dissatisfied()
            old.append(caller.play(many.task(first), tokens))
    return _fewest(new), _fewest(old), caller.taken[WARM_UP * len(ROUND) :]


def _disposed(place: Place, office: Tuntas) -> tuple[int, list[float]]:
    """Round trips of a disposition, the fewest of several; and times."""
    desk, (element, name, values) = Desk(office, FixedClock(START)), DISPOSE
    tasks = [desk.task(accepted(desk), element).id for _ in range(place.some(CASES) + WARM_UP)]
    token = token_for(office, name)
    with proxied(office.config.database_url, DELAY) as (url, proxy), serving.web(place, url, 1) as servers:
        caller = Caller(servers[0][0], proxy)
        for task in tasks:
            caller.complete(task, token, values)
    return min(caller.trips[WARM_UP:]), caller.taken[WARM_UP:]


def _fewest(played: list[tuple[int, ...]]) -> list[int]:
    return [min(found) for found in zip(*played, strict=True)]
