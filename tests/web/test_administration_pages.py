"""What the system administrator does: users, roles, units, incidents, and never a case."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from support.designer import Visitor
from tuntas.found import PASSWORD

pytestmark = pytest.mark.parametrize("office_url", ["sqlite"], indirect=True)
GOOD = "kuda hijau makan pisang"


@pytest.fixture
def admin(app: Flask) -> Visitor:
    """Return the system administrator, signed in."""
    return Visitor.signed_in(app, "administrator")


def choice(page: str, label: str) -> str:
    """The value behind a word in a list to choose from."""
    found = re.search(rf'<option value="([^"]+)"[^>]*>\s*{re.escape(label)}</option>', page)
    assert found, label
    return found.group(1)


def new_user(admin: Visitor, **changes: str) -> str:
    """Create a user and return the address of the page about them."""
    page = admin.page("/users/new")
    values = {
        "name": "Nina Contoh",
        "username": "nina.contoh",
        "password": GOOD,
        "role": "auditor",
        "unit": choice(page, "Pemerintah Kabupaten Sukamaju (contoh)"),
        **changes,
    }
    answer = admin.post("/users/new", **values)
    admin.follow(answer)
    return str(answer.headers["Location"]).split("?")[0]


def version_of(page: str) -> str:
    """The version that the page's forms were made from."""
    found = re.search(r'name="version" value="(\d+)"', page)
    assert found
    return found.group(1)


def test_a_new_user_signs_in_with_the_first_password(app: Flask, admin: Visitor) -> None:
    new_user(admin)
    nina = Visitor(app.test_client())
    nina.page("/sign-in")
    assert nina.post("/sign-in", username="nina.contoh", password=GOOD).headers["Location"] == "/cases"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"username": "auditor"}, "username"),
        ({"username": "A B"}, "username"),
        ({"password": "short"}, "password"),
        ({"password": "nina.contoh nina.contoh"}, "password"),
        ({"name": ""}, "name"),
    ],
)
def test_a_refused_user_is_told_at_the_field(admin: Visitor, changes: dict[str, str], field: str) -> None:
    admin.page("/users/new")
    values = {"name": "Nina Contoh", "username": "nina.contoh", "password": GOOD, **changes}
    answer = admin.post("/users/new", **values)
    assert answer.status_code == 422
    assert f'id="f-{field}-error"' in answer.text
    assert GOOD not in answer.text


def test_roles_are_added_and_taken_away(admin: Visitor) -> None:
    path = new_user(admin)
    page = admin.page(path)
    unit = choice(page, "\u2003Dinas Kesehatan")
    kept = re.search(r'name="keep" value="([^"]+)"', page)
    assert kept
    page = admin.follow(
        admin.post(f"{path}/roles", version=version_of(page), keep=kept.group(1), role="superior", unit=unit)
    )
    assert page.count('name="keep"') == 2
    page = admin.follow(admin.post(f"{path}/roles", version=version_of(page)))
    assert 'name="keep"' not in page


def test_a_change_on_an_older_version_is_refused(admin: Visitor) -> None:
    path = new_user(admin)
    seen = version_of(admin.page(path))
    admin.follow(admin.post(path, version=seen, name="Nina Baru"))
    answer = admin.post(path, version=seen, name="Nina Lain")
    assert answer.status_code == 422
    assert "versi lama" in answer.text


def test_deactivating_shuts_a_user_out_at_once(app: Flask, admin: Visitor) -> None:
    path = new_user(admin)
    nina = Visitor(app.test_client())
    nina.page("/sign-in")
    nina.post("/sign-in", username="nina.contoh", password=GOOD)
    page = admin.page(path)
    assert "dinonaktifkan" in admin.follow(admin.post(f"{path}/deactivate", version=version_of(page)))
    assert nina.client.get("/cases").status_code == 303


def test_administrators_cannot_shut_themselves_out(admin: Visitor) -> None:
    page = admin.page("/users?text=Teguh")
    found = re.search(r'href="(/users/[0-9a-f-]{36})"', page)
    assert found
    mine = admin.page(found.group(1))
    assert "Nonaktifkan pengguna ini" not in mine
    answer = admin.post(f"{found.group(1)}/roles", version=version_of(mine))
    assert answer.status_code == 422


def test_units_are_created_renamed_and_keep_their_old_name(admin: Visitor) -> None:
    page = admin.page("/units/new")
    parent = choice(page, "\u2003Dinas Kesehatan")
    page = admin.follow(
        admin.post("/units/new", name="Puskesmas Mekar", code="pkm-mekar", kind="unit", parent=parent)
    )
    found = re.search(r'href="(/units/[0-9a-f-]{36})">Puskesmas Mekar', page)
    assert found
    admin.page(found.group(1))
    values = {"code": "pkm-mekar", "kind": "unit", "parent": parent}
    admin.follow(admin.post(found.group(1), name="Puskesmas Melati", **values))
    assert re.search(r'<textarea[^>]*id="f-aliases"[^>]*>\s*Puskesmas Mekar', admin.page(found.group(1)))
    assert "Puskesmas Melati" in admin.page("/units?text=puskesmas+mekar")


def test_a_unit_that_somebody_else_changed_is_not_overwritten(admin: Visitor) -> None:
    address = re.search(r'href="(/units/[0-9a-f-]{36})">Dinas Kesehatan', admin.page("/units"))
    assert address
    page = admin.page(address.group(1))
    parent = re.search(r'<option value="([^"]+)" selected>\s*\u2003?Pemerintah', page)
    values = {"code": "dinkes", "kind": "agency", "version": version_of(page)}
    values |= {"parent": parent.group(1)} if parent else {}
    admin.follow(admin.post(address.group(1), name="Dinas Kesehatan Kabupaten", **values))
    answer = admin.post(address.group(1), name="Dinas Lain", **values)
    assert (answer.status_code, "Dinas Lain" in answer.text) == (412, True)
    assert "Dinas Lain" not in admin.page("/units")


def test_a_unit_whose_time_is_over_leaves_the_list_unless_it_is_asked_for(admin: Visitor) -> None:
    address = re.search(r'href="(/units/[0-9a-f-]{36})">Dinas Kesehatan', admin.page("/units"))
    assert address
    page = admin.page(address.group(1))
    values = {"name": "Dinas Kesehatan", "code": "dinkes", "kind": "agency", "version": version_of(page)}
    listed = admin.follow(admin.post(address.group(1), valid_to="2026-01-31", **values))
    assert "Dinas Kesehatan" not in listed
    assert "Tidak berlaku" in admin.page("/units?over=yes")


def test_a_taken_code_is_told_at_the_field(admin: Visitor) -> None:
    page = admin.page("/units/new")
    answer = admin.post(
        "/units/new",
        name="Unit ganda",
        code="dinkes",
        kind="unit",
        parent=choice(page, "\u2003Dinas Kesehatan"),
    )
    assert answer.status_code == 422
    assert 'id="f-code-error"' in answer.text
    assert 'value="Unit ganda"' in answer.text


def test_the_list_of_incidents_is_empty_while_nothing_failed(admin: Visitor) -> None:
    assert "Tidak ada insiden" in admin.page("/incidents")


def test_users_change_their_own_password_with_the_present_one(app: Flask) -> None:
    auditor = Visitor.signed_in(app, "auditor")
    auditor.page("/account")
    wrong = auditor.post("/account/password", current="wrong", password=GOOD, repeated=GOOD)
    assert wrong.status_code == 422
    assert 'id="f-current-error"' in wrong.text
    differ = auditor.post("/account/password", current=PASSWORD, password=GOOD, repeated=GOOD + "!")
    assert 'id="f-repeated-error"' in differ.text
    page = auditor.follow(auditor.post("/account/password", current=PASSWORD, password=GOOD, repeated=GOOD))
    assert "Kata sandi diganti" in page
