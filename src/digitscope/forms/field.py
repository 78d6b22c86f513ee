"""A field of a form: where it stands on the blank, and which numbers it may hold.

field = Field("points", 1, (420, 310, 90, 60), digits=(1, 3), range=(0, 100))
field.expect          # a pattern for `digitscope.reading.expectation.Expectation`
"""

from dataclasses import dataclass
from functools import cached_property

from digitscope.arrays import BoxXYWH
from digitscope.reading.expectation import Expectation


@dataclass(frozen=True)
class Field:
    """A named number on a form.

    Attributes:
        name: of the field, and of its column in the table.
        page: of the template, counted from 1.
        box: x, y, width, height in pixels of the blank.
        cells: a box for each digit, from left to right; none where the number is written freely.
        digits: the least and the largest number of digits.
        pattern: a regular expression.
        range: the least and the largest number, both included; leading zeros are allowed.
        check: a check digit, such as luhn.
        empty: whether it may be left empty.
    """

    name: str
    page: int
    box: BoxXYWH
    cells: tuple[BoxXYWH, ...] = ()
    digits: tuple[int, int] | None = None
    pattern: str | None = None
    range: tuple[int, int] | None = None
    check: str | None = None
    empty: bool = False

    @cached_property
    def expect(self) -> str:
        """What the number must be, as one pattern: parts with spaces between, all of which must fit."""
        low, high = self.digits or (1, len(self.cells) or None)
        parts = [f"\\d{{{low}}}" if low == high else f"\\d{{{low},{high or ''}}}"]
        if self.range is not None:
            parts.append(f"0*(?:{between(*self.range)})")
        return " ".join(part for part in (*parts, self.pattern, self.check) if part)

    @cached_property
    def expectation(self) -> Expectation:
        """`expect`, ready to be asked.

        Raises:
            UsageError: the pattern is no regular expression, or the check digit is unknown.
        """
        return Expectation(self.expect)


def between(low: int, high: int) -> str:
    """A regular expression for the whole numbers from low to high, without leading zeros."""
    parts = []
    for length in range(len(str(low)), len(str(high)) + 1):
        first = max(low, 10 ** (length - 1) if length > 1 else 0)
        last = min(high, 10**length - 1)
        parts += _same_length(str(first), str(last))
    return "|".join(parts)


def _same_length(low: str, high: str) -> list[str]:
    """The parts of an alternative for the numbers from low to high, which have as many digits."""
    if not low or (set(low) == {"0"} and set(high) == {"9"}):
        return [f"\\d{{{len(low)}}}" if len(low) > 1 else "\\d" if low else ""]
    if low[0] == high[0]:
        return [low[0] + rest for rest in _same_length(low[1:], high[1:])]
    rest = len(low) - 1
    parts, first, last = [], int(low[0]), int(high[0])
    if low[1:].strip("0"):
        parts += [low[0] + part for part in _same_length(low[1:], "9" * rest)]
        first += 1
    tail = [high[0] + part for part in _same_length("0" * rest, high[1:])] if high[1:].strip("9") else []
    last -= bool(tail)
    if first <= last:
        digits = str(first) if first == last else f"[{first}-{last}]"
        parts.append(digits + (f"\\d{{{rest}}}" if rest > 1 else "\\d" * rest))
    return parts + tail
