"""`POST /v1/classify`: 28×28 arrays in MNIST's form, many in one request."""

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
from fastapi import APIRouter, Depends, Request
from pydantic_core import from_json
from starlette.responses import Response

from digitscope import models
from digitscope.arrays import Images
from digitscope.errors import ImageError, UsageError, unknown
from digitscope.web.problems import Problem, may_be, only_known
from digitscope.web.schemas import CLASSIFY_BODY, Classification
from digitscope.web.service import Service, encoded, service_of
from digitscope.web.timing import Timing

T = TypeVar("T")

LISTS = 29  # of JSON in an image: its rows, and itself
SMALL = 64_000  # bytes of JSON that are parsed at once, within a millisecond

router = APIRouter(prefix="/v1", tags=["reading"], dependencies=[Depends(only_known)])


@router.post(
    "/classify",
    summary="Classify images of 28×28 pixels",
    response_model=Classification,
    responses=may_be(400, 401, 404, 408, 413, 415, 422, 429, 503),
    openapi_extra=CLASSIFY_BODY,
)
async def classify(request: Request) -> Response:
    """Ink bright on dark, as in MNIST: whole numbers 0 to 255, or all values in 0…1. Requests that arrive together are
    run as one batch.
    """
    service, timing = service_of(request), Timing()
    async with service.received(request) as body:
        with timing("decoding"):
            images, name = await beside(service, body, lambda: arrays_in(body, service))
    reader = service.classifier(name)
    output = await service.batches[reader.model.name].run(images, timing)
    with timing("encoding"):
        digits, rejections = models.given_digit(output), models.rejection(output)
        answer = encoded(
            {
                "model": {"name": reader.model.name, "version": reader.model.version},
                "digits": digits.argmax(axis=1).tolist(),
                "probabilities": np.round(digits.astype(float), 6).tolist(),
                "rejections": np.round(rejections.astype(float), 6).tolist(),
            }
        )
    return service.answer(answer, timing)


async def beside(service: Service, body: bytes, parse: Callable[[], T]) -> T:
    """What `parse` returns; where the body is large, in a thread, while the event loop goes on."""
    if len(body) <= SMALL:
        return parse()
    value, _ = await service.work.run(lambda _: parse())
    return value


def arrays_in(body: bytes, service: Service) -> tuple[Images, str | None]:
    """The images of the body, uint8 [N, 28, 28], and the model that it names.

    Raises:
        Problem: 422 where it is no such JSON, 413 where there are too many images.
        ImageError: the images have another shape, or values that are no pixels.
    """
    value = json_in(body, service.settings.max_images)
    for field in value.keys() - {"images", "model"}:
        raise unknown("field", field[:40], ("images", "model"))
    name = value.get("model")
    if name is not None and not isinstance(name, str):
        raise UsageError(f"The model must be a name. Received: type={type(name).__name__}")
    if "images" not in value:
        raise UsageError(f"There are no images. Expected the field 'images'. Received: fields={sorted(value)!r}")
    given = value["images"]
    count, most = len(given) if isinstance(given, list) else 0, service.settings.max_images
    if count > most and (_depth(given) == 3 or count > 28):  # else it is one image
        raise Problem(
            413, "too-many-images", f"There are too many images. Expected at most {most}. Received: images={count}"
        )
    return pixels(given), name


def json_in(body: bytes, most: int) -> dict[str, Any]:
    """The JSON object that the body is; Problem 422 where it is none, 413 where `most` images have fewer lists."""
    if body.count(b"[") > LISTS * (most + 1):  # millions would take a while to make
        raise Problem(413, "too-many-images", f"There are too many lists in the JSON. Expected at most {most} images.")
    try:
        value = from_json(body)
    except ValueError as error:
        raise Problem(422, "invalid-json", f"The body is no JSON: {str(error)[:100]}. Expected an object.") from None
    if not isinstance(value, dict):
        raise Problem(422, "invalid-json", f"Expected a JSON object. Received: type={type(value).__name__}")
    return value


def pixels(given: object) -> Images:
    """Nested lists [N, 28, 28] or [28, 28] → uint8 [N, 28, 28]; floats in 0…1 are scaled to 255."""
    expected = "Expected [N, 28, 28] or [28, 28] of whole numbers 0 to 255, or of numbers in 0…1"
    try:
        array = np.array(given)
    except (ValueError, OverflowError):
        raise ImageError(f"The images are no array: rows differ in length. {expected}. Received: lists") from None
    if array.shape == (28, 28):
        array = array[None]
    received = f"Received: shape={array.shape[:6]}, dtype={array.dtype}"
    if array.ndim != 3 or array.shape[1:] != (28, 28) or not len(array):
        raise ImageError(f"The images have another shape. {expected}. {received}")
    if array.dtype.kind not in "iuf":
        raise ImageError(f"The images hold other things than numbers. {expected}. {received}")
    low, high = array.min(), array.max()
    if not (low >= 0 and high <= 255):
        raise ImageError(f"A pixel is out of range. {expected}. {received}, least={low}, largest={high}")
    if array.dtype.kind == "f":
        if high > 1:
            raise ImageError(f"A pixel is neither a whole number nor in 0…1. {expected}. {received}, largest={high}")
        array = np.rint(255 * array)
    return array.astype(np.uint8)


def _depth(value: object) -> int:
    depth = 0
    while isinstance(value, list):
        value, depth = value[0] if value else None, depth + 1
    return depth
