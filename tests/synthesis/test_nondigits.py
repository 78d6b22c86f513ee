import shutil

import cv2
import numpy as np
import pytest

from digitscope.errors import DataError
from digitscope.models.file import load
from digitscope.synthesis import fonts, letters
from digitscope.synthesis.augmentation import Augmentation
from digitscope.synthesis.nondigits import NEVER_DIGITS, is_like_digit, is_slender, nondigit
from digitscope.synthesis.remains import remains


def has_fonts():
    try:
        return bool(fonts.declared())
    except DataError:
        return False


needs_fonts = pytest.mark.skipif(not has_fonts(), reason="needs the Debian fonts that training needs")


def test_digits_pass_for_digits_and_crosses_do_not(mnist):
    enlarged = [cv2.resize(image, (56, 56)) for image in mnist.held_out.images[:50]]
    assert np.mean([is_like_digit(image) for image in enlarged]) > 0.7
    cross = np.zeros((56, 56), np.uint8)
    cv2.line(cross, (8, 28), (48, 28), 255, 4)
    cv2.line(cross, (28, 8), (28, 48), 255, 4)
    cv2.rectangle(cross, (10, 10), (46, 46), 255, 3)
    assert not is_like_digit(cross)
    assert not is_slender(cross)


def test_an_upright_stroke_is_slender_and_a_level_one_is_not():
    upright = np.zeros((56, 56), np.uint8)
    cv2.line(upright, (28, 8), (30, 48), 255, 4)
    assert is_slender(upright)
    assert not is_slender(np.ascontiguousarray(upright.T))


@needs_fonts
def test_nondigits_are_in_mnists_form_and_seldom_taken_for_digits_by_both_networks(mnist):
    rng = np.random.default_rng(0)
    digits = mnist.held_out.images[:200]
    images = np.stack([nondigit(digits, [], rng, how=Augmentation()) for _ in range(200)])
    assert images.shape == (200, 28, 28)
    assert images.dtype == np.uint8
    first, second = (load(name).session.run(None, {"images": images})[0] for name in ("mlp", "cnn"))
    sure = (first.max(1) > 0.95) & (second.max(1) > 0.95) & (first.argmax(1) == second.argmax(1))
    assert 0 < sure.mean() < 0.3  # letters that are no digits by their name stay, whatever the networks say


def test_every_letter_is_written_with_ink_inside_its_canvas():
    rng = np.random.default_rng(0)
    written = [letters.write(rng) for _ in range(300)]
    for image, _ in written:
        assert image.shape == (56, 56)
        assert image.max() == 255
        assert not image[0].any()
        assert not image[:, -1].any()
    names = {name for _, name in written}
    assert {"α", "β", "γ", "λ"} <= names
    assert not names & fonts.LIKE_DIGITS - {"a", "σ"}


def test_what_is_no_digit_by_its_name_is_not_among_those_like_digits():
    assert not NEVER_DIGITS & fonts.LIKE_DIGITS


def test_remains_are_found_on_pages_beside_their_digits(mnist):
    found = remains(mnist.held_out.images, mnist.held_out.labels, np.random.default_rng(0), pages=6)
    assert len(found) > 5
    assert all(image.shape == (28, 28) and image.dtype == np.uint8 for image in found)


def test_without_fonts_the_packages_to_install_are_named(monkeypatch, tmp_path):
    monkeypatch.setattr(fonts, "FONTS", tmp_path)
    with pytest.raises(DataError, match=r"fonts-noto-core .*fonts-kristi"):
        fonts.declared()


@needs_fonts
def test_another_font_than_the_declared_one_is_refused_by_name(monkeypatch, tmp_path):
    (tmp_path / "truetype").symlink_to(fonts.FONTS / "truetype")
    shutil.copytree(fonts.FONTS / "opentype", tmp_path / "opentype")
    with (tmp_path / "opentype/olga/GFSOlga.otf").open("ab") as file:
        file.write(b"x")
    monkeypatch.setattr(fonts, "FONTS", tmp_path)
    with pytest.raises(DataError, match=r"packages fonts-gfs-olga \(.*GFSOlga.otf"):
        fonts.declared()
