"""The browser's own forward pass against ONNX Runtime, layer by layer, in Chromium."""

import json

import numpy as np
import pytest

from digitscope.explanation.bundle import VIEWS, bundle
from digitscope.explanation.trace import Tracer
from digitscope.web.playground import network_payload

pytestmark = pytest.mark.slow

IMAGES, FEW = 200, 40  # of the reference pair, which the page shows, and of larger networks
ENTRY = 'import { networkFrom } from "./views/network.js";\nglobalThis.networkFrom = networkFrom;\n'
COMPARE = """async (count) => {
  const fetched = async (name) => new Uint8Array(await (await fetch(`http://files/${name}`)).arrayBuffer());
  const record = JSON.parse(new TextDecoder().decode(await fetched("record")));
  const network = networkFrom(record, (await fetched("weights")).buffer);
  const images = await fetched("images");
  const expected = new Float32Array((await fetched("expected")).buffer);
  const most = network.layers.map(() => 0);
  let at = 0;
  for (let i = 0; i < count; i++) {
    network.forward(images.subarray(784 * i, 784 * (i + 1)));
    network.layers.forEach(({ output }, number) => {
      let worst = most[number];
      for (let k = 0; k < output.length; k++, at++) {
        const difference = Math.abs(output[k] - expected[at]);
        if (!(difference <= worst)) worst = difference;
      }
      most[number] = worst;
    });
  }
  return [most, at === expected.length];
}"""


def test_every_layer_is_that_of_onnx_runtime(browser, model, mnist, tmp_path):
    tracer, payload = Tracer(model), network_payload(model)
    images = mnist.test_images[: IMAGES if model.name in ("mlp", "cnn") else FEW]
    traces = [tracer.trace(image) for image in images]
    expected = [layer.output.ravel() for trace in traces for layer in trace.layers]
    files = {
        "record": json.dumps(payload.record).encode(),
        "weights": payload.weights,
        "images": images.tobytes(),
        "expected": np.concatenate(expected).astype("<f4").tobytes(),
    }
    (tmp_path / "entry.js").write_text(ENTRY)
    page = browser.new_page()
    headers = {"Access-Control-Allow-Origin": "*"}
    page.route(
        "http://files/*", lambda route: route.fulfill(body=files[route.request.url.split("/")[-1]], headers=headers)
    )
    page.add_script_tag(content=bundle("entry.js", {"": [tmp_path], "views": [VIEWS]}))
    most, complete = page.evaluate(COMPARE, len(images))
    page.close()
    assert complete
    assert len(most) == len(model.layers) + 1
    assert max(most) < 1e-4
