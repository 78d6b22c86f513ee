"""What the service knows: its models, and the experiment that it all starts from."""

import functools
import json
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request

from digitscope import models
from digitscope.web.problems import may_be
from digitscope.web.schemas import Experiment, Models
from digitscope.web.service import service_of

EXPERIMENT = Path(__file__).parents[1] / "static" / "data" / "experiment.json"

router = APIRouter(prefix="/v1", tags=["facts"])


@router.get("/models", summary="The models", response_model=Models, responses=may_be(401, 503))
async def list_models(request: Request) -> dict[str, Any]:
    """Each shipped model, as `digitscope models --json` lists it, without its path."""
    service = service_of(request)
    found = {m.name: m for m in [*_shipped(), service.reader.model]}
    return {"models": [{**m.metadata, "parameters": m.parameters} for m in found.values()]}


@router.get("/experiment", summary="The experiment", response_model=Experiment, responses=may_be(401))
async def experiment() -> dict[str, Any]:
    """MLP against CNN on MNIST, and the tests of why the CNN wins: the published figures."""
    return _experiment()


@functools.cache
def _shipped() -> list[models.ModelFile]:
    return [models.load(name, kind=kind) for kind in models.KINDS for name in models.names(kind)]


@functools.cache
def _experiment() -> dict[str, Any]:
    return json.loads(EXPERIMENT.read_text())
