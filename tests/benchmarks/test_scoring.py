from dataclasses import replace

import numpy as np
import pytest

import scoring
from digitscope.reading.result import Digit, Line, Page, Reading
from digitscope.synthesis.pages import make_page


def reading_of(page, *, change=lambda n, digit: digit):
    digits = []
    for n, placed in enumerate(page.digits):
        digit = change(n, Digit(placed.value, 0.9, placed.box, placed.polygon, ((placed.value, 0.9),)))
        digits += [digit] if digit else []
    lines = tuple(
        Line(text, (0, 0, 1, 1), tuple(digits if n == 0 else ())) for n, text in enumerate(page.text.split("\n"))
    )
    return Reading(None, "m", "1", (Page(page.image.shape[1::-1], lines),))


@pytest.fixture(scope="module")
def page():
    return make_page("dev", 3, text="40312\n77 5", paper="plain")


def test_the_truth_scores_full_marks(page):
    score = scoring.score(page, reading_of(page))
    assert (score.placed, score.found, score.right, score.rejected, score.extra) == (8, 8, 8, 0, 0)
    assert score.whole
    assert scoring.summary([score])["right"] == 1


def test_a_wrong_a_missing_a_rejected_and_a_false_digit_each_count_once(page):
    def change(n, digit):
        if n == 0:
            return Digit((digit.value + 1) % 10, 0.6, digit.box, digit.polygon, digit.alternatives)
        if n == 1:
            return None
        if n == 2:
            return Digit(digit.value, 0.3, digit.box, digit.polygon, digit.alternatives, "rejected")
        if n == 3:
            return Digit(digit.value, 0.8, (0, 0, 3, 3), digit.polygon, digit.alternatives)
        return digit

    score = scoring.score(page, reading_of(page, change=change))
    assert (score.found, score.right, score.rejected, score.extra) == (6, 4, 1, 1)
    assert sorted(score.answers) == [(0.6, False), (0.8, False), *[(0.9, True)] * 4]


def test_a_doubtful_digit_counts_as_read_and_not_as_right(page):
    def change(n, digit):
        return replace(digit, status="doubtful") if n == 0 else digit

    read = reading_of(page, change=change)
    score = scoring.score(page, read)
    assert (score.found, score.right, score.doubtful, score.rejected, score.extra) == (8, 7, 1, 0, 0)
    assert len(score.answers) == 8
    assert scoring.score(replace(page, digits=page.digits[1:]), read).extra == 1


def test_one_glyph_over_two_digits_finds_only_one_of_them():
    pairs = scoring.match([(0, 0, 10, 10), (10, 0, 10, 10)], [(0, 0, 20, 10)])
    assert len(pairs) == 1


def test_iou_is_intersection_over_union():
    a, b = np.array([[0.0, 0, 10, 10]]), np.array([[5.0, 0, 10, 10], [20, 20, 5, 5]])
    assert scoring.iou(a, b)[0] == pytest.approx([50 / 150, 0])


def test_the_interval_is_wilsons_to_four_digits():
    assert scoring.wilson(81, 263) == [0.2553, 0.3662]  # Newcombe 1998, table I, method 3
    assert scoring.wilson(0, 0) == [0, 1]


def test_the_calibration_error_of_a_constant_is_its_distance_from_the_truth():
    answers = [(0.7, n % 2 == 0) for n in range(1500)]
    assert scoring.calibration_error(answers) == pytest.approx(0.2, abs=0.01)
    rng = np.random.default_rng(0)
    true = [(p, bool(rng.random() < p)) for p in rng.uniform(0.5, 1, 60_000)]
    assert scoring.calibration_error(true) < 0.01


def test_risk_falls_where_the_least_sure_are_the_wrong_ones():
    answers = [(0.99, True)] * 90 + [(0.5, False)] * 10
    risks = scoring.risk_coverage(answers)
    assert risks["1.00"] == pytest.approx(0.1)
    assert risks["0.90"] == 0
    assert scoring.risk_coverage([]) == {}
