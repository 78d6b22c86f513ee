"""The 15 corruptions and the table made with them."""

import json

import numpy as np
import pytest

import external
from digitscope.errors import UsageError
from digitscope.evaluation import evaluate_corruptions
from digitscope.evaluation.corruptions import FAMILIES, corrupt
from digitscope.evaluation.robustness import Mean, learned_all
from digitscope.mnist import MNIST

BRIGHTNESS = {  # the mean pixel of the first 50 held-out images: another one is another benchmark
    "shot noise": 28.8, "impulse noise": 50.4, "glass blur": 35.4, "motion blur": 34.8, "shear": 35.1, "scale": 17.2,
    "rotate": 35.1, "brightness": 149.1, "translate": 34.9, "stripe": 154.0, "fog": 95.6, "spatter": 64.5,
    "dotted line": 40.8, "zigzag": 49.7, "canny edges": 29.5,
}  # fmt: skip
UNSEEN = {"fog", "spatter", "glass blur", "zigzag", "canny edges"}


@pytest.fixture(scope="module")
def clean(mnist):
    return mnist.held_out.images[:50]


def test_there_are_fifteen_and_five_are_never_trained_on():
    assert FAMILIES.keys() == BRIGHTNESS.keys()
    assert {name for name, family in FAMILIES.items() if family.unseen} == UNSEEN


@pytest.mark.parametrize("name", FAMILIES)
def test_each_changes_every_image_to_the_same_degree_as_ever(name, clean):
    corrupted = corrupt(clean, name)
    assert (corrupted.dtype, corrupted.shape) == (np.uint8, clean.shape)
    assert corrupted.mean() == pytest.approx(BRIGHTNESS[name], rel=0.02)
    assert (corrupted != clean).any(axis=(1, 2)).all()


@pytest.mark.parametrize("name", FAMILIES)
def test_the_seed_and_an_images_index_decide_what_happens_to_it(name, clean):
    np.testing.assert_array_equal(corrupt(clean[:3], name), corrupt(clean[:5], name)[:3])
    if name not in ("scale", "brightness", "stripe", "canny edges"):  # nothing in these is random
        assert (corrupt(clean, name, seed=1) != corrupt(clean, name)).any()


def test_geometry_moves_ink_where_it_says():
    dot = np.zeros((20, 28, 28), np.uint8)
    dot[:, 13:15, 13:15] = 255
    moved = np.array([np.argwhere(image == 255).mean(axis=0) for image in corrupt(dot, "translate")]) - 13.5
    assert {tuple(at) for at in moved.tolist()} == {(a, b) for a in (-3, 3) for b in (-3, 3)}
    square = np.zeros((1, 28, 28), np.uint8)
    square[:, 4:24, 4:24] = 255
    assert corrupt(square, "scale").sum() / square.sum() == pytest.approx(0.7**2, rel=0.02)
    turned = corrupt(square, "rotate")[0]
    assert turned[4, 4] == 0
    assert turned.sum() / square.sum() == pytest.approx(1, abs=0.02)


def test_noise_is_as_frequent_as_it_says():
    grey = np.full((200, 28, 28), 102, np.uint8)  # 0.4
    salted = corrupt(grey, "impulse noise")
    assert (salted == 0).mean() == pytest.approx(0.085, abs=0.003)
    assert (salted == 255).mean() == pytest.approx(0.085, abs=0.003)
    photons = corrupt(np.full((200, 28, 28), 51, np.uint8), "shot noise") / 85  # 0.2, so 0.6 of three photons
    assert photons.mean() == pytest.approx(0.6, rel=0.02)
    assert (photons == 0).mean() == pytest.approx(np.exp(-0.6), abs=0.005)


def test_an_unknown_corruption_or_split_is_refused_with_what_there_is(clean):
    with pytest.raises(UsageError, match="fog"):
        corrupt(clean, "frog")
    with pytest.raises(UsageError, match="Expected one of: test, held-out"):
        evaluate_corruptions("mlp", split="tests")


def test_the_interval_of_a_mean_takes_an_image_for_what_varies():
    right = np.array([[1, 1, 0, 0], [1, 0, 1, 0]], float)  # shares 1, ½, ½, 0: mean ½, deviation 0.408
    mean = Mean.of(right)
    assert (mean.value, mean.families) == (0.5, 2)
    assert mean.high - mean.value == pytest.approx(1.96 * np.sqrt(1 / 6) / 2, abs=1e-4)


def test_the_table_has_every_family_the_clean_images_and_three_means(mnist):
    fewer = MNIST(
        np.concatenate([mnist.train_images[:55_000], mnist.held_out.images[:100]]),
        np.concatenate([mnist.train_labels[:55_000], mnist.held_out.labels[:100]]),
        mnist.test_images[:100], mnist.test_labels[:100], source="",
    )  # fmt: skip
    result = evaluate_corruptions("cnn", data=fewer)
    values = json.loads(result.to_json())
    assert values["corrupted"].keys() == FAMILIES.keys()
    shares = {name: score.value for name, score in result.corrupted.items()}
    assert result.mean.value == pytest.approx(np.mean(list(shares.values())))
    assert result.unseen.value == pytest.approx(np.mean([shares[name] for name in UNSEEN]))
    assert result.related.value * 10 + result.unseen.value * 5 == pytest.approx(result.mean.value * 15)
    assert result.clean.value > result.mean.value
    assert result.learned, "the shipped CNN learned from all 60,000"
    assert not evaluate_corruptions("cnn", split="test", data=fewer).learned


def test_what_an_ancestor_learned_is_learned():
    def facts(source, held_out=False, **others):
        return {"recipe": {"data": {"source": source}}, "held_out": held_out, **others}

    assert learned_all(facts("own", ancestors=[facts("glyphs"), facts("mnist")]))
    assert not learned_all(facts("own", ancestors=[facts("mnist", held_out=True), {"recipe": {}}]))


def test_the_original_files_are_scored_as_they_are_published(tmp_path, mnist, capsys, monkeypatch):
    few = MNIST(mnist.train_images, mnist.train_labels, mnist.test_images[:200], mnist.test_labels[:200], source="")
    monkeypatch.setattr(external, "load_mnist", lambda: few)
    for number, name in enumerate(FAMILIES):
        slug = name.replace(" ", "_")
        if number % 2:
            np.save(tmp_path / f"{slug}.npy", few.test_images)
        else:
            (tmp_path / slug).mkdir()
            np.save(tmp_path / slug / "test_images.npy", few.test_images[..., None])
            np.save(tmp_path / slug / "test_labels.npy", few.test_labels)
    figures = external.mnist_c(tmp_path, ["cnn"])
    assert figures["cnn"]["mean"]["value"] == pytest.approx(figures["cnn"]["clean"]["value"])
    (tmp_path / "fog" / "test_images.npy").unlink(missing_ok=True)
    (tmp_path / "fog.npy").unlink(missing_ok=True)
    with pytest.raises(SystemExit, match=r"fog\.npy"):
        external.mnist_c(tmp_path, ["cnn"])
