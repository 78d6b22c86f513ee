"""The bodies and answers, for OpenAPI: what the routes answer is made elsewhere, and a test compares the two."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

Probability = Annotated[float, Field(ge=0, le=1)]
Box = Annotated[
    list[int],
    Field(min_length=4, max_length=4, description="x, y, width, height in pixels", examples=[[31, 20, 18, 27]]),
]


class Problem(BaseModel):
    """RFC 9457: what is wrong, what was expected, what was received."""

    type: str = Field(examples=["urn:digitscope:problem:body-too-large"])
    title: str = Field(examples=["Request Entity Too Large"])
    status: int = Field(examples=[413])
    detail: str = Field(examples=["The body is too large. Expected at most 20,000,000 bytes. Received: bytes=20000001"])
    instance: str = Field(examples=["urn:digitscope:request:7f4ad63d07b9407bb56c0d5a4d5b8a9e"])
    error: str | None = Field(default=None, description="The same text as `detail`; in answers of /v2 only.")


class Status(BaseModel):
    """Whether all is well."""

    status: str = Field(examples=["ok"])


class ModelName(BaseModel):
    """Which model answered."""

    name: str = Field(examples=["reader"])
    version: str = Field(examples=["0.1.0"])


class Digit(BaseModel):
    """One glyph; its value is its most probable digit even where it is rejected."""

    model_config = ConfigDict(extra="allow")
    value: int = Field(ge=0, le=9, examples=[4])
    confidence: Probability = Field(examples=[0.998])
    box: Box
    polygon: list[list[float]] = Field(examples=[[[31.2, 20.1], [49.0, 20.1], [49.0, 47.3], [31.2, 47.3]]])
    alternatives: list[list[float]] = Field(examples=[[[4, 0.998], [9, 0.001], [1, 0.0004]]])


class Expected(BaseModel):
    """A row's likeliest reading that fits what was expected; null with probability 0 where none does."""

    pattern: str = Field(examples=["\\d{5}"])
    text: str | None = Field(examples=["40312"])
    probability: Probability = Field(examples=[0.98])


class Line(BaseModel):
    """One row of glyphs, from left to right."""

    model_config = ConfigDict(extra="allow")
    text: str = Field(examples=["40312"])
    box: Box
    expected: Expected | None = Field(default=None, description="Where `expect` was given.")
    digits: list[Digit]


class Page(BaseModel):
    """One page or image; its boxes are in pixels of the page as displayed."""

    model_config = ConfigDict(extra="allow")
    size: list[int] = Field(min_length=2, max_length=2, examples=[[640, 480]])
    text: str = Field(examples=["40312\n77"])
    lines: list[Line]


class Step(BaseModel):
    """One step from photo to glyph."""

    name: str
    title: str
    picture: str = Field(description="A data address.")
    small: bool = Field(description="Whether each of its pixels is to be seen.")


class Pictures(BaseModel):
    """One page's pictures."""

    page: str | None = Field(description="A data address.")
    steps: list[Step]
    glyphs: list[str | None] = Field(
        description="Each glyph's 28×28 pixels in base64, in the order of lines and digits."
    )


class Reading(BaseModel):
    """What was read: the object that `digitscope read --json` prints."""

    model_config = ConfigDict(
        json_schema_extra={"required": ["schema", "path", "model", "text", "elapsed_ms", "pages"]}
    )
    schema_: int = Field(alias="schema", examples=[2])
    path: str | None = Field(description="Null: an upload has no path.", examples=[None])
    model: ModelName
    text: str = Field(description="Pages are parted by a form feed.", examples=["40312\n77"])
    elapsed_ms: float = Field(examples=[21.4])
    pages: list[Page]
    pictures: list[Pictures] | None = Field(default=None, description="With `pictures=true`: one for each page.")


class Classification(BaseModel):
    """The answer for each image, in the order of the request."""

    model: ModelName
    digits: list[int] = Field(examples=[[7]])
    probabilities: list[list[Probability]] = Field(
        description="P(digit, given that it is one)", examples=[[[0, 0, 0, 0, 0, 0, 0, 0.999, 0, 0.001]]]
    )
    rejections: list[Probability] = Field(description="P(not a digit)", examples=[[0.002]])


class Explanation(BaseModel):
    """The object that `digitscope explain --json` prints."""

    model_config = ConfigDict(
        extra="allow", json_schema_extra={"required": ["schema", "model", "answer", "confidence"]}
    )
    schema_: int = Field(alias="schema", examples=[2])
    model: ModelName
    answer: int = Field(ge=0, le=9, examples=[7])
    confidence: Probability = Field(examples=[0.998])


class Models(BaseModel):
    """The models, each with its metadata."""

    models: list[dict[str, Any]] = Field(examples=[[{"name": "cnn", "kind": "classifier", "parameters": 93322}]])


class Experiment(BaseModel):
    """MLP against CNN, and the tests of why the CNN wins."""

    model_config = ConfigDict(extra="allow")
    table: dict[str, Any]
    claims: list[dict[str, Any]]


class Live(BaseModel):
    """The process lives."""

    live: bool


class Ready(BaseModel):
    """Inference is possible."""

    ready: bool


class InferenceServer(BaseModel):
    """The server."""

    name: str = Field(examples=["digitscope"])
    version: str = Field(examples=["0.1.0"])
    extensions: list[str]


class Tensor(BaseModel):
    """A tensor's name and form."""

    name: str = Field(examples=["images"])
    datatype: str = Field(examples=["UINT8"])
    shape: list[int] = Field(examples=[[-1, 28, 28]])


class InferenceModel(BaseModel):
    """A model's tensors."""

    name: str = Field(examples=["cnn"])
    versions: list[str] = Field(examples=[["1"]])
    platform: str = Field(examples=["onnx_onnxv1"])
    inputs: list[Tensor]
    outputs: list[Tensor]


class Output(Tensor):
    """An output tensor, flat."""

    data: list[float]


class Inferred(BaseModel):
    """The outputs."""

    model_name: str = Field(examples=["cnn"])
    model_version: str = Field(examples=["1"])
    id: str | None = None
    outputs: list[Output]


BINARY = {"schema": {"type": "string", "format": "binary"}}
IMAGE_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "image/*": BINARY,
            "application/pdf": BINARY,
            "application/octet-stream": BINARY,
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {"file": {"type": "string", "format": "binary", "description": "An image or a PDF."}},
                }
            },
        },
    }
}
PIXELS: dict[str, Any] = {
    "type": "array",
    "minItems": 28,
    "maxItems": 28,
    "items": {"type": "integer", "minimum": 0, "maximum": 255},
}
GLYPH: dict[str, Any] = {"type": "array", "minItems": 28, "maxItems": 28, "items": PIXELS}
SEVEN = [[0] * 28 for _ in range(28)]
SEVEN[6][8:20] = [255] * 12
for row in range(7, 22):  # the stem leans to the left
    SEVEN[row][18 - (row - 6) // 2 : 21 - (row - 6) // 2] = [255] * 3


def _json_body(
    properties: dict[str, Any], required: str, example: dict[str, Any], *, others: bool = True
) -> dict[str, Any]:
    """A request's body in OpenAPI's terms: a JSON object with these properties, one of them required, and others."""
    schema = {"type": "object", "required": [required], "properties": properties, "additionalProperties": others}
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema, "example": example}}}}


CLASSIFY_BODY = _json_body(
    {
        "images": {"type": "array", "minItems": 1, "maxItems": 4, "items": GLYPH},
        "model": {"type": "string", "description": "A shipped model's name."},  # which there are: see documentation.py
    },
    required="images",
    example={"images": [SEVEN], "model": "cnn"},
    others=False,
)
INFER_BODY = _json_body(
    {
        "id": {"type": "string"},
        "inputs": {
            "type": "array",
            "minItems": 1,
            "maxItems": 1,
            "items": {
                "type": "object",
                "required": ["name", "shape", "datatype", "data"],
                "properties": {
                    "name": {"const": "images"},
                    "shape": {"const": [1, 28, 28]},
                    "datatype": {"const": "UINT8"},
                    "data": {"type": "array", "minItems": 1, "maxItems": 1, "items": GLYPH},
                },
            },
        },
    },
    required="inputs",
    example={"inputs": [{"name": "images", "shape": [1, 28, 28], "datatype": "UINT8", "data": [SEVEN]}]},
)
