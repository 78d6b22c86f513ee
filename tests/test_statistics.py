import numpy as np
import pytest
from scipy.stats import binomtest

from digitscope.statistics import (
    Share,
    brier_score,
    calibration_error,
    confusion_matrix,
    holm,
    log_loss,
    mcnemar,
    share,
)


@pytest.mark.parametrize(
    ("count", "total", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0000, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_the_wilson_interval_is_newcombes(count, total, low, high):
    # Newcombe 1998, Statistics in Medicine 17, table I, method 3
    interval = share(count, total)
    assert (round(interval.low, 4), round(interval.high, 4)) == (low, high)
    assert interval.value == count / total


@pytest.mark.parametrize("count", [0, 1, 17, 9_872, 10_000])
@pytest.mark.parametrize("confidence", [0.5, 0.95, 0.999])
def test_the_wilson_interval_is_scipys(count, confidence):
    theirs = binomtest(count, 10_000).proportion_ci(confidence, method="wilson")
    ours = share(count, 10_000, confidence=confidence)
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=1e-12)


def test_nothing_is_known_of_none():
    assert (share(0, 0).low, share(0, 0).high, share(0, 0).value) == (0, 1, 0)


def test_a_share_survives_json():
    assert Share.from_dict(share(81, 263).to_dict()) == share(81, 263)


def test_the_exact_mcnemar_test_gives_the_published_p():
    # Fagerland, Lydersen and Laake 2013, BMC Medical Research Methodology 13:91: 1, 1, 7, 12 gives p = 0.070
    first = np.array([True] * 1 + [True] * 1 + [False] * 7 + [False] * 12)
    second = np.array([True] * 1 + [False] * 1 + [True] * 7 + [False] * 12)
    paired = mcnemar(first, second)
    assert (paired.both, paired.only_first, paired.only_second, paired.neither) == (1, 1, 7, 12)
    assert round(paired.p, 3) == 0.070
    assert mcnemar(second, first).p == paired.p


@pytest.mark.parametrize(("only_first", "only_second"), [(0, 1), (3, 3), (20, 120), (0, 400), (900, 1100)])
def test_the_exact_mcnemar_test_is_scipys_binomial_test(only_first, only_second):
    first = np.repeat([True, False], [only_first, only_second])
    theirs = binomtest(only_first, only_first + only_second, 0.5).pvalue
    assert mcnemar(first, ~first).p == pytest.approx(theirs, rel=1e-9)


def test_models_that_never_differ_are_not_told_apart():
    same = np.array([True, False, True])
    assert mcnemar(same, same).p == 1.0


CASE = np.array([[0.6, 0.4], [0.7, 0.3], [0.9, 0.1], [0.0, 1.0]])
LABELS = np.array([0, 1, 0, 1])  # right, wrong, right, right


def test_the_calibration_error_is_what_a_hand_finds():
    # two bins of two: accuracy 0.5 at confidence 0.65, accuracy 1 at 0.95: (0.15 × 2 + 0.05 × 2) / 4
    assert calibration_error(CASE, LABELS, bins=2) == pytest.approx(0.10)


def test_bins_that_do_not_divide_the_images_still_count_each_image_once():
    # three bins of 2, 1, 1: |0.5 − 0.65| × 2, |1 − 0.9|, |1 − 1|
    assert calibration_error(CASE, LABELS, bins=3) == pytest.approx((0.30 + 0.10 + 0.0) / 4)


def test_the_log_loss_and_the_brier_score_are_what_a_hand_finds():
    assert log_loss(CASE, LABELS) == pytest.approx(-(np.log(0.6) + np.log(0.3) + np.log(0.9) + 0) / 4)
    assert brier_score(CASE, LABELS) == pytest.approx(2 * (0.4**2 + 0.7**2 + 0.1**2 + 0) / 4)


def test_rows_of_the_confusion_matrix_are_the_truth():
    matrix = confusion_matrix(np.array([0, 0, 1, 2], np.uint8), np.array([0, 1, 1, 0]), classes=3)
    assert matrix.tolist() == [[1, 1, 0], [0, 1, 0], [1, 0, 0]]


def test_holms_correction_is_that_of_a_case_done_by_hand():
    # 0.01 × 4, 0.02 × 3, then 0.04 × 2 = 0.08 and 0.03 × ... : sorted 0.01, 0.02, 0.03, 0.04 -> 0.04, 0.06, 0.06, 0.06
    assert holm([0.04, 0.01, 0.03, 0.02]) == pytest.approx([0.06, 0.04, 0.06, 0.06])
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([]) == []
