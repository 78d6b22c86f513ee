"""Whether the service lives, whether it is ready, and what Prometheus reads."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from digitscope.web.problems import may_be
from digitscope.web.schemas import Status
from digitscope.web.service import service_of

router = APIRouter(tags=["health"])


@router.get("/healthz", summary="Whether the process lives", response_model=Status)
async def healthz() -> dict[str, str]:
    """Answers as long as the process can answer at all."""
    return {"status": "ok"}


@router.get("/readyz", summary="Whether requests can be answered", response_model=Status, responses=may_be(503))
async def readyz(request: Request) -> dict[str, str]:
    """200 once the models are loaded and have run."""
    service_of(request)
    return {"status": "ready"}


@router.get(
    "/metrics",
    summary="Counters, for Prometheus",
    response_class=Response,
    responses={**may_be(401, 503), 200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
async def metrics(request: Request) -> Response:
    """Requests by route and status, and a histogram of each part of the work."""
    counted = service_of(request).metrics
    return Response(counted.answer(), media_type=counted.media_type)
