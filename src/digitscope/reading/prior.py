"""How many of the things found on a page are digits, and what that says of each of them.

Among a thousand specks of gravel the one that looks like a 7 is gravel; alone on a sheet it may be a 7. The networks
learned from pages with a certain share of digits; a page's own share is estimated by expectation maximisation from
what they say of all that was found on it (Saerens, Latinne and Decaestecker 2002, "Adjusting the outputs of a
classifier to new a priori probabilities"), and the probabilities are adjusted to it.
"""

import numpy as np

from digitscope.arrays import NOT_A_DIGIT, Doubles, Floats

TAUGHT_SHARE = 0.7  # of digits among what is found on the pages that the networks know (LOG: a page's own share)
TAUGHT_WEIGHT = 1.0  # glyphs that the taught share counts for: one glyph alone says little about its page
ROUNDS = 50  # of expectation maximisation; it has settled long before
LEAST = 1e-6  # of probability: keeps the odds finite


def adjusted(probabilities: Floats) -> Floats:
    """What is found on one page, float32 [N, 11], adjusted to the page's own share of digits: float32 [N, 11].

    P(class | it is a digit) stays, and P(not a digit) only grows: on a page of digits, what is doubtful stays so.
    """
    if not len(probabilities):
        return probabilities
    digit = np.clip(1 - probabilities[:, NOT_A_DIGIT].astype(np.float64), LEAST, 1 - LEAST)
    odds = digit / (1 - digit) * (1 - TAUGHT_SHARE) / TAUGHT_SHARE
    share = TAUGHT_SHARE
    for _ in range(ROUNDS):
        share = (_given(odds, share).sum() + TAUGHT_WEIGHT * TAUGHT_SHARE) / (len(odds) + TAUGHT_WEIGHT)
    kept = np.minimum(_given(odds, share) / digit, 1)[:, None]
    digits = probabilities[:, :NOT_A_DIGIT] * kept
    return np.column_stack([digits, 1 - digits.sum(axis=1)]).astype(np.float32)


def _given(odds: Doubles, share: float) -> Doubles:
    """P(digit), [N], where digits are this share of a page and otherwise have these odds, [N]."""
    adjusted_odds = odds * share / (1 - share)
    return np.asarray(adjusted_odds / (1 + adjusted_odds))
