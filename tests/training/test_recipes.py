import dataclasses
import json

import pytest

from digitscope import models
from digitscope.errors import UsageError
from digitscope.training import backend
from digitscope.training.data import DATA, Mnist
from digitscope.training.recipes import RECIPES, Recipe, named
from digitscope.training.sources import SOURCES


def test_the_reference_pair_is_the_original_experiment():
    for name, batch in (("mlp", 120), ("cnn", 60)):
        recipe = RECIPES[name]
        assert (recipe.network, recipe.epochs, recipe.batch_size, recipe.optimizer) == (name, 5, batch, "rmsprop")
        assert (recipe.learning_rate, recipe.schedule, recipe.classes, recipe.data) == (0.001, "constant", 10, Mnist())


def test_overrides_change_what_they_name_and_nothing_else():
    changed = named("cnn", ["epochs=1", "learning_rate=3e-4", "optimizer=adam"])
    assert changed == dataclasses.replace(RECIPES["cnn"], epochs=1, learning_rate=3e-4, optimizer="adam")


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["epoch=1"], r"Unknown field. Expected one of: epochs, .* Received: field='epoch'"),
        (["name=x"], "Unknown field"),
        (["epochs"], "form name=value"),
        (["epochs=many"], r"Expected a whole number. Received: epochs='many'"),
        (["epochs=0"], r"Expected 1 to 1000. Received: epochs=0"),
        (["learning_rate=nan"], "out of range"),
        (["optimizer=rmsporp"], r"Expected one of: rmsprop, .* Received: optimizer='rmsporp'"),
        (["schedule=cosin"], r"Expected one of: cosine, constant"),
    ],
)
def test_a_wrong_override_is_refused_with_what_there_is(overrides, message):
    with pytest.raises(UsageError, match=message):
        named("cnn", overrides)


def test_an_unknown_recipe_is_refused_with_the_closest_first():
    with pytest.raises(UsageError, match=r"Expected one of: cnn, .* Received: recipe='cn'"):
        named("cn")


def test_a_field_of_another_type_is_refused():
    with pytest.raises(UsageError, match="Expected a whole number"):
        Recipe("x", "cnn", epochs=2.5)


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
def test_a_recipe_survives_json(recipe):
    assert Recipe.from_dict(json.loads(json.dumps(recipe.to_dict()))) == recipe


def test_overrides_reach_into_the_records_of_the_data():
    overrides = ["data.samples=100", "data.shares.printed=0", "data.augmentation.rotation=3", "start=reader"]
    data = RECIPES["reader"].data
    changed = dataclasses.replace(
        data,
        samples=100,
        shares=dataclasses.replace(data.shares, printed=0.0),
        augmentation=dataclasses.replace(data.augmentation, rotation=3.0),
    )
    assert named("reader", overrides) == dataclasses.replace(RECIPES["reader"], data=changed, start="reader")


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("data.sample=1", "Expected one of: data.samples, .* Received: field='data.sample'"),
        ("data=mnist", "Unknown field"),
        ("data.samples=few", "Expected a whole number. Received: samples='few'"),
        ("kind=detector", "Unknown field"),
    ],
)
def test_a_wrong_override_of_the_data_is_refused(override, message):
    with pytest.raises(UsageError, match=message):
        named("reader", [override])


@pytest.mark.parametrize(
    ("name", "override", "message"),
    [
        ("fast", "data.shift=-1", r"Expected 0 to 28. Received: data\.shift=-1"),
        ("tiny", "data.distortion.rotation=-5", r"Expected 0 to 180. Received: data\.distortion\.rotation=-5\.0"),
        ("tiny", "data.distortion.p_noise=7", r"Expected 0 to 1. Received: data\.distortion\.p_noise=7\.0"),
        ("reader", "data.by_pen=nan", r"Expected 0 to 1. Received: data\.by_pen=nan"),
        ("reader", "data.shares.printed=-1", r"Received: data\.shares\.printed=-1\.0"),
        ("detector", "data.scenes=0", r"Expected 1 to 10000000. Received: data\.scenes=0"),
    ],
)
def test_a_field_of_the_data_outside_its_range_is_refused(name, override, message):
    with pytest.raises(UsageError, match=message):
        named(name, [override])


def test_every_name_in_a_recipe_is_known():
    backend.load()
    from digitscope.training import export, figures, losses, networks

    for recipe in RECIPES.values():
        assert recipe.network in networks.NETWORKS
        assert recipe.loss in losses.LOSSES
        assert recipe.data.source in SOURCES
        assert DATA[recipe.data.source] is type(recipe.data)
        assert recipe.kind in export.GRAPHS.keys() & figures.FIGURES.keys() & models.KINDS.keys()
