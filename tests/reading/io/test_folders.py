import pytest

from digitscope.errors import ImageError
from digitscope.reading.io.folders import image_files


def test_a_folder_stands_for_its_images_in_the_order_of_their_numbers(tmp_path):
    for name in ("10.png", "2.JPG", "b.heic", "a.pdf", "notes.txt", ".hidden.png"):
        (tmp_path / name).touch()
    (tmp_path / "deeper.png").mkdir()
    assert image_files(tmp_path) == [str(tmp_path / name) for name in ("2.JPG", "10.png", "a.pdf", "b.heic")]


def test_anything_else_stands_for_itself(tmp_path):
    for path in (tmp_path / "missing.png", "-", "https://example.org/1.png"):
        assert image_files(path) == [str(path)]


def test_a_folder_without_images_is_an_error_that_says_what_was_looked_for(tmp_path):
    (tmp_path / "notes.txt").touch()
    with pytest.raises(ImageError, match=r"Expected files that end in \.jpg.* Received: path=.* with 1 files"):
        image_files(tmp_path)
