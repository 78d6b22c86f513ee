"""What the page runs by itself: `/models/NAME.json` and `.bin`, a classifier's layers and weights; the page to keep."""

import functools
import json
from pathlib import Path

from fastapi import APIRouter, Request
from starlette.responses import Response

from digitscope import models
from digitscope.web import playground
from digitscope.web.playground import NetworkPayload
from digitscope.web.service import service_of

router = APIRouter(include_in_schema=False)


@router.get("/models/{name}.json")
def record(name: str, request: Request) -> Response:
    """The layers, as `views/network.js` takes them."""
    payload = _payload(service_of(request).classifier(name).model.path)
    return Response(json.dumps(payload.record, allow_nan=False), media_type="application/json")


@router.get("/models/{name}.bin")
def weights(name: str, request: Request) -> Response:
    """The weights, float32 little-endian."""
    payload = _payload(service_of(request).classifier(name).model.path)
    return Response(payload.weights, media_type="application/octet-stream")


@router.get("/playground.html")
def page_to_keep() -> Response:
    """Draw and Look inside as one file, to be saved: its script runs where it is saved, not here."""
    return Response(
        _playground(), media_type="text/html", headers={"Content-Disposition": 'attachment; filename="playground.html"'}
    )


@functools.lru_cache(maxsize=8)
def _payload(path: Path) -> NetworkPayload:
    return playground.network_payload(models.load(path))


@functools.cache
def _playground() -> str:
    return playground.render()
