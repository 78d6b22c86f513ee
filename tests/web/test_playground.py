"""`web.playground`: a network for a browser, and the page as one file."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from digitscope import models
from digitscope.cli import app
from digitscope.web import playground


@pytest.mark.parametrize("name", models.names())
def test_a_payload_holds_every_weight_of_the_model_once(name):
    model = models.load(name)
    payload = playground.network_payload(model)
    weights = np.frombuffer(payload.weights, "<f4")
    places = [layer[key] for layer in payload.record["layers"] for key in ("kernel", "bias") if key in layer]
    assert sum(count for _, count in places) == len(weights) == model.parameters
    assert [first for first, _ in places] == [sum(count for _, count in places[:i]) for i in range(len(places))]
    assert json.loads(json.dumps(payload.record))["temperature"] == model.temperature


def test_export_writes_one_file_that_loads_nothing(tmp_path):
    done = CliRunner().invoke(app, ["export", "--page", str(tmp_path / "out" / "page.html"), "--json"])
    assert (done.exit_code, json.loads(done.stdout)) == (0, {"page": str(tmp_path / "out" / "page.html")})
    text = (tmp_path / "out" / "page.html").read_text()
    assert "default-src 'none'" in text
    assert "<link" not in text
    assert " src=" not in text
    assert "CC BY-SA 3.0" in text
    assert len(text) < 4_000_000


@pytest.mark.parametrize("arguments", [[], ["runs/cnn-0", "--page", "page.html"]])
def test_export_takes_a_run_or_a_page(arguments):
    done = CliRunner().invoke(app, ["export", *arguments])
    assert "Expected either a run's folder or --page OUT. Received: run=" in str(done.exception)
