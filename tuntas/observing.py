"""Watches requests, how long they take and how many statements they send, and answers Prometheus."""

import hmac
import time

from flask import Blueprint, Flask, Response, current_app, g, request

from cases.queues import read_queues
from cases.subject import about
from storage.tally import tally
from tuntas.acts import tell_when_slow
from tuntas.config import Config
from tuntas.metrics import METRICS, kept_by_others, render
from tuntas.office import Tuntas

blueprint = Blueprint("metrics", __name__)
TEXT_FORMAT = "text/plain; version=0.0.4; charset=utf-8"
LOOPBACK = ("127.0.0.1", "::1")
FORWARDED = ("X-Forwarded-For", "Forwarded", "X-Real-IP")
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def observe_requests(app: Flask) -> None:
    """Measure every request, and answer Prometheus. Registered first, so that it sees all that the others do."""

    def begin() -> None:
        about(None)
        g.measured_from = (time.perf_counter(), tally().statements)

    def end(response: Response) -> Response:
        began, statements = g.get("measured_from", (None, 0))
        if began is not None:
            seconds, sent = time.perf_counter() - began, tally().statements - statements
            _note_request(_office().config, response.status_code, seconds, sent)
        return response

    app.before_request(begin)
    app.after_request(end)
    app.register_blueprint(blueprint)


def _office() -> Tuntas:
    office: Tuntas = current_app.extensions["tuntas"]
    return office


def _note_request(config: Config, status: int, seconds: float, statements: int) -> None:
    route = request.url_rule.rule if request.url_rule else "none"
    method = request.method if request.method in METHODS else "other"
    METRICS.count("tuntas_requests_total", route=route, method=method, status=str(status))
    METRICS.observe("tuntas_request_seconds", seconds, route=route)
    METRICS.observe("tuntas_request_statements", statements, route=route)
    METRICS.keep(config.var / "metrics")
    tell_when_slow(config, seconds, statements, route=route, method=method, status=status)


@blueprint.get("/metrics")
def show_metrics() -> Response:
    """What the processes of this machine counted, and how long the queues of the office are."""
    office = _office()
    refused = _refusal(office.config.metrics_token)
    if refused is not None:
        return refused
    queues = office.work.read(lambda session: read_queues(session, office.env))
    processes = [METRICS.as_data(), *kept_by_others(office.config.var / "metrics")]
    return Response(render(queues, processes), content_type=TEXT_FORMAT)


# Who may ask is decided by a token of its own, not by a role: Prometheus is no user.
show_metrics.tuntas_permission = "public"  # type: ignore[attr-defined]


def _refusal(token: str) -> Response | None:
    """None for whoever may read the metrics: the bearer of the token, or, without one, this machine itself."""
    if token:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if hmac.compare_digest(given.encode(), token.encode()):
            return None
        words = "Give the token of TUNTAS_METRICS_TOKEN as a bearer token.\n"
        return Response(words, 401, {"WWW-Authenticate": "Bearer"}, content_type="text/plain")
    behind_proxy = any(name in request.headers for name in FORWARDED)
    if request.remote_addr in LOOPBACK and not behind_proxy:
        return None
    words = "Set TUNTAS_METRICS_TOKEN to read the metrics from another machine.\n"
    return Response(words, 404, content_type="text/plain")
