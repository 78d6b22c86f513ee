"""`POST /v1/read`: the digits on a photo, scan, drawing or PDF."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from digitscope.reading.assembly import DoubtfulAs
from digitscope.reading.orientation import Rotate
from digitscope.web.body import image_in
from digitscope.web.problems import may_be, only_known
from digitscope.web.schemas import IMAGE_BODY, Reading
from digitscope.web.service import encoded, service_of
from digitscope.web.timing import Timing

ROTATIONS: dict[str, Rotate] = {"auto": "auto", "0": 0, "90": 90, "180": 180, "270": 270}

router = APIRouter(prefix="/v1", tags=["reading"], dependencies=[Depends(only_known)])


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
    expect: Annotated[
        str | None,
        Query(
            max_length=200,
            description="What each row is: a regular expression, a check digit (luhn, isbn, iban:DE), or both with a "
            "space between. Each line's `expected` has its likeliest reading that fits.",
            examples=[r"\d{5}"],
        ),
    ] = None,
    region: Annotated[
        str | None,
        Query(
            pattern=r"^\d{1,6},\d{1,6},\d{1,6},\d{1,6}$",
            description="Read only this part of each page: x,y,width,height in pixels of the page as displayed.",
            examples=["100,40,300,80"],
        ),
    ] = None,
    pictures: Annotated[
        bool, Query(description="Also answer the page, the steps from photo to glyph, and each glyph, as pictures.")
    ] = False,
) -> Response:
    """The body is the image itself or a form with a file. The answer is that of `digitscope read --json`.

    Server-Timing says where the time went: queueing, decoding, reading, encoding.
    """
    service = service_of(request)
    content_type = request.headers.get("content-type", "")
    options = {
        "min_confidence": min_confidence,
        "doubtful": doubtful,
        "expect": expect,
        "rotate": ROTATIONS[rotate],
        "region": None if region is None else tuple(map(int, region.split(","))),
    }
    async with service.received(request) as body:

        def job(deadline: float) -> tuple[bytes, Timing]:
            timing = Timing()
            content = image_in(body, content_type)
            value = service.read(content, deadline, timing, options, with_pictures=pictures)
            with timing("encoding"):
                answer = encoded(value)
            return answer, timing

        (answer, timing), queued = await service.work.run(job)
    return service.answer(answer, timing, queued)
