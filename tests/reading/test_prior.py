"""A page's own share of digits."""

import numpy as np
import pytest

from digitscope.arrays import NOT_A_DIGIT, Floats
from digitscope.reading import prior
from digitscope.reading.prior import EXPECTED_SHARE, EXPECTED_WEIGHT

TAUGHT = 0.6


def glyphs(*digit: float) -> Floats:
    """Glyphs that are a digit so likely: a 3 four times as likely as a 5."""
    rows = np.zeros((len(digit), 11), np.float32)
    rows[:, 3], rows[:, 5] = 0.8 * np.array(digit), 0.2 * np.array(digit)
    rows[:, NOT_A_DIGIT] = 1 - np.array(digit)
    return rows


def adjusted(given: Floats) -> Floats:
    return prior.adjusted(given, TAUGHT)


def at(share: float, digit: float) -> float:
    """P(digit) as it would be, had so large a share of what taught been digits."""
    odds = digit / (1 - digit) * (1 - TAUGHT) / TAUGHT * share / (1 - share)
    return odds / (1 + odds)


def test_a_sure_digit_alone_stays() -> None:
    np.testing.assert_allclose(adjusted(glyphs(0.99)), glyphs(0.99), atol=0.01)


def test_what_may_be_a_digit_is_none_among_many_things_that_are_none() -> None:
    alone, among = adjusted(glyphs(0.6)), adjusted(glyphs(0.6, *[0.02] * 40))
    assert alone[0, NOT_A_DIGIT] < 0.5 < among[0, NOT_A_DIGIT]


def test_a_sure_digit_stays_among_many_things_that_are_none() -> None:
    assert adjusted(glyphs(0.9999, *[0.05] * 40))[0, NOT_A_DIGIT] < 0.05


def test_digits_around_it_make_nothing_more_of_a_digit_than_is_expected() -> None:
    among = adjusted(glyphs(*[0.99] * 40, 0.3))
    assert 1 - among[-1, NOT_A_DIGIT] == pytest.approx(at(EXPECTED_SHARE, 0.3), abs=1e-4)


def test_which_digit_it_is_stays() -> None:
    rows = adjusted(glyphs(0.7, 0.1, 0.2))
    np.testing.assert_allclose(rows[:, 3], 4 * rows[:, 5], rtol=1e-5)
    np.testing.assert_allclose(rows.sum(axis=1), 1, atol=1e-6)


def test_the_share_has_settled() -> None:
    given = glyphs(0.9, 0.6, 0.2, 0.2, 0.1, 0.05, 0.02)
    digit = 1 - given[:, NOT_A_DIGIT].astype(np.float64)
    share = np.linspace(0.001, 0.999, 9_999)[:, None]  # the likeliest share, found by looking at all of them
    odds = digit / (1 - digit) * (1 - TAUGHT) / TAUGHT
    likelihood = np.log(share * odds / (1 + odds) + (1 - share) / (1 + odds)).sum(axis=1)
    likelihood += EXPECTED_WEIGHT * (
        EXPECTED_SHARE * np.log(share[:, 0]) + (1 - EXPECTED_SHARE) * np.log1p(-share[:, 0])
    )
    best = float(share[likelihood.argmax(), 0])
    assert best < EXPECTED_SHARE
    np.testing.assert_allclose(1 - adjusted(given)[:, NOT_A_DIGIT], at(best, digit), atol=2e-3)


def test_nothing_is_nothing() -> None:
    assert adjusted(np.zeros((0, 11), np.float32)).shape == (0, 11)
