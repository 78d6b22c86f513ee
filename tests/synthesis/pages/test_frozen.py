"""Version 1 of the `dev` and `test` pages, to the byte: what was measured on them stays comparable."""

import hashlib

import pytest

from digitscope.synthesis.pages import MARKS, make_page

TEXT = "40312\n77 5"


def digest(page):
    return hashlib.sha256(page.image.tobytes() + repr((page.digits, page.marks, page.text)).encode()).hexdigest()[:16]


@pytest.mark.parametrize(
    ("split", "seed", "expected"),
    [
        ("dev", 0, "77d202d3b0cdfd40"),
        ("dev", 1, "ccd965cc4b487883"),
        ("dev", 2, "40805b31aff92b6b"),
        ("dev", 3, "fadc2c535eefae1b"),
        ("dev", 7, "5a6094bbc48ba351"),
        ("dev", 11, "7b55796e5ee94a8f"),
        ("dev", 19, "b7a3bfae6b374cde"),
        ("dev", 110003, "c2acade8a1f74e14"),
        ("dev", 225000, "d55025809a4acb92"),
        ("test", 0, "210227dd7835ee1a"),
        ("test", 1, "12bf461010e93b9b"),
        ("test", 2, "bbd6e89a2e23d820"),
        ("test", 3, "e1d673fad159b011"),
        ("test", 7, "4b470bafb83732d3"),
        ("test", 11, "460004d26999a39e"),
        ("test", 19, "83638618d99d67a7"),
        ("test", 110003, "89b197e912b081f1"),
        ("test", 225000, "3bd64a03abd68ab0"),
    ],
)
def test_a_page_is_what_it_was(split, seed, expected):
    assert digest(make_page(split, seed)) == expected


@pytest.mark.parametrize(
    ("split", "seed", "paper", "expected"),
    [("dev", 5, "form", "b1f8467461ca6fca"), ("test", 6, "ledger", "3466c4e70b62861e")],
)
def test_a_page_with_all_marks_is_what_it_was(split, seed, paper, expected):
    page = make_page(split, seed, paper=paper, marks=MARKS, text=TEXT)
    assert digest(page) == expected
