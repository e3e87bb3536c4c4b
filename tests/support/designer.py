"""Somebody who is signed in at the pages, as the tests of the designer's pages need them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from support.pages import page_problems
from tuntas.found import PASSWORD

_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


@dataclass
class Visitor:
    """A browser without JavaScript; every page it gets is checked for what every page must be."""

    client: FlaskClient
    token: str = ""

    @classmethod
    def signed_in(cls, app: Flask, username: str) -> Visitor:
        """Sign in with the password of the fictional office."""
        visitor = cls(app.test_client())
        visitor.page("/sign-in")
        answer = visitor.post("/sign-in", username=username, password=PASSWORD)
        assert answer.status_code == 303, answer.text
        return visitor

    def page(self, path: str, status: int = 200) -> str:
        """Fetch a page and check it."""
        answer = self.client.get(path)
        assert answer.status_code == status, answer.text
        return self._checked(answer)

    def post(self, path: str, **fields: Any) -> TestResponse:
        """Send a form."""
        answer = self.client.post(path, data={"csrf_token": self.token, **fields})
        if answer.mimetype == "text/html" and answer.status_code != 303:
            self._checked(answer)
        return answer

    def send(self, path: str, content: object) -> TestResponse:
        """Send JSON as the scripts of a page do."""
        return self.client.post(path, json=content, headers={"X-CSRFToken": self.token})

    def follow(self, answer: TestResponse) -> str:
        """Fetch the page that a form leads to."""
        assert answer.status_code == 303, answer.text
        return self.page(answer.headers["Location"])

    def _checked(self, answer: TestResponse) -> str:
        assert page_problems(answer.text) == []
        found = _TOKEN.search(answer.text)
        self.token = found.group(1) if found else self.token
        return str(answer.text)
