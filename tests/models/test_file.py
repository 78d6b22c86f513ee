"""The model file's contract: what is refused, and that damage is noticed."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from digitscope import models
from digitscope.errors import ModelFileError, UsageError
from digitscope.models.file import FORMAT, KINDS, REQUIRED

METADATA = {
    "name": "small", "version": "0", "recipe": {}, "seed": 0, "versions": {}, "mnist": {}, "learned_from": {},
    "metrics": {}, "threshold": 0.5, "temperature": 1.0,
}  # fmt: skip


def small_model(*, side=28, dtype=TensorProto.UINT8, name="images", output="probabilities", classes=10):
    """A graph with the contract's input and output, or with one of them changed."""
    shape = onnx.numpy_helper.from_array(np.array([-1, classes], np.int64), "shape")
    keep = onnx.numpy_helper.from_array(np.zeros(classes, np.int64), "keep")
    nodes = [
        helper.make_node("Cast", [name], ["floats"], to=TensorProto.FLOAT),
        helper.make_node("ReduceMax", ["floats"], ["most"], axes=[2], keepdims=0),
        helper.make_node("Gather", ["most", "keep"], ["some"], axis=1),
        helper.make_node("Reshape", ["some", "shape"], [output]),
    ]
    taken = helper.make_tensor_value_info(name, dtype, ["N", side, side])
    given = helper.make_tensor_value_info(output, TensorProto.FLOAT, ["N", classes])
    graph = helper.make_graph(nodes, "small", [taken], [given], [shape, keep])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)


def saved(path, *, model=None, kind="classifier", **changes):
    metadata = {key: value for key, value in (METADATA | changes).items() if value is not ...}
    return models.save(model or small_model(), path, metadata=metadata, layers=[], kind=kind)


def damaged(content, rng):
    """A copy of the file with a few bits turned over, its end cut off, or a block of zeros or of chance in it."""
    copy = bytearray(content)
    start = int(rng.integers(len(copy)))
    match int(rng.integers(4)):
        case 0:
            for place in rng.integers(0, len(copy), int(rng.integers(1, 4))):
                copy[place] ^= 1 << int(rng.integers(8))
        case 1:
            del copy[start:]
        case 2:
            length = min(int(rng.integers(1, 4096)), len(copy) - start)
            copy[start : start + length] = bytes(length)
        case _:
            length = min(int(rng.integers(1, 64)), len(copy) - start)
            copy[start : start + length] = rng.bytes(length)
    return bytes(copy)


def test_2000_damaged_copies_each_end_in_one_model_file_error(tmp_path, capfd):
    content = (models.WEIGHTS / "cnn.onnx").read_bytes()
    rng, path = np.random.default_rng(0), tmp_path / "damaged.onnx"
    tried = 0
    while tried < 2000:
        copy = damaged(content, rng)
        if copy == content:
            continue
        path.write_bytes(copy)
        with pytest.raises(ModelFileError, match=r"damaged.* Received: path="):
            models.load(path)
        tried += 1
    assert capfd.readouterr() == ("", ""), "ONNX Runtime says nothing on the terminal"


@pytest.mark.parametrize("content", [b"", b"no model", b'{"format": 2, "file_sha256": "' + b"0" * 64 + b'"}'])
def test_what_is_no_model_file_is_refused(content, tmp_path):
    (tmp_path / "x.onnx").write_bytes(content)
    with pytest.raises(ModelFileError, match="damaged"):
        models.load(tmp_path / "x.onnx")


def test_onnx_without_our_metadata_is_refused(tmp_path):
    onnx.save(small_model(), tmp_path / "x.onnx")
    with pytest.raises(ModelFileError, match="no model file of this format"):
        models.load(tmp_path / "x.onnx")


@pytest.mark.parametrize("key", [*(key for key in REQUIRED if key not in ("kind", "weights_sha256")), "threshold"])
def test_metadata_without_a_key_are_refused_by_its_name(key, tmp_path):
    with pytest.raises(ModelFileError, match=f"lacks {key}"):
        models.load(saved(tmp_path / "x.onnx", **{key: ...}))


@pytest.mark.parametrize("change", [{"format": FORMAT + 1}, {"kind": "oracle"}])
def test_another_format_or_an_unknown_kind_is_refused(change, tmp_path):
    with pytest.raises(ModelFileError, match=f"Expected format {FORMAT} and a kind among classifier, detector"):
        models.load(saved(tmp_path / "x.onnx", **change))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"side": 32}, "input does not fit"),
        ({"name": "pixels"}, "input does not fit"),
        ({"dtype": TensorProto.INT32}, "input does not fit"),
        ({"classes": 12}, "output does not fit"),
        ({"output": "scores"}, "output does not fit"),
    ],
)
def test_an_input_or_output_that_does_not_fit_is_refused(changes, message, tmp_path):
    with pytest.raises(ModelFileError, match=message):
        models.load(saved(tmp_path / "x.onnx", model=small_model(**changes)))


def test_layers_that_do_not_fit_are_refused(tmp_path):
    models.save(small_model(), tmp_path / "x.onnx", metadata=METADATA, layers=[Odd()])
    with pytest.raises(ModelFileError, match="layer metadata does not fit"):
        models.load(tmp_path / "x.onnx")


class Odd:
    @staticmethod
    def to_dict():
        return {"name": "odd", "kind": "Dense", "shape": [10], "colour": "blue"}


def test_a_graph_that_onnx_runtime_cannot_load_is_refused_without_a_word_of_its_own(tmp_path, capfd):
    model = small_model()
    model.graph.node[0].op_type = "Castle"
    with pytest.raises(ModelFileError, match="ONNX Runtime can load"):
        models.load(saved(tmp_path / "x.onnx", model=model))
    assert capfd.readouterr() == ("", "")


def test_a_missing_file_a_folder_and_an_unknown_name_are_refused(tmp_path):
    with pytest.raises(ModelFileError, match="no such model file"):
        models.load(tmp_path / "none.onnx")
    with pytest.raises(ModelFileError, match="no such model file"):
        models.load(tmp_path)
    with pytest.raises(UsageError, match="Expected one of: cnn, best, fast, micro, mlp, reader, robust, tiny"):
        models.load("cmn")


def test_a_bare_name_is_a_shipped_file_unless_a_file_is_there(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert models.locate("cnn.onnx") == models.locate("cnn") == models.WEIGHTS / "cnn.onnx"
    (tmp_path / "cnn").mkdir()
    (tmp_path / "cnn" / "run.json").write_text("{}")
    assert models.locate("cnn") == models.WEIGHTS / "cnn.onnx", "a folder of that name does not hide it"
    assert not models.is_run("cnn")
    assert models.is_run("./cnn")
    (tmp_path / "cnn.onnx").write_bytes(b"")
    assert models.locate("cnn.onnx") == Path("cnn.onnx")


def test_each_kind_is_loaded_as_itself_and_refused_as_the_other():
    with pytest.raises(UsageError, match=r"Expected a classifier\. Received: kind='detector'"):
        models.load("detector")
    with pytest.raises(UsageError, match=r"Expected a detector\. Received: kind='classifier'"):
        models.load("cnn", kind="detector")
    assert models.load("detector", kind=None).kind == "detector"
    assert models.names() == ["best", "cnn", "fast", "micro", "mlp", "reader", "robust", "tiny"]
    assert (models.names("detector"), models.names("decision")) == (["detector"], ["decision"])


def test_the_detectors_metadata_say_what_its_answers_are_measured_in():
    from digitscope.reading import detection, pyramid

    facts = models.load("detector", kind="detector").metadata
    assert facts["stride"] == [detection.STRIDE_Y, detection.STRIDE_X]
    assert facts["heights"] == [pyramid.MIN_HEIGHT, pyramid.MAX_HEIGHT]
    assert (facts["unit"], facts["block"]) == (detection.REACH_UNIT, detection.BLOCK)


def test_the_checksum_of_the_weights_is_that_of_the_graph_and_other_metadata_leave_it(tmp_path):
    first, second = (models.load(saved(tmp_path / f"{name}.onnx", name=name)) for name in ("one", "two"))
    assert first.checksum == second.checksum
    assert first.metadata["file_sha256"] != second.metadata["file_sha256"]
    model = small_model()
    model.graph.initializer[1].CopyFrom(onnx.numpy_helper.from_array(np.ones(10, np.int64), "keep"))
    assert models.load(saved(tmp_path / "three.onnx", model=model)).checksum != first.checksum


def test_a_file_is_the_same_wherever_it_lies(tmp_path):
    shutil.copy(models.WEIGHTS / "mlp.onnx", tmp_path / "copy.onnx")
    assert models.load(tmp_path / "copy.onnx").metadata == models.load("mlp").metadata


def test_images_are_run_in_chunks_with_the_answers_of_one_call():
    model = models.load("mlp")
    images = np.random.default_rng(0).integers(0, 256, (2 * models.CHUNK + 5, 28, 28), np.uint8)
    whole = model.session.run(None, {"images": images})[0]
    np.testing.assert_allclose(model.run(images), whole, atol=1e-6)
    assert model.run(images[:0]).shape == (0, 10)
    classes, reach = models.run(models.load("detector", kind="detector").session, np.zeros((70, 8, 16), np.uint8))
    assert (classes.shape, reach.shape) == ((70, 2, 8, 11), (70, 2, 8, 4))


@pytest.mark.parametrize("name", [*models.names(), *models.names("detector"), *models.names("decision")])
def test_a_shipped_files_layers_account_for_every_weight(name):
    model = models.load(name, kind=None)
    graph = onnx.load(model.path).graph
    weights = [np.prod(t.dims) for t in graph.initializer if t.name.endswith(("/kernel", "/bias"))]
    assert model.parameters == sum(weights)
    tensors = {tensor for node in graph.node for tensor in (*node.input, *node.output)}
    assert {tensor for layer in model.layers for tensor in layer.tensors.values()} <= tensors
    assert json.dumps(model.metadata)
    assert set(REQUIRED + KINDS[model.kind].required) <= model.metadata.keys()


def test_loading_imports_neither_onnx_nor_keras():
    program = (
        "import sys; from digitscope import models; models.load('cnn'); print({'onnx', 'keras'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
