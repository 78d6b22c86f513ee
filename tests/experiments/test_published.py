"""The published results: complete, and saying what their figures say."""

import json
from pathlib import Path

import pytest

from digitscope.experiments import EXPERIMENTS, Result

RESULTS = Path(__file__).parents[2] / "benchmarks" / "results"


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_the_published_text_follows_from_the_published_figures(name: str):
    experiment = EXPERIMENTS[name]
    path = RESULTS / f"why-{name}.json"
    again = json.dumps(Result.load(path).to_dict(experiment))
    assert parsed(path.read_text()) == parsed(again)


def parsed(text: str) -> object:
    """JSON with its numbers to ten digits: Python 3.11 and 3.13 add up a mean differently in the last."""
    return json.loads(text, parse_float=lambda number: f"{float(number):.10g}")


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_a_published_result_is_a_full_one_of_three_seeds(name: str):
    record = Result.load(RESULTS / f"why-{name}.json").record
    assert record["seeds"] == [0, 1, 2]
    assert record["fast"] is False
    assert record["test_images"] == 10_000
    assert {"date", "commit", "machine", "versions"} <= record.keys()


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_a_plot_is_published_with_it_as_svg(name: str):
    text = (RESULTS.parent / "plots" / f"why-{name}.svg").read_text()
    assert text.lstrip().startswith("<?xml")
    assert "</svg>" in text
