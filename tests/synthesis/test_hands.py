"""Digits of one writer, who never taught."""

from dataclasses import replace

import numpy as np

from digitscope.synthesis.forms.hands import digits_of_one


def test_a_form_is_filled_by_one_writer_of_its_split(pens):
    drawings, labels = digits_of_one(pens, "dev", np.random.default_rng(0))
    assert np.bincount(labels).tolist() == [len(drawings) // 10] * 10
    again, _ = digits_of_one(pens, "dev", np.random.default_rng(0))
    assert all(
        np.array_equal(a, b) for one, other in zip(drawings, again, strict=True)
        for a, b in zip(one.paths, other.paths, strict=True)
    )  # fmt: skip


def test_no_writer_is_in_both_splits_and_none_of_them_teaches(pens):
    def with_writers(kept):
        digits = pens.digits.where(np.isin(pens.digits.writers % 1000, kept))
        return replace(pens, digits=digits)

    digits_of_one(with_writers([5]), "dev", np.random.default_rng(0))
    digits_of_one(with_writers([10]), "test", np.random.default_rng(0))
    for kept, split in (([5, *range(1, 5)], "test"), ([10, *range(1, 5)], "dev")):
        try:
            digits_of_one(with_writers(kept), split, np.random.default_rng(0))
        except ValueError:  # nobody to choose from
            continue
        raise AssertionError(f"a writer of {split}")
