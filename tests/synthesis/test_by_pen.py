"""What the recipes `reader` and `detector` learn from pen trajectories, and what they say without."""

import dataclasses

import numpy as np
import pytest

from digitscope.errors import DataError
from digitscope.mnist import Split
from digitscope.synthesis.nondigits import Shares
from digitscope.training import RECIPES, provenance
from digitscope.training.data import Glyphs, Tiles
from digitscope.training.recipes import named
from digitscope.training.sources import SOURCES

DRAWN = Shares(printed=0)  # needs no fonts


@pytest.fixture(scope="module")
def few(mnist):
    return Split(mnist.train_images[:150], mnist.train_labels[:150])


def test_pens_write_some_of_the_glyphs_of_all_classes(few, handwriting, tmp_path):
    data = Glyphs(handwriting=str(handwriting), samples=150, pages=1)
    source = SOURCES["glyphs"](data, few, seed=0, batch_size=150, folder=tmp_path)
    images, labels = source.batch(0, 0)
    assert images.shape == (150, 28, 28)
    assert set(labels.tolist()) == set(range(11))
    assert 0.2 < (labels == 10).mean() < 0.5
    again = SOURCES["glyphs"](data, few, seed=0, batch_size=150, folder=tmp_path).batch(0, 0)
    assert np.array_equal(images, again[0])
    assert np.array_equal(labels, again[1])
    others = SOURCES["glyphs"](data, few, seed=0, batch_size=150, folder=tmp_path, held_out=True).batch(0, 0)
    assert (others[0] != images).any()


def test_tiles_are_cut_out_of_scenes_that_pens_write(few, handwriting, tmp_path):
    data = Tiles(handwriting=str(handwriting), by_pen=1, scenes=4, samples=8, digits=40, nondigits=20, shares=DRAWN)
    source = SOURCES["tiles"](data, few, seed=0, batch_size=8, folder=tmp_path)
    x, y = source.batch(0, 0)
    assert (x.shape, y.shape) == ((8, 64, 128), (8, 16, 64, 6))
    again = SOURCES["tiles"](data, few, seed=0, batch_size=8, folder=tmp_path).batch(0, 0)
    assert np.array_equal(x, again[0])
    assert np.array_equal(y, again[1])


@pytest.mark.parametrize("name", ["reader", "detector", "decision"])
def test_a_recipe_says_what_handwriting_is_missing_and_does_without_when_told(name, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    without_fonts = ["data.shares.printed=0"]
    with pytest.raises(DataError, match=r"zenodo\.1195803.*C5MG6K.*--handwriting.*data\.by_pen=0"):
        provenance.of(named(name, without_fonts))
    assert "handwriting" not in provenance.of(named(name, [*without_fonts, "data.by_pen=0"]))[0]


@pytest.mark.parametrize("name", ["reader", "detector", "decision"])
def test_the_record_holds_the_checksum_of_each_file(name, handwriting, pens):
    data = dataclasses.replace(RECIPES[name].data, handwriting=str(handwriting), shares=DRAWN)
    learned_from, _ = provenance.of(dataclasses.replace(RECIPES[name], data=data))
    assert learned_from["handwriting"] == pens.checksums
