import pytest

from digitscope.cli.sources import listed
from digitscope.errors import UsageError


@pytest.fixture
def folder(tmp_path):
    """A folder with one file to read, and a file beside it."""
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "9.png").touch()
    (tmp_path / "plain").touch()
    return tmp_path


@pytest.mark.parametrize("option", ["annotate", "steps"])
def test_pictures_are_not_saved_among_those_that_are_read(option, folder):
    places = {"annotate": None, "steps": None, option: folder / "photos"}
    with pytest.raises(UsageError, match=rf"among those that are read.* Received: {option}='.*photos'"):
        listed([str(folder / "9.png"), f"{folder / 'photos'}/"], **places)


def test_a_folder_of_pictures_below_the_one_that_is_read_is_not_read(folder):
    (folder / "photos" / "seen").mkdir()
    (folder / "photos" / "seen" / "9-read.png").touch()
    (only,) = listed([str(folder / "photos")], folder / "photos" / "seen", None)
    assert only.path == str(folder / "photos" / "9.png")
    assert only.annotated == folder / "photos" / "seen" / "9-read.png"


@pytest.mark.parametrize(
    ("option", "expected"), [("annotate", r"a folder, or a name that ends in \.png, .*"), ("steps", r"a folder\.")]
)
def test_pictures_are_not_saved_in_a_plain_file(option, expected, folder):
    places = {"annotate": None, "steps": None, option: folder / "plain"}
    with pytest.raises(UsageError, match=rf"Expected {expected} Received: {option}='.*plain'"):
        listed([str(folder / "photos")], **places)
