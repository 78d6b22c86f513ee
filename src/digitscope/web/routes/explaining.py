"""`POST /v1/explain`: what a network makes of one digit, and what its answer depends on."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from digitscope.explanation.html import render
from digitscope.reading.reader import PHOTO_PIXELS
from digitscope.web.body import image_in
from digitscope.web.problems import may_be, only_known
from digitscope.web.schemas import IMAGE_BODY, Explanation
from digitscope.web.service import encoded, service_of
from digitscope.web.timing import Timing

PAGE = {"content": {"text/html": {"schema": {"type": "string"}}}}

router = APIRouter(prefix="/v1", tags=["reading"], dependencies=[Depends(only_known)])


@router.post(
    "/explain",
    summary="Explain what a network makes of one digit",
    response_model=Explanation,
    responses={**may_be(400, 401, 404, 408, 413, 415, 422, 429, 503), 200: PAGE},
    openapi_extra=IMAGE_BODY,
)
async def explain(
    request: Request,
    model: Annotated[str | None, Query(description="A shipped model's name; the default reader unless given.")] = None,
    digit: Annotated[int, Query(ge=0, le=10_000, description="Which of the picture's digits, counted from 0.")] = 0,
    outputs: Annotated[bool, Query(description="With every layer's output.")] = True,
    format: Annotated[Literal["json", "html"], Query(description="html: the whole page, to save.")] = "json",
) -> Response:
    """The body is the image itself or a form with a file. The answer is that of `digitscope explain --json`."""
    service = service_of(request)
    explainer = service.explainer(model)
    content_type = request.headers.get("content-type", "")
    async with service.received(request) as body:

        def job(deadline: float) -> tuple[bytes, Timing]:
            timing = Timing()
            with timing("decoding"):
                content = image_in(body, content_type)
                image = next(service.opened(content, deadline, enough=PHOTO_PIXELS))
            with timing("explaining"):
                explanation = explainer.explain(image, digit=digit)
                page = render(explanation) if format == "html" else ""
                value = explanation.to_dict(outputs=outputs) if format == "json" else None
            with timing("encoding"):
                return page.encode() or encoded(value), timing

        (answer, timing), queued = await service.work.run(job)
    if format == "json":
        return service.answer(answer, timing, queued)
    page = service.answer(answer, timing, queued, media_type="text/html")
    page.headers["Content-Disposition"] = 'attachment; filename="why.html"'  # its script runs where it is saved
    return page
