"""Who may ask, what a browser may load, and what is logged."""

import logging
import re

import pytest
from fastapi import Request
from fastapi.testclient import TestClient

from digitscope.web.app import create_app
from digitscope.web.settings import Settings


@pytest.mark.parametrize("path", ["/", "/docs", "/healthz", "/v1/models", "/nothing", "/openapi.json", "/main.js"])
def test_no_answer_lets_a_browser_load_or_run_anything_from_elsewhere(client, path):
    headers = client.get(path).headers
    policy = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == "'self'"
    assert not re.search(r"https?:|\*", headers["content-security-policy"])
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "access-control-allow-origin" not in headers
    assert "server" not in headers


@pytest.mark.parametrize("path", ["/", "/docs"])
def test_no_page_names_another_host_or_holds_a_script(client, path):
    page = client.get(path).text
    assert not re.search(r"(src|href)=\"?(https?:)?//", page)
    assert not re.search(r"<script(?![^>]*\bsrc=)", page)
    assert " style=" not in page


def test_where_there_is_a_token_it_is_asked_for(limited, assert_problem):
    for path in ("/v1/models", "/v1/experiment", "/v2", "/v2/models/cnn", "/metrics"):
        for header in ("", "Bearer wrong", "Basic secret", "secret"):
            answer = limited.get(path, headers={"Authorization": header})
            assert_problem(answer, 401, "unauthorized")
            assert answer.headers["www-authenticate"] == "Bearer"
        assert limited.get(path).status_code == 200
    for path in ("/", "/healthz", "/readyz"):
        assert limited.get(path, headers={"Authorization": ""}).status_code == 200


def test_a_request_keeps_the_id_that_it_came_with_if_it_is_one(client):
    assert client.get("/healthz", headers={"X-Request-ID": "a-1.b"}).headers["x-request-id"] == "a-1.b"
    for odd in ("a b", "x" * 65, "\u00fc".encode("latin-1"), ""):
        assert re.fullmatch(
            "[0-9a-f]{32}", client.get("/healthz", headers={"X-Request-ID": odd}).headers["x-request-id"]
        )


def test_the_log_holds_nothing_that_a_client_sent(client, receipt, caplog):
    caplog.set_level(logging.DEBUG)
    client.post("/v1/read?min_confidence=0.123", files={"file": ("private.jpg", receipt)}, headers={"User-Agent": "me"})
    client.get("/private")
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("digitscope")]
    assert len(ours) == 2
    assert not re.search("private|0.123|me$|127.0.0.1|testclient|40312", " ".join(ours))


def test_an_unforeseen_failure_is_a_problem_and_its_text_is_not_logged(caplog, assert_problem):
    app = create_app(Settings(threads=1))

    async def fails(request: Request):
        raise ValueError(request.url.query)

    app.add_api_route("/v1/fails", fails)
    app.router.routes.insert(0, app.router.routes.pop())  # before the page's files, which answer for every path
    with TestClient(app, raise_server_exceptions=False) as client:
        assert_problem(client.get("/v1/fails?what-was-sent"), 500, "internal-error")
    logged = " ".join(record.getMessage() for record in caplog.records if record.name == "digitscope.web")
    assert "ValueError" in logged
    assert "what-was-sent" not in logged
