"""The OpenAPI document, and the same as a page drawn by the server without scripts or outside hosts."""

from pathlib import Path
from typing import Any, cast

from flask import Blueprint, Flask, Response, current_app, json, render_template

from api.access import public
from api.conditional import revalidated
from api.errors import answer_with_problems
from api.problems import TYPES, language, say
from api.section import PREFIX

FOLDER = Path(__file__).parent
PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
METHODS = ("get", "post", "put", "patch", "delete")

blueprint = Blueprint(
    "api-documentation", __name__, url_prefix=PREFIX, template_folder=str(FOLDER / "templates")
)
answer_with_problems(blueprint)


@blueprint.get("/openapi.json")
@public
@revalidated
def show_openapi() -> Response:
    """The OpenAPI 3.1 document."""
    return Response(json.dumps(current_app.extensions["tuntas-openapi"]), mimetype="application/json")


@blueprint.get("/docs")
@public
def show_documentation() -> Response:
    """The same as a page."""
    document = current_app.extensions["tuntas-openapi"]
    page = render_template(
        "api/docs.html",
        document=document,
        chapters=chapters(document),
        problems=TYPES.values(),
        language=language(),
        say=say,
    )
    response = Response(page, headers={"Content-Security-Policy": PAGE_POLICY})
    response.vary.add("Accept-Language")
    return response


@blueprint.get("/docs.css")
@public
def show_style() -> Response:
    """The style of the page."""
    return Response((FOLDER / "templates" / "api" / "docs.css").read_text(), mimetype="text/css")


def register_documentation(app: Flask, document: dict[str, Any]) -> None:
    """Serve the document, which is built once."""
    app.extensions["tuntas-openapi"] = document
    app.register_blueprint(blueprint)


def chapters(document: dict[str, Any]) -> list[dict[str, Any]]:
    """The operations by tag, in the order of the tags, ready for the template."""
    found: dict[str, list[dict[str, Any]]] = {tag["name"]: [] for tag in document["tags"]}
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                operation = item[method]
                parameters = [*item.get("parameters", ()), *operation.get("parameters", ())]
                entry = {**operation, "method": method.upper(), "path": path, "parameters": parameters}
                entry["anchor"] = (
                    f"{method}-{path.strip('/').replace('/', '-').replace('{', '').replace('}', '')}"
                )
                entry["schemas"] = _named_schemas(operation)
                found[operation["tags"][0]].append(entry)
    return [{**tag, "operations": found[tag["name"]]} for tag in document["tags"]]


def _named_schemas(operation: dict[str, Any]) -> list[tuple[str, str, str]]:
    """What goes in and out: a word, the content type, and the name of the component."""
    rows = []
    bodies = [("body", operation.get("requestBody", {}))]
    bodies += [(status, response) for status, response in operation["responses"].items()]
    for word, body in bodies:
        for content_type, content in body.get("content", {}).items():
            name = cast("str", content.get("schema", {}).get("$ref", "")).rpartition("/")[2]
            rows.append((word, content_type, name))
    return rows
