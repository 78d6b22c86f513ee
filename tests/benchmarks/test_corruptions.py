"""What `digitscope models` says of corrupted images is what the benchmark measured, of these very weights."""

import json

import pytest

import measured
from digitscope import models


@pytest.mark.parametrize("name", models.names())
def test_the_published_mean_is_that_of_the_shipped_weights(name):
    mean = models.load(name).corrupted
    published = json.loads((measured.RESULTS / "corruptions.json").read_text())
    assert published["weights"][name] == measured.checksum(models.WEIGHTS / f"{name}.onnx")
    assert {key: mean[key] for key in ("value", "low", "high")} == {
        key: published["figures"][name]["mean"][key] for key in ("value", "low", "high")
    }
