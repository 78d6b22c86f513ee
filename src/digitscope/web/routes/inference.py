"""The Open Inference Protocol, version 2, as KServe and Triton speak it, for the shipped classifiers.

JSON tensors, and the binary extension, which clients use for arrays unless told otherwise.
"""

from typing import Any

import numpy as np
from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from digitscope import __version__
from digitscope.arrays import Floats, Images
from digitscope.errors import ImageError
from digitscope.reading.reader import Recognizer
from digitscope.web import schemas
from digitscope.web.problems import Problem, may_be
from digitscope.web.routes.classifying import beside, json_in, pixels
from digitscope.web.service import Service, encoded, service_of
from digitscope.web.timing import Timing

INTEGERS = ("UINT8", "UINT16", "UINT32", "UINT64", "INT8", "INT16", "INT32", "INT64")
BINARY = "inference-header-content-length"  # the header that says where JSON ends and tensors begin

router = APIRouter(prefix="/v2", tags=["Open Inference Protocol"])
Name = Path(description="A classifier's name.", examples=["cnn"])
FAILS = may_be(401, 404, 503)


@router.get("", summary="The server", response_model=schemas.InferenceServer, responses=may_be(401))
async def server() -> dict[str, Any]:
    """Name, version and extensions."""
    return {"name": "digitscope", "version": __version__, "extensions": ["binary_tensor_data"]}


@router.get("/health/live", summary="Whether the process lives", response_model=schemas.Live, responses=may_be(401))
async def live() -> dict[str, bool]:
    """Always, as long as it can answer."""
    return {"live": True}


@router.get(
    "/health/ready", summary="Whether inference is possible", response_model=schemas.Ready, responses=may_be(401, 503)
)
async def ready(request: Request) -> dict[str, bool]:
    """200 once the models are loaded."""
    service_of(request)
    return {"ready": True}


@router.get("/models/{name}", summary="A model", response_model=schemas.InferenceModel, responses=FAILS)
async def model(request: Request, name: str = Name) -> dict[str, Any]:
    """Its input and output tensors."""
    found = service_of(request).classifier(name).model
    return {
        "name": name,
        "versions": ["1"],
        "platform": "onnx_onnxv1",
        "inputs": [{"name": "images", "datatype": "UINT8", "shape": [-1, 28, 28]}],
        "outputs": [{"name": "probabilities", "datatype": "FP32", "shape": [-1, found.classes]}],
    }


@router.get("/models/{name}/ready", summary="Whether a model is loaded", response_model=schemas.Ready, responses=FAILS)
async def model_ready(request: Request, name: str = Name) -> dict[str, bool]:
    """200 where it is."""
    service_of(request).classifier(name)
    return {"ready": True}


@router.post(
    "/models/{name}/infer",
    summary="Run a model",
    response_model=schemas.Inferred,
    responses=may_be(400, 401, 404, 408, 413, 422, 429, 503),
    openapi_extra=schemas.INFER_BODY,
)
async def infer(request: Request, name: str = Name) -> Response:
    """One input `images`, UINT8 [N, 28, 28], one output `probabilities`, FP32 [N, 10] or [N, 11]."""
    service, timing = service_of(request), Timing()
    reader = service.classifier(name)
    async with service.received(request) as body:
        with timing("decoding"):
            header = request.headers.get(BINARY)
            asked, images = await beside(service, body, lambda: asked_in(body, header, service))
    output = await service.batches[reader.model.name].run(images, timing)
    return _answer(service, reader, asked, output, timing)


def asked_in(body: bytes, header: str | None, service: Service) -> tuple[dict[str, Any], Images]:
    """The request's JSON part, and the images of its one input.

    Raises:
        Problem: 400 where the header does not fit, 422 where the tensors are not what the model takes, 413 where there
            are too many images.
    """
    end = len(body)
    if header is not None:
        if not header.isdecimal() or int(header) > end:
            raise Problem(400, "invalid-header", f"The header {BINARY} is no length of JSON. Received: {header[:20]!r}")
        end = int(header)
    asked = json_in(body[:end], service.settings.max_images)
    inputs = asked.get("inputs")
    if not (isinstance(inputs, list) and len(inputs) == 1 and isinstance(inputs[0], dict)):
        raise ImageError("There must be one input. Expected a tensor 'images'. Received: another number of inputs")
    tensor = inputs[0]
    shape, kind = tensor.get("shape"), tensor.get("datatype")
    if tensor.get("name") != "images":
        raise ImageError(f"There is no such input. Expected 'images'. Received: name={str(tensor.get('name'))[:40]!r}")
    if not (
        isinstance(shape, list) and len(shape) == 3 and all(type(n) is int for n in shape) and shape[1:] == [28, 28]
    ):
        raise ImageError(f"The shape does not fit. Expected [N, 28, 28]. Received: shape={str(shape)[:60]}")
    if kind not in INTEGERS:
        raise ImageError(f"The datatype does not fit. Expected UINT8. Received: datatype={str(kind)[:20]!r}")
    if not 1 <= shape[0] <= service.settings.max_images:
        raise Problem(
            413 if shape[0] > 0 else 422,
            "too-many-images" if shape[0] > 0 else "invalid-value",
            f"Expected 1 to {service.settings.max_images} images. Received: images={shape[0]}",
        )
    parameters = tensor.get("parameters")
    size = parameters.get("binary_data_size") if isinstance(parameters, dict) else None
    values = _from_json(tensor.get("data"), shape) if size is None else _from_binary(body[end:], size, kind, shape)
    if asked.get("outputs") is not None and not (
        isinstance(asked["outputs"], list)
        and all(isinstance(o, dict) and o.get("name") == "probabilities" for o in asked["outputs"])
    ):
        raise ImageError("There is no such output. Expected 'probabilities'. Received: another name")
    return asked, pixels(values)


def _from_binary(content: bytes, size: object, kind: str, shape: list[int]) -> object:
    dtype = np.dtype(kind.lower()).newbyteorder("<")
    expected = int(np.prod(shape)) * dtype.itemsize
    if size != expected or len(content) != expected:
        raise ImageError(f"The binary data does not fit. Expected {expected} bytes. Received: bytes={len(content)}")
    return np.frombuffer(content, dtype).reshape(shape)


def _from_json(data: object, shape: list[int]) -> object:
    try:
        values = np.array(data if isinstance(data, list) and len(data) <= np.prod(shape) else None)
        if values.dtype.kind not in "iu":
            raise ValueError
        return values.reshape(shape)
    except (ValueError, OverflowError):
        raise ImageError(
            f"The data does not fit. Expected {np.prod(shape)} whole numbers 0 to 255, flat or nested. Received: other"
        ) from None


def _answer(service: Service, reader: Recognizer, asked: dict[str, Any], output: Floats, timing: Timing) -> Response:
    tensor: dict[str, Any] = {"name": "probabilities", "datatype": "FP32", "shape": list(output.shape)}
    value: dict[str, Any] = {"model_name": reader.model.name, "model_version": "1", "outputs": [tensor]}
    if isinstance(asked.get("id"), str):
        value["id"] = asked["id"][:200]
    if not _wants_binary(asked):
        tensor["data"] = [round(p, 8) for p in output.ravel().tolist()]
        return service.answer(encoded(value), timing)
    content = output.astype("<f4").tobytes()
    tensor["parameters"] = {"binary_data_size": len(content)}
    head = encoded(value)
    response = service.answer(head + content, timing, media_type="application/octet-stream")
    response.headers[BINARY] = str(len(head))
    return response


def _wants_binary(asked: dict[str, Any]) -> bool:
    """Whether the output, or all outputs, are asked for as bytes."""
    outputs = asked.get("outputs") or [{}]
    own, every = outputs[0].get("parameters"), asked.get("parameters")
    if isinstance(own, dict) and "binary_data" in own:
        return own["binary_data"] is True
    return isinstance(every, dict) and every.get("binary_data_output") is True
