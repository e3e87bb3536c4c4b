"""Idempotency-Key: the same request with the same key is carried out once and answered twice."""

import hashlib
import hmac
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import Response, json, request
from marshmallow import Schema
from sqlalchemy.orm import Session

from api.access import caller
from api.context import env, read, tuntas, write
from api.dumping import dumped
from api.refusals import BadKeyError
from cases.errors import CaseError, UnavailableError
from cases.idempotency import find_answer, keep_answer

KEY = re.compile(r"[!-~]{16,200}")
SECRET = "tracking_secret"  # noqa: S105 - the name of a member
"""The member of an answer that is sealed before it is kept."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What to answer to a change: built inside its transaction, so that it can be kept with it."""

    status: int
    body: Mapping[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)


def answer_of(schema: type[Schema], result: Any, status: int = 200, **headers: str) -> Answer:
    """The result dumped by its schema; ``Location`` and ``ETag`` by keyword."""
    return Answer(status, dumped(schema, result), headers)


def once(make: Callable[[Session], Answer], *, content_hash: str = "") -> Response:
    """Carry out a change in one transaction and answer it, or answer as before when the key was seen.

    ``content_hash`` stands for the content of uploaded files, which is not part of ``request.data``.
    """
    key = _key()
    if key is None:
        return _response(write(make))
    scope, wanted = _scope(), _request_hash(content_hash)

    def attempt(session: Session) -> Answer:
        kept = _kept(session, scope, key, wanted)
        if kept is not None:
            return kept
        answer = make(session)
        body = json.dumps(_sealed(answer.body, key))
        keep_answer(
            session, env(), scope, key, wanted, status=answer.status, body=body, headers=dict(answer.headers)
        )
        return answer

    try:
        return _response(write(attempt))
    except CaseError as refused:
        # The same request may have been carried out between two reads of this one, which it then meets as done.
        try:
            answered = read(lambda session: _kept(session, scope, key, wanted))
        except UnavailableError:
            # Callers must hear of a commit whose outcome nobody knows, not of the database that is still away.
            raise refused from None
        if answered is None:
            raise
        return _response(answered)


def replayed(*, content_hash: str = "") -> Response | None:
    """The answer when this request was carried out before: for what is costly to prepare."""
    key = _key()
    if key is None:
        return None
    kept = read(lambda session: _kept(session, _scope(), key, _request_hash(content_hash)))
    return _response(kept) if kept is not None else None


def _kept(session: Session, scope: str, key: str, wanted: str) -> Answer | None:
    kept = find_answer(session, scope, key, wanted)
    if kept is None:
        return None
    headers = {**kept.headers, "Idempotent-Replay": "true"}
    return Answer(kept.status, _opened(json.loads(kept.body), key), headers)


def _key() -> str | None:
    key = request.headers.get("Idempotency-Key")
    if key is not None and not KEY.fullmatch(key):
        raise BadKeyError
    return key


def _scope() -> str:
    """Keys of different callers and routes never meet."""
    actor = caller()
    return f"{actor.kind.value}:{actor.id or actor.case_id or '-'}:{request.method}:{request.path}"


def _request_hash(content_hash: str) -> str:
    body = content_hash.encode() if content_hash else request.get_data(cache=True)
    return hashlib.sha256(request.query_string + b"\n" + body).hexdigest()


def _response(answer: Answer) -> Response:
    headers = {name.replace("_", "-"): value for name, value in answer.headers.items()}
    return Response(json.dumps(answer.body), answer.status, headers, mimetype="application/json")


def _sealed(body: Mapping[str, Any], key: str) -> dict[str, Any]:
    """The body as it is kept: the tracking secret can be read only with the key that the client holds.

    The key itself is stored as a hash, so neither the table nor a copy of it gives the secret away.
    """
    secret = body.get(SECRET)
    if not secret:
        return dict(body)
    nonce = secrets.token_bytes(16)
    return {**body, SECRET: nonce.hex() + _xor(secret.encode(), _pad(nonce, key)).hex()}


def _opened(body: Mapping[str, Any], key: str) -> dict[str, Any]:
    sealed = body.get(SECRET)
    if not sealed:
        return dict(body)
    raw = bytes.fromhex(sealed)
    return {**body, SECRET: _xor(raw[16:], _pad(raw[:16], key)).decode()}


def _pad(nonce: bytes, key: str) -> bytes:
    purpose = b"tuntas idempotency seal 1:"
    return hmac.digest(tuntas().config.secret_key, purpose + nonce + key.encode(), "sha512")


def _xor(text: bytes, pad: bytes) -> bytes:
    """One-time pad: the nonce makes each pad unique, and a tracking secret is shorter than 64 bytes."""
    if len(text) > len(pad):
        raise ValueError("The secret is longer than its pad.")
    return bytes(a ^ b for a, b in zip(text, pad, strict=False))
