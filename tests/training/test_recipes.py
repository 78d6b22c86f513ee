import dataclasses

import pytest

from digitscope.errors import UsageError
from digitscope.training.data import Mnist
from digitscope.training.recipes import RECIPES, Recipe, named


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


def test_a_recipe_survives_json():
    assert Recipe.from_dict(RECIPES["cnn"].to_dict()) == RECIPES["cnn"]
