"""What stands on pages and surfaces and is no digit: doodles, prints, textures; and the texts that hold it."""

import numpy as np
import pytest

from digitscope.errors import DataError
from digitscope.synthesis import doodles, fonts, prints, texts
from digitscope.synthesis.pages.drawings import drawn, printed
from digitscope.synthesis.pages.plan import CHARACTERS
from digitscope.synthesis.textures import SIDES, texture


@pytest.mark.parametrize("kind", sorted(doodles.KINDS))
def test_every_doodle_can_be_drawn(kind, monkeypatch):
    monkeypatch.setattr(doodles, "KINDS", {kind: doodles.KINDS[kind]})
    for seed in range(5):
        drawing = doodles.draw(np.random.default_rng(seed))
        size = np.ptp(np.concatenate(drawing.paths), axis=0).max()
        assert 0.2 < size < 4
        assert (drawn(drawing, fine=3).distances < 1).any()


@pytest.mark.parametrize("kind", ["word", "stamp", "pattern"])
def test_every_print_has_ink_and_paper(kind):
    for seed in range(8):
        made = getattr(prints, kind)(np.random.default_rng(seed))
        assert made.image.dtype == np.uint8
        inside = printed(made, fine=6).distances < 0.3
        assert 0.001 < inside.mean() < 0.95


def test_no_digit_is_printed():
    assert not any(character.isdigit() for character in "".join(prints.WORDS))


def test_without_fonts_the_packages_are_named(monkeypatch, tmp_path):
    monkeypatch.setattr(fonts, "FONTS", tmp_path)
    with pytest.raises(DataError, match="fonts-noto-core"):
        prints.word(np.random.default_rng(0))


def test_textures_are_of_any_size_and_never_plain():
    for seed in range(20):
        image = texture(np.random.default_rng(seed))
        assert image.dtype == np.uint8
        assert SIDES[0] - 1 <= min(image.shape) <= max(image.shape) <= SIDES[1]
        assert image.std() > 1


@pytest.mark.parametrize("boxed", [True, False])
def test_texts_hold_what_pages_can_write(boxed):
    rng = np.random.default_rng(0)
    written = [texts.with_digits(rng, boxed=boxed) for _ in range(200)]
    for text in written:
        assert set(text) <= {*CHARACTERS, " ", "\n"}
        assert all(line.strip() for line in text.split("\n"))
    assert any(character.isdigit() for character in "".join(written))
    assert ("w" in "".join(written)) == (not boxed)


def test_a_text_without_digits_has_none():
    rng = np.random.default_rng(1)
    for _ in range(200):
        text = texts.without_digits(rng, boxed=False)
        assert text.strip()
        assert not any(character.isdigit() for character in text)
