import itertools
import re

import pytest

from digitscope.errors import UsageError
from digitscope.reading.automaton import luhn, regular, weighted


@pytest.mark.parametrize(
    "expression",
    [
        *(
            r"\d{3}",
            r"\d{1,2}",
            r"(19|20)\d",
            r"[0-4]+",
            r"[^5]*7",
            r"0*1?",
            r".\d",
            r"(?:12)+",
            r"^\d$",
            r"(?P<a>1)2|3",
        ),
        *(r"1|", r"\w{2}", r"\D", "", r"\d{2}(?:\d{2})?", r"\d+?0", "8"),
    ],
)
def test_an_expression_accepts_what_pythons_re_matches_as_a_whole(expression):
    automaton = regular(expression)
    for length in range(5):
        for digits in itertools.product("01257", repeat=length):
            text = "".join(digits)
            assert automaton.accepts(text) == bool(re.fullmatch(expression, text)), text


@pytest.mark.parametrize(
    "expression", ["(", "[", r"(\d)\1", r"(?=1)\d", r"(?<!1)\d", r"(?i)1", r"\b1", r"(?P<a>1)(?P=a)"]
)
def test_what_no_finite_automaton_follows_is_refused(expression):
    with pytest.raises(UsageError, match=r"Expected such as .*Received: expect="):
        regular(expression)


@pytest.mark.parametrize("expression", [r"[01]*1\d{30}", r"\d{100000}", r"(\d{1,50}){1,50}"])
def test_an_expression_with_too_many_states_is_refused_soon(expression):
    with pytest.raises(UsageError, match=r"at most 1,000 states.* Received: expect=") as refused:
        regular(expression)
    assert str(refused.value).endswith(f"expect={expression!r}")


def test_and_is_both_and_or_is_either():
    both = regular(r"\d{2,3}") & regular(r"1\d*") & regular(r"\d*0")
    either = regular(r"\d{2}") | regular(r"\d{4}")
    for length in range(5):
        for digits in itertools.product("012", repeat=length):
            text = "".join(digits)
            assert both.accepts(text) == (length in (2, 3) and text[0] == "1" and text[-1] == "0")
            assert either.accepts(text) == (length in (2, 4))


def test_luhn_takes_known_numbers_and_of_each_prefix_one_check_digit():
    automaton = luhn()
    for number in ("79927398713", "4539578763621486", "378282246310005", "6011111111111117", "00"):
        assert automaton.accepts(number)
    for prefix in ("7", "79", "1234567", "99999999999999"):
        assert sum(automaton.accepts(f"{prefix}{digit}") for digit in range(10)) == 1
    assert not automaton.accepts("4539578763621468")  # two neighbours exchanged


def test_a_weighted_sum_is_taken_modulo():
    automaton = weighted([3, 1], 7, [2])
    for a, b in itertools.product(range(10), repeat=2):
        assert automaton.accepts(f"{a}{b}") == ((3 * a + b) % 7 == 2)
    assert not automaton.accepts("2")
    assert not automaton.accepts("000")
