import io

import numpy as np
from PIL import Image

from digitscope.mnist import preview


def one_bright_corner() -> np.ndarray:
    image = np.zeros((1, 28, 28), np.uint8)
    image[0, :2, :2] = 255
    return image


def test_in_a_pipe_ink_is_a_block_where_it_is_in_the_image():
    lines = preview.in_terminal(one_bright_corner(), ["7"], color=False).plain.splitlines()

    assert lines[0] == "▀" + " " * 14  # two by two pixels: the upper half of the first column
    assert [line.strip() for line in lines[1:7]] == [""] * 6
    assert lines[7].strip() == "7"


def test_in_a_terminal_the_greys_of_both_halves_are_in_the_style():
    text = preview.in_terminal(one_bright_corner(), ["7"])

    assert str(text.spans[0].style) == "rgb(255,255,255) on rgb(0,0,0)"


def test_a_narrow_terminal_gets_shorter_rows():
    images = np.zeros((4, 28, 28), np.uint8)
    wide = preview.in_terminal(images, list("0123"), width=80, color=False).plain.splitlines()
    narrow = preview.in_terminal(images, list("0123"), width=29, color=False).plain.splitlines()

    assert len(narrow) == 2 * len(wide)
    assert max(map(len, narrow)) <= 30


def test_the_png_holds_each_pixel_four_times_as_large():
    images = np.random.default_rng(0).integers(0, 256, (12, 28, 28), np.uint8)
    page = np.asarray(Image.open(io.BytesIO(preview.as_png(images, ["x"] * 12))))

    first_of_second_row = page[16 + 37 * 4 :, 16:][: 28 * 4, : 28 * 4]
    assert np.array_equal(first_of_second_row, images[10].repeat(4, axis=0).repeat(4, axis=1))
