import itertools
import re

import numpy as np
import pytest

from digitscope.errors import UsageError
from digitscope.reading.expectation import OTHERWISE, Expectation, Expected


def glyphs(text, *, sure=0.98, none=0.005):
    """Probabilities of glyphs that are most likely these digits; an x is most likely none: float32 [N, 11]."""
    rows = np.full((len(text), 11), (1 - sure - none) / 9, np.float32)
    rows[:, 10] = none
    for row, character in zip(rows, text, strict=True):
        row[10 if character == "x" else int(character)] = sure
        row[10 if character != "x" else 0] = none
    return rows / rows.sum(axis=1, keepdims=True)


def by_trying(rows, pattern):
    """The likeliest text that matches, its probability and that of all that match, over all 11^N readings."""
    shares = {}
    for values in itertools.product(range(11), repeat=len(rows)):
        text = "".join(str(value) for value in values if value < 10)
        shares[text] = shares.get(text, 0.0) + float(np.prod([row[v] for row, v in zip(rows, values, strict=True)]))
    matching = {text: share for text, share in shares.items() if text and re.fullmatch(pattern, text)}
    best = max(matching, key=matching.get)
    return best, matching[best], sum(matching.values())


@pytest.mark.parametrize("pattern", [r"\d{3}", r"\d{2}", r"[0-4]{2,3}", r"(19|20)\d"])
@pytest.mark.parametrize("seed", range(4))
def test_the_likeliest_reading_is_that_of_trying_them_all(pattern, seed):
    rng = np.random.default_rng(seed)
    rows = rng.dirichlet(np.full(11, 0.2), 3).astype(np.float64)
    best, share, every = by_trying(rows, pattern)
    found = Expectation(pattern).likeliest(rows)
    assert found.text == best
    assert found.probability == pytest.approx(share / (every + OTHERWISE), abs=1e-6)


def test_a_digit_that_does_not_fit_gives_way_to_the_next_likeliest():
    rows = glyphs("70419")
    rows[0, [1, 7]] = 0.4, 0.58
    assert Expectation(r"[0-5]\d{4}").likeliest(rows).text == "10419"


def test_a_glyph_that_may_be_none_is_left_out():
    found = Expectation(r"\d{5}").likeliest(glyphs("70x419"))
    assert found.text == "70419"
    assert found.probability > 0.8


def test_where_nothing_fits_the_row_says_so():
    assert Expectation(r"\d{5}").likeliest(glyphs("7041")) == Expected(r"\d{5}", None, 0.0)
    assert Expectation(r"\d{5}").likeliest(glyphs("xx")) == Expected(r"\d{5}", None, 0.0)
    assert Expectation(r"\d*").likeliest(glyphs("xx")).text is None


def test_what_is_forced_on_a_sure_row_has_a_low_probability():
    assert Expectation(r"\d{5}").likeliest(glyphs("704191", none=0.001)).probability < 0.4
    assert Expectation(r"\d{5}").likeliest(glyphs("70419", sure=0.999, none=0.0005)).probability > 0.98


def test_a_check_digit_settles_a_doubtful_digit():
    rows = glyphs("4539578763621486")
    rows[5, [7, 1]] = 0.45, 0.53  # likelier a 1, which the check digit rules out
    assert Expectation(r"\d{16}").likeliest(rows).text == "4539518763621486"
    found = Expectation(r"\d{16} luhn").likeliest(rows)
    assert found.text == "4539578763621486"
    assert found.probability > 0.9


def test_rows_are_scaled_so_that_the_rejection_stays_as_it_is():
    rows = glyphs("70419")
    unscaled = rows.copy()
    unscaled[:, :10] *= 3
    assert Expectation(r"\d{5}").likeliest(unscaled) == Expectation(r"\d{5}").likeliest(rows)


@pytest.mark.parametrize("number", ["9783161484100", "9791034300013", "0306406152", "9780306406157"])
def test_isbns_fit_with_their_check_digit_only(number):
    expectation = Expectation("isbn")
    assert expectation.fits(number)
    others = {f"{number[:-1]}{digit}" for digit in range(10)} - {number}
    assert not any(map(expectation.fits, others))


@pytest.mark.parametrize(
    "number",
    [
        *("DE89370400440532013000", "AT611904300234573201", "BE68539007547034", "ES9121000418450200051332"),
        *("NO9386011117947", "PL61109010140000071219812874", "SI56191000000123438", "CZ6508000000192000145399"),
        *("HU42117730161111101800000000", "HR1210010051863000160", "DK5000400440116243", "FI2112345600000785"),
        *("SE4550000000058398257466", "PT50000201231234567890154", "EE382200221020145685", "LT121000011101001000"),
        *("SK3112000000198742637541", "RS35260005601001611379", "IS140159260076545510730339", "ME25505000012345678951"),
    ],
)
def test_the_digits_of_published_ibans_fit_their_country_and_any(number):
    country, digits = number[:2], number[2:]
    own, any_country = Expectation(f"iban:{country}"), Expectation("iban")
    assert own.fits(digits)
    assert any_country.fits(digits)
    assert not own.fits(digits[:-1])
    assert not own.fits(digits[:4] + str((int(digits[4]) + 1) % 10) + digits[5:])


def test_a_pattern_with_an_open_brace_is_refused_with_the_reason():
    with pytest.raises(UsageError, match="brace is not closed"):
        Expectation(r"\d{4,5")


@pytest.mark.parametrize("pattern", ["", " ", None, 5, "(", "lun", "iban:GB", r"\d{5} lun"])
def test_what_cannot_be_expected_is_refused(pattern):
    with pytest.raises(UsageError, match="Received: "):
        Expectation(pattern)
