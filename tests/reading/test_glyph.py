import cv2
import numpy as np
import pytest

from digitscope.reading.detection import Found
from digitscope.reading.glyph import FAR, SHARPNESS, _grown, _own_parts, _own_pieces, agreed, cut_out, read_glyphs
from digitscope.reading.ink import find_ink
from digitscope.reading.reader import Recognizer
from digitscope.synthesis import letters

SURE = np.eye(11, dtype=np.float32)


def page_of(boxes, size=(500, 900), lines=()):
    """A white page with black rings at the given places, and lines; and the boxes of the rings."""
    image = np.full(size, 255, np.uint8)
    for start, end in lines:
        cv2.line(image, start, end, 0, 5)
    for x, y, w, h in boxes:
        cv2.ellipse(image, (x + w // 2, y + h // 2), (w // 2 - 4, h // 2 - 4), 0, 0, 360, 0, 8, cv2.LINE_AA)
    return find_ink(image), np.array([(x, y, x + w, y + h) for x, y, w, h in boxes], np.float32)


def test_a_cut_holds_the_digit_and_not_its_neighbour():
    ink, found = page_of([(100, 100, 60, 90), (150, 110, 60, 90)])
    (x, y, w, h), part, whole = cut_out(ink, found, 0)
    assert whole > 0.4
    assert abs(x - 100) < 4
    assert abs(y - 100) < 4
    assert abs(h - 90) < 6
    assert x + w < 164
    assert part.dtype == np.uint8
    alone, _ = page_of([(100, 100, 60, 90)])
    shared = np.count_nonzero(part > 128) / np.count_nonzero(alone.strength > 128)
    assert 0.8 < shared < 1.05


def test_ink_beside_the_box_is_left_out():
    bare = cut_out(*page_of([(100, 100, 60, 90)]), 0)
    assert bare.share == 1
    beside = page_of([(100, 100, 60, 90)], lines=[((174, 40), (174, 250))])
    assert cut_out(*beside, 0).box == bare.box


def test_a_digit_that_nothing_touches_is_cut_the_short_way_as_the_long_one():
    ink, found = page_of([(100, 100, 60, 90), (180, 105, 60, 90), (225, 110, 60, 90)], lines=[((20, 240), (400, 240))])
    for k, plain in enumerate((True, False, False)):
        window = _grown(found[k], FAR, *ink.mask.shape[::-1])
        short, long = _own_pieces(ink, found, k, window), _own_parts(ink, found, k, window)
        assert (short is not None) == plain
        assert long.any()
        if plain:
            assert np.array_equal(short, long)


def test_a_box_beyond_the_page_is_cut_to_it():
    ink, _ = page_of([(0, 0, 60, 90)])
    (x, y, w, h), part, _ = cut_out(ink, np.array([(-20, -30, 62, 93)], np.float32), 0)
    assert x >= 0
    assert y >= 0
    assert w > 0
    assert h > 0
    assert part.size > 0


def test_two_words_agree_in_their_sharpened_geometric_mean():
    first, second = np.full(11, 1 / 11, np.float32), SURE[3] * 0.9 + np.float32(0.1 / 11)
    both, same = agreed(np.stack([first, second]), np.stack([second, second]), np.array([0.5, 0.2]))
    assert both.sum() == pytest.approx(1, abs=1e-5)
    assert both.argmax() == 3
    assert both[3] < second[3]
    sharpened = second**SHARPNESS
    assert np.allclose(same, sharpened / sharpened.sum(), atol=1e-5)
    assert same[3] > second[3]


def test_a_loop_that_is_part_of_a_letter_is_no_digit():
    reader, texts = Recognizer(), []
    for seed in range(8):
        rng = np.random.default_rng(seed)
        alpha = letters.draw(letters.by_hand(letters.parse(letters.GREEK["α"][0]), rng), 0.1)
        page = cv2.copyMakeBorder(cv2.resize(alpha, (300, 300)), 80, 80, 80, 80, cv2.BORDER_CONSTANT, value=0)
        texts.append(reader.read(255 - page).text)
    assert texts.count("") >= 6


def test_only_ink_that_no_digit_accounts_for_raises_doubt():
    asked = []

    def classify(images):
        asked.append(len(images))
        return np.repeat(SURE[[0]], len(images), axis=0)

    ink, found = page_of([(100, 100, 60, 90), (150, 100, 60, 90)])
    both = [Found(tuple(box), SURE[0]) for box in found.tolist()]
    read_glyphs(both, ink, classify)
    assert asked == [2]
    read_glyphs(both[:1], ink, classify)
    assert asked == [2, 1, 1]
