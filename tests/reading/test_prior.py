"""A page's own share of digits."""

import numpy as np

from digitscope.arrays import NOT_A_DIGIT, Floats
from digitscope.reading.prior import adjusted


def glyphs(*digit: float) -> Floats:
    """Glyphs that are a digit so likely: a 3 four times as likely as a 5."""
    rows = np.zeros((len(digit), 11), np.float32)
    rows[:, 3], rows[:, 5] = 0.8 * np.array(digit), 0.2 * np.array(digit)
    rows[:, NOT_A_DIGIT] = 1 - np.array(digit)
    return rows


def test_a_sure_digit_alone_stays() -> None:
    np.testing.assert_allclose(adjusted(glyphs(0.99)), glyphs(0.99), atol=0.01)


def test_what_may_be_a_digit_is_none_among_many_things_that_are_none() -> None:
    alone, among = adjusted(glyphs(0.8)), adjusted(glyphs(0.8, *[0.05] * 40))
    assert alone[0, NOT_A_DIGIT] < 0.5 < among[0, NOT_A_DIGIT]


def test_a_sure_digit_stays_among_many_things_that_are_none() -> None:
    assert adjusted(glyphs(0.9999, *[0.05] * 40))[0, NOT_A_DIGIT] < 0.05


def test_digits_around_it_make_nothing_a_digit() -> None:
    given = glyphs(*[0.99] * 40, 0.3)
    assert (adjusted(given)[:, NOT_A_DIGIT] >= given[:, NOT_A_DIGIT] - 1e-6).all()


def test_which_digit_it_is_stays() -> None:
    rows = adjusted(glyphs(0.7, 0.1, 0.2))
    np.testing.assert_allclose(rows[:, 3], 4 * rows[:, 5], rtol=1e-5)
    np.testing.assert_allclose(rows.sum(axis=1), 1, atol=1e-6)


def test_the_share_has_settled() -> None:
    given = glyphs(0.9, 0.6, 0.2, 0.2, 0.1)
    digit = 1 - given[:, NOT_A_DIGIT].astype(np.float64)
    share = np.linspace(0.001, 0.999, 9_999)[:, None]  # the likeliest share, found by looking at all of them
    odds = digit / (1 - digit) * 3 / 7
    likelihood = np.log(share * odds / (1 + odds) + (1 - share) / (1 + odds)).sum(axis=1)
    likelihood += 0.7 * np.log(share[:, 0]) + 0.3 * np.log(1 - share[:, 0])
    best = share[likelihood.argmax(), 0]
    expected = np.minimum(odds * best / (odds * best + 1 - best), digit)
    np.testing.assert_allclose(1 - adjusted(given)[:, NOT_A_DIGIT], expected, atol=2e-3)


def test_nothing_is_nothing() -> None:
    assert adjusted(np.zeros((0, 11), np.float32)).shape == (0, 11)
