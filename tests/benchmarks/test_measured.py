"""The published figures were measured with the weights that ship."""

import json

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

import measured
from digitscope import models

RESULTS = {
    path.stem: json.loads(path.read_text())
    for path in sorted(measured.RESULTS.glob("*.json"))
    if not path.stem.endswith("-before")  # an earlier program's, kept to compare with
}
WITHOUT_WEIGHTS = {"overhead", "review", "startup", "training_time"} | {
    name for name in RESULTS if name.startswith(("why-", "network-"))
}  # they train, or run none


def weights_named():
    for name, result in RESULTS.items():
        for model, checksum in result.get("weights", {}).items():
            yield pytest.param(model, checksum, id=f"{name}-{model}")


@pytest.mark.parametrize(("model", "checksum"), [*weights_named()])
def test_a_result_was_measured_with_the_weights_that_ship(model, checksum):
    assert measured.checksum(models.WEIGHTS / f"{model}.onnx") == checksum


def test_what_reads_pages_names_all_networks_that_do():
    for name, result in RESULTS.items():
        if "detector" in result.get("weights", {}):
            assert set(measured.READS_PAGES) <= result["weights"].keys(), name


def test_every_result_that_depends_on_shipped_weights_names_them():
    assert {name for name, result in RESULTS.items() if not result.get("weights")} == WITHOUT_WEIGHTS


@pytest.fixture
def altered(tmp_path):
    """Writes a copy of the shipped MLP, changed by a function."""

    def written(change):
        model = onnx.load(models.WEIGHTS / "mlp.onnx")
        change(model)
        onnx.save(model, tmp_path / "mlp.onnx")
        return measured.checksum(tmp_path / "mlp.onnx")

    return written


def test_metadata_and_the_order_of_initializers_do_not_change_the_checksum(altered):
    def described_anew(model):
        model.metadata_props[0].value = "{}"
        reordered = list(reversed(model.graph.initializer))
        del model.graph.initializer[:]
        model.graph.initializer.extend(reordered)

    assert altered(described_anew) == measured.checksum(models.WEIGHTS / "mlp.onnx")


def test_one_changed_weight_changes_the_checksum(altered):
    def nudged(model):
        largest = max(model.graph.initializer, key=lambda tensor: len(tensor.raw_data))
        values = numpy_helper.to_array(largest).copy()
        values.flat[0] = np.nextafter(values.flat[0], np.float32(np.inf))
        largest.raw_data = values.tobytes()

    assert altered(nudged) != measured.checksum(models.WEIGHTS / "mlp.onnx")


def test_a_result_is_saved_with_its_circumstances_and_its_weights(tmp_path, monkeypatch):
    monkeypatch.setattr(measured, "RESULTS", tmp_path)
    measured.save("speed", {"n": 3}, weights=("mlp",))
    measured.save("startup", {"n": 4})
    measured.save("photos", {"n": 5}, data="1f3e")

    result = json.loads((tmp_path / "speed.json").read_text())
    assert result["figures"] == {"n": 3}
    assert result["weights"] == {"mlp": measured.checksum(models.WEIGHTS / "mlp.onnx")}
    assert {"date", "commit", "machine"} <= result.keys()
    assert not {"weights", "data"} & json.loads((tmp_path / "startup.json").read_text()).keys()
    assert json.loads((tmp_path / "photos.json").read_text())["data"] == "1f3e"
