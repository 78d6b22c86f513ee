"""Errors as RFC 9457 has them: every answer that is no success is `application/problem+json`.

    raise Problem(413, "body-too-large", "The body is too large. Expected at most 20 bytes. Received: bytes=21")

An error of the library becomes the problem of its kind. In the answers of /v2 the text stands in `error` as well, where
clients of the Open Inference Protocol look for it.
"""

import json
import math
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from digitscope.errors import (
    DigitscopeError,
    ImageError,
    ImageKindError,
    ImageTooLargeError,
    UsageError,
    unknown,
)

MEDIA_TYPE = "application/problem+json"


class Problem(Exception):  # noqa: N818 RFC 9457's own word
    """An answer that is an error: its status, its kind in a word, and what is wrong."""

    def __init__(self, status: int, kind: str, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status, self.kind, self.detail, self.headers = status, kind, detail, dict(headers or {})


def busy(what: str, *, seconds: float = 1.0) -> Problem:
    """Too much at once: try again in so many seconds."""
    return Problem(429, "too-many-requests", what, {"Retry-After": str(max(1, math.ceil(seconds)))})


def too_slow(seconds: float) -> Problem:
    """The answer took longer than it may."""
    return Problem(
        503,
        "too-slow",
        f"The answer takes too long. Expected it within {seconds:g} seconds; a smaller image may do.",
        {"Retry-After": "5"},
    )


def of_error(error: DigitscopeError) -> Problem:
    """The library's error as a problem."""
    if isinstance(error, ImageTooLargeError):
        return Problem(413, "image-too-large", str(error))
    if isinstance(error, ImageKindError):
        return Problem(415, "unsupported-type", str(error))
    if isinstance(error, ImageError):
        return Problem(422, "unreadable-image", str(error))
    if isinstance(error, UsageError):
        return Problem(422, "invalid-value", str(error))
    return Problem(500, "internal-error", "The service failed; its log names the error under this request's id.")


def answer(request: Request, problem: Problem) -> Response:
    """The problem as an answer."""
    body: dict[str, Any] = {
        "type": f"urn:digitscope:problem:{problem.kind}",
        "title": HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "detail": problem.detail,
        "instance": f"urn:digitscope:request:{request.scope.get('state', {}).get('request_id', 'unknown')}",
    }
    if request.url.path.startswith("/v2"):
        body["error"] = problem.detail
    return Response(json.dumps(body), problem.status, problem.headers, MEDIA_TYPE)


def only_known(request: Request) -> None:
    """A dependency of operations: a parameter that they do not have is a mistake, and is refused.

    Raises:
        UsageError: there is such a one.
    """
    known = [parameter.alias for parameter in request.scope["route"].dependant.query_params]
    strange = next((name[:40] for name in request.query_params if name not in known), None)
    if strange is not None and known:
        raise unknown("parameter", strange, known)
    if strange is not None:
        raise UsageError(f"This operation has no parameters. Expected none. Received: parameter={strange!r}")


async def on_problem(request: Request, error: Exception) -> Response:
    """Handles Problem, the library's errors, those of the router and those of FastAPI's validation."""
    if isinstance(error, Problem):
        return answer(request, error)
    if isinstance(error, DigitscopeError):
        return answer(request, of_error(error))
    if isinstance(error, HTTPException):
        kind = "-".join(HTTPStatus(error.status_code).phrase.lower().split())
        return answer(request, Problem(error.status_code, kind, f"{error.detail}.", error.headers))
    if isinstance(error, RequestValidationError):
        wrong = "; ".join(map(_wrong, error.errors()[:5]))
        return answer(request, Problem(422, "invalid-value", f"A value is invalid: {wrong}"))
    raise error


def _wrong(found: Mapping[str, Any]) -> str:
    """What FastAPI's validation says of one value."""
    return f"{'.'.join(map(str, found['loc']))}: {found['msg']}. Received: {str(found['input'])[:100]!r}"


HANDLED = (Problem, DigitscopeError, HTTPException, RequestValidationError)

Responses = dict[int | str, dict[str, Any]]


def _example(status: int, kind: str, detail: str) -> dict[str, Any]:
    return {
        "type": f"urn:digitscope:problem:{kind}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "instance": "urn:digitscope:request:7f4ad63d07b9407bb56c0d5a4d5b8a9e",
    }


RESPONSES: Responses = {
    status: {
        "description": text,
        "content": {
            MEDIA_TYPE: {
                "schema": {"$ref": "#/components/schemas/Problem"},
                "example": _example(status, kind, detail),
            }
        },
    }
    for status, text, kind, detail in (
        (
            400,
            "The request is malformed.",
            "empty-body",
            "The body is empty. Expected an image or JSON. Received: bytes=0",
        ),
        (
            401,
            "The token is missing or wrong.",
            "unauthorized",
            "The token is missing or wrong. Expected: Authorization: Bearer TOKEN",
        ),
        (
            404,
            "There is no such model.",
            "unknown-model",
            "There is no such model. Expected one of: cnn, fast, mlp. Received: model='cmn'",
        ),
        (
            408,
            "The body did not arrive in time.",
            "upload-too-slow",
            "The body does not arrive. Expected all of it within 20 seconds. Received: bytes=14600",
        ),
        (
            413,
            "The body is too large, or has too many pixels, pages or images.",
            "body-too-large",
            "The body is too large. Expected at most 20,000,000 bytes. Received: bytes=20000001",
        ),
        (
            415,
            "The body is of an unknown type.",
            "unsupported-type",
            "The file is of no known kind. Expected a JPEG, PNG or PDF file. Received: 20 bytes",
        ),
        (
            422,
            "The body cannot be decoded, or a value in it is invalid.",
            "unreadable-image",
            "The file is cut off. Expected all of a PNG file. Received: 1000 bytes",
        ),
        (
            429,
            "Too many requests at once; Retry-After says when to try again.",
            "too-many-requests",
            "The service is busy. Expected at most 66 requests at once.",
        ),
        (
            503,
            "The answer took too long.",
            "too-slow",
            "The answer takes too long. Expected it within 20 seconds; a smaller image may do.",
        ),
    )
}


def may_be(*statuses: int) -> Responses:
    """The problems that an operation may answer with, for OpenAPI."""
    return {status: RESPONSES[status] for status in statuses}
