"""What OpenAPI says holds: for each operation, requests are made from its description and the answers are checked."""

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from digitscope.web.app import create_app
from digitscope.web.settings import Settings

CHECKS = (not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance)
EVERY = {
    *(("GET", path) for path in ("/healthz", "/readyz", "/metrics", "/v1/models", "/v1/experiment", "/v2")),
    *(("GET", f"/v2/{path}") for path in ("health/live", "health/ready", "models/{name}", "models/{name}/ready")),
    *(("POST", path) for path in ("/v1/read", "/v1/classify", "/v1/explain", "/v2/models/{name}/infer")),
}


@schemathesis.serializer("application/pdf")
def pdf(context, value):
    """What a PDF's place is filled with, as it is."""
    return value


schema = schemathesis.openapi.from_asgi("/openapi.json", create_app(Settings(threads=2)))


@schema.parametrize()
@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@pytest.mark.slow
def test_every_answer_is_one_that_the_description_has(case):
    case.call_and_validate(checks=CHECKS)


def test_every_operation_is_described(client):
    found = client.get("/openapi.json").json()["paths"]
    assert {(method.upper(), path) for path, methods in found.items() for method in methods} == EVERY


def test_every_operation_names_its_problems_and_has_words(client):
    for path, methods in client.get("/openapi.json").json()["paths"].items():
        for operation in methods.values():
            assert operation["summary"], path
            assert operation["description"], path
            for status, answer in operation["responses"].items():
                assert ("application/problem+json" in answer.get("content", {})) == (status >= "400"), (path, status)


def test_the_examples_of_bodies_are_answered(client):
    for path, methods in client.get("/openapi.json").json()["paths"].items():
        content = methods.get("post", {}).get("requestBody", {}).get("content", {}).get("application/json")
        if content:
            answer = client.post(path.replace("{name}", "cnn"), json=content["example"])
            assert answer.status_code == 200, answer.text


def test_a_method_that_there_is_not_is_a_problem(client, assert_problem):
    assert_problem(client.get("/v1/read"), 405, "method-not-allowed")
    assert_problem(client.delete("/v1/models"), 405, "method-not-allowed")
    assert_problem(client.get("/v1/nothing"), 404, "not-found")
