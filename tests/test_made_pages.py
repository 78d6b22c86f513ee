"""A floor under reading: a change that makes it worse on made pages cannot land."""

import pytest

import scoring
from digitscope.reading.reader import Recognizer
from digitscope.synthesis.pages import make_page

PAGES = range(60)  # `dev` pages with everything drawn at random; measured: 696 of 736 digits right


@pytest.fixture(scope="module")
def summary():
    reader = Recognizer()
    pages = (make_page("dev", seed) for seed in PAGES)
    return scoring.summary([scoring.score(page, reader.read(page.image)) for page in pages])


def test_made_pages_are_read_about_as_well_as_when_last_measured(summary):
    assert summary["n"] > 600
    assert summary["right"] >= 0.935  # measured: 0.946
    assert summary["whole_pages"] >= 0.70  # measured: 0.733


def test_little_is_read_where_no_digit_is_and_few_digits_are_rejected(summary):
    assert summary["extra"] <= 0.02  # measured: 0.005
    assert summary["rejected"] <= 0.01  # measured: 0.0095
