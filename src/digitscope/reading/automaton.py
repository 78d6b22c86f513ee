r"""Sets of digit strings as finite automata: from a regular expression, or from a check digit's weighted sum.

    both = regular(r"\d{16}") & luhn()
    both.accepts("4539578763621486")

State 0 is dead: nothing that leads there is accepted. Automata are deterministic but for their several starts, and from
no two starts is the same string accepted, so that a sum over all paths counts each string once.
"""

import functools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from digitscope.arrays import Indices, Mask
from digitscope.errors import UsageError

MAX_STATES = 1_000_000
MAX_REGULAR_STATES = 1_000  # of a regular expression: [01]*1\d{30} would have 2 to the power of 31


@dataclass(frozen=True, eq=False)
class Automaton:
    """`following` int64 [S, 10], the state after each digit; `accepting` bool [S]; `starts` int64 [K]."""

    following: Indices
    accepting: Mask
    starts: Indices

    def accepts(self, text: str) -> bool:
        """Whether the text is in the set."""
        states = self.starts
        for digit in text:
            states = self.following[states, int(digit)]
        return bool(self.accepting[states].any())

    def __and__(self, other: "Automaton") -> "Automaton":
        """The strings that both accept: pairs of states, as far as they are reached."""
        second = len(other.following)
        starts = (self.starts[:, None] * second + other.starts).ravel()
        reached, new = np.zeros(1, np.int64), starts
        while len(new := np.setdiff1d(new, reached)):
            reached = np.union1d(reached, new)
            new = _pairs(self, other, new)
            if len(reached) > MAX_STATES:
                raise UsageError(
                    f"What is expected is too complex. Expected at most {MAX_STATES:,} states. "
                    f"Received: states={len(reached):,} or more"
                )
        following = np.searchsorted(reached, _pairs(self, other, reached))
        accepting = self.accepting[reached // second] & other.accepting[reached % second]
        return Automaton(following, accepting, np.searchsorted(reached, starts))

    def __or__(self, other: "Automaton") -> "Automaton":
        """The strings that either accepts; none may be accepted by both."""
        offset = len(self.following)
        return Automaton(
            np.concatenate([self.following, np.where(other.following > 0, other.following + offset, 0)]),
            np.concatenate([self.accepting, other.accepting]),
            np.concatenate([self.starts, other.starts + offset]),
        )


def _pairs(first: Automaton, second: Automaton, pairs: Indices) -> Indices:
    """The pairs after each digit, [N, 10]; pair 0 where either state is dead."""
    size = len(second.following)
    a, b = first.following[pairs // size], second.following[pairs % size]
    return np.where((a > 0) & (b > 0), a * size + b, 0)


def regular(expression: str) -> Automaton:
    """What matches a regular expression as a whole.

    Raises:
        UsageError: it is no regular expression, or has what a finite automaton cannot follow.
    """
    try:
        re.compile(expression)
    except re.error as error:
        raise _refused(f"The pattern is no regular expression: {error}", expression) from error
    from interegular.patterns import InvalidSyntax, Unsupported

    parse_pattern = _parser()
    whole = expression.removeprefix("^").removesuffix("$")
    if re.search(r"\(\?[^:P]|\(\?P[^<]", whole):
        raise _refused("The pattern looks ahead or behind, or back at a group, or has flags", expression)
    try:
        machine = parse_pattern(whole).to_fsm()
    except _TooManyStatesError:
        raise UsageError(
            f"The pattern is too complex. Expected one of at most {MAX_REGULAR_STATES:,} states, as many as it has "
            f"digits or more. Received: expect={expression!r}"
        ) from None
    except (Unsupported, InvalidSyntax) as error:
        reason = str(error) or "a bracket or brace is not closed"
        raise _refused(f"The pattern cannot be followed digit by digit: {reason}", expression) from error
    number = {state: k for k, state in enumerate(sorted(machine.states), 1)}
    following = np.zeros((len(number) + 1, 10), np.int64)
    accepting = np.zeros(len(number) + 1, bool)
    symbols = [machine.alphabet[str(digit)] for digit in range(10)]
    for state, k in number.items():
        after = machine.map.get(state, {})
        following[k] = [number[after[symbol]] if symbol in after else 0 for symbol in symbols]
        accepting[k] = state in machine.finals
    return Automaton(following, accepting, np.array([number[machine.initial]]))


class _TooManyStatesError(Exception):
    pass


@functools.cache
def _parser() -> Callable[[str], Any]:
    """Interegular's parser of patterns, whose automata have a bounded number of states."""
    from interegular import fsm, parse_pattern  # a third of a cold start, and few readings expect anything

    unbounded: Callable[..., Any] = fsm.crawl

    def crawl(alphabet: Any, initial: Any, final: Callable[[Any], bool], follow: Callable[[Any, Any], Any]) -> Any:
        states = 0

        def counted(state: Any) -> bool:  # asked once for each state
            nonlocal states
            states += 1
            if states > MAX_REGULAR_STATES:
                raise _TooManyStatesError
            return final(state)

        return unbounded(alphabet, initial, counted, follow)

    fsm.crawl = crawl
    return parse_pattern


def weighted(weights: Sequence[int], modulus: int, remainders: Sequence[int]) -> Automaton:
    """Strings with a digit for each weight, whose weighted sum leaves one of these remainders."""
    length = len(weights)
    sums = np.arange(modulus)[:, None]
    following = np.zeros((1 + (length + 1) * modulus, 10), np.int64)
    for place, weight in enumerate(weights):
        after = (sums + weight * np.arange(10)) % modulus
        following[1 + place * modulus : 1 + (place + 1) * modulus] = 1 + (place + 1) * modulus + after
    accepting = np.zeros(len(following), bool)
    accepting[1 + length * modulus + np.asarray(remainders)] = True
    return Automaton(following, accepting, np.array([1]))


def luhn() -> Automaton:
    """Strings with the check digit of bank cards (ISO/IEC 7812-1): from the right, every second digit is doubled."""
    digits = np.arange(10)
    doubled = 2 * digits // 10 + 2 * digits % 10
    plain, other = np.divmod(np.arange(100)[:, None], 10)  # sums if the last digit is not doubled, and if it is
    following = np.concatenate([np.zeros((1, 10), np.int64), 1 + 10 * ((other + digits) % 10) + (plain + doubled) % 10])
    return Automaton(following, np.concatenate([[False], np.arange(100) < 10]), np.array([1]))


def _refused(why: str, expression: str) -> UsageError:
    return UsageError(f"{why}. Expected such as \\d{{5}} or (19|20)\\d\\d. Received: expect={expression!r}")
