"""`POST /v1/read`: the digits on a photo, scan, drawing or PDF."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from digitscope.reading.orientation import Rotate
from digitscope.reading.reader import DoubtfulAs
from digitscope.web.body import image_in
from digitscope.web.problems import may_be
from digitscope.web.schemas import IMAGE_BODY, Reading
from digitscope.web.service import encoded, service_of
from digitscope.web.timing import Timing

ROTATIONS: dict[str, Rotate] = {"auto": "auto", "0": 0, "90": 90, "180": 180, "270": 270}

router = APIRouter(prefix="/v1", tags=["reading"])


@router.post(
    "/read",
    summary="Read the digits on a photo, scan, drawing or PDF",
    response_model=Reading,
    responses=may_be(400, 401, 408, 413, 415, 422, 429, 503),
    openapi_extra=IMAGE_BODY,
)
async def read(
    request: Request,
    min_confidence: Annotated[
        float | None, Query(ge=0, le=1, description="Digits below this confidence are marked as doubtful.")
    ] = None,
    doubtful: Annotated[
        DoubtfulAs, Query(description="What the text has for a doubtful digit: a ?, its likeliest value, or nothing.")
    ] = "mark",
    rotate: Annotated[
        Literal["auto", "0", "90", "180", "270"], Query(description="Degrees by which the page stands turned.")
    ] = "auto",
    pictures: Annotated[
        bool, Query(description="Also answer the page, the steps from photo to glyph, and each glyph, as pictures.")
    ] = False,
) -> Response:
    """The body is the image itself or a form with a file. The answer is that of `digitscope read --json`.

    Server-Timing says where the time went: queueing, decoding, reading, encoding.
    """
    service = service_of(request)
    content_type = request.headers.get("content-type", "")
    async with service.received(request) as body:

        def job(deadline: float) -> tuple[bytes, Timing]:
            timing = Timing()
            value = service.read(
                image_in(body, content_type),
                deadline,
                timing,
                min_confidence=min_confidence,
                doubtful=doubtful,
                rotate=ROTATIONS[rotate],
                with_pictures=pictures,
            )
            with timing("encoding"):
                answer = encoded(value)
            return answer, timing

        (answer, timing), queued = await service.work.run(job)
    return service.answer(answer, timing, queued)
