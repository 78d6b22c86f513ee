"""A plain service around `keras.predict`, for comparison: python benchmarks/keras_service.py PORT

The reference CNN as Keras has it, behind FastAPI, as one would write it first. It takes and answers what
`POST /v1/classify` does.
"""

import sys

import keras
import numpy as np
import onnx
import uvicorn
from fastapi import FastAPI, Request
from onnx import numpy_helper

from digitscope import models
from digitscope.training.networks import build

app = FastAPI()


def reference() -> keras.Model:
    """The reference CNN in Keras, with the shipped file's weights."""
    network = build("cnn")
    tensors = {t.name: numpy_helper.to_array(t) for t in onnx.load(models.locate("cnn")).graph.initializer}
    for record in models.load("cnn").layers:
        if "kernel" in record.tensors:
            kernel, bias = tensors[record.tensors["kernel"]], tensors[record.tensors["bias"]]
            kernel = kernel.transpose(2, 3, 1, 0) if kernel.ndim == 4 else kernel
            network.get_layer(record.name).set_weights([kernel, bias])
    return network


network = reference()


@app.post("/v1/classify")
async def classify(request: Request) -> dict[str, list[list[float]]]:
    images = np.array((await request.json())["images"], np.float32)[..., None] / 255
    return {"probabilities": network.predict(images, verbose=0).tolist()}


if __name__ == "__main__":
    uvicorn.run(app, port=int(sys.argv[1]), log_level="warning")
