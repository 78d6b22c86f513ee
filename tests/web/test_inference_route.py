"""The Open Inference Protocol: a client that others wrote works unchanged."""

import numpy as np
import pytest

import digitscope as ds
from digitscope import models

triton = pytest.importorskip("tritonclient.http")


@pytest.fixture(scope="module")
def images(mnist):
    return mnist.test_images[:3]


@pytest.fixture(scope="module")
def server(address):
    client = triton.InferenceServerClient(address.removeprefix("http://"))
    yield client
    client.close()


@pytest.mark.parametrize("binary_in", [True, False])
@pytest.mark.parametrize("binary_out", [True, False, None])
def test_a_tritonclient_gets_the_networks_own_numbers(server, images, binary_in, binary_out):
    tensor = triton.InferInput("images", list(images.shape), "UINT8")
    tensor.set_data_from_numpy(images, binary_data=binary_in)
    outputs = None if binary_out is None else [triton.InferRequestedOutput("probabilities", binary_data=binary_out)]
    answer = server.infer("reader", [tensor], outputs=outputs, request_id="7")
    expected = ds.Recognizer("reader").probabilities(images)
    assert np.allclose(answer.as_numpy("probabilities"), expected, atol=1e-6)
    assert answer.get_response()["id"] == "7"
    assert answer.get_response()["model_name"] == "reader"


def test_a_tritonclient_finds_out_about_server_and_models(server):
    assert server.is_server_live()
    assert server.is_server_ready()
    assert server.get_server_metadata()["name"] == "digitscope"
    for name in models.names():
        assert server.is_model_ready(name)
        metadata = server.get_model_metadata(name)
        assert metadata["inputs"] == [{"name": "images", "datatype": "UINT8", "shape": [-1, 28, 28]}]
        assert metadata["outputs"][0]["shape"] == [-1, models.load(name).classes]
    assert not server.is_model_ready("nothing")


def test_a_tritonclient_shows_what_is_wrong(server):
    tensor = triton.InferInput("images", [1, 27, 28], "UINT8")
    tensor.set_data_from_numpy(np.zeros((1, 27, 28), np.uint8))
    with pytest.raises(triton.InferenceServerException, match=r"Expected \[N, 28, 28\]"):
        server.infer("cnn", [tensor])


ZEROS = np.zeros((1, 28, 28), int).tolist()


@pytest.mark.parametrize(
    "change",
    [
        {"name": "pictures"},
        {"shape": [1, 784]},
        {"shape": "28"},
        {"shape": [True, 28, 28]},
        {"shape": [2, 28, 28]},
        {"datatype": "FP32"},
        {"datatype": None},
        {"data": None},
        {"data": [0.5] * 784},
        {"data": [256] * 784},
        {"parameters": {"binary_data_size": 784}},
        {"parameters": {"binary_data_size": -1}},
    ],
)
def test_other_tensors_are_problems(client, assert_problem, change):
    tensor = {"name": "images", "datatype": "UINT8", "shape": [1, 28, 28], "data": ZEROS} | change
    answer = client.post("/v2/models/cnn/infer", json={"inputs": [tensor]})
    problem = assert_problem(answer, 422, "unreadable-image")
    assert problem["error"] == problem["detail"]


@pytest.mark.parametrize("header", ["-1", "x", "99999"])
def test_a_header_that_does_not_fit_is_a_problem(client, assert_problem, header):
    headers = {"Inference-Header-Content-Length": header}
    answer = client.post("/v2/models/cnn/infer", content=b"{}", headers=headers)
    assert_problem(answer, 400, "invalid-header")


@pytest.mark.parametrize("inputs", [None, [], "x", [1], [{}, {}]])
def test_there_is_one_input(client, assert_problem, inputs):
    assert_problem(client.post("/v2/models/cnn/infer", json={"inputs": inputs}), 422, "unreadable-image")
