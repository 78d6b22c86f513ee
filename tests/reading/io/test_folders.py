import pytest

from digitscope.errors import ImageError
from digitscope.reading.io.folders import image_files


def test_a_folder_stands_for_its_images_in_the_order_of_their_numbers(tmp_path):
    for name in ("10.png", "2.JPG", "b.heic", "a.pdf", "c.jfif", "notes.txt", ".hidden.png"):
        (tmp_path / name).touch()
    (tmp_path / "deeper.png").mkdir()
    assert list(image_files(tmp_path)) == [
        str(tmp_path / name) for name in ("2.JPG", "10.png", "a.pdf", "b.heic", "c.jfif")
    ]


def test_subfolders_come_after_a_folders_own_images_and_hidden_ones_not_at_all(tmp_path):
    names = ("z.png", "2/1.png", "10/1.png", "2/b/3.png", "2/9.png", ".git/1.png")
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    expected = ["z.png", "2/1.png", "2/9.png", "2/b/3.png", "10/1.png"]
    assert list(image_files(tmp_path)) == [str(tmp_path / name) for name in expected]


def test_links_are_followed_and_none_leads_round_and_round(tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    (other / "1.png").touch()
    top = tmp_path / "top"
    top.mkdir()
    (top / "a.png").symlink_to(other / "1.png")
    (top / "gone.png").symlink_to(other / "missing.png")  # opening it says what is wrong
    (top / "itself.png").symlink_to(top / "itself.png")
    (top / "linked").symlink_to(other)
    (top / "linked again").symlink_to(other)
    (other / "back").symlink_to(top)
    names = ["a.png", "gone.png", "itself.png", "linked/1.png"]
    assert list(image_files(top)) == [str(top / name) for name in names]


def test_anything_else_stands_for_itself(tmp_path):
    for path in (tmp_path / "missing.png", "-", "https://example.org/1.png"):
        assert list(image_files(path)) == [str(path)]


def test_a_folder_without_images_is_an_error_that_says_what_was_looked_for(tmp_path):
    (tmp_path / "notes.txt").touch()
    with pytest.raises(ImageError, match=r"Expected files that end in \.jpg.* Received: path=.*"):
        list(image_files(tmp_path))


def test_a_subfolder_that_may_not_be_listed_does_not_stop_the_others(tmp_path, as_an_ordinary_user):
    for name in ("a", "closed", "z"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "1.png").touch()
    for folder in (tmp_path, *tmp_path.parents[:3]):
        folder.chmod(0o755)
    (tmp_path / "closed").chmod(0)
    failed = []
    with as_an_ordinary_user():
        found = list(image_files(tmp_path, onerror=lambda path, error: failed.append((path, str(error)))))
        with pytest.raises(ImageError, match="cannot be listed: Permission denied"):
            list(image_files(tmp_path))
        with pytest.raises(ImageError, match="cannot be listed"):
            list(image_files(tmp_path / "closed", onerror=lambda path, error: None))
    (tmp_path / "closed").chmod(0o755)
    assert found == [str(tmp_path / name / "1.png") for name in ("a", "z")]
    assert [path for path, _ in failed] == [str(tmp_path / "closed")]
