import html
import json
import re
from html.parser import HTMLParser

import pytest

from digitscope.errors import UsageError
from digitscope.evaluation import compare
from digitscope.evaluation.comparison import Spread, conclude
from digitscope.statistics import Paired

CNN_WINS = Paired(9800, 20, 120, 60, 1e-16)
MLP_WINS = Paired(9800, 120, 20, 60, 1e-16)
EVEN = Paired(9800, 70, 72, 58, 0.93)
SIZES = (407_050, 93_322)


def test_the_conclusion_says_that_the_cnn_wins_when_it_does():
    sentence = conclude((CNN_WINS,), parameters=SIZES)
    assert sentence.startswith("The CNN reads more of the test images right than the MLP (exact McNemar p = 1e-16)")
    assert sentence.endswith("with fewer parameters: 93,322 against 407,050.")


def test_the_conclusion_says_otherwise_when_the_figures_do():
    assert conclude((MLP_WINS,), parameters=SIZES).startswith("The MLP reads more")
    assert "with more parameters: 407,050" in conclude((MLP_WINS,), parameters=SIZES)
    assert conclude((EVEN,), parameters=SIZES).startswith("These figures do not tell the MLP and the CNN apart")


def test_several_seeds_must_agree():
    assert "in 2 of 2 seeds" in conclude((CNN_WINS, CNN_WINS), parameters=SIZES)
    assert "do not tell" in conclude((CNN_WINS, EVEN), parameters=SIZES)
    assert "contradict" in conclude((CNN_WINS, MLP_WINS), parameters=SIZES)


def test_a_figure_given_to_a_tenth_of_a_percent_is_held_by_what_rounds_to_it():
    spread = Spread.of([0.9913, 0.9926])
    assert spread.holds(0.993, digits=3)
    assert not spread.holds(0.994, digits=3)
    assert spread.mean == pytest.approx(0.99195)
    assert Spread.of([0.5]).deviation == 0


class Links(HTMLParser):
    """Every attribute by which a page loads or links to something."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        self.found += [value for name, value in attrs if name in ("href", "src", "srcset", "data", "action")]


@pytest.fixture(scope="module")
def comparison(little, tmp_path_factory):
    """One epoch of both on 600 images: wrong figures, but all of the machinery."""
    return compare(epochs=1, seeds=2, out=tmp_path_factory.mktemp("compare"), data=little)


def test_it_trains_both_on_the_same_images_for_each_seed(comparison):
    assert [(e.model, e.seed, e.parameters) for e in comparison.entries] == [
        ("mlp", 0, 407_050), ("cnn", 0, 93_322), ("mlp", 1, 407_050), ("cnn", 1, 93_322),
    ]  # fmt: skip
    assert all(e.train.total == 600 and e.test.total == 1000 for e in comparison.entries)


def test_the_pairs_add_up_to_each_models_right_answers(comparison):
    for i, p in enumerate(comparison.paired):
        mlp, cnn = comparison.entries[2 * i : 2 * i + 2]
        assert (p.both + p.only_first, p.both + p.only_second) == (mlp.test.count, cnn.test.count)
        assert p.both + p.only_first + p.only_second + p.neither == 1000


@pytest.mark.parametrize("part", ["test", "train_running"])
def test_the_originals_figures_do_not_lie_within_those_of_600_images(comparison, part):
    assert not comparison.reference_within("mlp", part)
    assert not comparison.reference_within("cnn", part)


def test_it_changes_nothing_of_the_recipes_but_the_epochs(comparison):
    import dataclasses

    from digitscope.training import RECIPES

    for entry in comparison.entries:
        assert entry.run.recipe == dataclasses.replace(RECIPES[entry.model], epochs=1)


def test_what_is_written_is_what_is_returned(comparison):
    assert json.loads((comparison.folder / "comparison.json").read_text()) == json.loads(comparison.to_json())


def test_the_report_is_one_file_that_loads_nothing(comparison):
    page = (comparison.folder / "report.html").read_text()
    links = Links()
    links.feed(page)
    assert links.found, "the gallery's images"
    assert all(link.startswith("data:image/png;base64,") for link in links.found)
    assert not re.search(r"@import|url\(|<script|https?:", page)


def test_the_report_shows_every_image_that_at_least_one_misreads(comparison):
    page = (comparison.folder / "report.html").read_text()
    p = comparison.paired[0]
    assert page.count('<div class="card">') == p.only_first + p.only_second + p.neither
    assert html.escape(comparison.conclusion) in page


def test_a_second_call_resumes_to_the_same_figures_without_training(comparison, little):
    def refuse(step):
        raise AssertionError(step)

    again = compare(epochs=1, seeds=2, out=comparison.folder, data=little, resume=True, progress=refuse)
    assert [e.test for e in again.entries] == [e.test for e in comparison.entries]
    assert again.conclusion == comparison.conclusion


def test_a_number_of_seeds_out_of_range_is_refused():
    with pytest.raises(UsageError, match="seeds=0"):
        compare(seeds=0)


@pytest.mark.slow
def test_the_report_fits_its_screen_and_shows_every_picture(comparison, opened):
    page = opened(comparison.folder / "report.html")
    assert page.evaluate("document.documentElement.scrollWidth === document.documentElement.clientWidth")
    widths = page.evaluate("Array.from(document.images, image => image.complete && image.naturalWidth)")
    assert set(widths) == {28}
