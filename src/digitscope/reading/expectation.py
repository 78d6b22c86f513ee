r"""What a row of digits is expected to be, and its likeliest reading that fits.

    Expectation(r"\d{5}").likeliest(probabilities)      # float32 [N, 11] -> Expected("\d{5}", "70419", 0.98)
    Expectation(r"\d{16} luhn")                         # both: sixteen digits of which the last is the check digit

A pattern is one or several of these with spaces between, all of which must fit: a regular expression, as Python's `re`
has them but without looking ahead or back, and the check digits of CHECKS. It is about all digits of a row, whatever
spaces there are between numbers.

Each glyph is one of ten digits or none, whatever its neighbours are, so a reading's probability is the product over the
row's glyphs; where one is left out, P(not a digit) counts. The probability that is given is P(text) / (P(all that fit)
+ 0.01): the text's share of all that fit, if it is likely at all that the row fits. The 0.01 stands for rows that are
something else, a year where a postcode was expected: they are not given with confidence as what they are least unlike.
"""

import functools
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from digitscope.arrays import NOT_A_DIGIT, Doubles, Floats
from digitscope.errors import UsageError, unknown
from digitscope.reading.automaton import Automaton, luhn, regular, weighted

OTHERWISE = 0.01  # the chance that a row is not what was expected; not measured
LEAST = 1e-3  # of the row's likeliest reading: what is less likely does not fit; not measured

# The lengths of the IBANs that have no letters but their country's, which are not read.
IBAN_LENGTHS = {
    **{"AT": 20, "BE": 16, "CZ": 24, "DE": 22, "DK": 18, "EE": 20, "ES": 24, "FI": 18, "HR": 21, "HU": 28, "IS": 26},
    **{"LT": 20, "ME": 22, "NO": 15, "PL": 28, "PT": 25, "RS": 22, "SE": 24, "SI": 19, "SK": 24},
}


@dataclass(frozen=True)
class Expected:
    """What a row was expected to be, and its likeliest reading that fits: None with probability 0 where none does."""

    pattern: str
    text: str | None
    probability: float

    def to_dict(self) -> dict[str, Any]:
        """The expectation as JSON has it."""
        return {"pattern": self.pattern, "text": self.text, "probability": self.probability}


class Expectation:
    """What each row must be.

    Raises:
        UsageError: the pattern is no regular expression or one that cannot be followed, or its check digit is unknown.
    """

    def __init__(self, pattern: str) -> None:
        if not isinstance(pattern, str) or not pattern.strip():
            raise UsageError(f"Nothing is expected. Expected a pattern such as \\d{{5}}. Received: expect={pattern!r}")
        self.pattern = " ".join(pattern.split())
        self._automaton = functools.reduce(Automaton.__and__, map(_automaton, pattern.split()))

    def __repr__(self) -> str:
        return f"Expectation({self.pattern!r})"

    def fits(self, text: str) -> bool:
        """Whether this row of digits is what is expected."""
        return text.isdecimal() and text.isascii() and self._automaton.accepts(text)

    def likeliest(self, probabilities: Floats) -> Expected:
        """The likeliest reading of a row that fits.

        Args:
            probabilities: float32 [N, 11] for the row's glyphs from left to right, P(each digit) and P(not a digit).
                The digits are scaled so that all eleven sum to 1.
        """
        glyphs = normalized(probabilities)
        text, every = self._search(glyphs)
        share = _probability(text, glyphs)
        if not text or share < LEAST * float(glyphs.max(axis=1).prod()):
            return Expected(self.pattern, None, 0.0)
        return Expected(self.pattern, text, round(share / (every + OTHERWISE), 6))

    def _search(self, glyphs: Doubles) -> tuple[str, float]:
        """The text of the likeliest path through the automaton, and the probability of all that are accepted.

        Both from the last glyph to the first: what a state can still become, at best and altogether.
        """
        following = self._automaton.following
        best = every = self._automaton.accepting.astype(np.float64)
        steps = []
        for glyph in glyphs[::-1]:
            digits, none = glyph[:NOT_A_DIGIT], glyph[NOT_A_DIGIT]
            every = every[following] @ digits + every * none
            ways = np.column_stack([best[following] * digits, best * none])
            steps.append(ways.argmax(axis=1))
            best = ways.max(axis=1)
        starts = self._automaton.starts
        state, text = starts[best[starts].argmax()], ""
        for step in reversed(steps):
            if step[state] < NOT_A_DIGIT:
                text += str(step[state])
                state = following[state, step[state]]
        return text, float(every[starts].sum())


def normalized(probabilities: Floats) -> Doubles:
    """Probabilities [N, 11] whose rows sum to 1, with P(not a digit) as it is."""
    none = probabilities[:, NOT_A_DIGIT:].astype(np.float64).clip(0, 1)
    digits = probabilities[:, :NOT_A_DIGIT].astype(np.float64)
    return np.hstack([digits * (1 - none) / np.maximum(digits.sum(axis=1, keepdims=True), 1e-12), none])


def _probability(text: str, glyphs: Doubles) -> float:
    """The probability of a text, whichever glyphs are left out."""
    upto = np.zeros(len(text) + 1)  # of the text's first k digits from the glyphs so far
    upto[0] = 1.0
    digits = [int(digit) for digit in text]
    for glyph in glyphs:
        upto[1:] = upto[1:] * glyph[NOT_A_DIGIT] + upto[:-1] * glyph[digits]
        upto[0] *= glyph[NOT_A_DIGIT]
    return float(upto[-1])


def isbn() -> Automaton:
    """ISBNs of 13 digits, which start with 978 or 979, and of 10 digits; one that ends with X is not read."""
    thirteen = weighted([1, 3] * 6 + [1], 10, [0]) & regular(r"97[89]\d{10}")
    return thirteen | weighted(range(10, 0, -1), 11, [0])


def iban(countries: tuple[str, ...]) -> Automaton:
    """The digits of IBANs (ISO 13616) of these countries, after the two letters: check digits and account number.

    The number is 1 modulo 97 once letters and check digits have gone to its end, with 10 for A to 35 for Z.
    """
    parts = []
    for length in sorted({IBAN_LENGTHS[country] for country in countries}):
        letters = [name for name in countries if IBAN_LENGTHS[name] == length]
        ends = [int("".join(str(ord(letter) - ord("A") + 10) for letter in name)) for name in letters]
        weights = [10, 1, *(pow(10, 6 + place, 97) for place in reversed(range(length - 4)))]
        parts.append(weighted(weights, 97, [(1 - 100 * end) % 97 for end in ends]))
    return functools.reduce(Automaton.__or__, parts)


CHECKS: dict[str, Callable[[], Automaton]] = {
    "luhn": luhn,
    "isbn": isbn,
    "iban": lambda: iban(tuple(IBAN_LENGTHS)),
    **{f"iban:{country}": functools.partial(iban, (country,)) for country in IBAN_LENGTHS},
}


@functools.lru_cache(maxsize=64)
def _automaton(part: str) -> Automaton:
    """One part of a pattern."""
    if part in CHECKS:
        return CHECKS[part]()
    if re.match(r"[A-Za-z]{3}", part):
        raise unknown("check digit", part, CHECKS)
    return regular(part)
