"""Cards and docstrings say what the model files say."""

import re

import pytest

from digitscope import models
from digitscope.training import RECIPES, Recipe, backend
from digitscope.training.card import card

backend.load()

from digitscope.training import networks  # noqa: E402

SHIPPED = [*models.names(), *models.names("detector"), *models.names("decision")]


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_card_is_the_one_of_its_file(name):
    model = models.load(name, kind=None)
    assert model.path.with_suffix(".md").read_text() == card(model)


@pytest.mark.parametrize("name", SHIPPED)
def test_a_networks_docstring_gives_its_files_number_of_parameters(name):
    stated = re.findall(r"([\d,]+) parameters", networks.NETWORKS[RECIPES[name].network].__doc__)
    assert stated == [f"{models.load(name, kind=None).parameters:,}"]


@pytest.mark.parametrize("name", ["mlp", "cnn"])
def test_the_shipped_reference_pair_has_todays_recipe(name):
    assert Recipe.from_dict(models.load(name).metadata["recipe"]) == RECIPES[name]


@pytest.mark.parametrize("name", SHIPPED)
def test_the_numbers_in_a_card_are_those_of_its_file(name):
    model = models.load(name, kind=None)
    text = model.path.with_suffix(".md").read_text()
    assert f"**{model.parameters:,}**" in text
    assert model.checksum in text
    for metric, values in model.metadata["metrics"].items():
        assert metric == "threshold" or f"| {values['value']:.2%} |" in text  # which is no share of anything
    if model.kind == "classifier":
        quantity = {10: "1 − max P", 11: r"P\(not a digit\)"}[model.classes]
        assert re.search(rf"rejected when its rejection, {quantity}, exceeds {model.threshold:g}\.", text)
        assert f"{model.metadata['metrics']['test_rejected']['value']:.2%}" in text
    assert ("Unknown: " in text) == ("unknown" in model.metadata)


def test_what_cannot_be_said_of_the_detector_is_said_to_be_unknown():
    text = (models.WEIGHTS / "detector.md").read_text()
    assert "Learned from files with these checksums" in text
    assert "seed unknown, weights unknown" in text
