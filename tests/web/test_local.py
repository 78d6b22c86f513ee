"""A page for whoever sits at this machine: nobody else may ask it anything."""

import re

import pytest
from fastapi.testclient import TestClient

from digitscope.errors import UsageError
from digitscope.review.app import PAGE
from digitscope.web.local import local_app


@pytest.fixture
def client():
    app = local_app("a page", PAGE)
    asked = []

    @app.post("/change")
    def change() -> dict[str, int]:
        asked.append(1)
        return {"times": len(asked)}

    @app.get("/wrong")
    def wrong() -> None:
        raise UsageError("That is wrong. Expected right. Received: it='wrong'")

    with TestClient(app, base_url="http://127.0.0.1:1234") as client:
        yield client


def test_only_its_own_page_may_change_anything(client):
    assert client.post("/change").json() == {"times": 1}
    assert client.post("/change", headers={"origin": "http://127.0.0.1:1234"}).json() == {"times": 2}
    for origin in ("http://evil.example", "http://127.0.0.1:80", "null"):
        assert client.post("/change", headers={"origin": origin}).status_code == 403
    assert client.post("/change").json() == {"times": 3}


def test_another_name_for_this_machine_is_refused(client):
    assert client.get("/", headers={"host": "rebound.example"}).status_code == 400


@pytest.mark.parametrize("path", ["/", "/local/local.css", "/views/colours.css", "/page/review.css"])
def test_nothing_is_loaded_from_elsewhere(client, path):
    answer = client.get(path)
    assert answer.status_code == 200
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert not re.search(r"(src|href)=\"?(https?:)?//", answer.text)


def test_an_error_is_a_problem(client):
    answer = client.get("/wrong")
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert answer.json()["detail"].startswith("That is wrong")
