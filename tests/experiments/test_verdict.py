import json
import math

import pytest

from digitscope.experiments.verdict import (
    Check,
    Estimate,
    accuracy,
    combination,
    conclude,
    difference,
    over_seeds,
)


def test_an_interval_over_seeds_is_students():
    # Mean 4, standard deviation 1, three values; any table gives 4.3027 for t at 97.5 % with 2 degrees of freedom.
    estimate = over_seeds([3.0, 4.0, 5.0])
    assert estimate.mean == 4
    assert estimate.high - 4 == pytest.approx(4.3027 / math.sqrt(3), abs=1e-4)


def test_the_sampling_of_the_test_images_is_added():
    # sqrt(0.9 × 0.1 / 900) = 0.01; the seeds agree.
    estimate = accuracy([0.9, 0.9], n=900)
    assert (estimate.low, estimate.high) == pytest.approx((0.9 - 0.0196, 0.9 + 0.0196), abs=1e-5)


@pytest.mark.parametrize("figure", [accuracy([0.9], n=900), difference([0.99], [0.1], n=900), over_seeds([1.0])])
def test_one_seed_gives_no_interval_and_an_open_check(figure: Estimate):
    assert not figure.known
    check = Check("", figure, above=0)
    assert check.outcome == "open"
    assert "(1 seed)" in check.figure_text()
    assert "inf" not in check.figure_text()
    assert json.loads(json.dumps(check.to_dict(), allow_nan=False))["figure"] == [figure.mean, None, None]
    assert Check("", figure, below=-1).outcome == "open", "nor does it fail, however far it is from holding"


def test_a_difference_is_paired_by_seed():
    # The seeds differ much, the gap does not: only the sampling is left, 1.96 × sqrt(2 × 0.25 / n) at most.
    estimate = difference([0.6, 0.5, 0.4], [0.5, 0.4, 0.3], n=1_000_000)
    assert estimate.mean == pytest.approx(0.1)
    assert estimate.high - estimate.low < 2 * 1.97 * math.sqrt(0.5 / 1_000_000)


def test_weights_count_squared_in_the_sampling():
    whole = combination((1, [0.5, 0.5]), n=100)
    half = combination((0.5, [0.5, 0.5]), n=100)
    assert half.high - half.low == pytest.approx((whole.high - whole.low) / 2)


@pytest.mark.parametrize(
    ("low", "high", "outcome"),
    [(0.1, 0.3, "holds"), (-0.3, -0.1, "fails"), (-0.1, 0.3, "open"), (0.7, 0.9, "fails"), (0.4, 0.6, "open")],
)
def test_a_check_goes_by_the_whole_interval(low: float, high: float, outcome: str):
    assert Check("", Estimate((low + high) / 2, low, high), above=0, below=0.5).outcome == outcome


def test_a_verdict_holds_with_all_checks_and_fails_with_any():
    holds = Check("", Estimate(1, 0.9, 1.1), above=0)
    fails = Check("", Estimate(-1, -1.1, -0.9), above=0)
    open_ = Check("", Estimate(0, -0.1, 0.1), above=0)
    assert conclude([holds, holds]) == "holds"
    assert conclude([holds, open_]) == "open"
    assert conclude([holds, open_, fails]) == "fails"
