"""How many of the things found on a page are digits, and what that says of each of them.

Among a thousand specks of gravel the one that looks like a 7 is gravel; alone on a sheet it may be a 7. The decision
network learned from pages with a certain share of digits, where more is no digit than on pages that people want read.
Its answers are adjusted to the share to be expected there, or to the page's own where that is smaller, which is
estimated by expectation maximisation from what it says of all that was found on the page (Saerens, Latinne and
Decaestecker 2002, "Adjusting the outputs of a classifier to new a priori probabilities").
"""

import numpy as np

from digitscope.arrays import NOT_A_DIGIT, Doubles, Floats

EXPECTED_SHARE = 0.85  # of digits among what is found on a page that is to be read (LOG: the expected share)
EXPECTED_WEIGHT = 1.0  # glyphs that the expected share counts for: one glyph alone says little about its page
ROUNDS = 50  # of expectation maximisation; it has settled long before
LEAST = 1e-6  # of probability: keeps the odds finite


def adjusted(probabilities: Floats, taught_share: float) -> Floats:
    """What is found on one page, float32 [N, 11], adjusted to the page's own share of digits: float32 [N, 11].

    `taught_share` is that of the detections which the probabilities were learned from. P(class | it is a digit) stays.
    On a page where nearly all are digits the share is the expected one, so that what is doubtful stays so.
    """
    if not len(probabilities):
        return probabilities
    digit = np.clip(1 - probabilities[:, NOT_A_DIGIT].astype(np.float64), LEAST, 1 - LEAST)
    odds = digit / (1 - digit) * (1 - taught_share) / taught_share
    share = EXPECTED_SHARE
    for _ in range(ROUNDS):
        of_page = _given(odds, share).sum() + EXPECTED_WEIGHT * EXPECTED_SHARE
        share = min(of_page / (len(odds) + EXPECTED_WEIGHT), EXPECTED_SHARE)
    adjusted_digit = _given(odds, share)
    digits = probabilities[:, :NOT_A_DIGIT] * (adjusted_digit / digit)[:, None]
    return np.column_stack([digits, 1 - adjusted_digit]).astype(np.float32)


def _given(odds: Doubles, share: float) -> Doubles:
    """P(digit), [N], where digits are this share of a page and otherwise have these odds, [N]."""
    adjusted_odds = odds * share / (1 - share)
    return np.asarray(adjusted_odds / (1 + adjusted_odds))
