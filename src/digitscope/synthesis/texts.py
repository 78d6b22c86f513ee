r"""What is written on made pages: numbers, what stands between their digits, words beside, above and below them.

texts.with_digits(np.random.default_rng(0), boxed=False)       # "w 1200\n37,5 w": see `pages.compose`
"""

import numpy as np

ROWS = 4  # at most


def with_digits(rng: np.random.Generator, *, boxed: bool, rows: int = ROWS) -> str:
    """Numbers, and perhaps other things; in boxes, one character a box and no words."""
    others = float(rng.choice([0.0, 0.12, 0.5], p=[0.5, 0.3, 0.2]))  # the share of what is no digit between digits
    signs = rng.random() < 0.35
    words = 0.0 if boxed or rng.random() < 0.5 else float(rng.uniform(0.2, 0.6))
    lines = []
    for _ in range(int(rng.integers(1, rows + 1))):
        groups = [number(rng, others=others, signs=signs and not boxed)]
        if not boxed and rng.random() < 0.25:
            groups.append(number(rng, others=others, signs=signs))
        if words and rng.random() < words:
            groups.insert(int(rng.integers(len(groups) + 1)), "w")
        lines.append(" ".join(groups))
    if words and rng.random() < 0.4:
        lines.insert(0 if rng.random() < 0.6 else len(lines), without_digits(rng, boxed=False, rows=1))
    return "\n".join(lines)


def number(rng: np.random.Generator, *, others: float = 0.0, signs: bool = False) -> str:
    """One to seven digits, many zeros and repeated ones among them, as amounts have; points and the like between."""
    digits = [str(rng.integers(10)) for _ in range(int(rng.integers(1, 8)))]
    for i in range(1, len(digits)):
        if rng.random() < 0.25:
            digits[i] = "0" if rng.random() < 0.5 else digits[i - 1]
    digits = ["?" if rng.random() < others else digit for digit in digits]
    if signs:
        for _ in range(int(rng.integers(1, 3))):
            digits.insert(int(rng.integers(0, len(digits) + 1)), ",")
    return "".join(digits)


def without_digits(rng: np.random.Generator, *, boxed: bool, rows: int = ROWS) -> str:
    """Letters, words, drawings and signs alone."""
    lines = []
    for _ in range(int(rng.integers(1, rows + 1))):
        lot = rng.random()
        if lot < 0.4 or boxed:
            line = "?" * int(rng.integers(1, 6))
        elif lot < 0.9:
            line = " ".join("w" * int(rng.integers(1, 4)))
        else:
            line = " ".join(("?" * int(rng.integers(1, 4)), "w", ",?"[rng.integers(2)]))
        lines.append(line)
    return "\n".join(lines)
