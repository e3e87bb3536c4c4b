"""Who may open which page: every view says so, and nobody else gets in."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from werkzeug.routing import Rule

from support.designer import Visitor
from tuntas.app import tuntas_of
from tuntas.found import PASSWORD
from web.access import IS_PUBLIC, SIGNED_IN, declared_permission
from web.security import HEADERS, POLICY

pytestmark = pytest.mark.parametrize("office_url", ["sqlite"], indirect=True)

SOME_ID = "018f0000-0000-7000-8000-000000000000"
ROLES = {
    "penerima": "front_desk",
    "admin.instansi": "coordinating_admin",
    "pelaksana.pupr": "case_worker",
    "auditor": "auditor",
    "perancang": "process_designer",
    "administrator": "system_administrator",
}


def page_rules(app: Flask) -> list[Rule]:
    """The rules of the URL map that are pages."""
    return [rule for rule in app.url_map.iter_rules() if not rule.rule.startswith("/api/")]


def address(rule: Rule) -> str:
    """An address of the rule with ids that belong to nothing."""
    words = {
        "code": "en",
        "name": "reply",
        "filename": "mark.svg",
        "reference": "TTS-2026-999999-X",
        "version": "1",
    }
    return re.sub(r"<(?:[^:>]+:)?(\w+)>", lambda found: words.get(found.group(1), SOME_ID), rule.rule)


def test_every_page_declares_public_or_an_act_of_the_policy(app: Flask) -> None:
    acts = tuntas_of(app).env.reference.acts
    for rule in page_rules(app):
        declared = declared_permission(app.view_functions[rule.endpoint])
        assert declared in {IS_PUBLIC, SIGNED_IN, *acts}, rule


def test_a_visitor_is_asked_to_sign_in_on_every_page_that_is_not_public(app: Flask) -> None:
    for rule in page_rules(app):
        if declared_permission(app.view_functions[rule.endpoint]) == IS_PUBLIC:
            continue
        method = "GET" if "GET" in (rule.methods or ()) else "POST"
        answer = app.test_client().open(address(rule), method=method)
        assert answer.status_code == 303, rule
        assert answer.headers["Location"].startswith("/sign-in"), rule


@pytest.mark.parametrize("username", ROLES)
def test_a_user_gets_the_same_404_for_every_page_of_other_roles(app: Flask, username: str) -> None:
    rights = tuntas_of(app).env.reference.permissions[ROLES[username]].acts
    visitor = Visitor.signed_in(app, username)
    unknown = visitor.page("/no-such-page", 404)
    for rule in page_rules(app):
        act = declared_permission(app.view_functions[rule.endpoint])
        if act in {IS_PUBLIC, SIGNED_IN} or act in rights or "GET" not in (rule.methods or ()):
            continue
        refused = visitor.page(address(rule), 404)
        assert refused.split("<h1>")[1] == unknown.split("<h1>")[1], rule


def test_a_page_without_a_declaration_answers_nobody(app: Flask) -> None:
    visitor = Visitor.signed_in(app, "administrator")
    app.view_functions["incidents.list_all_incidents"] = lambda: "forgotten"
    assert visitor.client.get("/incidents").status_code == 404


def test_every_page_carries_the_whole_set_of_headers(app: Flask) -> None:
    visitor = Visitor.signed_in(app, "administrator")
    for path, status in (("/", 200), ("/sign-in", 303), ("/users", 200), ("/no-such-page", 404)):
        headers = visitor.client.get(path).headers
        assert visitor.client.get(path).status_code == status
        assert headers["Cache-Control"] == "no-store"
        for name, value in HEADERS.items():
            assert headers[name] == value
        for directive, sources in POLICY.items():
            assert f"{directive} {sources}" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]


def test_a_static_file_is_kept_for_good_only_when_asked_for_by_its_hash(app: Flask) -> None:
    for path, words in (("/assets/mark.svg?v=1", "immutable"), ("/assets/mark.svg", "no-cache")):
        with app.test_client().get(path) as answer:
            assert words in answer.headers["Cache-Control"]


def test_cookies_hold_secrets_only_and_no_flask_session_exists(app: Flask) -> None:
    visitor = Visitor.signed_in(app, "admin.instansi")
    cookies = {cookie.key: cookie for cookie in visitor.client._cookies.values()}
    assert set(cookies) == {"tuntas_session", "tuntas_visit"}
    for cookie in cookies.values():
        assert cookie.http_only
        assert cookie.same_site == "Lax"
        assert "admin" not in cookie.value
        assert "." not in cookie.value


def test_a_form_of_another_session_is_refused(app: Flask) -> None:
    mine = Visitor.signed_in(app, "administrator")
    mine.page("/users/new")
    stranger = Visitor(app.test_client())
    stranger.page("/sign-in")
    mine.token = stranger.token
    answer = mine.post("/users/new", name="X", username="xyz", password="empat kata yang baik")
    assert answer.status_code == 400
    assert "muat ulang" in answer.text


def test_a_form_without_a_token_is_refused_on_every_changing_page(app: Flask) -> None:
    visitor = Visitor.signed_in(app, "administrator")
    for path in ("/sign-out", "/users/new", "/units/new", "/account/password", "/complaints/new"):
        visitor.token = ""
        assert visitor.post(path).status_code == 400, path


def test_signing_out_ends_the_session_on_the_server(app: Flask) -> None:
    visitor = Visitor.signed_in(app, "auditor")
    secret = visitor.client.get_cookie("tuntas_session")
    assert secret is not None
    visitor.page("/cases")
    assert "Anda sudah keluar" in visitor.follow(visitor.post("/sign-out"))
    visitor.client.set_cookie("tuntas_session", secret.value)
    assert visitor.client.get("/cases").status_code == 303


def test_a_wrong_password_says_neither_what_was_wrong_nor_what_was_typed(app: Flask) -> None:
    for username in ("administrator", "nobody.here"):
        visitor = Visitor(app.test_client())
        visitor.page("/sign-in")
        answer = visitor.post("/sign-in", username=username, password="wrong wrong wrong")
        assert answer.status_code == 422
        assert "tidak cocok" in answer.text
        assert f'value="{username}"' in answer.text
        assert "wrong wrong" not in answer.text


def test_a_new_cookie_does_not_reset_the_lock(app: Flask) -> None:
    for _attempt in range(10):
        stranger = Visitor(app.test_client())
        stranger.page("/sign-in")
        assert stranger.post("/sign-in", username="auditor", password="wrong").status_code == 422
    owner = Visitor(app.test_client())
    owner.page("/sign-in")
    assert owner.post("/sign-in", username="auditor", password=PASSWORD).status_code == 422


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "javascript:alert(1)",
        "/\tevil",
        "cases",
    ],
)
def test_signing_in_never_leads_to_another_site(app: Flask, target: str) -> None:
    visitor = Visitor(app.test_client())
    visitor.page("/sign-in")
    answer = visitor.post("/sign-in", username="auditor", password=PASSWORD, next=target)
    assert answer.headers["Location"] == "/cases"
    assert visitor.client.get("/language/en", query_string={"next": target}).headers["Location"] == "/"


def test_signing_in_comes_back_to_the_page_that_was_asked_for(app: Flask) -> None:
    visitor = Visitor(app.test_client())
    page = visitor.follow(visitor.client.get("/cases?sort=due"))
    assert 'value="/cases?sort=due"' in page
    answer = visitor.post("/sign-in", username="auditor", password=PASSWORD, next="/cases?sort=due")
    assert answer.headers["Location"] == "/cases?sort=due"


def test_a_fault_shows_a_page_without_our_insides(app: Flask) -> None:
    visitor = Visitor.signed_in(app, "administrator")

    def broken() -> str:
        raise RuntimeError("a password in a message")

    broken.tuntas_permission = IS_PUBLIC  # type: ignore[attr-defined]
    app.view_functions["site.show_home"] = broken
    app.config["PROPAGATE_EXCEPTIONS"] = False
    page = visitor.page("/", 500)
    assert "gangguan" in page
    assert "password" not in page
    assert "RuntimeError" not in page


def test_the_chosen_language_stays_and_keeps_the_page(app: Flask) -> None:
    visitor = Visitor(app.test_client())
    assert 'lang="id"' in visitor.page("/complaints/status")
    answer = visitor.client.get("/language/en?next=/complaints/status")
    page = visitor.follow(answer)
    assert '<html lang="en">' in page
    assert "Check the status of a complaint" in page
    assert "File a complaint" in visitor.page("/")
