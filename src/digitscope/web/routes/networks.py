"""What the page runs by itself: `/models/NAME.json` and `.bin`, a classifier's layers and weights; the page to keep.

A browser keeps the two files and asks whether they are still the same, which an ETag tells.
"""

import functools
import hashlib
import json
from pathlib import Path

from fastapi import APIRouter, Request
from starlette.responses import Response

from digitscope import models
from digitscope.web import playground
from digitscope.web.service import service_of

router = APIRouter(include_in_schema=False)


@router.get("/models/{name}.json")
def record(name: str, request: Request) -> Response:
    """The layers, as `views/network.js` takes them."""
    return _kept(request, _files(service_of(request).classifier(name).model.path)[0], "application/json")


@router.get("/models/{name}.bin")
def weights(name: str, request: Request) -> Response:
    """The weights, float32 little-endian."""
    return _kept(request, _files(service_of(request).classifier(name).model.path)[1], "application/octet-stream")


@router.get("/playground.html")
def page_to_keep() -> Response:
    """Draw and Look inside as one file, to be saved: its script runs where it is saved, not here."""
    return Response(
        _playground(), media_type="text/html", headers={"Content-Disposition": 'attachment; filename="playground.html"'}
    )


def _kept(request: Request, content: bytes, media_type: str) -> Response:
    """The content, or 304 where the browser has it already."""
    tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": "no-cache"}
    known = request.headers.get("if-none-match", "")
    if known == "*" or tag in (name.strip().removeprefix("W/") for name in known.split(",")):
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=media_type, headers=headers)


@functools.lru_cache(maxsize=8)
def _files(path: Path) -> tuple[bytes, bytes]:
    """A classifier's two files: layers as JSON, and weights."""
    payload = playground.network_payload(models.load(path))
    return json.dumps(payload.record, allow_nan=False).encode(), payload.weights


@functools.cache
def _playground() -> str:
    return playground.render()
