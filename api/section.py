"""A typed front of flask-smorest: views, what they take and answer, and what OpenAPI says of them."""

from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from typing import Any, TypeVar, cast

from flask_smorest import Blueprint
from marshmallow import Schema

from api.access import MARK, PUBLIC_MARK, TRACKING_MARK
from api.errors import answer_with_problems
from api.parsing import StrictParser

View = TypeVar("View", bound=Callable[..., Any])
Decorator = Callable[[View], View]

PREFIX = "/api/v1"
PROBLEM = {"$ref": "#/components/responses/Problem"}

IDEMPOTENCY_KEY = {
    "in": "header",
    "name": "Idempotency-Key",
    "description": "A key of your own, such as a UUID: the same request with it is carried out once.",
    "schema": {"type": "string", "pattern": "^[!-~]{16,200}$"},
}


class Section:
    """One subject of the API: a blueprint and its chapter of the OpenAPI document."""

    def __init__(self, name: str, description: str) -> None:
        self.blueprint = Blueprint(f"api-{name}", __name__, url_prefix=PREFIX, description=description)
        self.blueprint.ARGUMENTS_PARSER = StrictParser()
        answer_with_problems(self.blueprint)
        self.name = name

    def get(self, rule: str) -> Callable[[View], View]:
        """Serve a GET; HEAD and OPTIONS come with it."""
        return self._route(rule, "GET")

    def post(self, rule: str) -> Callable[[View], View]:
        """Serve a POST, and say that it takes an Idempotency-Key."""
        return self._route(rule, "POST")

    def takes(self, schema: type[Schema], location: str = "json", **options: Any) -> Callable[[View], View]:
        """Load the input by the schema as the view's first argument; 422 when it does not fit."""
        made = schema()  # Once: of a class, one would be made for every request.
        return cast("Callable[[View], View]", self.blueprint.arguments(made, location=location, **options))

    def answers(
        self, status: int, schema: type[Schema] | dict[str, str], **options: Any
    ) -> Callable[[View], View]:
        """Document the answer, and dump what the view returns unless that is a response already."""
        return cast("Callable[[View], View]", self.blueprint.response(status, schema, **options))

    def _route(self, rule: str, method: str) -> Callable[[View], View]:
        def register(view: View) -> View:
            mark = getattr(view, MARK, None)
            if mark is None:
                raise TypeError(f"{view.__name__} declares no permission")
            if method == "POST":
                document(view, parameters=[IDEMPOTENCY_KEY])
            document(view, security=_security(mark), responses=_refusals(view), tags=[self.name])
            self.blueprint.route(rule, methods=[method], tags=[self.name])(view)
            return view

        return register


def document(
    view: Callable[..., Any], *, parameters: Iterable[Mapping[str, Any]] = (), **operation: Any
) -> None:
    """Add to what the OpenAPI document says of a view, where flask-smorest looks for it."""
    notes: dict[str, Any] = deepcopy(getattr(view, "_apidoc", {}))
    manual = notes.setdefault("manual_doc", {})
    responses = {**manual.get("responses", {}), **operation.pop("responses", {})}
    manual.update(operation, **({"responses": responses} if responses else {}))
    if parameters:
        notes.setdefault("arguments", {}).setdefault("parameters", []).extend(map(dict, parameters))
    view._apidoc = notes  # type: ignore[attr-defined]


def _refusals(view: Callable[..., Any]) -> dict[str | int, Any]:
    """Every refusal is a problem; flask-smorest would describe a wrong input as something else."""
    loads = "responses" in getattr(view, "_apidoc", {}).get("arguments", {})
    return {"default": PROBLEM, 422: PROBLEM} if loads else {"default": PROBLEM}


def _security(mark: str) -> list[dict[str, list[str]]]:
    if mark == PUBLIC_MARK:
        return []
    return [{"tracking" if mark == TRACKING_MARK else "bearer": []}]
