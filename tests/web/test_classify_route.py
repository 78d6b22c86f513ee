"""`POST /v1/classify`: the network's own numbers, whatever requests run beside it."""

import asyncio

import httpx2
import numpy as np
import pytest

import digitscope as ds


@pytest.fixture(scope="module")
def images(mnist):
    return mnist.test_images[:40]


def test_the_probabilities_are_the_networks_own(client, images):
    answer = client.post("/v1/classify", json={"images": images[:5].tolist(), "model": "cnn"}).json()
    expected = ds.Recognizer("cnn").classify(images[:5])
    assert np.allclose(answer["probabilities"], expected, atol=1e-6)
    assert answer["digits"] == expected.argmax(axis=1).tolist()
    assert answer["model"]["name"] == "cnn"


def test_one_image_and_floats_are_taken_too(client, images):
    whole = client.post("/v1/classify", json={"images": images[0].tolist()}).json()
    shares = client.post("/v1/classify", json={"images": (images[0] / 255).tolist()}).json()
    assert whole["model"]["name"] == "reader"
    assert np.allclose(whole["rejections"], ds.Recognizer().rejection(images[:1]), atol=1e-6)
    assert whole == shares


def test_requests_that_arrive_together_get_each_its_own_answer(address, images, run_apart):
    async def ask() -> list[dict]:
        async with httpx2.AsyncClient(base_url=address, timeout=60) as client:
            bodies = [{"images": image.tolist(), "model": "mlp"} for image in images]
            answers = await asyncio.gather(*(client.post("/v1/classify", json=body) for body in bodies))
            return [answer.json() for answer in answers]

    expected = ds.Recognizer("mlp").classify(images)
    found = np.array([answer["probabilities"][0] for answer in run_apart(ask())])
    assert np.allclose(found, expected, atol=1e-5)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"{", "invalid-json"),
        (b"[]", "invalid-json"),
        (b"[" * 20_000, "invalid-json"),
        (b'{"pixels": 1}', "invalid-value"),
        (b'{"images": [[1]]}', "unreadable-image"),
        (b'{"images": []}', "unreadable-image"),
        (b'{"images": [[1], [1, 2]]}', "unreadable-image"),
        (b'{"images": "7"}', "unreadable-image"),
        (b'{"images": [[[' + b"256," * 27 + b"256]]]}", "unreadable-image"),
        (b'{"images": [], "model": 3}', "invalid-value"),
        (b'{"images": NaN}', "unreadable-image"),
        (b"\xff\xfe", "invalid-json"),
    ],
)
def test_other_bodies_are_problems(client, body, kind, assert_problem):
    assert_problem(client.post("/v1/classify", content=body), 422, kind)


@pytest.mark.parametrize("value", [256, -1, 1.5, None, "1", 10**400])
def test_other_pixels_are_problems(client, value, assert_problem):
    image = [[0] * 28 for _ in range(28)]
    image[3][4] = value
    assert_problem(client.post("/v1/classify", json={"images": [image]}), 422, "unreadable-image")


def test_an_unknown_model_is_a_problem(client, assert_problem):
    body = {"images": np.zeros((28, 28), int).tolist(), "model": "cmn"}
    assert "cnn" in assert_problem(client.post("/v1/classify", json=body), 404, "unknown-model")["detail"]
