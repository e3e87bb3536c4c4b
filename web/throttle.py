"""How often one address may do what needs no account; counted before anything else, in a transaction of
its own.
"""

from datetime import timedelta

from flask import request

from cases.limits import take
from web.context import environment, write

FILINGS = 30
"""Complaints from one address in an hour: many people share the address of a mobile network or a village
office.
"""
PROOFS = 60
"""Attempts to open a private page from one address in an hour; the secret has 100 bits besides."""


def limit_filing() -> None:
    """Count a complaint; raises TooManyRequestsError."""
    _take("web-filing", FILINGS)


def limit_proving() -> None:
    """Count an attempt to prove ownership; raises TooManyRequestsError."""
    _take("web-proof", PROOFS)


def _take(kind: str, limit: int) -> None:
    env, address = environment(), request.remote_addr or ""
    write(lambda session: take(session, env, f"{kind}:{address}", limit=limit, per=timedelta(hours=1)))
