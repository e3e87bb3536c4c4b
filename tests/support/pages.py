"""What every page must be, whichever test fetched it: valid, labelled, and safe to submit."""

from __future__ import annotations

import re
from collections import Counter
from xml.etree.ElementTree import Element

import html5lib

SELF_LABELLED = {"hidden", "submit", "button", "reset", "image"}


def page_problems(html: str) -> list[str]:
    """Return what is wrong with a whole page, in words: nothing for a good one."""
    parser = html5lib.HTMLParser(namespaceHTMLElements=False)
    root = parser.parse(html)
    problems = [
        f"invalid HTML at {where}: {code} {words or ''}".strip() for where, code, words in parser.errors
    ]
    for check in (_outline, _ids, _labels, _forms, _policy):
        problems += check(root)
    return problems


def _outline(root: Element) -> list[str]:
    problems = []
    if not (root.findtext("head/title") or "").strip():
        problems.append("no title")
    if not root.get("lang"):
        problems.append("no language")
    headings = root.findall(".//h1")
    if len(headings) != 1:
        problems.append(f"{len(headings)} h1 headings instead of one")
    problems += [
        f"an image without alt: {image.get('src')}" for image in root.iter("img") if image.get("alt") is None
    ]
    return problems


def _ids(root: Element) -> list[str]:
    counted = Counter(element.get("id") for element in root.iter() if element.get("id") is not None)
    problems = [f"the id {name!r} is used {times} times" for name, times in counted.items() if times > 1]
    for element in root.iter():
        for attribute in ("for", "aria-labelledby", "aria-describedby", "aria-controls"):
            named = (element.get(attribute) or "").split()
            problems += [f"{attribute} names no element: {name}" for name in named if name not in counted]
    return problems


def _labels(root: Element) -> list[str]:
    named = {label.get("for") for label in root.iter("label")}
    within = {field for label in root.iter("label") for field in label.iter()}
    problems = []
    for field in root.iter():
        if field.tag not in {"input", "select", "textarea"} or field.get("type") in SELF_LABELLED:
            continue
        if not (field in within or field.get("id") in named or _has_name(field)):
            problems.append(f"a field without label: {field.get('name')}")
    silent = [b for b in root.iter("button") if not ("".join(b.itertext()).strip() or _has_name(b))]
    problems += ["a button without text" for _ in silent]
    return problems


def _has_name(element: Element) -> bool:
    return bool(element.get("aria-label") or element.get("aria-labelledby"))


def _forms(root: Element) -> list[str]:
    problems = []
    for form in root.iter("form"):
        action, method = form.get("action"), (form.get("method") or "get").lower()
        if not action:
            problems.append("a form without action")
        fields = {field.get("name"): field.get("value") for field in form.iter("input")}
        if method == "post" and not fields.get("csrf_token"):
            problems.append(f"a form without csrf_token: {action}")
        files = any(field.get("type") == "file" for field in form.iter("input"))
        if files and form.get("enctype") != "multipart/form-data":
            problems.append(f"a form with a file that would not be sent: {action}")
    return problems


def _policy(root: Element) -> list[str]:
    """Find what a content security policy without unsafe-inline would silently drop."""
    problems = ["a style element" for _ in root.iter("style")]
    for element in root.iter():
        problems += [
            f"an inline {name}" for name in element.attrib if name == "style" or re.match(r"on[a-z]+$", name)
        ]
        if element.tag == "script" and not element.get("src") and element.get("type") != "application/json":
            problems.append("an inline script")
        if (element.get("href") or "").strip().lower().startswith("javascript:"):
            problems.append("a link that is a script")
    return problems
